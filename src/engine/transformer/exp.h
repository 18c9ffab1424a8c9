/* exp, the logistic function and the normal distribution in lanes, by
 * polynomials in a fixed order of operations, so that bits depend on neither
 * the instruction set nor a library. Relative error below 2e-7 in float, 1e-15
 * in double (tests/engine/test_exp.c):
 *   exp(x) = 2^k exp(r),  r = x - k log 2,  |r| <= log(2) / 2,
 *   erfc(z) = exp(-z^2) t F(2 t - 1),  t = 3 / (3 + z),  z >= 0,
 * with exp(r) = 1 + r + r^2 q(r); q and F interpolate at Chebyshev's nodes (F
 * after Shepherd and Laframboise 1981). x is cut off where exp leaves the
 * normal numbers. */
#ifndef ICLGD_ENGINE_TRANSFORMER_EXP_H
#define ICLGD_ENGINE_TRANSFORMER_EXP_H

#include "engine/lanes.h"

#if defined(ICLGD_REAL_IS_DOUBLE)
enum { MANTISSA_BITS = 52 };
#define ICLGD_EXP_LEAST (-708.0)
#define ICLGD_EXP_MOST 709.0
#define ICLGD_ROUNDER 0x1.8p52 /* + and -: to the nearest whole number */
#define ICLGD_LOG2_HIGH 0x1.62e42feep-1
#define ICLGD_LOG2_LOW 0x1.a39ef35793c76p-33
static const real exp_terms[] = {2.51003854955103191e-8, 2.76200884454097482e-7,
                                 2.75572684599970648e-6, 2.48015212959543751e-5,
                                 1.98412698630536169e-4, 1.38888889172137169e-3,
                                 8.33333333333006183e-3, 4.16666666666241279e-2,
                                 1.66666666666666675e-1, 0.500000000000000102};
static const real erfc_terms[] = {
    -1.13659717699478093e-11, 1.34056664550775277e-9,  -1.11377464127602007e-9,
    -1.31596686316096552e-8,  1.64721317913251418e-8,  7.23798791311113985e-8,
    -1.36984774671357524e-7,  -3.27941929353276567e-7, 9.22378614572027283e-7,
    1.58008649695722593e-6,   -5.8237472268132901e-6,  -1.01315628330901193e-5,
    3.58538854495958457e-5,   9.22589951277173833e-5,  -1.82769905989027948e-4,
    -1.01135395708877283e-3,  -4.04138874987060328e-4, 8.94241153786806055e-3,
    3.98425870957340918e-2,   0.103489087300329067,    0.196742785701367603,
    0.294464817723292947,     0.358002302362779901};
#else
enum { MANTISSA_BITS = 23 };
#define ICLGD_EXP_LEAST (-87.0f)
#define ICLGD_EXP_MOST 88.0f
#define ICLGD_ROUNDER 0x1.8p23f
#define ICLGD_LOG2_HIGH 0x1.63p-1f
#define ICLGD_LOG2_LOW -2.12194440e-4f
static const real exp_terms[] = {1.39261836e-3f, 8.36317905e-3f, 4.16665546e-2f,
                                 1.66665770e-1f, 0.5f};
static const real erfc_terms[] = {
    2.34684184e-5f,  7.02600374e-5f, -1.71437873e-4f, -9.91010881e-4f,
    -4.08896223e-4f, 8.93382216e-3f, 3.98434194e-2f,  0.103490595f,
    0.196742744f,    0.294464743f,   0.358002302f};
#endif

/* The polynomial with these coefficients, that of the highest power first. */
ICLGD_INLINE vec horner(const real *terms, size_t count, vec x) {
  vec sum = splat(terms[0]);
  ICLGD_UNROLL for (size_t i = 1; i < count; ++i) sum =
      madd(sum, x, splat(terms[i]));
  return sum;
}

ICLGD_INLINE vec exponential(vec x) {
  x = smaller_of(splat(ICLGD_EXP_MOST), x);
  x = larger_of(splat(ICLGD_EXP_LEAST), x);
  const vec shifted =
      madd(x, splat((real)1.44269504088896341), splat(ICLGD_ROUNDER));
  const vec k = shifted - splat(ICLGD_ROUNDER);
  vec r = madd(k, splat(-ICLGD_LOG2_HIGH), x);
  r = madd(k, splat(-ICLGD_LOG2_LOW), r);
  const vec q = horner(exp_terms, sizeof exp_terms / sizeof *exp_terms, r);
  const vec power = splat(1) + madd(q, r * r, r);
  return (vec)((words)power + ((words)shifted << MANTISSA_BITS));
}

/* 1 / (1 + exp(-x)) */
ICLGD_INLINE vec logistic(vec x) {
  return splat(1) / (splat(1) + exponential(-x));
}

/* Phi(x), the share of a standard normal below x, and its density. */
ICLGD_INLINE vec normal_share(vec x, vec *density) {
  const vec size = larger_of(x, -x);
  const vec gauss = exponential(splat(-(real)0.5) * x * x);
  const vec z = size * splat((real)0.707106781186547524);
  const vec t = splat(3) / (splat(3) + z);
  const vec F = horner(erfc_terms, sizeof erfc_terms / sizeof *erfc_terms,
                       madd(splat(2), t, splat(-1)));
  const vec tail = splat((real)0.5) * gauss * t * F;
  *density = gauss * splat((real)0.398942280401432678);
  return choose((words)(x > (vec){0}), splat(1) - tail, tail);
}

#endif /* ICLGD_ENGINE_TRANSFORMER_EXP_H */
