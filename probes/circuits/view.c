/* What the probe `circuits` says: what the loss is without each component, and
 * what a patch brings back. Where rare prompts carry a mean, medians decide. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/views.h"

static const char group[] = "circuits/components";

/* Methods in the order of the file. */
enum { ZERO, MEAN, RESAMPLE, METHODS };

static void read(iclgd_reader *r, json_t *summary) {
  size_t width = 0;
  json_t *m = iclgd_reader_part(
      r, group, "ratio",
      "@prompts @donors @loss @loss_of_zero @corruption @corrupted_loss",
      summary, "circuits");
  if (!m) return;
  json_t *rows = iclgd_reader_set(r, m, "components", json_array());
  iclgd_reader_rows(r, group,
                    "$component_name=name $kind #layer #head *loss "
                    "*loss_errors *ratio *ratio_errors *ratio_low *ratio_high "
                    "*median_ratio *median_low *median_high *measurable "
                    "recovered recovered_errors recovered_low recovered_high",
                    &width, rows);
}

/* --- what it says -------------------------------------------------------- */

/* Ratios of 0 in the place of components, all of means or all of medians. */
typedef struct scale {
  const char *ratio, *low, *high, *words;
} scale;
static const scale means = {"ratio", "ratio_low", "ratio_high", "loss"};
static const scale medians = {"median_ratio", "median_low", "median_high",
                              "median error"};

static bool is_known(const json_t *row, size_t method) {
  return iclgd_json_at(row, "measurable", method) == 1 &&
         isfinite(iclgd_json_at(row, "ratio", method));
}

static scale scale_of(const json_t *rows) {
  const json_t *row;
  size_t i;
  json_array_foreach(rows, i, row)
    if (!is_known(row, ZERO)) return medians;
  return means;
}

/* What 0 in the place of a component does to the loss. */
typedef enum verdict { NEEDED, HARMFUL, IDLE, UNKNOWN, VERDICTS } verdict;

static verdict verdict_of(const json_t *row, const scale *by) {
  static const double margin = 0.01;
  const double low = iclgd_json_at(row, by->low, ZERO);
  const double high = iclgd_json_at(row, by->high, ZERO);
  if (low > 1 + margin) return NEEDED;
  if (high < 1 - margin) return HARMFUL;
  return low >= 1 - margin && high <= 1 + margin ? IDLE : UNKNOWN;
}

static void put_counts(iclgd_blocks *out, const json_t *rows, const scale *by,
                       const char *kind, const char *kinds) {
  static const char *const says[VERDICTS][2] = {
      [HARMFUL] = {"lowers it by more than 1%", "lower it by more than 1%"},
      [IDLE] = {"changes it by less", "change it by less"},
      [UNKNOWN] = {"cannot be told from this sample",
                   "cannot be told from this sample"}};
  char text[384];
  size_t count[VERDICTS] = {0}, all = 0, i, at;
  const json_t *row;
  json_array_foreach(rows, i, row) {
    if (strcmp(iclgd_json_text(row, "kind"), kind) != 0) continue;
    ++count[verdict_of(row, by)];
    ++all;
  }
  if (all == 0) return;
  at = (size_t)snprintf(
      text, sizeof text,
      "%s: %zu of %zu, removed alone (0 in its place), raise%s "
      "the %s by more than 1%%",
      kinds, count[NEEDED], all, count[NEEDED] == 1 ? "s" : "", by->words);
  for (size_t k = HARMFUL; k < VERDICTS; ++k)
    if (count[k] > 0)
      at += (size_t)snprintf(text + at, sizeof text - at, "; %zu %s", count[k],
                             says[k][count[k] > 1]);
  iclgd_put_sentence(out, "%s (95%% intervals).", text);
}

/* The one whose removal costs most; NULL: none that is seen to. */
static const json_t *costliest(const json_t *rows, const scale *by) {
  const json_t *best = NULL, *row;
  size_t i;
  json_array_foreach(rows, i, row) {
    if (verdict_of(row, by) != NEEDED) continue;
    if (!best || iclgd_json_at(row, by->ratio, ZERO) >
                     iclgd_json_at(best, by->ratio, ZERO))
      best = row;
  }
  return best;
}

/* How many layers are needed, of *all; whether these are all, and all cost the
 * same, to rounding (steps of one linear map in any order). */
static size_t needed_layers(const json_t *rows, const scale *by, size_t *all,
                            bool *alike) {
  double low = INFINITY, high = 0;
  size_t needed = 0, i;
  const json_t *row;
  *all = 0;
  json_array_foreach(rows, i, row) {
    if (strcmp(iclgd_json_text(row, "kind"), "layer") != 0) continue;
    ++*all;
    if (verdict_of(row, by) != NEEDED) continue;
    ++needed;
    low = fmin(low, iclgd_json_at(row, by->ratio, ZERO));
    high = fmax(high, iclgd_json_at(row, by->ratio, ZERO));
  }
  *alike = needed > 1 && needed == *all && high < (1 + 1e-6) * low;
  return needed;
}

