/* How much likelier a context is under a law with one wide direction. */
#ifndef ICLGD_MATH_SPIKE_H
#define ICLGD_MATH_SPIKE_H

#include <stddef.h>

/* Terms of the series at most, and doubles of scratch. */
enum { ICLGD_SPIKE_TERMS = 4096 };

/* Density ratio of n points g ~ N(0, I + (s2 - 1) u u^T), u uniform on the unit
 * sphere and the same for all of them, over g ~ N(0, I), at points whose
 * (1/n) sum g g^T has the eigenvalues lambda (d); one for each s2[0..count-1]
 * >= 1. NaN where lambda is not finite or the series is too long.
 * work (2, ICLGD_SPIKE_TERMS). */
void iclgd_spike_ratios(const double *lambda, size_t d, size_t n,
                        const double *s2, size_t count, double *work,
                        double *ratio);

#endif /* ICLGD_MATH_SPIKE_H */
