/* trajectories_loss: means over the prompts that were probed, medians, and what
 * is known of the means over all prompts of the law. */
#include <iclgd/comparisons.h>
#include <iclgd/tail.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/expected.h"
#include "run/trajectories.h"

/* Mean and standard error at each index, NaN beyond the end of the path (a
 * one-shot algorithm is repeated). */
static void average(const iclgd_moments_row *row, const iclgd_outcome *outcome,
                    size_t p, bool one_shot, size_t steps, double *mean,
                    double *error) {
  for (size_t k = 0; k <= steps; ++k) {
    const size_t at = one_shot && k > 1 ? 1 : k;
    mean[k] = error[k] = NAN;
    if (at > outcome->paths[p].steps) continue;
    const iclgd_moments moments =
        iclgd_moments_row_at(row, at, outcome->prompts);
    mean[k] = iclgd_moments_mean(&moments);
    error[k] = iclgd_moments_standard_error(&moments);
    if (isnan(mean[k])) mean[k] = INFINITY; /* inf - inf in the running mean */
  }
}

static void medians(const iclgd_outcome *outcome, size_t p, bool one_shot,
                    size_t steps, double *scratch, double *median) {
  const iclgd_path_errors *path = &outcome->paths[p];
  for (size_t k = 0; k <= steps; ++k) {
    const size_t at = one_shot && k > 1 ? 1 : k;
    double quantiles[ICLGD_QUANTILES];
    median[k] = NAN;
    if (at > path->steps) continue;
    memcpy(scratch, path->kept + at * outcome->kept,
           outcome->kept * sizeof *scratch);
    iclgd_quantiles(scratch, outcome->kept, quantiles);
    median[k] = quantiles[ICLGD_QUANTILES / 2];
    if (isnan(median[k])) median[k] = INFINITY;
  }
}

/* 1 where the tail lets the mean be measured, else 0; scratch (kept). */
static void judge(const iclgd_outcome *outcome, size_t p, bool one_shot,
                  size_t steps, double *scratch, int64_t *measurable) {
  const iclgd_path_errors *path = &outcome->paths[p];
  const size_t count = path->has_risk ? outcome->kept_risks : outcome->kept;
  const double *values = path->has_risk ? path->risks : path->kept;
  for (size_t k = 0; k <= steps; ++k) {
    const size_t at = one_shot && k > 1 ? 1 : k;
    measurable[k] = 0;
    if (at > path->steps) continue;
    memcpy(scratch, values + at * count, count * sizeof *scratch);
    measurable[k] = iclgd_tail_is_light(
        iclgd_tail_index(scratch, count),
        path->has_risk ? ICLGD_TAIL_RISK : ICLGD_TAIL_SQUARED);
  }
}

/* What is known of path p over all prompts, where anything is. */
static void write_expected(iclgd_job *job, const iclgd_expected *expected,
                           const iclgd_path *path, size_t p, size_t steps,
                           double *table, iclgd_error *err) {
  const size_t rows = steps + 1;
  bool any = false;
  for (size_t k = 0; k <= steps; ++k) {
    const size_t at = iclgd_path_is_one_shot(path) && k > 1 ? 1 : k;
    const bool known =
        at <= path->steps &&
        iclgd_expected_at(expected, p, at, &table[k], &table[rows + k]);
    if (!known) table[k] = table[rows + k] = NAN;
    any = any || known;
  }
  for (size_t i = 0; any && i < 2; ++i) {
    char name[96];
    snprintf(name, sizeof name, "trajectories_loss/%s_expected%s", path->name,
             i ? "_errors" : "");
    iclgd_record_write(job->record, name, &rows, table + i * rows, err);
  }
}

/* The columns of path p; table (5, rows) and scratch (kept). */
static void write_columns(iclgd_job *job, const iclgd_outcome *outcome,
                          const iclgd_path *path, size_t p, size_t steps,
                          double *scratch, double *table, iclgd_error *err) {
  static const char *const suffixes[] = {"", "_errors", "_median", "_risk",
                                         "_risk_errors"};
  const size_t rows = steps + 1;
  const bool one_shot = iclgd_path_is_one_shot(path);
  const iclgd_path_errors *errors = &outcome->paths[p];
  average(&errors->moments, outcome, p, one_shot, steps, table, table + rows);
  medians(outcome, p, one_shot, steps, scratch, table + 2 * rows);
  average(&errors->risk, outcome, p, one_shot, steps, table + 3 * rows,
          table + 4 * rows);
  for (size_t i = 0; i < (errors->has_risk ? 5 : 3); ++i) {
    char name[96];
    snprintf(name, sizeof name, "trajectories_loss/%s%s", path->name,
             suffixes[i]);
    iclgd_record_write(job->record, name, &rows, table + i * rows, err);
  }
}

static void write_measurable(iclgd_job *job, const iclgd_outcome *outcome,
                             const iclgd_path *path, size_t p, size_t steps,
                             double *scratch, int64_t *measurable,
                             iclgd_error *err) {
  const size_t rows = steps + 1;
  char name[96];
  judge(outcome, p, iclgd_path_is_one_shot(path), steps, scratch, measurable);
  snprintf(name, sizeof name, "trajectories_loss/%s_measurable", path->name);
  iclgd_record_write(job->record, name, &rows, measurable, err);
}

iclgd_status iclgd_write_losses(iclgd_job *job, const iclgd_outcome *outcome,
                                const iclgd_expected *expected,
                                const iclgd_path *paths, size_t steps,
                                iclgd_error *err) {
  const size_t rows = steps + 1;
  double *table = iclgd_arena_reals(&job->arena, 5, rows, 1);
  double *scratch = iclgd_arena_reals(&job->arena, outcome->kept, 1, 1);
  const char **others =
      iclgd_arena_take(&job->arena, outcome->n_paths, sizeof *others);
  int64_t *measurable = iclgd_arena_take(&job->arena, rows, sizeof *measurable);
  iclgd_status status = iclgd_arena_status(&job->arena, err, "the losses");
  if (status) return status;
  iclgd_record_put_axis(job->record, "trajectories_loss", "index", 0, rows,
                        err);
  for (size_t p = 0; p < outcome->n_paths; ++p) {
    write_columns(job, outcome, &paths[p], p, steps, scratch, table, err);
    write_measurable(job, outcome, &paths[p], p, steps, scratch, measurable,
                     err);
    write_expected(job, expected, &paths[p], p, steps, table, err);
    others[p] = paths[p].name;
  }
  status = iclgd_record_attr_int(job->record, "trajectories_loss",
                                 "median_prompts", (int64_t)outcome->kept, err);
  if (outcome->n_paths < 2) return status;
  return iclgd_record_attr_texts(job->record, "trajectories_loss",
                                 "auxiliary_signals", others + 1,
                                 outcome->n_paths - 1, err);
}
