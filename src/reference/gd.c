/* Gradient descent on the context of one prompt (von Oswald et al. 2023):
 *   L(w) = (1/2n) sum_i (w.x_i - y_i)^2,  w_{k+1} = w_k - eta_k M grad L(w_k),
 * with M = I (gd) or M = Sigma^-1 (pgd: preconditioned) and one step size for
 * all k; -grad L(w) = b - S w. With M = A_l, the model's own preconditioner of
 * layer l (pgd_learned), what is left to explain is the rest of the model: how
 * it transforms its inputs. */
#include <iclgd/comparisons.h>
#include <iclgd/linear.h>
#include <string.h>

#include "reference/gd.h"
#include "reference/rows.h"
#include "reference/tune.h"

/* row by row of the symmetric S */
void iclgd_descent_direction(const iclgd_problem *p, const double *w,
                             double *restrict g) {
  const size_t d = p->prompt.d;
  memcpy(g, p->b, d * sizeof *g);
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) g[j] -= w[i] * p->S[i * d + j];
}

void iclgd_gd_iterate(const iclgd_hyper *hyper, const iclgd_problem *p,
                      size_t steps, double *work, double *w) {
  const size_t d = p->prompt.d;
  memset(w, 0, d * sizeof *w);
  for (size_t k = 0; k < steps; ++k) {
    const double eta = hyper->eta[hyper->n_eta > 1 ? k : 0];
    const double *from = w + k * d;
    const double *M = hyper->M ? hyper->M + k % hyper->n_M * d * d : NULL;
    double *to = w + (k + 1) * d;
    iclgd_descent_direction(p, from, work);
    for (size_t j = 0; j < d; ++j) {
      const double step = M ? iclgd_dot(M + j * d, work, d) : work[j];
      to[j] = from[j] + eta * step;
    }
  }
}

/* Of M = I: the second row of state is what is left, 1 - lambda q. */
static void step(const iclgd_hyper *hyper, size_t k, size_t count,
                 const double *lambda, double *state) {
  const double eta = hyper->eta[hyper->n_eta > 1 ? k : 0];
  double *q = state, *left = q + count;
  for (size_t i = 0; i < count; ++i) {
    q[i] += eta * left[i];
    left[i] *= 1 - eta * lambda[i];
  }
}

const iclgd_algorithm iclgd_algorithm_gd = {
    .name = "gd",
    .title = "gradient descent",
    .look = {1, 0},
    .description = "w <- w + eta (1/n) sum (y_i - w.x_i) x_i, one step size",
    .by_context = true,
    .held_out = true,
    .plain_descent = true,
    .growth = ICLGD_ONE_A_STEP,
    .choose = iclgd_choose_eta,
    .iterate = iclgd_gd_iterate,
    .filter = step,
};

const iclgd_algorithm iclgd_algorithm_pgd = {
    .name = "pgd",
    .title = "preconditioned GD",
    .look = {2, 1},
    .description = "w <- w + eta Sigma^-1 (1/n) sum (y_i - w.x_i) x_i",
    .held_out = true,
    .plain_descent = true,
    .preconditioned = true,
    .growth = ICLGD_ONE_A_STEP,
    .choose = iclgd_choose_eta,
    .iterate = iclgd_gd_iterate,
};

/* A_l of every layer; a model that descends is nothing else. */
static iclgd_status choose_learned(const iclgd_choice *choice, iclgd_hyper *out,
                                   iclgd_error *err) {
  const iclgd_model *model = choice->model;
  const size_t d = model->d;
  if (!model->linear)
    return iclgd_fail(err, ICLGD_ERANGE, "the model has no A");
  if (iclgd_model_descends(model) ||
      (!model->linear->whole && iclgd_model_depth(model) == 1))
    return iclgd_fail(err, ICLGD_ERANGE, "is the model itself");
  double *A = iclgd_arena_reals(choice->arena, model->layers, d, d);
  out->eta = iclgd_arena_reals(choice->arena, 1, 1, 1);
  TRY(iclgd_arena_status(choice->arena, err, "the learned A"));
  for (size_t l = 0; l < model->layers; ++l)
    iclgd_linear_A(model, choice->theta, l, A + l * d * d, NULL);
  out->M = A;
  out->n_M = model->layers;
  out->eta[0] = 1;
  out->n_eta = 1;
  return ICLGD_OK;
}

const iclgd_algorithm iclgd_algorithm_pgd_learned = {
    .name = "pgd_learned",
    .title = "GD with the learned A",
    .look = {1, 1},
    .description = "w <- w + A_l (1/n) sum (y_i - w.x_i) x_i, A_l the model's",
    .owes_model = true,
    .growth = ICLGD_ONE_A_STEP,
    .how = "the trained model's A of layer k at step k, then from the first",
    .choose = choose_learned,
    .iterate = iclgd_gd_iterate,
};
