/* What a block adds up over its prompts, lane by lane, and at the end over the
 * lanes, by a tree that is the same for all instruction sets. */
#ifndef ICLGD_ENGINE_TOTALS_H
#define ICLGD_ENGINE_TOTALS_H

#include "engine/form.h"
#include "engine/lanes.h"

typedef struct lane_sums {
  double of[ICLGD_SUMS][LANES];
} lane_sums;

/* The sum of t, which is used up. */
static inline double sum_lanes(double t[LANES]) {
  for (size_t l = 0; l < LANES / 2; ++l) t[l] += t[l + LANES / 2];
  for (size_t l = 0; l < LANES / 4; ++l) t[l] += t[l + LANES / 4];
  return (t[0] + t[2]) + (t[1] + t[3]);
}

#endif /* ICLGD_ENGINE_TOTALS_H */
