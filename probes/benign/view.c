/* What the probe `benign` says: losses on the training prompts and on fresh
 * ones, by noise, pool and variant. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>

#include "probes/views.h"

static const char group[] = "benign";

/* A (noise, pool, variant) array as one list. */
static void read_cells(iclgd_reader *r, const char *leaf, size_t extents[3],
                       json_t *m) {
  const double *values = iclgd_reader_reals(r, group, leaf, 3, extents);
  if (values)
    iclgd_reader_set(
        r, m, leaf,
        iclgd_json_list(values, extents[0] * extents[1] * extents[2]));
}

static void read(iclgd_reader *r, json_t *summary) {
  static const char *const cells[] = {
      "train",        "fresh", "clean",      "train_errors", "fresh_errors",
      "clean_errors", "gap",   "measurable", "diverged"};
  size_t extents[3] = {0, 0, 0};
  if (!iclgd_reader_has(r, "benign/fresh")) return;
  json_t *m = iclgd_reader_set(r, summary, group, json_object());
  iclgd_reader_members(r, group, "noise snr @prompts", &extents[0], m);
  iclgd_reader_members(r, group, "#pool", &extents[1], m);
  iclgd_reader_members(r, group, "$words #parameters", &extents[2], m);
  for (size_t k = 0; k < sizeof cells / sizeof *cells; ++k)
    read_cells(r, cells[k], extents, m);
}

/* --- what it says -------------------------------------------------------- */

typedef struct sizes {
  size_t noises, pools, variants;
  size_t endless; /* the pool of 0; `pools`: there is none */
} sizes;

static sizes sizes_of(const json_t *m) {
  sizes s = {iclgd_json_length(m, "noise"), iclgd_json_length(m, "pool"),
             iclgd_json_length(m, "words"), 0};
  while (s.endless < s.pools && iclgd_json_at(m, "pool", s.endless) != 0)
    ++s.endless;
  return s;
}

static size_t place(const sizes *s, size_t noise, size_t pool, size_t variant) {
  return (noise * s->pools + pool) * s->variants + variant;
}

static const char *words_of(const json_t *m, size_t variant) {
  const char *words =
      json_string_value(json_array_get(json_object_get(m, "words"), variant));
  return words ? words : "";
}

static bool is_measurable(const json_t *m, size_t at) {
  return iclgd_json_at(m, "measurable", at) == 1;
}

/* "1.2 +- 0.1"; "1.2 +- unknown" where rare prompts carry it. */
static const char *fresh_text(iclgd_blocks *out, const json_t *m, size_t at,
                              char text[64]) {
  const double value = iclgd_json_at(m, "fresh", at);
  if (is_measurable(m, at) || !isfinite(value))
    return iclgd_estimate_text(out, value,
                               iclgd_json_at(m, "fresh_errors", at));
  snprintf(text, 64, "%s +- unknown", iclgd_number_text(out, 3, value));
  return text;
}

/* Of the first pool, the last noise and variant. */
static void put_claim(iclgd_blocks *out, const json_t *m, const sizes *s) {
  size_t pool = 0;
  while (pool + 1 < s->pools && pool == s->endless) ++pool;
  const size_t at = place(s, s->noises - 1, pool, s->variants - 1);
  const double count = iclgd_json_at(m, "pool", pool);
  char text[64];
  const char *train = iclgd_estimate_text(out, iclgd_json_at(m, "train", at),
                                          iclgd_json_at(m, "train_errors", at));
  const char *fresh = fresh_text(out, m, at, text);
  const char *noise =
      iclgd_number_text(out, 6, iclgd_json_at(m, "noise", s->noises - 1));
  if (pool == s->endless)
    iclgd_put_claim(out,
                    "Endless prompts, noise %s: loss %s, %s on fresh ones.",
                    noise, train, fresh);
  else
    iclgd_put_claim(out, "%.0f prompts, noise %s: loss %s, %s on fresh ones.",
                    count, noise, train, fresh);
}

static void put_cell(iclgd_blocks *out, const json_t *m, const sizes *s,
                     size_t noise, size_t pool, size_t variant) {
  const size_t at = place(s, noise, pool, variant);
  const double count = iclgd_json_at(m, "pool", pool);
  const double endless =
      s->endless < s->pools
          ? iclgd_json_at(m, "fresh", place(s, noise, s->endless, variant))
          : NAN;
  iclgd_put_row_of(out, iclgd_json_at(m, "noise", noise));
  if (count > 0)
    iclgd_put_text(out, "%.0f", count);
  else
    iclgd_put_text(out, "endless");
  iclgd_put_estimate(out, iclgd_json_at(m, "train", at),
                     iclgd_json_at(m, "train_errors", at));
  if (is_measurable(m, at))
    iclgd_put_estimate(out, iclgd_json_at(m, "fresh", at),
                       iclgd_json_at(m, "fresh_errors", at));
  else
    iclgd_put_noted(out, iclgd_json_at(m, "fresh", at), "unknown");
  iclgd_put_number(out, iclgd_json_at(m, "fresh", at) / endless);
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  static const iclgd_column columns[] = {{"noise", .digits = 3},
                                         {"prompts", .format = ICLGD_AS_TEXT},
                                         {"train", .digits = 3},
                                         {"fresh", .digits = 3},
                                         {"over endless", .digits = 3}};
  const json_t *m = json_object_get(summary, group);
  if (!m) return;
  const sizes s = sizes_of(m);
  if (s.noises * s.pools * s.variants == 0) return;
  put_claim(out, m, &s);
  iclgd_put_sentence(
      out,
      "Mean squared error against labels with noise: train, on the prompts "
      "that "
      "the model was trained on, again and again (endless: no prompt twice), "
      "and fresh, on %ld others (unknown: rare prompts carry it); and that "
      "over the fresh loss of endless prompts. Overfitting is benign where "
      "train is far below fresh, and this "
      "is near 1.",
      iclgd_json_whole(m, "prompts"));
  for (size_t v = 0; v < s.variants; ++v) {
    iclgd_put_table(out, columns, sizeof columns / sizeof *columns,
                    "%s: %.0f parameters.", words_of(m, v),
                    iclgd_json_at(m, "parameters", v));
    for (size_t i = 0; i < s.noises; ++i)
      for (size_t p = 0; p < s.pools; ++p) put_cell(out, m, &s, i, p, v);
  }
  iclgd_put_figure(out, "benign");
}

const iclgd_view iclgd_view_benign = {
    .title = "Benign overfitting", .read = read, .tell = tell};
