/* How linear in the query is what a program predicts? R^2 of w . x + c over the
 * further queries of the model, on tuning prompts (iclgd/slope.h), as of
 * trajectories that were brought. */
#include <iclgd/slope.h>
#include <math.h>

#include "model/fitted.h"
#include "run/stages.h"

enum { PROMPTS = 100 };

iclgd_status iclgd_write_linearity(iclgd_job *job, const iclgd_prompts *prompts,
                                   iclgd_error *err) {
  static const char group[] = "trajectories/model";
  const iclgd_model *model = &job->model;
  const size_t rows = iclgd_model_depth(model) + 1, d = job->d;
  const size_t K = model->n_queries;
  iclgd_arena *arena = &job->arena;
  double *x = iclgd_arena_reals(arena, K, d, 1);
  double *f = iclgd_arena_reals(arena, rows, K, 1);
  double *w = iclgd_arena_reals(arena, rows, d, 1);
  double *work = iclgd_arena_reals(arena, iclgd_slope_work(d, rows), 1, 1);
  double *r2 = iclgd_arena_reals(arena, rows, 1, 1);
  iclgd_slope_rest *own = iclgd_arena_take(arena, rows, sizeof *own);
  iclgd_slope_rest *all = iclgd_arena_take(arena, rows, sizeof *all);
  iclgd_tape *tape;
  TRY(iclgd_arena_status(arena, err, "the linearity of the program"));
  TRY(iclgd_tape_create(model, prompts->n, arena, &tape, err));
  for (size_t i = 0; i < prompts->count && i < PROMPTS; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(prompts, i);
    iclgd_queries_turn(model, prompt.U, x);
    iclgd_model_predict_queries(model, job->theta, &prompt, x, K, tape, f);
    if (!iclgd_slope_fit(x, f, K, d, rows, work, w, own)) continue;
    for (size_t l = 0; l < rows; ++l) {
      all[l].left += own[l].left;
      all[l].whole += own[l].whole;
      all[l].squares += own[l].squares;
    }
  }
  for (size_t l = 0; l < rows; ++l)
    r2[l] = l > 0 ? iclgd_slope_r2(&all[l]) : NAN;
  iclgd_record_put(job->record, group, "linearity", &rows, r2, err);
  return iclgd_record_attr_text(job->record, group, "weights",
                                "the least-squares fit over further queries",
                                err);
}
