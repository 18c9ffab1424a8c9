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

/* Horner's rule, written out: compilers vectorise over lanes only what has no
 * loop. */
static inline float iclgd_chi_polynomial(const float *c, float z) {
  _Static_assert(ICLGD_CHI_DEGREE == 12, "the terms below");
  float v = __builtin_fmaf(c[12], z, c[11]);
  v = __builtin_fmaf(v, z, c[10]);
  v = __builtin_fmaf(v, z, c[9]);
  v = __builtin_fmaf(v, z, c[8]);
  v = __builtin_fmaf(v, z, c[7]);
  v = __builtin_fmaf(v, z, c[6]);
  v = __builtin_fmaf(v, z, c[5]);
  v = __builtin_fmaf(v, z, c[4]);
  v = __builtin_fmaf(v, z, c[3]);
  v = __builtin_fmaf(v, z, c[2]);
  v = __builtin_fmaf(v, z, c[1]);
  return __builtin_fmaf(v, z, c[0]);
}

/* out (lanes) from the normals g (law->normals, lanes). Each lane takes the
 * same roundings in the same order, whatever `lanes` is. Relative error below
 * 1e-6 for the |z| <= 6.23 that the generator gives. */
static inline void iclgd_chi_evaluate(float *restrict out, const iclgd_chi *law,
                                      const float *restrict g, size_t lanes) {
  if (law->k >= ICLGD_CHI_LARGE) {
    for (size_t l = 0; l < lanes; ++l)
      out[l] = iclgd_chi_polynomial(law->c, g[l]);
    return;
  }
  for (size_t l = 0; l < lanes; ++l) out[l] = g[l] * g[l];
  for (size_t i = 1; i < law->k; ++i)
    for (size_t l = 0; l < lanes; ++l)
      out[l] = __builtin_fmaf(g[i * lanes + l], g[i * lanes + l], out[l]);
  for (size_t l = 0; l < lanes; ++l) out[l] = __builtin_sqrtf(out[l]);
}

#endif /* ICLGD_MATH_CHI_H */
