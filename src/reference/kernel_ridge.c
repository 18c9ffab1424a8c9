/* Kernel ridge regression:
 *   f = sum_i alpha_i k(., x_i),  alpha = (K + lambda I)^-1 y,
 * the minimiser of sum_i (y_i - f(x_i))^2 + lambda |f|^2 over the functions of
 * the kernel (lambda stands beside the sum, as that of ridge, not beside the
 * mean). Where the task is a Gaussian process of covariance w_scale^2 k and
 * noise sigma, f with lambda = (sigma / w_scale)^2 is the mean of the Bayes
 * posterior. The diagonal of K is longer by the share 1e-10, as that of the
 * process (src/prompt/function.c). The weight is the gradient of f at the
 * query. */
#include "math/dense.h"
#include "reference/kernels.h"
#include "reference/rows.h"

#include <iclgd/comparisons.h>
#include <string.h>

/* The last row of w and prediction, either of which may be NULL. work: K, the
 * kernel's row at the query, alpha. */
static void solve(const iclgd_hyper *hyper, const iclgd_prompt *p, double *work,
                  double *w, double *prediction) {
  const size_t n = p->n, d = p->d;
  iclgd_kernel_unknown(1, d, w, prediction);
  if (n > ICLGD_KERNEL_POINTS) return;
  double *K = work, *row = K + n * n, *alpha = row + n;
  iclgd_kernel_matrix(hyper->kernel, p, K);
  iclgd_kernel_row(hyper->kernel, p->x_query, p->x, n, d, row);
  for (size_t i = 0; i < n; ++i) {
    double *diagonal = K + i * (n + 1);
    *diagonal += ICLGD_KERNEL_JITTER * *diagonal + hyper->lambda;
  }
  memcpy(alpha, p->y, n * sizeof *alpha);
  if (!iclgd_solve_positive(K, alpha, n)) return;
  if (prediction) prediction[1] = iclgd_dot(row, alpha, n);
  if (w)
    iclgd_kernel_gradient(hyper->kernel, p->x_query, p->x, n, d, row, alpha,
                          w + d);
}

static void iterate(const iclgd_hyper *hyper, const iclgd_problem *problem,
                    size_t steps, double *work, double *w) {
  (void)steps;
  solve(hyper, &problem->prompt, work, w, NULL);
}

static void predict(const iclgd_hyper *hyper, const iclgd_problem *problem,
                    size_t steps, double *work, double *prediction) {
  (void)steps;
  solve(hyper, &problem->prompt, work, NULL, prediction);
}

static const iclgd_key keys[] = {
    KEY_FORM_IN("reference.kernel_lambda", "auto", "auto|real", 0, 1e12,
                "penalty of kernel_ridge beside the sum of squares: Bayes or a "
                "line search, or given"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

/* Whether labels are jointly normal given the inputs, with this kernel. */
static bool is_bayes(const iclgd_distribution *dist,
                     const iclgd_kernel *kernel) {
  if (!dist) return false;
  if (dist->f_law == ICLGD_F_QUADRATIC)
    return kernel->form == ICLGD_KERNEL_QUADRATIC;
  return dist->f_law == ICLGD_F_PROCESS && kernel->form == dist->kernel->form &&
         kernel->scale == dist->kernel->scale;
}

static iclgd_status search(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  iclgd_tuning_loss objective;
  iclgd_prompts sample;
  TRY(iclgd_kernel_loss_create(choice, 1, &sample, &objective, err));
  const double unit = iclgd_kernel_trace(choice, out->kernel);
  TRY(iclgd_line_search(&objective, out, &out->lambda, 1e-6 * unit,
                        (double)sample.n * unit, err));
  return iclgd_say_kernel(choice, "line search on held-out prompts", out, err);
}

static iclgd_status choose(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  const iclgd_form given =
      iclgd_get_form(choice->settings, "reference.kernel_lambda");
  TRY(iclgd_choose_kernel(choice, out, err));
  if (!iclgd_kernel_is_symmetric(out->kernel))
    return iclgd_fail(err, ICLGD_ERANGE, "softmax is no symmetric kernel");
  out->lambda = given.count ? given.values[0] : 0;
  if (given.count)
    return iclgd_say_kernel(choice, "given (reference.kernel_lambda)", out,
                            err);
  if (!is_bayes(choice->dist, out->kernel)) return search(choice, out, err);
  const double ratio = choice->dist->noise / choice->dist->w_scale;
  out->lambda = ratio * ratio;
  return iclgd_say_kernel(choice, "Bayes: sigma^2 / w_scale^2", out, err);
}

const iclgd_algorithm iclgd_algorithm_kernel_ridge = {
    .name = "kernel_ridge",
    .title = "kernel ridge regression",
    .look = {1, 2},
    .description =
        "f = sum alpha_i k(., x_i), alpha = (K + lambda I)^-1 y; weight: the "
        "gradient at the query",
    .by_context = true,
    .one_shot = true,
    .keys = &key_set,
    .choose = choose,
    .iterate = iterate,
    .predict = predict,
};
