/* The jackknife over groups of prompts: a quantity computed from all prompts
 * but those of group k, for each k, has the variance of the quantity in its
 * spread (Quenouille 1956, Tukey 1958). */
#ifndef ICLGD_PROBES_JACKKNIFE_H
#define ICLGD_PROBES_JACKKNIFE_H

#include <stddef.h>

enum { JACKKNIFE_GROUPS = 16 };

/* The first of `count` prompts in group k; k = JACKKNIFE_GROUPS is the end. */
static inline size_t jackknife_first(size_t count, size_t k) {
  return count * k / JACKKNIFE_GROUPS;
}

/* The variance of a quantity from its values without each group. */
static inline double jackknife_variance(const double values[JACKKNIFE_GROUPS]) {
  double mean = 0, squares = 0;
  for (size_t k = 0; k < JACKKNIFE_GROUPS; ++k)
    mean += values[k] / JACKKNIFE_GROUPS;
  for (size_t k = 0; k < JACKKNIFE_GROUPS; ++k)
    squares += (values[k] - mean) * (values[k] - mean);
  return squares * (JACKKNIFE_GROUPS - 1) / JACKKNIFE_GROUPS;
}

#endif /* ICLGD_PROBES_JACKKNIFE_H */
