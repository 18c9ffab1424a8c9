/* What the model is, and how sure that is, from the probe `identify`.
 *
 * There is one share: the mean square of the difference of predictions over
 * that of the model's predictions, mean over layers, on prompts that served to
 * fit nothing. 0 is the same algorithm, 1 as far off as predicting zero. */
#include <iclgd/probe.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "summary/verdict.h"
#include "view/text.h"

enum { STEPS_SAID = 5 };

static bool is_kind(const json_t *summary, const char *kind) {
  const json_t *member = json_object_get(summary, "identify");
  return strcmp(iclgd_json_text(member, "kind"), kind) == 0;
}

/* A share in per cent: "0.03", "4", "310". */
static void say_percent(iclgd_saying *s, double share) {
  const double percent = 100 * share;
  if (percent >= 9.95)
    iclgd_say(s, "%.0f%%", percent);
  else
    iclgd_say(s, "%.2g%%", percent);
}

static void say_share(iclgd_saying *s, const json_t *h) {
  const double share = 100 * iclgd_json_real(h, "overall");
  const double error = 100 * iclgd_json_real(h, "overall_error");
  if (error > 1e-3 * share && error < share)
    iclgd_say(s, "%.*f +- %.2g%%", iclgd_decimals(error), share, error);
  else
    say_percent(s, share / 100);
}

/* The share at the last layer, where it is much less: what layers do on the way
 * may differ although they end alike. */
static void say_last(iclgd_saying *s, const json_t *h) {
  const json_t *shares = json_object_get(h, "unexplained");
  const size_t layers = json_array_size(shares);
  const double last = layers > 2 ? iclgd_json_element(shares, layers - 1) : NAN;
  if (!(last < iclgd_json_real(h, "overall") / 2)) return;
  iclgd_say(s, " (of the last layer ");
  say_percent(s, last);
  iclgd_say(s, ")");
}

/* Names as eta_1, eta_2 are of one kind, "eta". */
static bool are_one_kind(const char *a, const char *b) {
  static const char number[] = "_0123456789";
  const size_t stem = strcspn(a, number);
  return strcspn(b, number) == stem && strncmp(a, b, stem) == 0;
}

static const char *name_at(const json_t *h, size_t i) {
  const char *name =
      json_string_value(json_array_get(json_object_get(h, "parameter"), i));
  return name ? name : "";
}

/* Parameters of one kind stand together or alternate; those of the kind of
 * `first`, of a list `key`, up to a few. Their number. */
static size_t say_list(iclgd_saying *s, const json_t *h, const char *key,
                       const char *first) {
  const json_t *values = json_object_get(h, key);
  const size_t count = iclgd_json_length(h, "value");
  char number[ICLGD_NUMBER_MAX];
  size_t said = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!are_one_kind(name_at(h, i), first)) continue;
    if (said < STEPS_SAID)
      iclgd_say(s, "%s%s", said ? ", " : "",
                iclgd_text_number(number, 4, iclgd_json_element(values, i)));
    ++said;
  }
  if (said > STEPS_SAID) iclgd_say(s, ", ...");
  return said;
}

static size_t count_of(const json_t *h, const char *first) {
  iclgd_saying unused = {.length = 0};
  return say_list(&unused, h, "value", first);
}

/* Whether the optimum is known and is one: reference.eta may have set it. */
static bool has_optimum(const json_t *summary, const json_t *h) {
  const json_t *optimal = json_object_get(h, "optimal");
  const json_t *path =
      iclgd_verdict_path(summary, iclgd_json_text(h, "algorithm"));
  if (json_array_size(optimal) == 0 || !path) return false;
  for (size_t i = 0; i < json_array_size(optimal); ++i)
    if (isnan(iclgd_json_element(optimal, i))) return false;
  return strncmp(iclgd_json_text(path, "how_chosen"), "given", 5) != 0;
}

/* " with step size 0.405 (best for its loss: 0.6632)", for each kind of
 * parameter, of which there are at most two. */
static void say_parameters(iclgd_saying *s, const json_t *summary,
                           const json_t *h) {
  const size_t count = iclgd_json_length(h, "value");
  size_t kinds = 0;
  for (size_t i = 0; i < count && kinds < 2; ++i) {
    const char *name = name_at(h, i);
    bool seen = false;
    for (size_t j = 0; j < i; ++j) seen |= are_one_kind(name_at(h, j), name);
    if (seen) continue;
    iclgd_say(s, "%s%s ", kinds++ ? " and " : " with ",
              iclgd_probe_named("identify")->word(name, count_of(h, name) > 1));
    say_list(s, h, "value", name);
    if (!has_optimum(summary, h)) continue;
    iclgd_say(s, kinds == 1 ? " (best for its loss: " : " (best: ");
    say_list(s, h, "optimal", name);
    iclgd_say(s, ")");
  }
}

/* Steps of the wrong sign go up the loss. */
static void say_sign(iclgd_saying *s, const json_t *h) {
  const json_t *values = json_object_get(h, "value");
  size_t steps = 0, wrong = 0;
  for (size_t i = 0; i < json_array_size(values); ++i) {
    if (!are_one_kind(name_at(h, i), "eta")) continue;
    ++steps;
    wrong += iclgd_json_element(values, i) < 0;
  }
  if (wrong == 0) return;
  iclgd_say(s, wrong == steps ? ", of the wrong sign (it climbs)"
                              : ", some of the wrong sign (they climb)");
}

static void say_stride(iclgd_saying *s, const json_t *h) {
  const double stride = iclgd_json_real(h, "stride");
  if (isnan(stride) || stride == 1) return;
  if (stride > 1)
    iclgd_say(s, ", layer l being step %.0f l", stride);
  else
    iclgd_say(s, ", layer l being step l/%.0f", 1 / stride);
}

