/* What the probe `preconditioner` says: updates regressed on gradients. */
#include <stdbool.h>

#include "report/section.h"
#include "report/text.h"

static const char *const names[] = {
    "scale",           "scale_errors",   "distance_to_own",    "residual",
    "residual_errors", "residual_trace", "residual_curvature", "difference",
    "difference_noise"};

static iclgd_status build(iclgd_reader *r, json_t *summary) {
  if (!iclgd_source_has(r->source, "preconditioner/residual")) return ICLGD_OK;
  size_t count = 0;
  json_t *member =
      iclgd_reader_set(r, summary, "preconditioner", json_object());
  const iclgd_status status = iclgd_reader_copy_lists(
      r, "preconditioner", names, sizeof names / sizeof *names, &count, member);
  return status;
}

static double at(const json_t *member, const char *name, size_t l) {
  return iclgd_json_element(json_object_get(member, name), l);
}

/* Squares of rounding errors are below. */
static bool is_exact(const json_t *member, size_t layers) {
  for (size_t l = 0; l < layers; ++l)
    if (!(at(member, "residual", l) < 1e-20)) return false;
  return true;
}

static void print_layer(const json_t *m, size_t l, FILE *out) {
  fprintf(out, "  %5zu", l + 1);
  iclgd_text_cell(out, 9, 5, at(m, "scale", l));
  iclgd_text_cell(out, 12, 4, at(m, "residual", l));
  iclgd_text_cell(out, 12, 4, at(m, "residual_trace", l));
  iclgd_text_cell(out, 9, 4, at(m, "residual_curvature", l));
  iclgd_text_cell(out, 11, 3, at(m, "difference", l));
  iclgd_text_cell(out, 9, 3, at(m, "difference_noise", l));
  fputc('\n', out);
}

static void print(const json_t *summary, FILE *out) {
  enum { SHOWN = 5 }; /* and the last */
  const json_t *m = json_object_get(summary, "preconditioner");
  if (!m) return;
  const size_t layers = json_array_size(json_object_get(m, "residual"));
  fputs("\nUpdates regressed on gradients, w' - w = A g\n", out);
  if (is_exact(m, layers)) {
    fputs("  exact in every layer: A is one matrix for all prompts\n", out);
    return;
  }
  fputs(
      "  layer     scale unexplained   with tr(S)   with S   A by lambda   "
      "noise\n",
      out);
  for (size_t l = 0; l < layers; ++l)
    if (l < SHOWN || l + 1 == layers) print_layer(m, l, out);
}

const iclgd_section iclgd_section_preconditioner = {build, print};
