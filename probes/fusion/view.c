/* What the probe `fusion` says: barriers between training runs, as they are and
 * aligned. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/views.h"

static void read(iclgd_reader *r, json_t *summary) {
  iclgd_reader_part(
      r, "fusion", "naive_barrier",
      "#seed #moved naive_average naive_average_errors naive_barrier "
      "naive_barrier_errors #naive_measurable naive_distance aligned_average "
      "aligned_average_errors aligned_barrier aligned_barrier_errors "
      "#aligned_measurable aligned_distance soft_average soft_average_errors "
      "soft_barrier soft_barrier_errors #soft_measurable soft_distance "
      "@first_seed @first_loss @prompts @movable %symmetries",
      summary, "fusion");
}

/* Member "NAME_SUFFIX" of a pair. */
static double member(const json_t *m, const char *name, const char *suffix,
                     size_t pair) {
  char key[64];
  snprintf(key, sizeof key, "%.20s_%.32s", name, suffix);
  return iclgd_json_at(m, key, pair);
}

/* "0.1 +- 0.02"; "0.1 +- unknown" where rare prompts carry it; "unknown" where
 * losses are not finite. */
static const char *barrier(iclgd_blocks *out, const json_t *m, const char *name,
                           char text[64]) {
  const double value = member(m, name, "barrier", 0);
  if (!isfinite(value)) return "unknown";
  if (member(m, name, "measurable", 0) != 0)
    return iclgd_estimate_text(out, value,
                               member(m, name, "barrier_errors", 0));
  snprintf(text, 64, "%s +- unknown", iclgd_number_text(out, 3, value));
  return text;
}

static void put_claim(iclgd_blocks *out, const json_t *m) {
  char naive[64], aligned[64];
  const long first = iclgd_json_whole(m, "first_seed");
  const long prompts = iclgd_json_whole(m, "prompts");
  const double seed = iclgd_json_at(m, "seed", 0);
  if (iclgd_json_whole(m, "movable") == 0)
    iclgd_put_claim(
        out,
        "Seeds %ld and %.0f: barrier %s on %ld prompts; their weights have no "
        "known symmetries.",
        first, seed, barrier(out, m, "naive", naive), prompts);
  else
    iclgd_put_claim(
        out, "Seeds %ld and %.0f: barrier %s on %ld prompts, %s once aligned.",
        first, seed, barrier(out, m, "naive", naive), prompts,
        barrier(out, m, "aligned", aligned));
}

static void put_path(iclgd_blocks *out, const json_t *m, size_t pair,
                     const char *name) {
  const double value = member(m, name, "barrier", pair);
  const double average = member(m, name, "average", pair);
  iclgd_put_row(out, "%.0f, %s", iclgd_json_at(m, "seed", pair), name);
  if (member(m, name, "measurable", pair) != 0) {
    iclgd_put_estimate(out, value, member(m, name, "barrier_errors", pair));
    iclgd_put_estimate(out, average, member(m, name, "average_errors", pair));
  } else {
    iclgd_put_noted(out, value, "unknown");
    iclgd_put_noted(out, average, "unknown");
  }
  iclgd_put_number(out, member(m, name, "distance", pair));
}

/* "states, heads" */
static const char *names_of(const json_t *m, char *text, size_t size) {
  const json_t *list = json_object_get(m, "symmetries");
  size_t i;
  json_t *name;
  text[0] = '\0';
  json_array_foreach(list, i, name) {
    const size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%s", i ? ", " : "",
             json_string_value(name));
  }
  return i ? text : "none";
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  enum { MOST = 6 };
  static const iclgd_column columns[] = {{"to seed", .format = ICLGD_AS_TEXT},
                                         {"barrier", .digits = 4},
                                         {"loss of the average", .digits = 4},
                                         {"distance", .digits = 3}};
  static const char *const paths[] = {"naive", "aligned", "soft"};
  const json_t *m = json_object_get(summary, "fusion");
  const size_t pairs = iclgd_json_length(m, "seed");
  const bool alike = iclgd_json_whole(m, "movable") == 0;
  const size_t shown = alike ? 1 : sizeof paths / sizeof *paths;
  char text[96];
  if (pairs == 0) return;
  put_claim(out, m);
  iclgd_put_table(
      out, columns, sizeof columns / sizeof *columns,
      "The straight line from the weights of seed %ld (loss %s) to those of "
      "others: its barrier, the most that the loss rises above the line "
      "between its ends, the loss of the average, on %ld prompts (unknown: "
      "rare prompts carry the mean), and |a - b| / sqrt(|a| |b|).%s%s%s",
      iclgd_json_whole(m, "first_seed"),
      iclgd_number_text(out, 3, iclgd_json_real(m, "first_loss")),
      iclgd_json_whole(m, "prompts"),
      shown > 1 ? " naive: weights as they are; aligned: by their symmetries ("
                : "",
      shown > 1 ? names_of(m, text, sizeof text) : "",
      shown > 1
          ? "), which leave predictions as they are; soft: units mixed by "
            "Sinkhorn's plan, which does not, so that its own end may be "
            "worse."
          : "");
  for (size_t pair = 0; pair < pairs && pair < MOST; ++pair)
    for (size_t k = 0; k < shown; ++k) put_path(out, m, pair, paths[k]);
  iclgd_put_figure(out, "fusion");
}

const iclgd_view iclgd_view_fusion = {
    .title = "Between training runs", .read = read, .tell = tell};
