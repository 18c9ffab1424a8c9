/* What the probe `identify` says: algorithms whose parameters are fitted to the
 * model, and the share of its predictions that each leaves unexplained. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "report/section.h"
#include "report/text.h"

static const char group[] = "identify";

/* The columns of the table: texts, numbers and rows of numbers, all of one
 * entry a hypothesis. */
static iclgd_status read_texts(iclgd_reader *r, const char *leaf,
                               json_t *hypotheses) {
  size_t count = json_array_size(hypotheses);
  char **texts;
  const iclgd_status status =
      iclgd_reader_texts(r, group, leaf, &count, &texts);
  for (size_t i = 0; !status && texts && i < count; ++i)
    iclgd_reader_set(r, json_array_get(hypotheses, i), leaf,
                     iclgd_json_line(texts[i]));
  return status;
}

/* Whole numbers as such; one that is none is left out. */
static json_t *number_of(double value, bool whole) {
  const bool fits = isfinite(value) && fabs(value) < 1e15;
  return whole && fits ? json_integer((json_int_t)value)
                       : iclgd_json_number(value);
}

static iclgd_status read_numbers(iclgd_reader *r, const char *leaf,
                                 const char *key, bool whole,
                                 json_t *hypotheses) {
  size_t count = json_array_size(hypotheses);
  double *values;
  const iclgd_status status =
      iclgd_reader_column(r, group, leaf, 1, &count, &values);
  for (size_t i = 0; !status && values && i < count; ++i)
    iclgd_reader_set(r, json_array_get(hypotheses, i), key,
                     number_of(values[i], whole));
  return status;
}

static iclgd_status read_rows(iclgd_reader *r, const char *leaf, size_t *width,
                              json_t *hypotheses) {
  size_t extents[2] = {json_array_size(hypotheses), *width};
  double *values;
  const iclgd_status status =
      iclgd_reader_column(r, group, leaf, 2, extents, &values);
  *width = extents[1];
  for (size_t i = 0; !status && values && i < extents[0]; ++i)
    iclgd_reader_set(r, json_array_get(hypotheses, i), leaf,
                     iclgd_json_list(values + i * *width, *width));
  return status;
}

/* The fitted parameters of one hypothesis, where it has some. */
static iclgd_status read_fit(iclgd_reader *r, json_t *hypothesis) {
  static const char *const leaves[] = {"value", "low", "high", "optimal"};
  char path[128], **names;
  snprintf(path, sizeof path, "identify_fit/%.100s",
           iclgd_json_text(hypothesis, "name"));
  size_t count = 0;
  iclgd_status status = iclgd_reader_copy_lists(
      r, path, leaves, sizeof leaves / sizeof *leaves, &count, hypothesis);
  if (!status)
    status = iclgd_reader_texts(r, path, "parameter_name", &count, &names);
  if (status || !names) return status;
  json_t *list = iclgd_reader_set(r, hypothesis, "parameter", json_array());
  for (size_t i = 0; i < count; ++i)
    iclgd_reader_append(r, list, iclgd_json_line(names[i]));
  return ICLGD_OK;
}

static iclgd_status read_hypotheses(iclgd_reader *r, json_t *hypotheses) {
  static const char *const texts[] = {"name", "title", "extends", "algorithm"};
  static const struct {
    const char *leaf, *key;
    bool whole;
  } numbers[] = {{"parameters", "parameters", true},
                 {"stride", "stride", false},
                 {"by_construction", "by_construction", true},
                 {"overall", "overall", false},
                 {"overall_errors", "overall_error", false},
                 {"excess", "excess", false},
                 {"excess_errors", "excess_error", false}};
  size_t layers = 0, others = json_array_size(hypotheses);
  iclgd_status status = ICLGD_OK;
  for (size_t i = 0; !status && i < sizeof texts / sizeof *texts; ++i)
    status = read_texts(r, texts[i], hypotheses);
  for (size_t i = 0; !status && i < sizeof numbers / sizeof *numbers; ++i)
    status = read_numbers(r, numbers[i].leaf, numbers[i].key, numbers[i].whole,
                          hypotheses);
  if (!status) status = read_rows(r, "unexplained", &layers, hypotheses);
  if (!status) status = read_rows(r, "unexplained_errors", &layers, hypotheses);
  if (!status) status = read_rows(r, "apart", &others, hypotheses);
  for (size_t i = 0; !status && i < json_array_size(hypotheses); ++i)
    status = read_fit(r, json_array_get(hypotheses, i));
  return status;
}

