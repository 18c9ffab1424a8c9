/* iclgd/tail.h - whether the mean of a sample, and its error, can be trusted.
 *
 * The loss after several layers is carried by prompts so rare that a sample
 * has few of them or none (docs/theory.md, O1 and O7): mean and standard error
 * are then low together, and the interval misses to one side. What gives it
 * away is the tail: Hill's index (1975) of the largest k values, alpha = k /
 * sum_{i <= k} log(x_(i) / x_(k+1)),  x_(1) >= x_(2) >= .., k a twentieth of
 * the sample. Of gradient descent at d = 5, n = 20 with 2000 prompts the 95%
 * interval of the mean risk covers 95, 93, 84, 7% at 1, 3, 5 and 10 steps, and
 * alpha is 3.5, 2.2, 1.9, 1.5, each to about 10%.
 */
#ifndef ICLGD_TAIL_H
#define ICLGD_TAIL_H

#include <stdbool.h>
#include <stddef.h>

/* What a value is. A squared error has the spread of its query on top of that
 * of its prompt, which no mean is hard to take for; so have differences. */
typedef enum iclgd_tail_of {
  ICLGD_TAIL_RISK,
  ICLGD_TAIL_SQUARED
} iclgd_tail_of;

/* Hill's index of values >= 0 (count), which are reordered; infinite where the
 * largest are all equal, NaN for fewer than 20 values or where one is not
 * finite. */
double iclgd_tail_index(double *values, size_t count);

/* Whether a mean of values of that tail can be measured: alpha at least 3 of
 * risks, 1.7 of squared errors. False for NaN. */
bool iclgd_tail_is_light(double alpha, iclgd_tail_of kind);

/* Whether one or a few of `count` values >= 0 carry their mean, by its standard
 * error. Always where one is more than half of their sum: if it is a share s
 * above 1 / count, the error is at least (s count - 1) / (count - 1) of the
 * mean, with equality where the others are all equal. False where nothing is
 * known. */
bool iclgd_tail_is_few(double mean, double standard_error, size_t count);

#endif /* ICLGD_TAIL_H */
