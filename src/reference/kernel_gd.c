/* Gradient descent on functions (Cheng, Chen, Sra 2024: what attention with a
 * kernel can do layer by layer), from f_0 = 0:
 *   f_{k+1} = f_k + (eta / n) sum_i (y_i - f_k(x_i)) k(., x_i).
 * It stays in the span of the kernels, f_k = sum_i alpha_i k(., x_i):
 *   alpha <- alpha + (eta / n) (y - K alpha),  K_ij = k(x_i, x_j).
 * With k(u, v) = u.v it is gradient descent. The weight is the gradient of f_k
 * at the query. */
#include "reference/kernels.h"
#include "reference/rows.h"

#include <iclgd/comparisons.h>
#include <string.h>

/* Row k of the gradients and predictions, either of which may be NULL. work: K,
 * the kernel's row at the query, alpha, y - K alpha. */
static void descend(const iclgd_hyper *hyper, const iclgd_prompt *p,
                    size_t steps, double *work, double *w, double *prediction) {
  const size_t n = p->n, d = p->d;
  const double eta = hyper->eta[0] / (double)n;
  if (n > ICLGD_KERNEL_POINTS) {
    iclgd_kernel_unknown(steps, d, w, prediction);
    return;
  }
  double *K = work, *row = K + n * n, *alpha = row + n, *left = alpha + n;
  iclgd_kernel_matrix(hyper->kernel, p, K);
  iclgd_kernel_row(hyper->kernel, p->x_query, p->x, n, d, row);
  memset(alpha, 0, n * sizeof *alpha);
  for (size_t k = 0; k <= steps; ++k) {
    if (prediction) prediction[k] = iclgd_dot(row, alpha, n);
    if (w)
      iclgd_kernel_gradient(hyper->kernel, p->x_query, p->x, n, d, row, alpha,
                            w + k * d);
    for (size_t i = 0; i < n; ++i)
      left[i] = p->y[i] - iclgd_dot(K + i * n, alpha, n);
    for (size_t i = 0; i < n; ++i) alpha[i] += eta * left[i];
  }
}

static void iterate(const iclgd_hyper *hyper, const iclgd_problem *problem,
                    size_t steps, double *work, double *w) {
  descend(hyper, &problem->prompt, steps, work, w, NULL);
}

static void predict(const iclgd_hyper *hyper, const iclgd_problem *problem,
                    size_t steps, double *work, double *prediction) {
  descend(hyper, &problem->prompt, steps, work, NULL, prediction);
}

static const iclgd_key keys[] = {
    KEY_FORM_IN("reference.kernel_eta", "auto", "auto|real", 1e-12, 1e12,
                "step size of kernel_gd: a line search, or given"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

/* The eigenvalues of K / n sum up to the mean of k(x, x), which one of them may
 * have alone, or n of them share. */
static iclgd_status choose(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  const iclgd_form given =
      iclgd_get_form(choice->settings, "reference.kernel_eta");
  iclgd_tuning_loss objective;
  iclgd_prompts sample;
  TRY(iclgd_choose_kernel(choice, out, err));
  out->n_eta = 1;
  out->eta = iclgd_arena_reals(choice->arena, 1, 1, 1);
  if (!out->eta) return iclgd_fail_memory(err, choice->algorithm->title);
  out->eta[0] = given.count ? given.values[0] : 0;
  if (given.count)
    return iclgd_say_kernel(choice, "given (reference.kernel_eta)", out, err);
  TRY(iclgd_kernel_loss_create(choice, iclgd_model_depth(choice->model),
                               &sample, &objective, err));
  const double unit = 1 / iclgd_kernel_trace(choice, out->kernel);
  TRY(iclgd_line_search(&objective, out, &out->eta[0], 0.1 * unit,
                        5 * unit * (double)sample.n, err));
  return iclgd_say_kernel(
      choice, "line search at step = depth on held-out prompts", out, err);
}

const iclgd_algorithm iclgd_algorithm_kernel_gd = {
    .name = "kernel_gd",
    .title = "kernel gradient descent",
    .look = {6, 3},
    .description =
        "f <- f + (eta/n) sum (y_i - f(x_i)) k(., x_i); weight: the gradient "
        "at the query",
    .by_context = true,
    .keys = &key_set,
    .choose = choose,
    .iterate = iterate,
    .predict = predict,
};