static iclgd_status build(iclgd_reader *r, json_t *summary) {
  size_t count = 0;
  char **names;
  iclgd_status status = iclgd_reader_texts(r, group, "name", &count, &names);
  if (status || !names) return status;
  json_t *member = iclgd_reader_set(r, summary, "identify", json_object());
  json_t *hypotheses = iclgd_reader_set(r, member, "hypotheses", json_array());
  iclgd_reader_copy_text(r, group, "chosen", member, "chosen");
  iclgd_reader_copy_text(r, group, "kind", member, "kind");
  iclgd_reader_copy_text(r, group, "measured", member, "measured");
  iclgd_reader_copy_real(r, group, "tolerance", member, "tolerance");
  iclgd_reader_copy_int(r, group, "prompts", member, "prompts");
  iclgd_reader_copy_int(r, group, "excluded", member, "excluded");
  iclgd_reader_copy_real(r, group, "prediction_size", member,
                         "prediction_size");
  for (size_t i = 0; i < count; ++i)
    iclgd_reader_append(r, hypotheses, json_object());
  return read_hypotheses(r, hypotheses);
}

/* The overall share; what is not known is worse than anything. */
static double share_of(const json_t *hypothesis) {
  const double share = iclgd_json_real(hypothesis, "overall");
  return isnan(share) ? INFINITY : share;
}

static bool is_named(const json_t *hypothesis, const char *name) {
  return strcmp(iclgd_json_text(hypothesis, "name"), name) == 0;
}

enum { HYPOTHESES_MAX = 128, SIMPLER = 3, RICHER = 3 };

/* Mark the best `most` of those with more parameters than `limit`, or of those
 * with at most so many, that are not marked yet. */
static void mark_best(const json_t *hypotheses, long limit, bool richer,
                      size_t most, bool *marked) {
  const size_t all = json_array_size(hypotheses);
  const size_t count = all < HYPOTHESES_MAX ? all : HYPOTHESES_MAX;
  for (size_t taken = 0; taken < most; ++taken) {
    size_t best = count;
    double least = INFINITY;
    for (size_t i = 0; i < count; ++i) {
      const json_t *h = json_array_get(hypotheses, i);
      const bool has_more = iclgd_json_whole(h, "parameters") > limit;
      if (marked[i] || has_more != richer || share_of(h) >= least) continue;
      best = i;
      least = share_of(h);
    }
    if (best == count) return;
    marked[best] = true;
  }
}

/* The rows that are worth reading: the chosen one, gradient descent, the best
 * of those that are as simple, the best of those that are richer. */
static void mark_rows(const json_t *member, bool *marked) {
  const json_t *hypotheses = json_object_get(member, "hypotheses");
  const char *chosen = iclgd_json_text(member, "chosen");
  long limit = 0;
  size_t i;
  json_t *h;
  json_array_foreach(hypotheses, i, h) {
    if (i == HYPOTHESES_MAX) break;
    marked[i] = is_named(h, chosen) || is_named(h, "gd");
    if (is_named(h, chosen)) limit = iclgd_json_whole(h, "parameters");
  }
  mark_best(hypotheses, limit, false, SIMPLER, marked);
  mark_best(hypotheses, limit, true, RICHER, marked);
}

/* Four digits, or so few where a number is written with a power of ten. */
static int digits_of(double value, int few) {
  const double size = fabs(value);
  return size != 0 && (size < 1e-3 || size >= 1e4) ? few : 4;
}

/* Beside a single fitted parameter its interval and what is best for the loss;
 * several stand below the table. */
static void print_row(const json_t *h, bool chosen, FILE *out) {
  const json_t *unexplained = json_object_get(h, "unexplained");
  const size_t layers = json_array_size(unexplained);
  const json_t *low = json_object_get(h, "low");
  const json_t *high = json_object_get(h, "high");
  const bool single = iclgd_json_whole(h, "parameters") == 1;
  const double width = iclgd_json_element(high, 0) - iclgd_json_element(low, 0);
  const double value = iclgd_json_element(json_object_get(h, "value"), 0);
  const double best = iclgd_json_element(json_object_get(h, "optimal"), 0);
  char name[32];
  snprintf(name, sizeof name, "%.23s%s", iclgd_json_text(h, "name"),
           iclgd_json_whole(h, "by_construction") ? "*" : "");
  fprintf(out, "%c %-23s %4ld", chosen ? '>' : ' ', name,
          iclgd_json_whole(h, "parameters"));
  iclgd_text_cell(out, 9, digits_of(value, 3), single ? value : NAN);
  iclgd_text_cell(out, 7, 2,
                  single && width > 1e-9 * fabs(value) ? width / 2 : NAN);
  iclgd_text_cell(out, 7, digits_of(best, 2), single ? best : NAN);
  iclgd_text_cell(out, 7, 2,
                  layers ? iclgd_json_element(unexplained, layers - 1) : NAN);
  iclgd_text_cell(out, 7, 2, iclgd_json_real(h, "overall"));
  iclgd_text_cell(out, 7, 2, iclgd_json_real(h, "overall_error"));
  fputc('\n', out);
}

