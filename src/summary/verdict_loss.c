/* How the model's final loss compares with that of gradient descent, and of the
 * algorithm that the model is, both with the parameters that are best for the
 * loss: from the ratios of /entry/oracle. A ratio is said as exact, or with its
 * error, or not at all where these prompts cannot measure it. */
#include <math.h>
#include <string.h>

#include "summary/verdict.h"
#include "view/text.h"

typedef struct ratio {
  double value, error; /* error 0: exact */
  bool exact, known;   /* known: the mean can be trusted */
  double median;       /* of the losses; NaN: not known */
} ratio;

static double median_of(const json_t *path, size_t depth) {
  return iclgd_json_at(path, "median", depth);
}

/* The error of a ratio that these prompts measure is well below it. */
static ratio ratio_to(const json_t *summary, const json_t *path, size_t depth) {
  const double trusted = 0.25;
  const char *who = iclgd_json_text(path, "name");
  const json_t *row = iclgd_verdict_row(summary, "ratio_", who);
  const json_t *median = iclgd_verdict_row(summary, "median_ratio_", who);
  const json_t *model = json_object_get(summary, "trajectory");
  ratio r = {.value = iclgd_json_real(row, "measured"),
             .error = iclgd_json_real(row, "standard_error"),
             .median = iclgd_json_real(median, "measured")};
  r.exact = strcmp(iclgd_json_text(row, "kind"), "exact") == 0;
  if (r.exact) r.error = 0;
  r.known = r.value > 0 && (r.exact || r.error < trusted * r.value);
  if (isnan(r.median))
    r.median = median_of(model, depth) / median_of(path, depth);
  return r;
}

static void say_number(iclgd_saying *s, double value) {
  if (value < 1e5 && value > 1e-3)
    iclgd_say(s, "%.4g", value);
  else
    iclgd_say(s, "%.3g", value);
}

/* Whether the median tells another story than a mean near 1. */
static bool differs_in_median(const ratio *r) {
  return isfinite(r->median) && (r->median > 1.5 || r->median < 1 / 1.5);
}

static void say_ratio(iclgd_saying *s, const ratio *r) {
  const double same = 0.01, twice = 2 * r->error;
  if (fabs(r->value - 1) + twice < same) {
    iclgd_say(s, "the same to within %.1g%% as", 100 * same);
    return;
  }
  if (r->exact || r->error < 1e-6 * r->value) {
    say_number(s, r->value);
    iclgd_say(s, r->exact ? " times (exactly)" : " times");
  } else if (r->value < 1e4 && r->error > 1e-6) {
    iclgd_say(s, "%.*f +- %.2g times", iclgd_decimals(r->error), r->value,
              r->error);
  } else {
    iclgd_say(s, "%.3g +- %.2g times", r->value, r->error);
  }
  if (fabs(r->value - 1) <= twice && !differs_in_median(r))
    iclgd_say(s, " (no clear difference)");
}

static void say_whose(iclgd_saying *s, const json_t *path) {
  iclgd_say(s, " that of %s", iclgd_json_text(path, "title"));
  iclgd_say_step_of(s, path);
}

/* The mean, with the median where that says something else. */
static void say_known(iclgd_saying *s, const ratio *r, const json_t *path) {
  say_ratio(s, r);
  say_whose(s, path);
  if (r->exact || fabs(r->value - 1) > 2 * r->error || !differs_in_median(r))
    return;
  iclgd_say(s, ", its median ");
  say_number(s, r->median);
  iclgd_say(s, " times");
}

/* The median alone. */
static void say_unknown(iclgd_saying *s, const ratio *r, const json_t *path) {
  if (isfinite(r->median)) {
    say_number(s, r->median);
    iclgd_say(s, " times");
  } else {
    iclgd_say(s, "beyond compare with");
  }
  say_whose(s, path);
}

/* Gradient descent, then the algorithm that the model is, where the file has
 * their ratios; first those whose means are known, then medians. */
void iclgd_verdict_say_loss(iclgd_saying *s, const json_t *summary,
                            size_t depth) {
  enum { MOST = 2 };
  const char *const who[MOST] = {
      "gd", iclgd_json_text(iclgd_hypothesis_chosen(summary), "algorithm")};
  const json_t *paths[MOST];
  ratio ratios[MOST];
  size_t count = 0, known = 0, unknown = 0;
  for (size_t i = 0; i < MOST; ++i) {
    paths[count] = iclgd_verdict_path(summary, who[i]);
    if (!paths[count] || !iclgd_verdict_row(summary, "ratio_", who[i]) ||
        (i > 0 && strcmp(who[i], who[0]) == 0))
      continue;
    ratios[count] = ratio_to(summary, paths[count], depth);
    ++count;
  }
  for (size_t i = 0; i < count; ++i) {
    if (!ratios[i].known) continue;
    iclgd_say(s, known++ ? " and " : " Its final loss is ");
    say_known(s, &ratios[i], paths[i]);
  }
  for (size_t i = 0; i < count; ++i) {
    if (ratios[i].known) continue;
    iclgd_say(s, unknown++ ? " and "
                 : known
                     ? "; its median, where prompts are too few for a mean, is "
                     : " Its final loss cannot be compared in the mean, "
                       "which rare prompts decide; its median is ");
    say_unknown(s, &ratios[i], paths[i]);
  }
  if (count > 0) iclgd_say(s, ".");
}
