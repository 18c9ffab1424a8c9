/* What the probe `by_context` says: error / d (of a task that is not linear the
 * error itself) of the model's last layer and of algorithms after as many
 * steps, by context length. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/views.h"

static const char group[] = "trajectories_by_context";

/* What the file has of one path, at one index. */
static void read_path(iclgd_reader *r, const char *who, size_t index,
                      size_t extents[2], json_t *path) {
  static const struct {
    const char *suffix, *name;
  } lists[] = {{"", "error"},       {"_errors", "standard_error"},
               {"_low", "low"},     {"_high", "high"},
               {"_per_d", "per_d"}, {"_measurable", "measurable"}};
  iclgd_reader_set(r, path, "name", iclgd_json_line(who));
  for (size_t i = 0; i < sizeof lists / sizeof *lists; ++i) {
    char leaf[96];
    snprintf(leaf, sizeof leaf, "%.80s%s", who, lists[i].suffix);
    const double *values = iclgd_reader_reals(r, group, leaf, 2, extents);
    if (values && index < extents[0])
      iclgd_reader_set(
          r, path, lists[i].name,
          iclgd_json_list(values + index * extents[1], extents[1]));
  }
}

static void read(iclgd_reader *r, json_t *summary) {
  size_t extents[2] = {0, 0}, i;
  json_t *algorithm;
  if (!iclgd_reader_has(r, "trajectories_by_context/model")) return;
  iclgd_reader_reals(r, group, "index", 1, &extents[0]);
  json_t *m = iclgd_reader_set(r, summary, "by_context", json_object());
  iclgd_reader_members(r, group,
                       "#context @prompts @depth @d @unit @errors_from %exact",
                       &extents[1], m);
  const size_t index = (size_t)iclgd_json_whole(m, "depth");
  read_path(r, "model", index, extents,
            iclgd_reader_set(r, m, "model", json_object()));
  json_t *list = iclgd_reader_set(r, m, "algorithms", json_array());
  json_array_foreach(json_object_get(summary, "algorithms"), i, algorithm) {
    char path[128];
    const char *who = iclgd_json_text(algorithm, "name");
    snprintf(path, sizeof path, "%s/%.80s", group, who);
    if (iclgd_reader_has(r, path))
      read_path(r, who, index, extents,
                iclgd_reader_append(r, list, json_object()));
  }
}

/* --- what it says -------------------------------------------------------- */

static const struct {
  const char *name, *title;
} shown[] = {{"gd", "GD"},
             {"kernel_gd", "kernel GD"},
             {"newton", "Newton"},
             {"dmmse", "dMMSE"},
             {"kernel_ridge", "kernel ridge"},
             {"ridge", "ridge"},
             {"least_squares", "least squares"},
             {"averaging", "averaging"},
             {"knn", "nearest"}};
/* From row FLOORS on, the best that is known, the first of four. */
enum {
  SHOWN = sizeof shown / sizeof *shown,
  FLOORS = 3,
  MOST = 12,
  DIGITS = 3
};

static const json_t *algorithm(const json_t *m, size_t i) {
  return iclgd_json_named(json_object_get(m, "algorithms"), shown[i].name);
}

/* What errors are shown in: d; 1 where the task is not linear. */
static double unit_of(const json_t *m) {
  const double unit = iclgd_json_real(m, "unit");
  return unit > 0 ? unit : iclgd_json_real(m, "d");
}

static bool is_per_d(const json_t *m) {
  return unit_of(m) == iclgd_json_real(m, "d");
}

static bool is_unknown(const json_t *path, size_t k) {
  return isfinite(iclgd_json_at(path, "per_d", k)) &&
         iclgd_json_at(path, "measurable", k) == 0;
}

/* "0.1 +- 0.02"; where rare prompts carry the mean "0.1 exact", over the law,
 * if the table of losses knows it (whole), or "0.1 +- unknown". */
static const char *words(iclgd_blocks *out, const json_t *m, const json_t *path,
                         size_t k, const json_t *whole, char text[64]) {
  const size_t depth = (size_t)iclgd_json_whole(m, "depth");
  const double unit = unit_of(m);
  const double value = iclgd_json_at(path, "error", k) / unit;
  const double mean = iclgd_json_at(whole, "expected", depth);
  const double error = iclgd_json_at(whole, "expected_standard_error", depth);
  if (!is_unknown(path, k))
    return iclgd_estimate_text(out, value,
                               iclgd_json_at(path, "standard_error", k) / unit);
  if (isfinite(mean) && error > 0)
    return iclgd_estimate_text(out, mean / unit, error / unit);
  if (isfinite(mean))
    snprintf(text, 64, "%.*g exact", DIGITS, mean / unit);
  else
    snprintf(text, 64, "%.*g +- unknown", DIGITS, value);
  return text;
}

