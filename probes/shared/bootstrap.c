/* Draws and intervals of the bootstrap (see bootstrap.h). */
#include "probes/shared/bootstrap.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include <iclgd/comparisons.h>
#include <iclgd/rng.h>

void iclgd_bootstrap_draw(uint64_t seed, size_t resamples, size_t n_samples,
                          double *counts) {
  memset(counts, 0, resamples * n_samples * sizeof *counts);
  for (size_t r = 0; r < resamples; ++r) {
    iclgd_stream stream;
    iclgd_stream_seed(&stream, seed, ICLGD_STREAM_BOOTSTRAP, r);
    for (size_t i = 0; i < n_samples; ++i)
      ++counts[r * n_samples +
               iclgd_stream_below(&stream, (uint32_t)n_samples)];
  }
}

void iclgd_bootstrap_interval(double *values, size_t count, double *low,
                              double *high) {
  iclgd_sort(values, count);
  const bool whole = count > 0 && !isnan(values[count - 1]);
  *low = whole ? values[(size_t)(0.025 * (double)(count - 1))] : NAN;
  *high = whole ? values[(size_t)ceil(0.975 * (double)(count - 1))] : NAN;
}
