/* What is measured over all eigenpairs (see bins.h). */
#include "probes/filter/bins.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b) {
  const eigenpair *x = a, *y = b;
  if (x->lambda != y->lambda) return x->lambda > y->lambda ? 1 : -1;
  return x->at > y->at ? 1 : x->at < y->at ? -1 : 0;
}

/* Bins of equal numbers, with their medians and edges. */
static void set_bins(filter_bins *bins) {
  const size_t n = bins->n_kept;
  for (size_t i = 0; i <= bins->count; ++i) {
    const size_t at = i * n / bins->count;
    bins->start[i] = at;
    bins->edge[i] = n == 0 ? NAN : bins->kept[at < n ? at : n - 1].lambda;
  }
  for (size_t i = 0; i < bins->count; ++i) {
    const size_t first = bins->start[i], end = bins->start[i + 1];
    bins->lambda[i] = n == 0 ? NAN
                             : (bins->kept[(first + end - 1) / 2].lambda +
                                bins->kept[(first + end) / 2].lambda) /
                                   2;
  }
}

iclgd_status iclgd_filter_bin(iclgd_filters *f, size_t wanted, filter_bins *out,
                              iclgd_error *err) {
  const size_t pairs = f->offered * f->setup->d;
  iclgd_arena *arena = f->setup->arena;
  *out =
      (filter_bins){.kept = iclgd_arena_take(arena, pairs, sizeof *out->kept),
                    .all = iclgd_arena_take(arena, pairs, sizeof *out->all)};
  if (iclgd_arena_status(arena, err, "filter")) return ICLGD_ENOMEM;
  for (size_t at = 0; at < pairs; ++at) {
    const eigenpair pair = {f->lambda[at], at};
    if (f->fate[at] != PAIR_NULL) out->all[out->n_all++] = pair;
    if (f->fate[at] == PAIR_KEPT) out->kept[out->n_kept++] = pair;
  }
  qsort(out->all, out->n_all, sizeof *out->all, ascending);
  qsort(out->kept, out->n_kept, sizeof *out->kept, ascending);
  out->count = wanted < out->n_kept ? wanted : out->n_kept;
  if (out->count == 0) out->count = 1;
  out->start = iclgd_arena_take(arena, out->count + 1, sizeof *out->start);
  out->lambda = iclgd_arena_reals(arena, out->count, 1, 1);
  out->edge = iclgd_arena_reals(arena, out->count + 1, 1, 1);
  if (iclgd_arena_status(arena, err, "filter")) return ICLGD_ENOMEM;
  set_bins(out);
  return ICLGD_OK;
}

size_t iclgd_filter_quantiles(const iclgd_filters *f, const filter_bins *bins,
                              const double *z, size_t stride, double *out,
                              double *scratch) {
  size_t diverged = 0;
  for (size_t i = 0; i < bins->n_kept; ++i) {
    const size_t at = bins->kept[i].at;
    scratch[i] = iclgd_filter_value(bins->kept[i].lambda, z[at], f->b[at]);
    if (!isfinite(scratch[i])) ++diverged;
  }
  for (size_t bin = 0; bin < bins->count; ++bin) {
    double quantiles[ICLGD_QUANTILES];
    const size_t first = bins->start[bin];
    iclgd_quantiles(scratch + first, bins->start[bin + 1] - first, quantiles);
    for (size_t q = 0; q < ICLGD_QUANTILES; ++q)
      out[q * stride + bin] = quantiles[q];
  }
  return diverged;
}

enum { NEIGHBOURS = 8 }; /* on each side */

/* z - f(lambda) b of pair `i`, where f is a line through the neighbouring
 * eigenvalues (the pair itself left out), fitted by least squares with weight
 * 1 / |w|^2 of their prompts, so that no prompt dominates. */
static double rest_of_pair(const iclgd_filters *f, const filter_bins *bins,
                           const double *z, const double *weight, size_t i) {
  const size_t d = f->setup->d, at = bins->all[i].at;
  const size_t first = i > NEIGHBOURS ? i - NEIGHBOURS : 0;
  const size_t end =
      i + NEIGHBOURS < bins->n_all ? i + NEIGHBOURS + 1 : bins->n_all;
  double s0 = 0, s1 = 0, s2 = 0, t0 = 0, t1 = 0;
  for (size_t k = first; k < end; ++k) {
    const size_t other = bins->all[k].at;
    const double b = f->b[other], a = weight[other / d] * b;
    const double off = bins->all[k].lambda - bins->all[i].lambda;
    if (k == i || !(weight[other / d] > 0)) continue;
    s0 += a * b;
    s1 += a * b * off;
    s2 += a * b * off * off;
    t0 += a * z[other];
    t1 += a * z[other] * off;
  }
  const double determinant = s0 * s2 - s1 * s1;
  const double value = determinant > 1e-9 * s0 * s2
                           ? (s2 * t0 - s1 * t1) / determinant
                           : t0 / s0;
  return z[at] - value * f->b[at];
}

double iclgd_filter_rest(const iclgd_filters *f, const filter_bins *bins,
                         const double *z, double *scratch) {
  const size_t d = f->setup->d;
  double *weight = scratch, *rest = weight + f->limit;
  for (size_t i = 0; i < f->offered; ++i) {
    const double square = iclgd_dot(z + i * d, z + i * d, d);
    weight[i] = square > 0 && isfinite(square) ? 1 / square : 0;
    rest[i] = weight[i] > 0 ? 0 : NAN;
    for (size_t j = i * d; j < (i + 1) * d; ++j)
      if (f->fate[j] == PAIR_NULL) rest[i] += weight[i] * z[j] * z[j];
  }
  for (size_t i = 0; i < bins->n_all; ++i) {
    const size_t prompt = bins->all[i].at / d;
    if (!(weight[prompt] > 0)) continue;
    const double off = rest_of_pair(f, bins, z, weight, i);
    if (isfinite(off)) rest[prompt] += weight[prompt] * off * off;
  }
  for (size_t i = 0; i < f->offered; ++i) rest[i] = sqrt(rest[i]);
  return iclgd_median(rest, f->offered);
}
