/* The kernel of a method, matrices of it and prompts to tune on. */
#include "reference/kernels.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <iclgd/comparisons.h>

/* The covariance of the task's function, up to a factor, where it is one of the
 * kernels; else rbf of the root mean square distance of two inputs. */
static iclgd_kernel kernel_of_task(const iclgd_choice *choice) {
  const iclgd_distribution *dist = choice->dist;
  if (dist->f_law == ICLGD_F_PROCESS) return *dist->kernel;
  if (dist->f_law == ICLGD_F_QUADRATIC)
    return (iclgd_kernel){ICLGD_KERNEL_QUADRATIC, 1};
  if (dist->f_law == ICLGD_F_NETWORK)
    return (iclgd_kernel){ICLGD_KERNEL_RELU, 1};
  const double variance = 1 / iclgd_natural_step(choice->tune);
  return (iclgd_kernel){ICLGD_KERNEL_RBF, sqrt(2 * variance * (double)dist->d)};
}

iclgd_status iclgd_choose_kernel(const iclgd_choice *choice, iclgd_hyper *hyper,
                                 iclgd_error *err) {
  static const iclgd_kernel_form forms[] = {
      /* of the key, but auto */
      ICLGD_KERNEL_SOFTMAX, ICLGD_KERNEL_SOFTMAX,  ICLGD_KERNEL_LINEAR,
      ICLGD_KERNEL_EXP,     ICLGD_KERNEL_EXP,      ICLGD_KERNEL_RBF,
      ICLGD_KERNEL_RELU,    ICLGD_KERNEL_QUADRATIC};
  const iclgd_form form = iclgd_get_form(choice->settings, "reference.kernel");
  if (form.choice == 0 && iclgd_distribution_is_linear(choice->dist))
    return iclgd_fail(err, ICLGD_ERANGE,
                      "set reference.kernel: the task does not name a kernel");
  if (choice->tune->n > ICLGD_KERNEL_POINTS)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "takes at most %d context points, prompts have %zu",
                      ICLGD_KERNEL_POINTS, choice->tune->n);
  iclgd_kernel *kernel = iclgd_arena_take(choice->arena, 1, sizeof *kernel);
  if (!kernel) return iclgd_fail_memory(err, "a kernel");
  if (form.choice == 0)
    *kernel = kernel_of_task(choice);
  else
    *kernel =
        (iclgd_kernel){forms[form.choice - 1], form.count ? form.values[0] : 1};
  hyper->kernel = kernel;
  return ICLGD_OK;
}

iclgd_status iclgd_say_kernel(const iclgd_choice *choice, const char *how,
                              iclgd_hyper *hyper, iclgd_error *err) {
  char kernel[ICLGD_KERNEL_TEXT], text[160];
  iclgd_kernel_text(hyper->kernel, kernel);
  snprintf(text, sizeof text, "%s; kernel %s", how, kernel);
  hyper->how = iclgd_arena_text(choice->arena, text);
  return hyper->how ? ICLGD_OK : iclgd_fail_memory(err, text);
}

iclgd_status iclgd_kernel_loss_create(const iclgd_choice *choice, size_t steps,
                                      iclgd_prompts *sample,
                                      iclgd_tuning_loss *out,
                                      iclgd_error *err) {
  enum { ENTRIES = 500000, LEAST = 50 }; /* of the matrices; prompts */
  *sample = iclgd_tuning_sample(choice->tune);
  const size_t fit = ENTRIES / (sample->n * sample->n);
  const size_t most = fit > LEAST ? fit : LEAST;
  if (sample->count > most) sample->count = most;
  return iclgd_tuning_loss_create(choice, sample, steps, out, err);
}

double iclgd_kernel_trace(const iclgd_choice *choice,
                          const iclgd_kernel *kernel) {
  enum { PROMPTS = 50 };
  const iclgd_prompts *tune = choice->tune;
  const size_t count = tune->count < PROMPTS ? tune->count : PROMPTS;
  double sum = 0;
  if (!iclgd_kernel_is_symmetric(kernel)) return 1; /* rows have the sum 1 */
  for (size_t i = 0; i < count * tune->n; ++i) {
    const double *x = tune->x + i * tune->d;
    sum += iclgd_kernel_at(kernel, x, x, tune->d);
  }
  return sum > 0 ? sum / (double)(count * tune->n) : 1;
}

void iclgd_kernel_matrix(const iclgd_kernel *kernel, const iclgd_prompt *p,
                         double *K) {
  for (size_t i = 0; i < p->n; ++i)
    iclgd_kernel_row(kernel, p->x + i * p->d, p->x, p->n, p->d, K + i * p->n);
}

void iclgd_kernel_unknown(size_t steps, size_t d, double *w,
                          double *prediction) {
  for (size_t i = 0; w && i < (steps + 1) * d; ++i) w[i] = i < d ? 0 : NAN;
  for (size_t k = 0; prediction && k <= steps; ++k)
    prediction[k] = k == 0 ? 0 : NAN;
}
