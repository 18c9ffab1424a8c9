/* Sample moments against stated ones, in standard errors. */
#ifndef ICLGD_TESTS_SAMPLES_H
#define ICLGD_TESTS_SAMPLES_H

#include "support/close.h"
#include "support/normal.h"

/* Five standard errors: 6e-7 by chance for one number, and a fixed seed. */
#define assert_mean(moments, expected)                                 \
  do {                                                                 \
    const double mean_z = normal_z((moments), (expected));             \
    if (!(fabs(mean_z) < 5))                                           \
      fail_msg("the mean of %s is %.6g, %.1f standard errors from %g", \
               #moments, (moments)->sum / (moments)->count, mean_z,    \
               (double)(expected));                                    \
  } while (0)

/* E[a b^T] for rows of a and b (count, d); `expected` (d, d), NULL for 0. */
static inline void assert_second_moments(const double *a, const double *b,
                                         size_t count, size_t d,
                                         const double *expected) {
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      normal_mean products = {0};
      for (size_t p = 0; p < count; ++p)
        normal_add(&products, a[p * d + i] * b[p * d + j]);
      assert_mean(&products, expected ? expected[i * d + j] : 0);
    }
}

/* E[a] = 0 for rows of a (count, d). */
static inline void assert_centred(const double *a, size_t count, size_t d) {
  for (size_t i = 0; i < d; ++i) {
    normal_mean values = {0};
    for (size_t p = 0; p < count; ++p) normal_add(&values, a[p * d + i]);
    assert_mean(&values, 0);
  }
}

#endif /* ICLGD_TESTS_SAMPLES_H */
