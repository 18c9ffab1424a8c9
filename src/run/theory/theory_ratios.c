/* How good the model is beside each algorithm: the ratio of their losses.
 *
 * The ratio of means is exact where both have a closed form. Else it is paired
 * on the same prompts, and given only where their tails let it be measured: at
 * d = 5, n = 20 the 95% interval of two step sizes of gradient descent covers
 * 95, 82, 50 and 4% after 1, 3, 5 and 10 steps. Medians, which every sample
 * sees, stand beside. */
#include <iclgd/comparisons.h>
#include <iclgd/tail.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/theory/theory_rows.h"

/* The losses of model and algorithm on the first prompts: risks where they are
 * known of both, else squared errors. */
typedef struct duel {
  const double *a, *b; /* (count) */
  size_t count;
  iclgd_tail_of kind;
} duel;

static duel duel_of(const iclgd_outcome *o, size_t p) {
  const iclgd_path_errors *model = &o->paths[0], *path = &o->paths[p];
  if (path->pairs_risks)
    return (duel){model->risks + model->paired * o->kept_risks,
                  path->risks + path->paired * o->kept_risks, o->kept_risks,
                  ICLGD_TAIL_RISK};
  return (duel){model->kept + model->paired * o->kept,
                path->kept + path->paired * o->kept, o->kept,
                ICLGD_TAIL_SQUARED};
}

/* Whether the prompts show a tail that leaves the ratio of means a number. */
static bool is_measurable(const duel *u, double ratio, double *work) {
  memcpy(work, u->a, u->count * sizeof *work);
  if (!iclgd_tail_is_light(iclgd_tail_index(work, u->count), u->kind))
    return false;
  memcpy(work, u->b, u->count * sizeof *work);
  if (!iclgd_tail_is_light(iclgd_tail_index(work, u->count), u->kind))
    return false;
  for (size_t i = 0; i < u->count; ++i)
    work[i] = fabs(u->a[i] - ratio * u->b[i]);
  return iclgd_tail_is_light(iclgd_tail_index(work, u->count),
                             ICLGD_TAIL_SQUARED);
}

static void ratio_of_means(const iclgd_outcome *o, size_t p,
                           const iclgd_expected *expected, double *work,
                           iclgd_theory_rows *rows) {
  const iclgd_path_errors *path = &o->paths[p];
  char name[ICLGD_ROW_NAME];
  const char *kind = "paired";
  double ratio, error;
  const duel u = duel_of(o, p);
  const char *known = iclgd_expected_ratio(expected, o->paths[0].paired, p,
                                           path->paired, &ratio, &error);
  if (known)
    kind = known;
  else
    iclgd_pairs_ratio(&path->pairs, &ratio, &error);
  if (!known && !is_measurable(&u, ratio, work)) {
    kind = "unmeasurable";
    ratio = error = NAN;
  }
  snprintf(name, sizeof name, "ratio_%s", path->name);
  iclgd_theory_add(rows, name, kind, 1, ratio, error,
                   "loss of the model over that of %s at step %zu%s",
                   path->title, path->paired,
                   isnan(ratio) ? ": not measurable with these prompts" : "");
}

/* The median of values (count), which are sorted, and its standard error: from
 * the interval between order statistics that covers 95% whatever the law, 1.96
 * standard deviations of the rank, sqrt(count) / 2, to either side. */
static double median_of(double *values, size_t count, double *error) {
  const double wide = 1.96, middle = (double)(count - 1) / 2;
  const double off = wide * sqrt((double)count) / 2;
  iclgd_sort(values, count);
  const size_t low = middle > off ? (size_t)(middle - off) : 0;
  const size_t high = (size_t)fmin((double)(count - 1), ceil(middle + off));
  *error = (values[high] - values[low]) / (2 * wide);
  return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* Of the medians of a and b, with signs that tell how alike they move. */
static void ratio_of_medians(const duel *u, double *work, double *ratio,
                             double *error) {
  double spread_a, spread_b, alike = 0;
  memcpy(work, u->a, u->count * sizeof *work);
  const double a = median_of(work, u->count, &spread_a);
  memcpy(work, u->b, u->count * sizeof *work);
  const double b = median_of(work, u->count, &spread_b);
  for (size_t i = 0; i < u->count; ++i)
    alike += (u->a[i] < a) == (u->b[i] < b) ? 1 : -1;
  alike /= (double)u->count;
  const double ea = spread_a / a, eb = spread_b / b;
  *ratio = a / b;
  *error = *ratio * sqrt(fmax(ea * ea + eb * eb - 2 * alike * ea * eb, 0));
}

static void ratios_of_medians(const iclgd_outcome *o, size_t p, double *work,
                              iclgd_theory_rows *rows) {
  const iclgd_path_errors *path = &o->paths[p];
  const duel u = duel_of(o, p);
  char name[ICLGD_ROW_NAME];
  double ratio, error;
  ratio_of_medians(&u, work, &ratio, &error);
  snprintf(name, sizeof name, "median_ratio_%s", path->name);
  if (isfinite(ratio))
    iclgd_theory_add(rows, name, "paired", 1, ratio, error,
                     "median loss of the model over that of %s at step %zu",
                     path->title, path->paired);
  size_t count = 0;
  for (size_t i = 0; i < u.count; ++i) {
    const double value = log(u.a[i] / u.b[i]);
    if (!isnan(value)) work[count++] = value; /* 0 / 0 is no ratio */
  }
  if (count == 0) return;
  const double middle = median_of(work, count, &error);
  snprintf(name, sizeof name, "log_ratio_%s", path->name);
  if (isfinite(middle))
    iclgd_theory_add(rows, name, "paired", 0, middle, error,
                     "median over prompts of log(loss of the model / loss of "
                     "%s at step %zu)",
                     path->title, path->paired);
}

/* An algorithm that is exact up to rounding or has run away leaves no ratio to
 * take. */
void iclgd_theory_ratios(const iclgd_outcome *outcome,
                         const iclgd_expected *expected, double *work,
                         iclgd_theory_rows *rows) {
  for (size_t p = 1; p < outcome->n_paths; ++p) {
    const iclgd_path_errors *path = &outcome->paths[p];
    const iclgd_pairs *pairs = &path->pairs;
    if (pairs->b <= 1e-20 * path->moments.mean[0] * (double)outcome->prompts ||
        !isfinite(pairs->a) || !isfinite(pairs->b))
      continue;
    ratio_of_means(outcome, p, expected, work, rows);
    ratios_of_medians(outcome, p, work, rows);
  }
}
