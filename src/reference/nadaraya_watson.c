/* Nadaraya and Watson's (1964) estimator, what one softmax attention can do:
 * the mean label, weighed by nearness to the query,
 *   f(x) = sum_i p_i y_i,  p_i = exp(-|x - x_i|^2 / (2 h^2)) over their sum,
 * with one bandwidth h. The weight is the gradient of f at the query,
 *   sum_i p_i y_i (x_i - sum_j p_j x_j) / h^2. */
#include <math.h>

#include <iclgd/comparisons.h>

#include "math/elementary.h"
#include "reference/kernels.h"
#include "reference/rows.h"

/* p (n); the nearest point's exponent is subtracted, so that one stays. */
static void set_shares(double h, const iclgd_prompt *p, double *share) {
  const size_t n = p->n, d = p->d;
  double least = INFINITY, sum = 0;
  for (size_t i = 0; i < n; ++i) {
    share[i] = iclgd_squared_distance(p->x + i * d, p->x_query, d);
    least = fmin(least, share[i]);
  }
  for (size_t i = 0; i < n; ++i) {
    share[i] = iclgd_exp((least - share[i]) / (2 * h * h));
    sum += share[i];
  }
  for (size_t i = 0; i < n; ++i) share[i] /= sum;
}

/* own: h. work: p (n). */
static void predict(const iclgd_hyper *hyper, const iclgd_problem *problem,
                    size_t steps, double *work, double *prediction) {
  (void)steps;
  set_shares(hyper->own[0], &problem->prompt, work);
  prediction[0] = 0;
  prediction[1] = iclgd_dot(work, problem->prompt.y, problem->prompt.n);
}

/* sum_j p_j x_j carries what is left of the labels: sum_i p_i (y_i - f) x_i. */
static void iterate(const iclgd_hyper *hyper, const iclgd_problem *problem,
                    size_t steps, double *work, double *w) {
  (void)steps;
  const iclgd_prompt *p = &problem->prompt;
  const size_t n = p->n, d = p->d;
  const double h = hyper->own[0];
  set_shares(h, p, work);
  const double f = iclgd_dot(work, p->y, n);
  for (size_t j = 0; j < 2 * d; ++j) w[j] = 0;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j < d; ++j)
      w[d + j] += work[i] * (p->y[i] - f) * p->x[i * d + j] / (h * h);
}

static const iclgd_key keys[] = {
    KEY_FORM_IN("reference.bandwidth", "auto", "auto|real", 1e-6, 1e6,
                "bandwidth of nadaraya_watson: a line search, or given"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

/* Around the root mean square distance of two inputs. */
static iclgd_status choose(const iclgd_choice *choice, iclgd_hyper *out,
                           iclgd_error *err) {
  const iclgd_form given =
      iclgd_get_form(choice->settings, "reference.bandwidth");
  const iclgd_form kernel =
      iclgd_get_form(choice->settings, "reference.kernel");
  out->how = "given (reference.bandwidth)";
  out->own[0] = given.count ? given.values[0] : 0;
  if (given.count) return ICLGD_OK;
  if (kernel.choice == 0 && iclgd_distribution_is_linear(choice->dist))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "set reference.kernel or bandwidth: the task does not "
                      "name a kernel");
  iclgd_prompts sample = iclgd_tuning_sample(choice->tune);
  iclgd_tuning_loss objective;
  TRY(iclgd_tuning_loss_create(choice, &sample, 1, &objective, err));
  out->how = "line search on held-out prompts";
  const double unit =
      sqrt(2 * (double)sample.d / iclgd_natural_step(choice->tune));
  return iclgd_line_search(&objective, out, &out->own[0], 0.01 * unit,
                           10 * unit, err);
}

const iclgd_algorithm iclgd_algorithm_nadaraya_watson = {
    .name = "nadaraya_watson",
    .title = "Nadaraya-Watson",
    .look = {1, 3},
    .description =
        "sum p_i y_i, p_i ~ exp(-|x - x_i|^2 / (2 h^2)); weight: the gradient "
        "at the query",
    .one_shot = true,
    .keys = &key_set,
    .own = {{"bandwidth", .whole = false}},
    .choose = choose,
    .iterate = iterate,
    .predict = predict,
};
