/* Training kernels of the descent families on 16 prompts side by side: bare
 * arrays of doubles, outputs first, lanes innermost, no overlap, no allocation.
 * Every instruction set gives the same bits. */
#ifndef ICLGD_ENGINE_DESCENT_H
#define ICLGD_ENGINE_DESCENT_H

#include <stddef.h>

typedef struct iclgd_descent_kernels {
  /* x (d, 16) = scale g, scale (16), g (d, 16) */
  void (*scale)(double *x, const double *scale, const float *g, size_t d);
  /* y (d, 16) = M x, M (d, d) the same in all lanes */
  void (*transform)(double *y, const double *M, const double *x, size_t d);
  /* the lower triangle of S (d, d, 16) += x x^T */
  void (*add_outer)(double *S, const double *x, size_t d);
  /* S = factor S, made symmetric */
  void (*finish)(double *S, double factor, size_t d);
  /* b (d, 16) += a x, a (16) */
  void (*add_scaled)(double *b, const double *a, const double *x, size_t d);
  /* out (16) = a . b, over d */
  void (*dot)(double *out, const double *a, const double *b, size_t d);
  /* y (d, 16) = S x, S (d, d, 16) */
  void (*multiply)(double *y, const double *S, const double *x, size_t d);
  /* r = b - S w; w_next = w + A r */
  void (*forward)(double *w_next, double *r, const double *w, const double *A,
                  const double *S, const double *b, size_t d);
  /* dA (d, d, 16) += u r^T; u = u - S A^T u; v (d, 16) is scratch */
  void (*backward)(double *u, double *dA, double *v, const double *r,
                   const double *A, const double *S, size_t d);
} iclgd_descent_kernels;

/* The kernels for the processor that runs. */
const iclgd_descent_kernels *iclgd_descent_best(void);

extern const iclgd_descent_kernels iclgd_descent_base;
extern const iclgd_descent_kernels iclgd_descent_v3;
extern const iclgd_descent_kernels iclgd_descent_v4;

#endif /* ICLGD_ENGINE_DESCENT_H */
