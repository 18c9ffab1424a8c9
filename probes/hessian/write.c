/* What was found of the trained model's Hessian, into the file. */
#include <math.h>
#include <stdio.h>

#include <iclgd/comparisons.h>

#include "probes/hessian/parts.h"

static iclgd_status write_spectrum(const mean_loss *m, const hessian_found *f,
                                   iclgd_record *record, iclgd_error *err) {
  static const char *const others[] = {"negative", "outer"};
  double middle[HESSIAN_BINS];
  const size_t count = HESSIAN_BINS;
  for (size_t k = 0; k < count; ++k) middle[k] = hessian_bin_middle(f, k);
  const iclgd_member members[] = {{"magnitude", &count, middle},
                                  {"positive", &count, f->positive},
                                  {"negative", &count, f->negative},
                                  {"outer", &count, f->outer}};
  iclgd_record_put_all(record, "hessian", MEMBERS(members), err);
  iclgd_record_attr_texts(record, "hessian", "auxiliary_signals", others, 2,
                          err);
  iclgd_record_attr_int(record, "hessian", "parameters", (int64_t)m->size, err);
  iclgd_record_attr_int(record, "hessian", "prompts", (int64_t)m->kept, err);
  iclgd_record_attr_int(record, "hessian", "excluded",
                        (int64_t)(m->prompts.count - m->kept), err);
  iclgd_record_attr_text(record, "hessian", "method",
                         f->exact ? "exact" : "estimated", err);
  iclgd_record_attr_text(record, "hessian", "second_derivatives",
                         iclgd_model_has_hessian(m->setup->model)
                             ? "exact"
                             : "central differences of the gradient",
                         err);
  iclgd_record_attr_text(
      record, "hessian", "loss",
      m->options.prefixes
          ? "mean squared error that training minimises, over all context "
            "lengths in turn"
          : "mean squared error that training minimises, of the query",
      err);
  if (f->exact) {
    iclgd_record_attr_real(record, "hessian", "asymmetry", f->asymmetry, err);
    iclgd_record_attr_real(record, "hessian", "diagonal_ratio",
                           f->diagonal_ratio, err);
  }
  return iclgd_record_attr_real(record, "hessian", "mean_loss", m->value, err);
}

static iclgd_status write_parts(const mean_loss *m, const hessian_found *f,
                                iclgd_record *record, iclgd_error *err) {
  static const char *const names[PARTS] = {"H", "outer product", "functional"};
  static const char *const leaves[] = {"trace",
                                       "trace_errors",
                                       "trace_hutchinson",
                                       "trace_hutchinson_errors",
                                       "norm",
                                       "norm_errors",
                                       "largest",
                                       "smallest",
                                       "residual",
                                       "negative",
                                       "flat",
                                       "condition"};
  enum { LEAVES = sizeof leaves / sizeof *leaves };
  double columns[LEAVES][PARTS];
  const size_t count = PARTS, extents[] = {PARTS, m->size};
  for (size_t p = 0; p < PARTS; ++p) {
    const part_numbers *n = &f->part[p];
    const double values[LEAVES] = {
        n->trace,     n->trace_error,     n->plain,   n->plain_error,
        n->frobenius, n->frobenius_error, n->largest, n->smallest,
        n->residual,  n->negative,        n->flat,    n->condition};
    for (size_t k = 0; k < LEAVES; ++k) columns[k][p] = values[k];
  }
  iclgd_record_put(record, "hessian/parts", "name", &count, names, err);
  for (size_t k = 0; k < LEAVES; ++k)
    iclgd_record_put(record, "hessian/parts", leaves[k], &count, columns[k],
                     err);
  if (f->eigenvalue)
    iclgd_record_put(record, "hessian/parts", "eigenvalue", extents,
                     f->eigenvalue, err);
  return iclgd_record_status(record, err);
}

/* 1 - sum_b |H_bb|^2 / |H|^2, of the whole. */
static double cross_share(const double *norm, size_t count) {
  double all = 0, own = 0;
  for (size_t a = 0; a < count; ++a)
    for (size_t b = 0; b < count; ++b) {
      const double square = norm[a * count + b] * norm[a * count + b];
      all += square;
      own += a == b ? square : 0;
    }
  return 1 - own / all;
}