/* The title up to what the parameters say better. */
static void say_title(iclgd_saying *s, const json_t *h, bool parameters) {
  const char *title = iclgd_json_text(h, "title");
  size_t length = strlen(title);
  if (parameters) {
    const char *end = strstr(title, " per layer");
    length = strcspn(title, ",");
    if (end && (size_t)(end - title) < length) length = (size_t)(end - title);
  }
  iclgd_say(s, "%.*s", (int)length, title);
}

/* "gradient descent with step size 0.405 (best for its loss: 0.6632)" */
static void say_algorithm(iclgd_saying *s, const json_t *summary,
                          const json_t *h) {
  const bool parameters = *name_at(h, 0) != '\0';
  say_title(s, h, parameters);
  if (parameters) {
    say_parameters(s, summary, h);
    say_sign(s, h);
  }
  say_stride(s, h);
}

/* Of those that are not so by construction and have parameters, the simplest
 * that leaves no more than the best one by 5%; NULL for none. */
static const json_t *least(const json_t *summary) {
  const json_t *hypotheses =
      json_object_get(json_object_get(summary, "identify"), "hypotheses");
  const json_t *found = NULL;
  double bound = INFINITY;
  size_t i;
  json_t *h;
  for (int pass = 0; pass < 2; ++pass)
    json_array_foreach(hypotheses, i, h) {
      const double share = iclgd_json_real(h, "overall");
      const long parameters = iclgd_json_whole(h, "parameters");
      if (iclgd_json_whole(h, "by_construction") || parameters == 0) continue;
      if (pass == 0)
        bound = fmin(bound, 1.05 * share);
      else if (share <= bound &&
               (!found || parameters < iclgd_json_whole(found, "parameters")))
        found = h;
    }
  return found;
}

/* The largest of all layers of the mean |difference of predictions| to a path's
 * step of the same number, in units of the labels' spread; NaN where one is not
 * known. */
static double furthest_step(const json_t *summary, const json_t *path) {
  const json_t *losses =
      json_object_get(json_object_get(summary, "trajectory"), "loss");
  const size_t depth = iclgd_summary_depth(summary);
  double most = depth > 0 ? 0 : NAN;
  for (size_t l = 1; l <= depth && !isnan(most); ++l) {
    const double off = iclgd_json_at(path, "prediction_difference", l);
    most = isnan(off) ? NAN : fmax(most, off);
  }
  return most / sqrt(iclgd_json_element(losses, 0));
}

/* An algorithm that was not fitted, with another kernel, may do the same with
 * the step size that it has. */
static void say_same_steps(iclgd_saying *s, const json_t *summary) {
  const double same = 1e-4;
  size_t i;
  json_t *path;
  json_array_foreach(json_object_get(summary, "algorithms"), i, path) {
    const double share = furthest_step(summary, path);
    if (!(share < same)) continue;
    iclgd_say(s, "%s predicts layer by layer what %s does step by step, ",
              iclgd_verdict_subject(summary), iclgd_json_text(path, "title"));
    iclgd_say(s, "to within ");
    say_percent(s, share);
    iclgd_say(s, " of the labels' spread.");
    return;
  }
}

/* The zero predictor is never the closest to name: it leaves everything. */
static void say_none(iclgd_saying *s, const json_t *summary) {
  const double little = 0.75; /* a share that is not worth a name */
  const double all = 1 - 1e-9;
  const json_t *h = iclgd_hypothesis_chosen(summary);
  const json_t *other = least(summary);
  if (other && !(iclgd_json_real(h, "overall") < all)) h = other;
  if (s->length == 0) say_same_steps(s, summary); /* four sentences at most */
  iclgd_say(s, "%sNone of the algorithms fitted to it explains the %smodel; ",
            s->length ? " " : "",
            iclgd_verdict_was_trained(summary) ? "trained " : "");
  if (iclgd_json_real(h, "overall") < little) {
    iclgd_say(s, "closest is ");
    say_algorithm(s, summary, h);
    iclgd_say(s, ", which leaves ");
  } else if (iclgd_json_real(h, "overall") < all) {
    iclgd_say(s, "the best of them leaves ");
  } else {
    iclgd_say(s, "predicting zero explains as much");
    return;
  }
  say_share(s, h);
  iclgd_say(s, " of the mean square of its predictions unexplained");
}

void iclgd_verdict_say_what(iclgd_saying *s, const json_t *summary) {
  const json_t *h = iclgd_hypothesis_chosen(summary);
  const char *subject = iclgd_verdict_subject(summary);
  const char *blank = s->length ? " " : "";
  const double share = iclgd_json_real(h, "overall");
  const bool exact = is_kind(summary, "exact");
  if (exact || is_kind(summary, "same")) {
    iclgd_say(s, "%s%s is ", blank, subject);
    say_algorithm(s, summary, h);
    if (exact) {
      iclgd_say(s, ", exactly");
    } else {
      iclgd_say(s, ", to within ");
      say_percent(s, share);
      iclgd_say(s, " of the mean square of its predictions");
    }
    if (iclgd_json_whole(h, "by_construction"))
      iclgd_say(s, ", as all weights of this form are");
  } else if (is_kind(summary, "closest")) {
    iclgd_say(s, "%sOf the algorithms tried, ", blank);
    say_algorithm(s, summary, h);
    iclgd_say(s, " is closest to the %smodel, but leaves ",
              iclgd_verdict_was_trained(summary) ? "trained " : "");
    say_share(s, h);
    iclgd_say(s, " of the mean square of its predictions unexplained");
    say_last(s, h);
  } else {
    say_none(s, summary);
  }
  iclgd_say(s, ".");
}
