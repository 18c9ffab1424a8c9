/* trajectories_loss: means over the prompts that were probed, medians, and what
 * is known of the means over all prompts of the law. */
#include <iclgd/comparisons.h>
#include <iclgd/tail.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/theory/expected.h"
#include "run/trajectories.h"

enum {
  MEAN,
  MEAN_ERROR,
  MEDIAN,
  RISK,
  RISK_ERROR,
  EXPECTED,
  EXPECTED_ERROR,
  COLUMNS
};

static const char *const suffixes[COLUMNS] = {
    "",          "_errors",         "_median", "_risk", "_risk_errors",
    "_expected", "_expected_errors"};

/* The losses of one path by index: NaN, and not measurable, beyond its end. */
typedef struct losses {
  const iclgd_outcome *outcome;
  const iclgd_expected *expected;
  size_t rows;
  double *scratch;         /* (kept) */
  double *column[COLUMNS]; /* (rows) */
  int64_t *measurable;     /* (rows) */
} losses;

static void average(const losses *t, const iclgd_moments_row *row, size_t at,
                    double *mean, double *error) {
  const iclgd_moments moments =
      iclgd_moments_row_at(row, at, t->outcome->prompts);
  *mean = iclgd_moments_mean(&moments);
  *error = iclgd_moments_standard_error(&moments);
  if (isnan(*mean)) *mean = INFINITY; /* inf - inf in the running mean */
}

static double median(const losses *t, const double *values) {
  double quantiles[ICLGD_QUANTILES];
  memcpy(t->scratch, values, t->outcome->kept * sizeof *values);
  iclgd_quantiles(t->scratch, t->outcome->kept, quantiles);
  const double middle = quantiles[ICLGD_QUANTILES / 2];
  return isnan(middle) ? INFINITY : middle;
}

/* Whether the tail of iterate `at` lets its mean be measured. */
static bool is_measurable(const losses *t, const iclgd_path_errors *path,
                          size_t at) {
  const bool risk = path->has_risk;
  const size_t count = risk ? t->outcome->kept_risks : t->outcome->kept;
  memcpy(t->scratch, (risk ? path->risks : path->kept) + at * count,
         count * sizeof *t->scratch);
  return iclgd_tail_is_light(iclgd_tail_index(t->scratch, count),
                             risk ? ICLGD_TAIL_RISK : ICLGD_TAIL_SQUARED);
}

/* Iterate `at` of path p as row k. */
static void fill(const losses *t, size_t p, size_t at, size_t k) {
  const iclgd_path_errors *path = &t->outcome->paths[p];
  double *const *c = t->column;
  for (size_t i = 0; i < COLUMNS; ++i) c[i][k] = NAN;
  t->measurable[k] = 0;
  if (at > path->steps) return;
  average(t, &path->moments, at, &c[MEAN][k], &c[MEAN_ERROR][k]);
  c[MEDIAN][k] = median(t, path->kept + at * t->outcome->kept);
  average(t, &path->risk, at, &c[RISK][k], &c[RISK_ERROR][k]);
  t->measurable[k] = is_measurable(t, path, at);
  if (!iclgd_expected_at(t->expected, p, at, &c[EXPECTED][k],
                         &c[EXPECTED_ERROR][k]))
    c[EXPECTED][k] = c[EXPECTED_ERROR][k] = NAN;
}

static void write_column(iclgd_record *record, const losses *t,
                         const char *path, const char *suffix, const void *data,
                         iclgd_error *err) {
  char leaf[64];
  snprintf(leaf, sizeof leaf, "%s%s", path, suffix);
  iclgd_record_put(record, "trajectories_loss", leaf, &t->rows, data, err);
}

/* What is known of path p; a one-shot algorithm is repeated. */
static void write_path(iclgd_record *record, const losses *t,
                       const iclgd_path *path, size_t p, iclgd_error *err) {
  bool is_expected = false;
  for (size_t k = 0; k < t->rows; ++k) {
    fill(t, p, iclgd_path_is_one_shot(path) && k > 1 ? 1 : k, k);
    is_expected = is_expected || !isnan(t->column[EXPECTED][k]);
  }
  for (size_t i = 0; i < EXPECTED; ++i)
    if (i < RISK || t->outcome->paths[p].has_risk)
      write_column(record, t, path->name, suffixes[i], t->column[i], err);
  write_column(record, t, path->name, "_measurable", t->measurable, err);
  for (size_t i = EXPECTED; is_expected && i < COLUMNS; ++i)
    write_column(record, t, path->name, suffixes[i], t->column[i], err);
}

iclgd_status iclgd_write_losses(iclgd_job *job, const iclgd_outcome *outcome,
                                const iclgd_expected *expected,
                                const iclgd_path *paths, size_t steps,
                                iclgd_error *err) {
  iclgd_arena *arena = &job->arena;
  const size_t rows = steps + 1;
  losses t = {.outcome = outcome,
              .expected = expected,
              .rows = rows,
              .scratch = iclgd_arena_reals(arena, outcome->kept, 1, 1),
              .measurable = iclgd_arena_take(arena, rows, sizeof(int64_t))};
  for (size_t i = 0; i < COLUMNS; ++i)
    t.column[i] = iclgd_arena_reals(arena, rows, 1, 1);
  const char **others =
      iclgd_arena_take(arena, outcome->n_paths, sizeof *others);
  TRY(iclgd_arena_status(arena, err, "the losses"));
  TRY(iclgd_record_put_axis(job->record, "trajectories_loss", "index", 0, rows,
                            err));
  for (size_t p = 0; p < outcome->n_paths; ++p) {
    write_path(job->record, &t, &paths[p], p, err);
    others[p] = paths[p].name;
  }
  TRY(iclgd_record_attr_int(job->record, "trajectories_loss", "median_prompts",
                            (int64_t)outcome->kept, err));
  if (outcome->n_paths < 2) return ICLGD_OK;
  return iclgd_record_attr_texts(job->record, "trajectories_loss",
                                 "auxiliary_signals", others + 1,
                                 outcome->n_paths - 1, err);
}
