/* Second derivatives of layers that descend, w' = w + A r with r = b - S w
 * (descent.c), in theta: vectors are rows, and
 *   r = b - w S,  w' = w + r A^T;   dA += u^T r,  u <- u - (u A) S
 * with u = dL/dw, each beside its derivative along a direction (moving.h). S
 * and b do not move. */
#include <iclgd/linear.h>

#include "model/linear/hessian.h"
#include "model/linear/moving.h"

typedef iclgd_descent_scratch descent_scratch;

iclgd_status iclgd_descent_scratch_curved(const iclgd_model *model,
                                          iclgd_arena *arena, void **out,
                                          iclgd_error *err) {
  const size_t d = model->d, rows = iclgd_model_depth(model) + 1;
  descent_scratch *s = iclgd_arena_take(arena, 1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "the model's scratch");
  *s = (descent_scratch){
      .S = iclgd_arena_reals(arena, 2, d, d),
      .b = iclgd_arena_reals(arena, 2, d, 1),
      .A = iclgd_arena_reals(arena, 2 * model->layers, d, d),
      .dA = iclgd_arena_reals(arena, 2 * model->layers, d, d),
      .w = iclgd_arena_reals(arena, 2 * rows, d, 1),
      .r = iclgd_arena_reals(arena, 2 * rows, d, 1),
      .u = iclgd_arena_reals(arena, 2, d, 1),
      .u_of_A = iclgd_arena_reals(arena, 2, d, 1),
  };
  *out = s;
  if (iclgd_descent_has_directions(model))
    TRY(iclgd_descent_directions_create(model, arena, &s->directions, err));
  return iclgd_arena_status(arena, err, "the model's scratch");
}

static iclgd_moving square(const iclgd_pass *pass, double *all, size_t l) {
  return iclgd_moving_at(all, l, pass->model->d, pass->model->d);
}

static iclgd_moving row(const iclgd_pass *pass, double *all, size_t l) {
  return iclgd_moving_at(all, l, 1, pass->model->d);
}

static iclgd_moving layer_of(const iclgd_pass *pass, double *all, size_t l) {
  return square(pass, all, l % pass->model->layers);
}

static void begin(const iclgd_pass *pass, const double *direction) {
  const iclgd_prompt *p = pass->prompt;
  const descent_scratch *s = pass->scratch;
  iclgd_context_gram(s->S, s->b, p->x, p->y, p->n, p->d, p->mean_n);
  for (size_t l = 0; l < pass->model->layers; ++l) {
    const iclgd_moving A = square(pass, s->A, l);
    iclgd_linear_A(pass->model, pass->theta, l, A.at, NULL);
    iclgd_linear_A(pass->model, direction, l, A.moved, NULL);
  }
  iclgd_clear_moving(row(pass, s->w, 0));
}

static void run_block(const iclgd_pass *pass, size_t l) {
  const descent_scratch *s = pass->scratch;
  const iclgd_moving w = row(pass, s->w, l), next = row(pass, s->w, l + 1);
  const iclgd_moving r = row(pass, s->r, l), S = square(pass, s->S, 0);
  const size_t both = 2 * pass->model->d * sizeof *w.at;
  memcpy(r.at, s->b, both);
  iclgd_add_moving(-1, w, AS_IT_IS, S, AS_IT_IS, r);
  memcpy(next.at, w.at, both);
  iclgd_add_moving(1, r, AS_IT_IS, layer_of(pass, s->A, l), TRANSPOSED, next);
}

static double dot(const double *a, const double *b, size_t d) {
  double sum = 0;
  for (size_t i = 0; i < d; ++i) sum += a[i] * b[i];
  return sum;
}

void iclgd_descent_tangent(const iclgd_pass *pass, const double *direction,
                           double *prediction, double *tangent) {
  const descent_scratch *s = pass->scratch;
  const size_t count = pass->count, d = pass->model->d;
  const size_t depth = iclgd_model_depth(pass->model);
  begin(pass, direction);
  for (size_t l = 0; l < depth; ++l) run_block(pass, l);
  for (size_t i = 0; i < (depth + 1) * count; ++i) {
    const iclgd_moving w = row(pass, s->w, i / count);
    const double *x = pass->x + i % count * d;
    prediction[i] = dot(w.at, x, d);
    tangent[i] = dot(w.moved, x, d);
  }
}

/* u += what the predictions after block l say. */
static void read_slopes(const iclgd_pass *pass, size_t l, const double *slope,
                        const double *dslope) {
  const descent_scratch *s = pass->scratch;
  const iclgd_moving u = row(pass, s->u, 0);
  const size_t count = pass->count, d = pass->model->d;
  for (size_t q = 0; q < count; ++q)
    for (size_t j = 0; j < d; ++j) {
      const double x = pass->x[q * d + j];
      u.at[j] += slope ? slope[(l + 1) * count + q] * x : 0;
      u.moved[j] += dslope ? dslope[(l + 1) * count + q] * x : 0;
    }
}

void iclgd_descent_hessian(const iclgd_pass *pass, const double *slope,
                           const double *dslope, double *out) {
  const descent_scratch *s = pass->scratch;
  const iclgd_moving u = row(pass, s->u, 0), S = square(pass, s->S, 0);
  const iclgd_moving u_of_A = row(pass, s->u_of_A, 0);
  for (size_t l = 0; l < pass->model->layers; ++l)
    iclgd_clear_moving(square(pass, s->dA, l));
  iclgd_clear_moving(u);
  for (size_t l = iclgd_model_depth(pass->model); l-- > 0;) {
    read_slopes(pass, l, slope, dslope);
    iclgd_add_moving(1, u, TRANSPOSED, row(pass, s->r, l), AS_IT_IS,
                     layer_of(pass, s->dA, l));
    iclgd_set_moving(u, AS_IT_IS, layer_of(pass, s->A, l), AS_IT_IS, u_of_A);
    iclgd_add_moving(-1, u_of_A, AS_IT_IS, S, AS_IT_IS, u);
  }
  for (size_t l = 0; l < pass->model->layers; ++l)
    iclgd_linear_pull_back_A(pass->model, l, square(pass, s->dA, l).moved, out);
}
