/* The verdict: which steps of which algorithm the layers match, how closely,
 * and how the losses compare, in words. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/summary.h"
#include "report/text.h"

/* The smallest cosine of layer k with step k, k = 1..depth: NaN when one of
 * them is not defined. */
static double worst_cosine(const json_t *path, size_t depth) {
  const json_t *cosines = json_object_get(path, "sensitivity_cosine");
  double worst = 2;
  for (size_t l = 1; l <= depth; ++l) {
    const double cosine = iclgd_json_element(cosines, l);
    if (isnan(cosine)) return NAN;
    worst = fmin(worst, cosine);
  }
  return worst > 1.5 ? NAN : worst;
}

/* Mean over layers of |difference of predictions| at the same step. */
static double mean_difference(const json_t *path, size_t depth) {
  const json_t *list = json_object_get(path, "prediction_difference");
  double sum = 0;
  for (size_t l = 1; l <= depth; ++l) sum += iclgd_json_element(list, l);
  return sum / (double)depth;
}

/* GD with the model's own A explains nothing; neighbours imply no weights. */
static bool explains(const json_t *path) {
  const char *name = iclgd_json_text(path, "name");
  return strcmp(name, "pgd_learned") != 0 && strcmp(name, "knn") != 0;
}

/* The algorithm whose steps are closest to the layers; within 5% the first of
 * the table, which goes from gradient descent to what is more elaborate. */
static const json_t *closest(const json_t *algorithms, size_t depth) {
  double least = INFINITY;
  size_t i;
  json_t *path;
  json_array_foreach(algorithms, i, path) {
    const double difference = mean_difference(path, depth);
    if (explains(path) && difference < least) least = difference;
  }
  json_array_foreach(algorithms, i, path) {
    if (explains(path) && mean_difference(path, depth) <= 1.05 * least)
      return path;
  }
  return NULL;
}

typedef struct sentence {
  char text[1024];
  size_t length;
} sentence;

