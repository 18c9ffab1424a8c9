/* What the probe `landscape` says: gradient dominance, loops, parts of A. */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "report/section.h"
#include "report/summary.h"
#include "report/text.h"

static iclgd_status build(iclgd_reader *r, json_t *summary) {
  static const char *const over_training[] = {
      "step",  "loss",         "gradient_squared",
      "ratio", "ratio_errors", "antisymmetric_share"};
  static const char *const by_loop[] = {"loss", "loss_errors", "loss_median"};
  static const char *const by_part[] = {
      "loss",         "loss_errors",       "ratio",
      "ratio_errors", "ratio_to_previous", "ratio_to_previous_errors"};
  if (!iclgd_source_has(r->source, "landscape/ratio")) return ICLGD_OK;
  size_t snapshots = 0, loop = 0, part = 0;
  json_t *member = iclgd_reader_set(r, summary, "landscape", json_object());
  json_t *loops = iclgd_reader_set(r, member, "by_loop", json_object());
  json_t *parts = iclgd_reader_set(r, member, "parts", json_object());
  iclgd_reader_copy_text(r, "landscape", "setting", member, "setting");
  iclgd_reader_copy_real(r, "landscape", "bound", member, "bound");
  iclgd_reader_copy_int(r, "landscape", "loops", member, "loops");
  iclgd_reader_copy_int(r, "landscape", "prompts", member, "prompts");
  iclgd_reader_copy_real(r, "landscape/parts", "best_scalar", parts,
                         "best_scalar");
  iclgd_reader_copy_text(r, "landscape/parts", "how_chosen", parts,
                         "how_chosen");
  iclgd_status status = iclgd_reader_copy_lists(r, "landscape", over_training,
                                                6, &snapshots, member);
  if (!status)
    status =
        iclgd_reader_copy_lists(r, "landscape/loops", by_loop, 3, &loop, loops);
  return status ? status
                : iclgd_reader_copy_lists(r, "landscape/parts", by_part, 6,
                                          &part, parts);
}

/* Snapshots at which the ratio is above the bound, or below, by more than two
 * standard errors. */
static void print_dominance(const json_t *m, FILE *out) {
  const json_t *ratio = json_object_get(m, "ratio");
  const json_t *errors = json_object_get(m, "ratio_errors");
  const json_t *loss = json_object_get(m, "loss");
  const size_t count = json_array_size(ratio);
  const double bound = iclgd_json_real(m, "bound");
  size_t above = 0, below = 0;
  double least = INFINITY;
  if (!errors || !loss || isnan(bound)) return;
  for (size_t k = 0; k < count; ++k) {
    const double off = iclgd_json_element(ratio, k) - bound;
    const double twice = 2 * iclgd_json_element(errors, k);
    above += off > twice;
    below += off < -twice;
    if (off > twice) least = fmin(least, iclgd_json_element(loss, k));
  }
  char text[400];
  int used = snprintf(text, sizeof text,
                      "|grad|^2 / loss^((2L-1)/L) is above 1/16 in %zu of %zu "
                      "snapshots, below in %zu, within two standard errors in "
                      "%zu",
                      above, count, below, count - above - below);
  if (above > 0 && isfinite(least))
    snprintf(text + used, sizeof text - (size_t)used,
             "; above down to a loss of %.4g.", least);
  iclgd_text_wrap(out, text, 2);
}

static void print_parts(const json_t *m, bool hidden, FILE *out) {
  static const char *const names[] = {"trained model", "A alone",
                                      "symmetric part of A",
                                      "mean diagonal times I", "best scalar"};
  const json_t *parts = json_object_get(m, "parts");
  for (size_t k = 0; k < 5; ++k) {
    const double ratio = iclgd_json_element(json_object_get(parts, "ratio"), k);
    const double error =
        iclgd_json_element(json_object_get(parts, "ratio_errors"), k);
    if (k == 1 && ratio == 1 && error == 0) continue; /* A is the model */
    fprintf(out, "  %-32s", names[k]);
    iclgd_text_cell(out, 11, 5,
                    iclgd_json_element(json_object_get(parts, "loss"), k));
    iclgd_section_ratio(
        out, iclgd_json_element(json_object_get(parts, "loss_errors"), k),
        ratio, error, hidden);
  }
}

static void print(const json_t *summary, FILE *out) {
  const json_t *m = json_object_get(summary, "landscape");
  if (!m) return;
  fprintf(out, "\nLandscape of the looped loss (%s)\n",
          strncmp(iclgd_json_text(m, "setting"), "not", 3) == 0
              ? "not the setting of Gatmiry et al."
              : "the setting of Gatmiry et al.");
  print_dominance(m, out);
  fprintf(out, "  %-32s %11s %10s %10s\n", "", "loss", "std.err",
          "it/model, paired");
  const bool hidden = iclgd_final_is_hidden(summary);
  print_parts(m, hidden, out);
  if (hidden) iclgd_section_hidden(out);
}

const iclgd_section iclgd_section_landscape = {build, print};