/* Largest over smallest root mean square entry of the blocks of the diagonal,
 * without those that are flat. */
static double contrast(const double *norm, const hessian_blocks *b) {
  double most = 0, least = INFINITY, largest = 0;
  for (size_t k = 0; k < b->count; ++k)
    largest = fmax(largest, norm[k * b->count + k]);
  for (size_t k = 0; k < b->count; ++k) {
    const double own = norm[k * b->count + k];
    const double entry = own / (double)b->size[k];
    if (!(own > HESSIAN_FLAT * largest)) continue;
    most = fmax(most, entry);
    least = fmin(least, entry);
  }
  return most / least;
}

static iclgd_status write_blocks(const hessian_blocks *b,
                                 const hessian_found *f, iclgd_record *record,
                                 iclgd_error *err) {
  static const char group[] = "hessian/blocks";
  const size_t n = b->count, pairs[] = {n, n}, levels[] = {ICLGD_QUANTILES, n};
  const size_t quantiles = ICLGD_QUANTILES;
  const double *error = f->norm_error;
  int64_t size[HESSIAN_BLOCKS_MAX];
  if (!f->norm) return ICLGD_OK;
  for (size_t k = 0; k < n; ++k) size[k] = (int64_t)b->size[k];
  const iclgd_member members[] = {
      {"name", &n, b->name},
      {"size", &n, size},
      {"norm", pairs, f->norm + WHOLE * n * n},
      {"norm_outer", pairs, f->norm + OUTER * n * n},
      {"norm_functional", pairs, f->norm + FUNCTIONAL * n * n},
      {"norm_errors", pairs, error ? error + WHOLE * n * n : NULL},
      {"norm_outer_errors", pairs, error ? error + OUTER * n * n : NULL},
      {"norm_functional_errors", pairs,
       error ? error + FUNCTIONAL * n * n : NULL},
      {"trace", &n, f->trace},
      {"largest", &n, f->largest},
      {"smallest", &n, f->smallest},
      {"negative", &n, f->negatives},
      {"quantile", &quantiles, f->entries ? iclgd_quantile_levels : NULL},
      {"entries", levels, f->entries},
  };
  iclgd_record_put_all(record, group, MEMBERS(members), err);
  iclgd_record_attr_real(record, group, "cross_share", cross_share(f->norm, n),
                         err);
  return iclgd_record_attr_real(record, group, "contrast", contrast(f->norm, b),
                                err);
}

static iclgd_status write_map(const mean_loss *m, const hessian_blocks *b,
                              const hessian_found *f, iclgd_record *record,
                              iclgd_error *err) {
  static const char *const leaves[PARTS] = {"magnitude", "outer", "functional"};
  const size_t size = m->size, extents[] = {size, size};
  int64_t *block = iclgd_arena_take(m->setup->arena, size, sizeof *block);
  const size_t most = iclgd_get_size(m->setup->settings, "hessian.map");
  if (!f->map || size > most) return ICLGD_OK;
  if (!block) return iclgd_fail_memory(err, "hessian");
  for (size_t p = 0; p < PARTS; ++p) {
    double *M = f->map + p * size * size;
    for (size_t i = 0; i < size * size; ++i) M[i] = fabs(M[i]);
    iclgd_record_put(record, "hessian/entries", leaves[p], extents, M, err);
  }
  for (size_t i = 0; i < size; ++i) block[i] = (int64_t)b->of[i];
  return iclgd_record_put(record, "hessian/entries", "block", &size, block,
                          err);
}

iclgd_status hessian_write_found(const mean_loss *m,
                                 const hessian_blocks *blocks,
                                 const hessian_found *f, iclgd_record *record,
                                 iclgd_error *err) {
  write_spectrum(m, f, record, err);
  write_parts(m, f, record, err);
  TRY(write_blocks(blocks, f, record, err));
  return write_map(m, blocks, f, record, err);
}
