/* iclgd/linear.h - linear algebra that probes need.
 */
#ifndef ICLGD_LINEAR_H
#define ICLGD_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

/* The eigenvalues re + i im (N) of any M (N, N), which is overwritten, complex
 * ones in conjugate pairs. False when the iteration fails. May be called from
 * several threads. */
bool iclgd_eigenvalues(double *M, size_t N, double *re, double *im);

#endif /* ICLGD_LINEAR_H */