/* All fitted parameters of the chosen hypothesis, of many the first few. */
static void print_parameters(const json_t *h, FILE *out) {
  enum { SHOWN = 12 };
  const json_t *values = json_object_get(h, "value");
  const json_t *names = json_object_get(h, "parameter");
  const size_t count = json_array_size(values);
  char text[1024];
  if (count < 2) return;
  int used = snprintf(text, sizeof text, "%.40s:", iclgd_json_text(h, "name"));
  for (size_t i = 0; i < count && i < SHOWN; ++i) {
    const char *name = json_string_value(json_array_get(names, i));
    const double best = iclgd_json_element(json_object_get(h, "optimal"), i);
    used += snprintf(text + used, sizeof text - (size_t)used, "%s %.16s%s%.4g",
                     i ? "," : "", name ? name : "", name ? " " : "",
                     iclgd_json_element(values, i));
    if (!isnan(best))
      used +=
          snprintf(text + used, sizeof text - (size_t)used, " (%.4g)", best);
  }
  if (count > SHOWN) snprintf(text + used, sizeof text - (size_t)used, ", ...");
  iclgd_text_wrap(out, text, 2);
}

/* What the weights are by their form is no finding. */
static void print_note(const json_t *hypotheses, const bool *marked,
                       FILE *out) {
  size_t i;
  json_t *h;
  json_array_foreach(hypotheses, i, h) {
    if (i >= HYPOTHESES_MAX || !marked[i] ||
        !iclgd_json_whole(h, "by_construction"))
      continue;
    fputs("  *: all weights of this form are, trained or not\n", out);
    return;
  }
}

/* "14 others leave 0.12 or more" */
static void print_rest(const json_t *hypotheses, const bool *marked,
                       FILE *out) {
  size_t left = 0, i;
  double least = INFINITY;
  json_t *h;
  json_array_foreach(hypotheses, i, h) {
    if (i < HYPOTHESES_MAX && marked[i]) continue;
    ++left;
    least = fmin(least, share_of(h));
  }
  if (left == 0) return;
  fprintf(out, "  %zu other%s", left, left > 1 ? "s" : "");
  if (isfinite(least))
    fprintf(out, " leave%s %.2g or more", left > 1 ? "" : "s", least);
  fputs(" (all of them: --json)\n", out);
}

/* The least number of parameters above `p`, or -1. */
static long next_after(const json_t *hypotheses, long p) {
  long next = -1;
  size_t i;
  json_t *h;
  json_array_foreach(hypotheses, i, h) {
    const long own = iclgd_json_whole(h, "parameters");
    if (own > p && (next < 0 || own < next)) next = own;
  }
  return next;
}

static void print(const json_t *summary, FILE *out) {
  const json_t *member = json_object_get(summary, "identify");
  const json_t *hypotheses = json_object_get(member, "hypotheses");
  const char *chosen = iclgd_json_text(member, "chosen");
  bool marked[HYPOTHESES_MAX] = {false};
  size_t i;
  json_t *h;
  if (json_array_size(hypotheses) == 0) return;
  mark_rows(member, marked);
  fputs(
      "\nAlgorithms fitted to the model, and the share of the mean square of "
      "its\npredictions that they leave unexplained\n",
      out);
  fprintf(out, "  %-23s %4s %9s %7s %7s %7s %7s %7s\n", "", "par-", "fitted",
          "+-", "best", "last", "all", "std.err");
  fprintf(out, "  %-23s %4s %9s %7s %7s %7s %7s %7s\n", "", "ams", "value",
          "(95%)", "(loss)", "layer", "layers", "");
  for (long p = next_after(hypotheses, -1); p >= 0;
       p = next_after(hypotheses, p)) {
    json_array_foreach(hypotheses, i, h) {
      if (i < HYPOTHESES_MAX && marked[i] &&
          iclgd_json_whole(h, "parameters") == p)
        print_row(h, is_named(h, chosen), out);
    }
  }
  print_rest(hypotheses, marked, out);
  print_note(hypotheses, marked, out);
  json_array_foreach(hypotheses, i, h) {
    if (is_named(h, chosen)) print_parameters(h, out);
  }
}

const iclgd_section iclgd_section_identify = {build, print};
