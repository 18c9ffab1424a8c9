/* All of the Hessian: both parts column by column, eigenvalues by LAPACK, and
 * what follows of them and of the blocks. */
#include <math.h>
#include <string.h>

#include <iclgd/algebra.h>
#include <iclgd/comparisons.h>

#include "probes/hessian/parts.h"

void hessian_bin(hessian_found *f, double *bins, double value, double count) {
  const double below = log10(f->most / fabs(value)) * HESSIAN_BINS_PER_DECADE;
  const double at = HESSIAN_BINS - 1 - floor(below);
  if (at >= 0 && at < HESSIAN_BINS) bins[(size_t)at] += count;
}

double hessian_bin_middle(const hessian_found *f, size_t k) {
  const double below = (double)(HESSIAN_BINS - k) - 0.5;
  return f->most * pow(10, -below / HESSIAN_BINS_PER_DECADE);
}

double hessian_diagonal_ratio(double *diagonal, size_t count) {
  double most = 0;
  for (size_t i = 0; i < count; ++i) {
    diagonal[i] = fabs(diagonal[i]);
    most = fmax(most, diagonal[i]);
  }
  return most / iclgd_median(diagonal, count);
}

/* --- the whole ------------------------------------------------------------ */

static double largest_magnitude(const double *lambda, size_t size) {
  return fmax(fabs(lambda[0]), fabs(lambda[size - 1]));
}

/* Of eigenvalues in ascending order. Flat are those below HESSIAN_FLAT of the
 * largest magnitude of the whole; the condition is that of the others, NaN
 * where there is none. */
static void judge_spectrum(const double *lambda, size_t size, double whole,
                           part_numbers *out) {
  const double most = largest_magnitude(lambda, size);
  double least = INFINITY;
  out->smallest = lambda[0];
  out->largest = lambda[size - 1];
  out->residual = 0;
  for (size_t i = 0; i < size; ++i) {
    const double magnitude = fabs(lambda[i]);
    const bool is_flat = !(magnitude > HESSIAN_FLAT * whole);
    out->flat += is_flat;
    out->negative += !is_flat && lambda[i] < 0;
    if (!is_flat) least = fmin(least, magnitude);
  }
  out->condition = isfinite(least) ? most / least : NAN;
}

static void judge_entries(const double *M, size_t size, part_numbers *out) {
  double squares = 0;
  for (size_t i = 0; i < size; ++i) out->trace += M[i * size + i];
  for (size_t i = 0; i < size * size; ++i) squares += M[i] * M[i];
  out->frobenius = sqrt(squares);
  out->plain = out->trace;
}

/* --- blocks --------------------------------------------------------------- */

static void set_norms(const double *M, size_t size, const hessian_blocks *b,
                      double *norm) {
  for (size_t i = 0; i < size; ++i)
    for (size_t j = 0; j < size; ++j)
      norm[b->of[i] * b->count + b->of[j]] += M[i * size + j] * M[i * size + j];
  for (size_t k = 0; k < b->count * b->count; ++k) norm[k] = sqrt(norm[k]);
}

/* The block (n, n) of H on its own; work holds n n numbers. */
static size_t copy_block(const double *H, size_t size, const hessian_blocks *b,
                         size_t k, double *out) {
  size_t n = 0;
  for (size_t i = 0; i < size; ++i)
    for (size_t j = 0; b->of[i] == k && j < size; ++j)
      if (b->of[j] == k) out[n++] = H[i * size + j];
  return b->size[k];
}

