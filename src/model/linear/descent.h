/* Models that descend, without tokens: kernels on bare arrays. */
#ifndef ICLGD_MODEL_LINEAR_DESCENT_H
#define ICLGD_MODEL_LINEAR_DESCENT_H

#include <stddef.h>

/* r (d) = b - S w, then w_next = w + A r. */
void iclgd_descent_forward(double *w_next, double *r, const double *w,
                           const double *A, const double *S, const double *b,
                           size_t d);

/* From u (d), the gradient with respect to w_next: dA (d, d) += u r^T, and u
 * becomes the gradient with respect to w, u - S A^T u; work (d). */
void iclgd_descent_backward(double *u, double *dA, double *work,
                            const double *r, const double *A, const double *S,
                            size_t d);

#endif /* ICLGD_MODEL_LINEAR_DESCENT_H */
