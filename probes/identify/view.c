/* What the probe `identify` says: algorithms whose parameters are fitted to the
 * model, and the share of its predictions that each leaves unexplained. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/views.h"

static void read(iclgd_reader *r, json_t *summary) {
  static const char group[] = "identify";
  size_t layers = 0, others = 0, i;
  json_t *h;
  json_t *member =
      iclgd_reader_part(r, group, "name",
                        "@chosen @kind @measured @tolerance @prompts @excluded "
                        "@prediction_size",
                        summary, group);
  if (!member) return;
  json_t *hypotheses = iclgd_reader_set(r, member, "hypotheses", json_array());
  iclgd_reader_rows(r, group,
                    "$name $title $extends $algorithm #parameters stride "
                    "#by_construction overall overall_errors=overall_error "
                    "excess excess_errors=excess_error *unexplained "
                    "*unexplained_errors",
                    &layers, hypotheses);
  others = json_array_size(hypotheses);
  iclgd_reader_rows(r, group, "*apart", &others, hypotheses);
  json_array_foreach(hypotheses, i, h) {
    char path[128];
    size_t count = 0;
    snprintf(path, sizeof path, "identify_fit/%.100s",
             iclgd_json_text(h, "name"));
    iclgd_reader_members(
        r, path, "value low high optimal $parameter_name=parameter", &count, h);
  }
}

/* The parameters of a hypothesis, of many the first few; of a single one the
 * 95% interval. */
static void put_fitted(iclgd_blocks *out, const json_t *h, const char *key) {
  enum { SHOWN = 4 };
  char text[128] = "", interval[64] = "";
  const size_t count =
      isnan(iclgd_json_at(h, key, 0)) ? 0 : iclgd_json_length(h, key);
  const double low = iclgd_json_at(h, "low", 0);
  const double high = iclgd_json_at(h, "high", 0);
  size_t used = 0;
  for (size_t i = 0; i < count && i < SHOWN && used < sizeof text; ++i) {
    const double value = iclgd_json_at(h, key, i);
    if (i > 0) used += (size_t)snprintf(text + used, sizeof text - used, ", ");
    used += (size_t)snprintf(text + used, sizeof text - used,
                             isnan(value) ? "-" : "%.4g", value);
  }
  if (count == 1 && strcmp(key, "value") == 0 && !isnan(low) && !isnan(high))
    snprintf(interval, sizeof interval, " (%.4g to %.4g)", low, high);
  iclgd_put_text(out, "%s%s%s", text, count > SHOWN ? ", ..." : "", interval);
}

static void put_hypothesis(iclgd_blocks *out, const json_t *h, bool chosen) {
  const double rounding = 1e-20, share = iclgd_json_real(h, "overall");
  const size_t layers = iclgd_json_length(h, "unexplained");
  iclgd_put_row(out, "%s%s", iclgd_json_text(h, "title"),
                iclgd_json_whole(h, "by_construction") ? "*" : "");
  if (chosen) iclgd_put_mark(out);
  iclgd_put_number(out, iclgd_json_real(h, "parameters"));
  put_fitted(out, h, "value");
  put_fitted(out, h, "optimal");
  iclgd_put_number(out,
                   layers ? iclgd_json_at(h, "unexplained", layers - 1) : NAN);
  if (share < rounding)
    iclgd_put_number(out, share);
  else
    iclgd_put_estimate(out, share, iclgd_json_real(h, "overall_error"));
}

/* All fitted parameters of the chosen hypothesis by name, of many the first
 * few. */
static void put_parameters(iclgd_blocks *out, const json_t *h) {
  enum { SHOWN = 12 };
  const json_t *names = json_object_get(h, "parameter");
  const size_t count = iclgd_json_length(h, "value");
  char text[1024] = "";
  size_t used = 0;
  if (count < 2) return;
  for (size_t i = 0; i < count && i < SHOWN && used < sizeof text; ++i) {
    const char *name = json_string_value(json_array_get(names, i));
    const double best = iclgd_json_at(h, "optimal", i);
    used += (size_t)snprintf(
        text + used, sizeof text - used, "%s %.16s %s", i ? "," : "",
        name ? name : "",
        iclgd_number_text(out, 4, iclgd_json_at(h, "value", i)));
    if (!isnan(best) && used < sizeof text)
      used += (size_t)snprintf(text + used, sizeof text - used,
                               " (best for the loss: %.4g)", best);
  }
  iclgd_put_sentence(out, "%s:%s%s", iclgd_json_text(h, "title"), text,
                     count > SHOWN ? ", ..." : ".");
}

/* The share is the mean square's, as everywhere. */
static void put_claim(iclgd_blocks *out, const json_t *member,
                      const json_t *chosen) {
  const char *kind = iclgd_json_text(member, "kind");
  const char *title = iclgd_json_text(chosen, "title");
  const double percent = 100 * iclgd_json_real(chosen, "overall");
  const int digits = percent >= 99.5 ? 3 : 2;
  if (strcmp(kind, "exact") == 0)
    iclgd_put_claim(out, "It is %s, exactly.", title);
  else if (strcmp(kind, "none") == 0)
    iclgd_put_claim(out, "None that was fitted explains it.");
  else
    iclgd_put_claim(out, "All but %s%% of what it predicts is %s.",
                    iclgd_number_text(out, digits, percent), title);
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  static const iclgd_column columns[] = {
      {"", .format = ICLGD_AS_TEXT},
      {"parameters", .format = ICLGD_AS_WHOLE},
      {"fitted (95% interval)", .format = ICLGD_AS_TEXT},
      {"best for the loss", .format = ICLGD_AS_TEXT},
      {"last layer", .digits = 2},
      {"all layers", .digits = 4}};
  const json_t *member = json_object_get(summary, "identify");
  const json_t *hypotheses = json_object_get(member, "hypotheses");
  const json_t *chosen =
      iclgd_json_named(hypotheses, iclgd_json_text(member, "chosen"));
  size_t i;
  json_t *h;
  if (json_array_size(hypotheses) == 0) return;
  put_claim(out, member, chosen);
  iclgd_put_table(
      out, columns, sizeof columns / sizeof *columns,
      "Every algorithm with its parameters fitted to the model on tuning "
      "prompts, then measured on others: the share of the mean square of the "
      "model's predictions that it leaves unexplained, at the last layer and "
      "as the mean over layers (0: the same; 1: as far off as predicting "
      "zero). Marked: the simplest that explains the model as well as richer "
      "ones do. *: all weights of this form are, trained or not.");
  json_array_foreach(hypotheses, i, h) put_hypothesis(out, h, h == chosen);
  if (chosen) put_parameters(out, chosen);
}

const iclgd_view iclgd_view_identify = {
    .title = "Algorithms fitted to the model", .read = read, .tell = tell};
