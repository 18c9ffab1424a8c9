/* Numbers of the law of chi_k, the length of a vector of k independent standard
 * normals (chi.c), from normals of iclgd/rng.h. */
#ifndef ICLGD_MATH_CHI_H
#define ICLGD_MATH_CHI_H

#include <stddef.h>

/* From ICLGD_CHI_LARGE degrees of freedom on one normal is enough. */
enum { ICLGD_CHI_DEGREE = 12, ICLGD_CHI_LARGE = 14 };

typedef struct iclgd_chi {
  size_t k;       /* degrees of freedom */
  size_t normals; /* that one number takes: 1 or, k < ICLGD_CHI_LARGE, k */
  float c[ICLGD_CHI_DEGREE + 1]; /* chi = sum_j c[j] z^j; k small: not used */
} iclgd_chi;

/* 1 <= k <= 10^5. Takes some 20 to 60 microseconds. */
iclgd_chi iclgd_chi_law(size_t k);

/* F_k^-1(Phi(z)) to rounding, F_k the distribution function of chi_k;
 * |z| < 8. */
double iclgd_chi_quantile(size_t k, double z);

/* out (lanes) from the normals g (law->normals, lanes). Each lane takes the
 * same roundings in the same order, whatever `lanes` is. Relative error below
 * 1e-6 for the |z| <= 6.23 that the generator gives. */
static inline void iclgd_chi_evaluate(float *restrict out, const iclgd_chi *law,
                                      const float *restrict g, size_t lanes) {
  if (law->k >= ICLGD_CHI_LARGE) {
    for (size_t l = 0; l < lanes; ++l) out[l] = law->c[ICLGD_CHI_DEGREE];
    for (size_t j = ICLGD_CHI_DEGREE; j-- > 0;)
      for (size_t l = 0; l < lanes; ++l)
        out[l] = __builtin_fmaf(out[l], g[l], law->c[j]);
    return;
  }
  for (size_t l = 0; l < lanes; ++l) out[l] = g[l] * g[l];
  for (size_t i = 1; i < law->k; ++i)
    for (size_t l = 0; l < lanes; ++l)
      out[l] = __builtin_fmaf(g[i * lanes + l], g[i * lanes + l], out[l]);
  for (size_t l = 0; l < lanes; ++l) out[l] = __builtin_sqrtf(out[l]);
}

#endif /* ICLGD_MATH_CHI_H */
