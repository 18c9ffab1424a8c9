/* What the methods with a kernel share. */
#ifndef ICLGD_REFERENCE_KERNELS_H
#define ICLGD_REFERENCE_KERNELS_H

#include <iclgd/algorithm.h>
#include <iclgd/kernel.h>

#include "reference/tune.h"

/* The longest context whose matrix is held; of a longer one all predictions
 * but the first are NaN. */
enum { ICLGD_KERNEL_POINTS = 512 };

/* Doubles that a method takes for a context of n points: K (n, n) and four
 * vectors. */
static inline size_t iclgd_kernel_work(size_t n) {
  return n * (n + 4);
}

/* hyper->kernel by the key reference.kernel. ICLGD_ERANGE where that is auto
 * and the task is linear or not known, or contexts are too long. */
iclgd_status iclgd_choose_kernel(const iclgd_choice *choice, iclgd_hyper *hyper,
                                 iclgd_error *err);

/* hyper->how: `how`, and the kernel. */
iclgd_status iclgd_say_kernel(const iclgd_choice *choice, const char *how,
                              iclgd_hyper *hyper, iclgd_error *err);

/* The loss of the algorithm that chooses on as many of the tuning prompts as
 * searches with matrices have time for: *sample, which the loss borrows. */
iclgd_status iclgd_kernel_loss_create(const iclgd_choice *choice, size_t steps,
                                      iclgd_prompts *sample,
                                      iclgd_tuning_loss *out, iclgd_error *err);

/* Mean k(x, x) over the context points of a few tuning prompts. */
double iclgd_kernel_trace(const iclgd_choice *choice,
                          const iclgd_kernel *kernel);

/* K (n, n): row i is the kernel's row at point i of the context. */
void iclgd_kernel_matrix(const iclgd_kernel *kernel, const iclgd_prompt *p,
                         double *K);

/* Zero, and what is not known (NaN) in the rows from 1 on of what is not NULL
 * of w (steps + 1, d) and prediction (steps + 1). */
void iclgd_kernel_unknown(size_t steps, size_t d, double *w,
                          double *prediction);

#endif /* ICLGD_REFERENCE_KERNELS_H */
