/* iclgd/kernel.h - kernels k(u, v): covariances of functions, and what
 * attention compares tokens with. Their bits never vary: exp and angles are our
 * own.
 */
#ifndef ICLGD_KERNEL_H
#define ICLGD_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

/* The equations stand in src/math/kernel.c. */
typedef enum iclgd_kernel_form {
  ICLGD_KERNEL_LINEAR,
  ICLGD_KERNEL_EXP,
  ICLGD_KERNEL_SOFTMAX,
  ICLGD_KERNEL_RBF,
  ICLGD_KERNEL_RELU,
  ICLGD_KERNEL_QUADRATIC
} iclgd_kernel_form;

typedef struct iclgd_kernel {
  iclgd_kernel_form form;
  double scale; /* s of exp and softmax, the width of rbf; else not read */
} iclgd_kernel;

/* Whether k(u, v) = k(v, u): all but softmax, whose rows depend on the other
 * points. */
static inline bool iclgd_kernel_is_symmetric(const iclgd_kernel *kernel) {
  return kernel->form != ICLGD_KERNEL_SOFTMAX;
}

/* k(u, v), u and v (d), of a symmetric kernel. */
double iclgd_kernel_at(const iclgd_kernel *kernel, const double *u,
                       const double *v, size_t d);

/* row (n): k(u, x_i) for the rows x_i of x (n, d). */
void iclgd_kernel_row(const iclgd_kernel *kernel, const double *u,
                      const double *x, size_t n, size_t d, double *row);

/* out (d): the gradient in u of sum_i alpha_i k(u, x_i), `row` (n) the kernel's
 * row at u. Where the kernel has a kink, one of its sides. */
void iclgd_kernel_gradient(const iclgd_kernel *kernel, const double *u,
                           const double *x, size_t n, size_t d,
                           const double *row, const double *alpha, double *out);

enum { ICLGD_KERNEL_TEXT = 40 };

/* The kernel as it is typed in a key: "rbf:1.5". */
void iclgd_kernel_text(const iclgd_kernel *kernel, char out[ICLGD_KERNEL_TEXT]);

#endif /* ICLGD_KERNEL_H */