static void put_claim(iclgd_blocks *out, const json_t *rows, const scale *by) {
  const json_t *row = costliest(rows, by);
  size_t all;
  bool alike;
  const size_t needed = needed_layers(rows, by, &all, &alike);
  if (!row) {
    iclgd_put_claim(out, "No component is seen to be needed.");
    return;
  }
  iclgd_put_claim(
      out, "Needs %zu of %zu layers; without %s: %s x %s.", needed, all,
      alike && strcmp(iclgd_json_text(row, "kind"), "layer") == 0
          ? "any one"
          : iclgd_json_text(row, "name"),
      by->words,
      iclgd_number_text(out, 3, iclgd_json_at(row, by->ratio, ZERO)));
}

/* With one digit of the error: four of them have to stand in a row. */
static void put_rounded(iclgd_blocks *out, double value, double error) {
  const double digits = fmax(0, -floor(log10(error)));
  if (!(error > 1e-9 * fabs(value)))
    iclgd_put_number(out, value);
  else if (fabs(value) < 1e4 && error >= 9.5)
    iclgd_put_text(out, "%.0f +- %.0f", value, error);
  else if (fabs(value) < 1e4 && digits < 5)
    iclgd_put_text(out, "%.*f +- %.1g", (int)digits, value, error);
  else
    iclgd_put_text(out, "%.3g +- %.1g", value, error);
}

static void put_ratio(iclgd_blocks *out, const json_t *row, size_t method) {
  const double ratio = iclgd_json_at(row, "ratio", method);
  if (isfinite(ratio) && !is_known(row, method))
    iclgd_put_text(out, "(%.3g)", ratio);
  else
    put_rounded(out, ratio, iclgd_json_at(row, "ratio_errors", method));
}

/* In percent, to a tenth at most. */
static void put_recovered(iclgd_blocks *out, const json_t *row) {
  const double value = 100 * iclgd_json_real(row, "recovered");
  const double error = 100 * iclgd_json_real(row, "recovered_errors");
  put_rounded(out, value, error > 0 ? fmax(error, 0.1) : error);
}

/* A part stands below its layer. */
static void put_name(iclgd_blocks *out, const json_t *row) {
  const char *kind = iclgd_json_text(row, "kind");
  const long head = iclgd_json_whole(row, "head");
  if (head > 0)
    iclgd_put_row(out, "- %s %ld", kind, head);
  else if (strcmp(kind, "layer") == 0)
    iclgd_put_row(out, "%s", iclgd_json_text(row, "name"));
  else
    iclgd_put_row(out, "- %s", kind);
}

static void put_rows(iclgd_blocks *out, const json_t *rows, const scale *by) {
  const json_t *row;
  size_t i;
  json_array_foreach(rows, i, row) {
    put_name(out, row);
    for (size_t method = 0; method < METHODS; ++method)
      put_ratio(out, row, method);
    put_recovered(out, row);
    if (by->ratio != means.ratio)
      iclgd_put_number(out, iclgd_json_at(row, "median_ratio", ZERO));
  }
}

/* Medians where they decide. */
static void put_table(iclgd_blocks *out, const json_t *m, const scale *by) {
  const bool all_known = by->ratio == means.ratio;
  static const iclgd_column columns[] = {{"component", .format = ICLGD_AS_TEXT},
                                         {"zero", .digits = 4},
                                         {"mean", .digits = 4},
                                         {"resample", .digits = 4},
                                         {"recovered %", .digits = 4},
                                         {"median", .digits = 3}};
  const size_t count = sizeof columns / sizeof *columns;
  iclgd_put_table(
      out, columns, all_known ? count - 1 : count,
      "The loss with a component's output replaced, over the model's own (%s), "
      "on %ld prompts: by 0, by its mean over %ld other prompts, by that on "
      "another prompt%s. "
      "Recovered: the corrupted prompt has %s (loss %s); of the change in the "
      "prediction, the share in percent that goes with the component's output "
      "on the clean prompt. In brackets: rare prompts carry the mean, so that "
      "its "
      "error is unknown.",
      iclgd_number_text(out, 3, iclgd_json_real(m, "loss")),
      iclgd_json_whole(m, "prompts"), iclgd_json_whole(m, "donors"),
      all_known ? ""
                : "; median: the median error with 0 in its place, over the "
                  "model's own",
      iclgd_json_text(m, "corruption"),
      iclgd_number_text(out, 3, iclgd_json_real(m, "corrupted_loss")));
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  const json_t *m = json_object_get(summary, "circuits");
  const json_t *rows = json_object_get(m, "components");
  if (json_array_size(rows) == 0) return;
  const scale by = scale_of(rows);
  put_claim(out, rows, &by);
  put_counts(out, rows, &by, "layer", "Layers");
  put_counts(out, rows, &by, "head", "Heads");
  put_counts(out, rows, &by, "mlp", "Mlps");
  put_table(out, m, &by);
  put_rows(out, rows, &by);
  iclgd_put_figure(out, "ablation");
  iclgd_put_figure(out, "attention");
}

const iclgd_view iclgd_view_circuits = {
    .title = "Circuits", .read = read, .tell = tell};
