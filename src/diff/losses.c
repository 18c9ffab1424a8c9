/* Losses of two files beside the standard error of their difference: on the
 * same prompts those of every one, else the means over all prompts of the law
 * where both know them, else those of the prompts that each was measured on. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diff/diff.h"

/* A line of trajectories_loss in both files. */
typedef struct line {
  double *mean[2], *error[2];
  size_t rows[2]; /* 0: not there */
} line;

/* What is known of a path, with the risks of every prompt where they can be
 * paired. */
typedef struct curve {
  line sample, law;
  double *risk[2];    /* (iterates, prompts) */
  size_t iterates[2]; /* of a one-shot algorithm 2, the second stands for all */
  size_t prompts;     /* 0: not paired */
} curve;

static iclgd_status read_line(iclgd_pair *pair, const char *name,
                              const char *suffix, line *out) {
  char leaf[160];
  snprintf(leaf, sizeof leaf, "%.100s%s", name, suffix);
  iclgd_status status =
      iclgd_diff_read(pair, "trajectories_loss", leaf, 1, &out->rows[0],
                      &out->rows[1], &out->mean[0], &out->mean[1]);
  snprintf(leaf, sizeof leaf, "%.100s%s_errors", name, suffix);
  if (!status)
    status =
        iclgd_diff_column(pair, "trajectories_loss", leaf, 1, &out->rows[0],
                          &out->rows[1], &out->error[0], &out->error[1]);
  return status;
}

/* Whether a file holds every prompt that it was measured on. */
static bool holds_all(const iclgd_reader *r, size_t stored) {
  int64_t count;
  iclgd_error unused;
  return !iclgd_source_attr_int(r->source, "prompts", "count", &count,
                                &unused) &&
         (size_t)count == stored;
}

static iclgd_status read_risks(iclgd_pair *pair, const char *name, curve *out) {
  char group[160];
  size_t a[2], b[2]; /* iterates, prompts */
  snprintf(group, sizeof group, "trajectories/%.100s", name);
  const iclgd_status status = iclgd_diff_read(pair, group, "risk", 2, a, b,
                                              &out->risk[0], &out->risk[1]);
  if (!status && a[0] > 0 && b[0] > 0 && a[1] == b[1] && a[1] > 1 &&
      holds_all(&pair->a, a[1]) && holds_all(&pair->b, b[1])) {
    out->prompts = a[1];
    out->iterates[0] = a[0];
    out->iterates[1] = b[0];
  }
  return status;
}

static iclgd_status read_curve(iclgd_pair *pair, const char *name, curve *out) {
  memset(out, 0, sizeof *out);
  if (!pair->same_prompts) TRY(read_line(pair, name, "_expected", &out->law));
  TRY(read_line(pair, name, "_risk", &out->sample));
  if (out->sample.rows[0] == 0 || out->sample.rows[1] == 0)
    return read_line(pair, name, "", &out->sample);
  return pair->same_prompts ? read_risks(pair, name, out) : ICLGD_OK;
}

static double mean_at(const line *l, size_t k, size_t i) {
  return l->mean[k] && i < l->rows[k] ? l->mean[k][i] : NAN;
}
static double error_at(const line *l, size_t k, size_t i) {
  return l->error[k] && i < l->rows[k] ? l->error[k][i] : NAN;
}

/* The standard error of the mean of b - a over prompts. */
static double paired_error(const double *a, const double *b, size_t count) {
  double mean = 0, squares = 0;
  for (size_t p = 0; p < count; ++p) mean += (b[p] - a[p]) / (double)count;
  for (size_t p = 0; p < count; ++p)
    squares += (b[p] - a[p] - mean) * (b[p] - a[p] - mean);
  return sqrt(squares / (double)(count - 1) / (double)count);
}

/* The risks at row i of file k; NULL where they are not known. */
static const double *risks_at(const curve *c, size_t k, size_t i) {
  const size_t at = c->iterates[k] == 2 && i > 1 ? 1 : i;
  return at < c->iterates[k] ? c->risk[k] + at * c->prompts : NULL;
}

/* Row i of the first file and row j of the second; NULL when equal. */
static json_t *compare(iclgd_pair *pair, const curve *c, size_t i, size_t j) {
  const double rounding = 1e-20 * mean_at(&c->sample, 0, 0);
  const bool law =
      isfinite(mean_at(&c->law, 0, i)) && isfinite(mean_at(&c->law, 1, j));
  const line *l = law ? &c->law : &c->sample;
  double errors[] = {error_at(l, 0, i), error_at(l, 1, j)};
  const double *a = risks_at(c, 0, i), *b = risks_at(c, 1, j);
  const bool paired = c->prompts > 0 && a && b;
  if (paired) {
    errors[0] = paired_error(a, b, c->prompts);
    errors[1] = 0;
  }
  json_t *row = iclgd_diff_numbers(pair, mean_at(l, 0, i), mean_at(l, 1, j),
                                   errors[0], errors[1], rounding);
  if (!row) return NULL;
  iclgd_reader_set(&pair->a, row, "paired", json_boolean(paired));
  iclgd_reader_set(&pair->a, row, "law", json_boolean(law));
  return row;
}

/* The last layer: rows of the model end with NaN below it. */
static size_t depth_of(const double *mean, size_t rows) {
  while (rows > 1 && isnan(mean[rows - 1])) --rows;
  return rows - 1;
}

iclgd_status iclgd_diff_losses(iclgd_pair *pair, json_t *to) {
  char **names;
  size_t count, depth[2];
  curve c;
  json_t *list = iclgd_reader_set(&pair->a, to, "losses", json_array());
  iclgd_status status = read_curve(pair, "model", &c);
  const size_t *rows = c.sample.rows;
  if (status || rows[0] == 0 || rows[1] == 0) return status;
  for (size_t i = 0; i < 2; ++i) depth[i] = depth_of(c.sample.mean[i], rows[i]);
  for (size_t l = 0; l <= depth[0] && l <= depth[1]; ++l) {
    json_t *row = compare(pair, &c, l, l);
    if (row)
      iclgd_diff_append(pair, list, row, "model",
                        json_pack("{s:I}", "layer", (json_int_t)l));
  }
  status = iclgd_diff_shared(pair, "trajectories", &names, &count);
  for (size_t i = 0; !status && i < count; ++i) {
    if (strcmp(names[i], "model") == 0 && depth[0] == depth[1]) continue;
    status = read_curve(pair, names[i], &c);
    if (status || rows[0] <= depth[0] || rows[1] <= depth[1]) continue;
    json_t *row = compare(pair, &c, depth[0], depth[1]);
    if (row)
      iclgd_diff_append(pair, list, row, names[i],
                        json_pack("{s:[I,I]}", "at", (json_int_t)depth[0],
                                  (json_int_t)depth[1]));
  }
  return status;
}
