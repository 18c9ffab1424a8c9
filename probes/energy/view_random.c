/* What the probe `energy` says of random tokens (Yang, Huang, Wipf 2022). */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/energy/view.h"

void iclgd_energy_read_random(iclgd_reader *r, json_t *m) {
  static const char group[] = "energy/random";
  size_t width = 0;
  json_t *random = iclgd_reader_part(
      r, group, "scale", "scale @runs @tokens @width @short", m, "random");
  if (!random) return;
  iclgd_reader_rows(r, group,
                    "$layers_name=name #provable *descends *descends_low "
                    "*descends_high *first_two *rising *largest_rise",
                    &width,
                    iclgd_reader_set(r, random, "layers", json_array()));
}

/* The least of a list. */
static double least(const json_t *row, const char *list) {
  double out = NAN;
  for (size_t i = 0; i < iclgd_json_length(row, list); ++i)
    out = fmin(out, iclgd_json_at(row, list, i));
  return out;
}

static bool is_kept(const json_t *random) {
  size_t i;
  json_t *row;
  json_array_foreach(json_object_get(random, "layers"), i, row)
    if (iclgd_json_whole(row, "provable") && !(least(row, "descends") >= 1))
      return false;
  return true;
}

static void put_words(iclgd_blocks *out, const json_t *random) {
  const json_t *softmax =
      iclgd_json_named(json_object_get(random, "layers"), "softmax: E_1");
  const size_t middle = iclgd_json_length(random, "scale") / 2;
  iclgd_put_sentence(
      out,
      "Random tokens, %ld of width %ld, %ld runs: the layers that must not "
      "raise their energy %s. Plain softmax attention raises E_1 at %s%% of "
      "layers at scale %s.",
      iclgd_json_whole(random, "tokens"), iclgd_json_whole(random, "width"),
      iclgd_json_whole(random, "runs"),
      is_kept(random) ? "never do" : "do: an error of this program",
      iclgd_energy_share(out, iclgd_json_at(softmax, "rising", middle)),
      iclgd_number_text(out, 2, iclgd_json_at(random, "scale", middle)));
}

/* "0.23%", what may be infinite. */
static void put_rise(iclgd_blocks *out, double rise) {
  char text[32];
  snprintf(text, sizeof text, "%.2g%%", 100 * rise);
  iclgd_put_text(out, "%s", isfinite(rise) ? text : "no drop");
}

void iclgd_energy_tell_random(iclgd_blocks *out, const json_t *m) {
  enum { SCALES = 3, COLUMNS = 1 + 2 * SCALES };
  const json_t *random = json_object_get(m, "random");
  const size_t scales = iclgd_json_length(random, "scale");
  const size_t shown = scales < SCALES ? scales : SCALES;
  iclgd_column columns[COLUMNS] = {{"layers: energy", .format = ICLGD_AS_TEXT}};
  char titles[2 * SCALES][32];
  size_t i;
  json_t *row;
  if (scales == 0) return;
  for (size_t k = 0; k < shown; ++k) {
    const double scale =
        iclgd_json_at(random, "scale", iclgd_evenly(k, scales, SCALES));
    snprintf(titles[k], sizeof *titles, "at %.3g", scale);
    snprintf(titles[SCALES + k], sizeof *titles, "rise %.3g", scale);
    columns[1 + k] = (iclgd_column){titles[k], .format = ICLGD_AS_PERCENT};
    columns[1 + shown + k] = (iclgd_column){
        titles[SCALES + k], .format = ICLGD_AS_TEXT, .alike = true};
  }
  iclgd_put_heading(out, "Random tokens");
  put_words(out, random);
  iclgd_put_table(out, columns, 1 + 2 * shown,
                  "Share of runs whose energy falls at every layer, by the "
                  "scale of the tokens; then, by scale, the largest rise of "
                  "all runs over the drop. beta, others, softmax: attention "
                  "steps; linear: gradient step on E_2; short: a1 = a2 = %.3g, "
                  "else 1; sum: E_1 + E_2. The first four must not rise.",
                  iclgd_json_real(random, "short"));
  json_array_foreach(json_object_get(random, "layers"), i, row) {
    iclgd_put_row(out, "%s", iclgd_json_text(row, "name"));
    for (size_t k = 0; k < shown; ++k)
      iclgd_put_number(
          out, iclgd_json_at(row, "descends", iclgd_evenly(k, scales, SCALES)));
    for (size_t k = 0; k < shown; ++k)
      put_rise(out, iclgd_json_at(row, "largest_rise",
                                  iclgd_evenly(k, scales, SCALES)));
  }
}
