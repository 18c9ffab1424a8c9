/* The best equal steps for a loss over the last loops,
 *
 *   (1/T') sum_{t = L-T'+1..L} mu((1 - eta s)^(2t)),  T' = min(window, L),
 *
 * the loss of Yang et al. 2023 (arXiv:2311.12424) with O5 of theory inside. A
 * sum of convex functions: the derivative is bisected.
 */
#include <math.h>

#include "spectrum.h"

static double slope(const iclgd_spectrum *m, size_t first, size_t last,
                    double eta) {
  double sum = 0;
  for (size_t i = 0; i < m->count; ++i) {
    const double p = 1 - eta * m->s[i];
    for (size_t t = first; t <= last; ++t)
      sum -=
          m->weight[i] * 2 * (double)t * m->s[i] * pow(p, (double)(2 * t - 1));
  }
  return sum;
}

static double mean_loss(const iclgd_spectrum *m, size_t first, size_t last,
                        double eta) {
  double sum = 0;
  for (size_t i = 0; i < m->count; ++i)
    for (size_t t = first; t <= last; ++t)
      sum += m->weight[i] * pow(1 - eta * m->s[i], (double)(2 * t));
  return m->atom + sum / (double)(last - first + 1);
}

iclgd_status iclgd_oracle_windowed(iclgd_setting setting, size_t L,
                                   size_t window, double *eta, double *loss,
                                   iclgd_error *err) {
  if (L < 1 || window < 1)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "expected L and window >= 1, found %zu and %zu", L,
                      window);
  if (setting.sigma2 > 0)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "windowed: expected sigma2 = 0, found %g",
                      setting.sigma2);
  const size_t first = window < L ? L - window + 1 : 1;
  iclgd_arena arena = {0};
  iclgd_spectrum m;
  const iclgd_status status =
      iclgd_spectrum_create(setting, L, &arena, &m, err);
  double low = 0, high = 2, middle = 1;
  while (!status && low < middle && middle < high) {
    if (slope(&m, first, L, middle) < 0)
      low = middle;
    else
      high = middle;
    middle = 0.5 * (low + high);
  }
  if (!status) {
    *eta = middle;
    *loss = mean_loss(&m, first, L, middle);
  }
  iclgd_arena_free(&arena);
  return status;
}
