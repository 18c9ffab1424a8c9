/* Online gradient descent, the LMS rule (Widrow and Hoff 1960; Fu et al. 2023):
 * one step of the path is one pass over the context in its order,
 *   w <- w + eta (y_i - w.x_i) x_i,  i = 1..n. */
#include <string.h>

#include <iclgd/comparisons.h>

#include "reference/rows.h"
#include "reference/tune.h"

static void iterate(const iclgd_hyper *hyper, const iclgd_problem *problem,
                    size_t steps, double *work, double *w) {
  (void)work;
  const iclgd_prompt *p = &problem->prompt;
  const size_t d = p->d;
  memset(w, 0, d * sizeof *w);
  for (size_t k = 0; k < steps; ++k) {
    double *restrict to = w + (k + 1) * d;
    memcpy(to, w + k * d, d * sizeof *w);
    for (size_t i = 0; i < p->n; ++i) {
      const double *x = p->x + i * d;
      const double move = hyper->eta[0] * (p->y[i] - iclgd_dot(to, x, d));
      for (size_t j = 0; j < d; ++j) to[j] += move * x[j];
    }
  }
}

/* Each point is stable for eta |x|^2 < 2. Fewer prompts than elsewhere: a loss
 * costs depth n d operations for each. */
static iclgd_status choose(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  enum { SAMPLE = 250 };
  iclgd_prompts sample = iclgd_tuning_sample(choice->tune);
  if (sample.count > SAMPLE) sample.count = SAMPLE;
  const double unit = iclgd_natural_step(choice->tune) / (double)sample.d;
  iclgd_tuning_loss objective;
  out->n_eta = 1;
  out->eta = iclgd_arena_reals(choice->arena, 1, 1, 1);
  TRY(iclgd_tuning_loss_create(
      choice, &sample, iclgd_model_depth(choice->model), &objective, err));
  return iclgd_line_search(&objective, out, &out->eta[0], 1e-3 * unit, 3 * unit,
                           err);
}

const iclgd_algorithm iclgd_algorithm_online_gd = {
    .name = "online_gd",
    .title = "online GD (LMS)",
    .look = {4, 1},
    .description = "w <- w + eta (y_i - w.x_i) x_i, i = 1..n in every step",
    .how = "line search at step = depth on held-out prompts",
    .choose = choose,
    .iterate = iterate,
};