static void say(sentence *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(sentence *s, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int n = vsnprintf(s->text + s->length, sizeof s->text - s->length,
                          format, arguments);
  va_end(arguments);
  if (n > 0) s->length += (size_t)n;
  if (s->length >= sizeof s->text) s->length = sizeof s->text - 1;
}

/* True when layer k matches step k, for all k. */
bool iclgd_is_cut(const json_t *path, size_t l) {
  const json_t *losses = json_object_get(path, "loss");
  const double best = iclgd_json_element(json_object_get(path, "best_step"), l);
  size_t last = json_array_size(losses);
  if (json_is_array(json_object_get(path, "eta"))) return false; /* no more */
  while (last > 0 && isnan(iclgd_json_element(losses, last - 1))) --last;
  return last > 2 && best == (double)(last - 1) && best != (double)l;
}

static bool say_steps(sentence *s, const json_t *path, size_t depth) {
  const json_t *best = json_object_get(path, "best_step");
  bool same = true;
  for (size_t l = 1; l <= depth; ++l)
    same &= (size_t)iclgd_json_element(best, l) == l;
  if (depth == 1) {
    say(s, "its layer matches step %.0f best", iclgd_json_element(best, 1));
  } else if (same) {
    say(s, "layer k matches step k best, k = 1..%zu", depth);
  } else {
    enum { SAID = 12 };
    say(s, "layers 1..%zu match steps ", depth);
    for (size_t l = 1; l <= depth && l <= SAID; ++l)
      say(s, "%s%s%.0f", l > 1 ? ", " : "",
          iclgd_is_cut(path, l) ? "at least " : "",
          iclgd_json_element(best, l));
    say(s, "%s best", depth > SAID ? ", ..." : "");
  }
  return same;
}

/* In words; NaN (a zero weight has no direction) is no likeness. */
static const char *closeness(double cosine, double relative) {
  if (cosine > 0.999 && relative < 0.05) return "does the same as";
  if (cosine > 0.98 && relative < 0.15) return "closely follows";
  if (cosine > 0.8 && relative < 0.2) return "roughly follows";
  return NULL;
}

/* The final loss over that of an algorithm, paired; NULL when it is not known
 * or not finite. */
static const json_t *ratio_of(const json_t *summary, const json_t *path) {
  char name[64];
  size_t i;
  json_t *row;
  snprintf(name, sizeof name, "ratio_%s", iclgd_json_text(path, "name"));
  json_array_foreach(json_object_get(summary, "oracle"), i, row) {
    if (strcmp(iclgd_json_text(row, "name"), name) == 0)
      return isfinite(iclgd_json_real(row, "measured")) ? row : NULL;
  }
  return NULL;
}

static void say_loss(sentence *s, const json_t *summary, const json_t *path) {
  const json_t *row = ratio_of(summary, path);
  if (!row) return;
  const double ratio = iclgd_json_real(row, "measured");
  const double error = iclgd_json_real(row, "standard_error");
  const char *word = ratio < 1 - 2 * error   ? "lower"
                     : ratio > 1 + 2 * error ? "higher"
                                             : "no clear difference";
  say(s, " Its final loss is %.*f +- %.2g times that of %s: %s.",
      iclgd_decimals(error), ratio, error, iclgd_json_text(path, "title"),
      word);
}

/* A model whose loss is another, clearly by more than a factor of two, follows
 * nothing, however alike the directions are. */
static bool is_of_another_loss(const json_t *summary, const json_t *path) {
  const json_t *row = ratio_of(summary, path);
  if (!row) return false;
  const double ratio = iclgd_json_real(row, "measured");
  const double error = 2 * iclgd_json_real(row, "standard_error");
  return ratio + error < 0.5 || ratio - error > 2;
}

static void say_likeness(sentence *s, const json_t *summary, const json_t *path,
                         const json_t *losses, size_t depth) {
  const char *title = json_string_value(json_object_get(path, "title"));
  const double cosine = worst_cosine(path, depth);
  const double off =
      iclgd_json_element(json_object_get(path, "prediction_difference"),
                         depth) /
      sqrt(iclgd_json_element(losses, 0));
  const char *word =
      is_of_another_loss(summary, path) ? NULL : closeness(cosine, off);
  if (word)
    say(s, "The trained model %s %s: ", word, title);
  else
    say(s, "The trained model follows none of the algorithms; closest is %s: ",
        title);
  const bool same = say_steps(s, path, depth);
  if (isnan(cosine))
    say(s, "; a weight is zero and has no direction to compare");
  else
    say(s, "; the cosine of %s weights is at least %.4f",
        same ? "their" : "layer k's and step k's", cosine);
  if (isfinite(off)) /* not of constant labels */
    say(s,
        ", and the last predictions differ by %.2g%% of the labels' spread on "
        "average.",
        100 * off);
  else
    say(s, ".");
}

/* The antisymmetric part of the A of a looped layer (theory: O8), where the
 * loss of A alone is clearly higher without it: small random weights have one,
 * too, and what else a model lacks with A alone is not its doing. */
static void say_structure(sentence *s, const json_t *summary, size_t depth) {
  enum { SYMMETRIC = 2 }; /* of the parts of the landscape */
  const json_t *parts =
      json_object_get(json_object_get(summary, "landscape"), "parts");
  const double ratio = iclgd_json_element(
      json_object_get(parts, "ratio_to_previous"), SYMMETRIC);
  const double error = iclgd_json_element(
      json_object_get(parts, "ratio_to_previous_errors"), SYMMETRIC);
  const json_t *shares = json_object_get(json_object_get(summary, "structure"),
                                         "antisymmetric_share");
  const double share = iclgd_json_element(shares, 0);
  if (json_array_size(shares) == 1 && depth > 1 && ratio - 2 * error > 1)
    say(s,
        " What it learned is not a step size alone: %.0f%% of the norm of A is "
        "antisymmetric, which turns the steps of gradient descent, and without "
        "that part the loss of A alone is %.*f +- %.2g times as high.",
        100 * share, iclgd_decimals(error), ratio, error);
}

/* The algorithm of that name among the filters. */
static const json_t *filter_path(const json_t *filter, const char *name) {
  size_t i;
  json_t *path;
  json_array_foreach(
      json_object_get(filter, "paths"), i,
      path) if (strcmp(iclgd_json_text(path, "name"), name) == 0) return path;
  return NULL;
}

/* The algorithm that explains the layers' spectral filters, and how far from it
 * a model is that has learned nothing. Filters are 1 apart where one has done
 * nothing and the other everything. */
static void say_filter(sentence *s, const json_t *summary, size_t depth) {
  const double alike = 0.05;
  const json_t *filter = json_object_get(summary, "filter");
  const json_t *path = filter_path(filter, iclgd_json_text(filter, "closest"));
  if (!path) return;
  const char *title = iclgd_json_text(path, "title");
  const double distance = iclgd_json_real(path, "overall");
  const double untrained = iclgd_json_real(path, "untrained");
  const long parameters =
      (long)json_integer_value(json_object_get(path, "parameters"));
  const char *plural = parameters == 1 ? "" : "s";
  if (distance < alike)
    say(s, " Its spectral filter%s of %s (%ld fitted parameter%s) to within",
        depth > 1 ? "s are those" : " is that", title, parameters, plural);
  else
    say(s,
        " No algorithm has its spectral filter%s; closest is %s (%ld fitted "
        "parameter%s), off by",
        depth > 1 ? "s" : "", title, parameters, plural);
  say(s, " %.2g%s", distance, depth > 1 ? " on average" : "");
  if (!isnan(untrained)) say(s, " (the untrained model: %.2g)", untrained);
  say(s, ".");
}

json_t *iclgd_summary_verdict(json_t *summary) {
  const json_t *model = json_object_get(summary, "trajectory");
  const json_t *losses = json_object_get(model, "loss");
  const json_t *algorithms = json_object_get(summary, "algorithms");
  const size_t depth = iclgd_summary_depth(summary);
  const json_t *aligned =
      json_object_get(json_array_get(algorithms, 0), "prediction_difference");
  if (!losses || depth == 0) return NULL;
  sentence s = {.length = 0};
  const json_t *at =
      json_object_get(json_object_get(summary, "training"), "diverged_at");
  if (at) {
    say(&s,
        "Training diverged at step %ld; the weights are those before it and "
        "say nothing about learning. A smaller train.lr or train.clip may "
        "help.",
        (long)json_integer_value(at));
    return json_string(s.text);
  }
  if (json_array_size(algorithms) > 0 && !aligned) return NULL;
  const json_t *path = closest(algorithms, depth);
  if (!path)
    return json_string("No algorithm has a step for every layer to compare.");
  json_object_set(summary, "closest", json_object_get(path, "name"));
  say_likeness(&s, summary, path, losses, depth);
  const json_t *first = json_array_get(algorithms, 0);
  say_loss(&s, summary, path);
  if (path != first && strcmp(iclgd_json_text(first, "name"), "gd") == 0)
    say_loss(&s, summary, first);
  say_filter(&s, summary, depth);
  say_structure(&s, summary, depth);
  return json_string(s.text);
}
