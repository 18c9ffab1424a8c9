/* Weights from predictions: the least-squares fit of w . x + c to predictions
 * at K further queries in pairs x, -x, which are asked for together with that
 * of the prompt's query. Of a linear model it is exact, for normal queries it
 * estimates the mean gradient (iclgd/slope.h). The queries are the model's, the
 * same for every prompt but turned with its inputs: x = U q. */
#include "model/fitted.h"

#include <math.h>
#include <string.h>

#include <iclgd/slope.h>

struct iclgd_fitted {
  size_t K;
  double *x;              /* (1 + K, d) the prompt's query, then the others */
  double *prediction;     /* (depth + 1, 1 + K) */
  double *further;        /* (depth + 1, K) */
  double *work;           /* of the fit */
  iclgd_slope_rest *rest; /* (depth + 1) */
};

iclgd_status iclgd_fitted_create(const iclgd_model *model, iclgd_arena *arena,
                                 iclgd_fitted **out, iclgd_error *err) {
  const size_t rows = iclgd_model_depth(model) + 1, d = model->d;
  const size_t K = model->n_queries;
  iclgd_fitted *f = iclgd_arena_take(arena, 1, sizeof *f);
  if (!f) return iclgd_fail_memory(err, "the fit of weights");
  *f = (iclgd_fitted){
      .K = K,
      .x = iclgd_arena_reals(arena, 1 + K, d, 1),
      .prediction = iclgd_arena_reals(arena, rows, 1 + K, 1),
      .further = iclgd_arena_reals(arena, rows, K, 1),
      .work = iclgd_arena_reals(arena, iclgd_slope_work(d, rows), 1, 1),
      .rest = iclgd_arena_take(arena, rows, sizeof *f->rest)};
  *out = f;
  return iclgd_arena_status(arena, err, "the fit of weights");
}

void iclgd_queries_turn(const iclgd_model *model, const double *U, double *x) {
  const size_t d = model->d, K = model->n_queries;
  const double *q = model->queries;
  if (!U) memcpy(x, q, K * d * sizeof *x);
  for (size_t k = 0; U && k < K; ++k)
    for (size_t i = 0; i < d; ++i) {
      double sum = 0;
      for (size_t j = 0; j < d; ++j) sum += U[i * d + j] * q[k * d + j];
      x[k * d + i] = sum;
    }
}

/* Row by row where one of them is not finite. */
static void fit(const iclgd_fitted *f, size_t rows, size_t d, double *w) {
  const double *x = f->x + d;
  if (iclgd_slope_fit(x, f->further, f->K, d, rows, f->work, w, f->rest))
    return;
  for (size_t l = 0; l < rows; ++l)
    if (!iclgd_slope_fit(x, f->further + l * f->K, f->K, d, 1, f->work,
                         w + l * d, f->rest))
      for (size_t i = 0; i < d; ++i) w[l * d + i] = NAN;
}

void iclgd_fitted_follow(iclgd_fitted *f, const iclgd_pass *pass, double *w,
                         double *prediction) {
  const size_t d = pass->model->d, rows = iclgd_model_depth(pass->model) + 1;
  iclgd_pass all = *pass;
  memcpy(f->x, pass->x, d * sizeof *f->x);
  if (f->K > 0) iclgd_queries_turn(pass->model, pass->prompt->U, f->x + d);
  all.x = f->x;
  all.count = 1 + f->K;
  pass->model->architecture->forward(&all, f->prediction);
  for (size_t l = 0; l < rows; ++l) {
    prediction[l] = f->prediction[l * all.count];
    memcpy(f->further + l * f->K, f->prediction + l * all.count + 1,
           f->K * sizeof *prediction);
  }
  for (size_t i = 0; f->K == 0 && i < rows * d; ++i) w[i] = NAN;
  if (f->K > 0) fit(f, rows, d, w);
}