/* `name` after k = n points; the table of losses is of the same. */
static const char *words_at_end(iclgd_blocks *out, const json_t *summary,
                                const char *name, char text[64]) {
  const json_t *m = json_object_get(summary, "by_context");
  const json_t *whole =
      iclgd_json_named(json_object_get(summary, "algorithms"), name);
  const json_t *path = iclgd_json_named(json_object_get(m, "algorithms"), name);
  return words(out, m, path, iclgd_json_length(m, "context") - 1, whole, text);
}

static void put_claim(iclgd_blocks *out, const json_t *summary) {
  const json_t *m = json_object_get(summary, "by_context");
  const size_t last = iclgd_json_length(m, "context") - 1;
  const bool gd = iclgd_json_named(json_object_get(m, "algorithms"), "gd");
  size_t best = FLOORS;
  while (best < FLOORS + 4 && !algorithm(m, best)) ++best;
  const bool there = best < FLOORS + 4;
  char text[3][64];
  iclgd_put_claim(
      out, "%s at k = n = %.0f: model %s%s%s%s%s%s%s.",
      is_per_d(m) ? "Error / d" : "Squared error",
      iclgd_json_at(m, "context", last),
      words(out, m, json_object_get(m, "model"), last,
            json_object_get(summary, "trajectory"), text[0]),
      gd ? ", GD " : "", gd ? words_at_end(out, summary, "gd", text[1]) : "",
      there ? ", " : "", there ? shown[best].title : "", there ? " " : "",
      there ? words_at_end(out, summary, shown[best].name, text[2]) : "");
}

static void put_cell(iclgd_blocks *out, const json_t *m, const json_t *path,
                     size_t k) {
  const double value = iclgd_json_at(path, "error", k) / unit_of(m);
  if (is_unknown(path, k))
    iclgd_put_text(out, "(%.*g)", DIGITS, value);
  else
    iclgd_put_number(out, value);
}

static void put_rows(iclgd_blocks *out, const json_t *m, size_t lengths) {
  const json_t *model = json_object_get(m, "model");
  for (size_t i = 0; i < lengths && i < MOST; ++i) {
    const size_t k = iclgd_evenly(i, lengths, MOST);
    iclgd_put_row_of(out, iclgd_json_at(m, "context", k));
    put_cell(out, m, model, k);
    if (is_unknown(model, k))
      iclgd_put_text(out, "unknown");
    else
      iclgd_put_range(out, iclgd_json_at(model, "low", k) / unit_of(m),
                      iclgd_json_at(model, "high", k) / unit_of(m));
    for (size_t a = 0; a < SHOWN; ++a)
      if (algorithm(m, a)) put_cell(out, m, algorithm(m, a), k);
  }
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  iclgd_column columns[3 + SHOWN] = {
      {"points", .format = ICLGD_AS_WHOLE},
      {"model", .digits = DIGITS},
      {"its interval", .format = ICLGD_AS_TEXT},
  };
  const json_t *m = json_object_get(summary, "by_context");
  const size_t lengths = iclgd_json_length(m, "context");
  size_t count = 3;
  if (lengths == 0) return;
  for (size_t a = 0; a < SHOWN; ++a)
    if (algorithm(m, a))
      columns[count++] =
          (iclgd_column){shown[a].title, .digits = DIGITS, .alike = true};
  put_claim(out, summary);
  iclgd_put_table(
      out, columns, count,
      "Mean squared error%s at the next point, from the first k points "
      "alone, on %ld prompts: of the model's last layer with its 95%% interval "
      "(bootstrap over prompts), and of algorithms with the hyperparameters "
      "for whole prompts, iterative ones after %ld step%s. Errors are from "
      "%s%s. In brackets: rare prompts carry the mean, so that its error is "
      "unknown.",
      is_per_d(m) ? " / d" : "", iclgd_json_whole(m, "prompts"),
      iclgd_json_whole(m, "depth"),
      iclgd_json_whole(m, "depth") == 1 ? "" : "s",
      strcmp(iclgd_json_text(m, "errors_from"), "label") == 0
          ? "the label, with its noise"
          : "w* . x, without noise",
      iclgd_json_length(m, "exact") == 0
          ? ""
          : "; they are means over the query where predictions are linear in "
            "it, else of one query");
  put_rows(out, m, lengths);
  iclgd_put_figure(out, "by_context");
}

const iclgd_view iclgd_view_by_context = {
    .title = "By context length", .read = read, .tell = tell};