static bool judge_block(const double *H, size_t size, const hessian_blocks *b,
                        size_t k, double *work, double *lambda,
                        hessian_found *f) {
  double levels[ICLGD_QUANTILES];
  part_numbers numbers = {0};
  const size_t n = copy_block(H, size, b, k, work);
  for (size_t i = 0; i < n * n; ++i) work[i] = fabs(work[i]);
  iclgd_quantiles(work, n * n, levels);
  for (size_t q = 0; q < ICLGD_QUANTILES; ++q)
    f->entries[q * b->count + k] = levels[q];
  copy_block(H, size, b, k, work);
  judge_entries(work, n, &numbers);
  if (!iclgd_symmetric_eigenvalues(work, n, false, lambda)) return false;
  judge_spectrum(lambda, n, largest_magnitude(f->eigenvalue, size), &numbers);
  f->trace[k] = numbers.trace;
  f->largest[k] = numbers.largest;
  f->smallest[k] = numbers.smallest;
  f->negatives[k] = numbers.negative;
  return true;
}

/* --- all of it ------------------------------------------------------------ */

static iclgd_status take(const mean_loss *m, const hessian_blocks *b,
                         hessian_found *f, iclgd_error *err) {
  iclgd_arena *arena = m->setup->arena;
  const size_t size = m->size, count = b->count;
  double **const of_blocks[] = {&f->trace, &f->largest, &f->smallest,
                                &f->negatives};
  for (size_t i = 0; i < 4; ++i)
    *of_blocks[i] = iclgd_arena_reals(arena, count, 1, 1);
  f->entries = iclgd_arena_reals(arena, ICLGD_QUANTILES, count, 1);
  f->eigenvalue = iclgd_arena_reals(arena, PARTS, size, 1);
  f->norm = iclgd_arena_reals(arena, PARTS, count, count);
  f->map = iclgd_arena_reals(arena, PARTS, size, size);
  return iclgd_arena_status(arena, err, "hessian");
}

static void fill_bins(hessian_found *f, size_t size) {
  const double *lambda = f->eigenvalue, *outer = lambda + size;
  f->most = fmax(fabs(lambda[0]), fabs(lambda[size - 1]));
  f->most = 1.0001 * fmax(f->most, outer[size - 1]);
  for (size_t i = 0; i < size; ++i) {
    hessian_bin(f, lambda[i] < 0 ? f->negative : f->positive, lambda[i], 1);
    hessian_bin(f, f->outer, outer[i], 1);
  }
}

static iclgd_status failed(iclgd_error *err) {
  return iclgd_fail(err, ICLGD_ERANGE, "its eigenvalues were not found");
}

iclgd_status hessian_measure_exactly(mean_loss *m, const hessian_blocks *blocks,
                                     hessian_found *f, iclgd_error *err) {
  const size_t size = m->size, entries = size * size;
  TRY(take(m, blocks, f, err));
  double *H = f->map, *outer = H + entries, *functional = outer + entries;
  double *work = iclgd_arena_reals(m->setup->arena, size, size, 1);
  double *lambda = iclgd_arena_reals(m->setup->arena, size, 1, 1);
  TRY(iclgd_arena_status(m->setup->arena, err, "hessian"));
  f->exact = true;
  f->asymmetry = mean_hessian_exact(m, outer, functional);
  for (size_t i = 0; i < entries; ++i) H[i] = outer[i] + functional[i];
  for (hessian_part p = WHOLE; p < PARTS; ++p) {
    const double *M = f->map + p * entries;
    judge_entries(M, size, &f->part[p]);
    memcpy(work, M, entries * sizeof *work);
    if (!iclgd_symmetric_eigenvalues(work, size, false,
                                     f->eigenvalue + p * size))
      return failed(err);
    const double *lambda_p = f->eigenvalue + p * size;
    judge_spectrum(lambda_p, size, largest_magnitude(lambda_p, size),
                   &f->part[p]);
    set_norms(M, size, blocks, f->norm + p * blocks->count * blocks->count);
  }
  for (size_t k = 0; k < blocks->count; ++k)
    if (!judge_block(H, size, blocks, k, work, lambda, f)) return failed(err);
  for (size_t i = 0; i < size; ++i) lambda[i] = H[i * size + i];
  f->diagonal_ratio = hessian_diagonal_ratio(lambda, size);
  fill_bins(f, size);
  return ICLGD_OK;
}
