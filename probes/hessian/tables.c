/* The tables of the view of the probe `hessian`. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "probes/hessian/tables.h"

bool hessian_is_exact(const json_t *m) {
  return strcmp(iclgd_json_text(m, "method"), "exact") == 0;
}

const char *hessian_text_at(const json_t *object, const char *list, size_t i) {
  const char *text =
      json_string_value(json_array_get(json_object_get(object, list), i));
  return text ? text : "";
}

/* --- tables --------------------------------------------------------------- */

/* Rows that have names: the list "name", and the other columns' lists. */
static void put_named(iclgd_blocks *out, const json_t *object,
                      const iclgd_column *columns, size_t count,
                      const char *caption) {
  const size_t rows = iclgd_json_length(object, "name");
  iclgd_put_table(out, columns, count, "%s", caption);
  for (size_t k = 0; k < rows; ++k) {
    iclgd_put_row(out, "%s", hessian_text_at(object, "name", k));
    for (size_t c = 1; c < count; ++c) {
      const double value = iclgd_json_at(object, columns[c].list, k);
      if (columns[c].errors)
        iclgd_put_estimate(out, value,
                           iclgd_json_at(object, columns[c].errors, k));
      else
        iclgd_put_number(out, value);
    }
  }
}

void hessian_put_parts(const json_t *m, iclgd_blocks *out) {
  iclgd_column columns[] = {{"part", .format = ICLGD_AS_TEXT},
                            {"trace", .digits = 3, .list = "trace"},
                            {"norm", .digits = 3, .list = "norm"},
                            {"largest", .digits = 3, .list = "largest"},
                            {"smallest", .digits = 3, .list = "smallest"},
                            {"negative", .digits = 3, .list = "negative"},
                            {"flat", .digits = 3, .list = "flat"},
                            {"condition", .digits = 3, .list = "condition"}};
  if (!hessian_is_exact(m)) columns[1].errors = "trace_errors";
  put_named(
      out, json_object_get(m, "parts"), columns, hessian_is_exact(m) ? 8 : 7,
      hessian_is_exact(m)
          ? "The Hessian and its parts: trace, Frobenius norm, extreme "
            "eigenvalues, numbers of negative and of flat directions (below "
            "1e-10 of the largest magnitude), condition of the others."
          : "The Hessian and its parts, estimated: trace by Hutch++, Frobenius "
            "norm, extreme eigenvalues that Lanczos found (the true ones lie "
            "no further in), expected numbers of negative ones and of "
            "those not told from 0 (flat).");
}

void hessian_put_blocks(const json_t *m, iclgd_blocks *out) {
  static const iclgd_column columns[] = {
      {"block", .format = ICLGD_AS_TEXT},
      {"size", .list = "size", .format = ICLGD_AS_WHOLE},
      {"norm", .digits = 3, .list = "norm"},
      {"outer", .digits = 3, .list = "norm_outer"},
      {"functional", .digits = 3, .list = "norm_functional"},
      {"trace", .digits = 3, .list = "trace"},
      {"largest", .digits = 3, .list = "largest"},
      {"smallest", .digits = 3, .list = "smallest"},
      {"negative", .digits = 3, .list = "negative"}};
  const json_t *blocks = json_object_get(m, "blocks");
  const bool whole = iclgd_json_length(blocks, "largest") > 0;
  if (iclgd_json_length(blocks, "name") < 2) return;
  put_named(out, blocks, columns, whole ? 9 : 6,
            "Blocks of the diagonal, each an array of parameters: Frobenius "
            "norms of H and its parts, and of the block alone trace, extreme "
            "eigenvalues, negative ones.");
}

void hessian_put_training(const json_t *m, iclgd_blocks *out) {
  static const iclgd_column all[] = {
      {"step", .list = "step", .format = ICLGD_AS_WHOLE},
      {"loss", .digits = 3, .list = "loss"},
      {"sharpness", .digits = 3, .list = "sharpness"},
      {"smallest", .digits = 3, .list = "smallest"},
      {"SGD limit", .digits = 3, .list = "limit"},
      {"precond.", .digits = 3, .list = "preconditioned"},
      {"Adam limit", .digits = 3, .list = "limit_adam"},
      {"smooth SGD", .digits = 3, .list = "smoothness_sgd"},
      {"smooth Adam", .digits = 3, .list = "smoothness_adam"},
      {"max/med.", .digits = 3, .list = "diagonal_ratio"}};
  enum { ALL = sizeof all / sizeof *all };
  const json_t *t = json_object_get(m, "training");
  const size_t rows = iclgd_json_length(t, "step");
  iclgd_column columns[ALL];
  size_t count = 0;
  bool preconditioned = false;
  for (size_t c = 0; c < ALL; ++c) {
    bool known = false;
    for (size_t k = 0; k < rows; ++k)
      known |= isfinite(iclgd_json_at(t, all[c].list, k));
    if (known) columns[count++] = all[c];
    preconditioned |= known && strcmp(all[c].list, "preconditioned") == 0;
  }
  if (rows < 2) return;
  iclgd_put_lists(
      out, t, columns, count, 0, 12,
      "Over training: sharpness (largest eigenvalue), smallest eigenvalue, "
      "%swhat the optimiser stays stable below, curvature along the gradient "
      "(SGD) and along Adam's step (smooth: Ahn et al. 2024), max |H_ii| / "
      "median |H_ii|.",
      preconditioned ? "that of the loss as Adam scales it (precond.), " : "");
}

void hessian_put_scales(const json_t *m, iclgd_blocks *out) {
  static const iclgd_column columns[] = {
      {"norm", .format = ICLGD_AS_TEXT},
      {"slope", .digits = 2, .list = "slope", .format = ICLGD_AS_FIXED},
      {"theory", .list = "exponent", .format = ICLGD_AS_WHOLE}};
  const json_t *scales = json_object_get(m, "scales");
  double worst = 0;
  const size_t rows = iclgd_json_length(scales, "slope");
  for (size_t k = 0; k < rows; ++k)
    worst = fmax(worst, fabs(iclgd_json_at(scales, "slope", k) -
                             iclgd_json_at(scales, "exponent", k)));
  if (rows == 0) return;
  if (isfinite(iclgd_json_at(scales, "slope", 0)))
    iclgd_put_sentence(out,
                       "One layer in the paper's setting: norms of its blocks "
                       "grow with the scale of its tokens by the exponents of "
                       "theory, within %s.",
                       iclgd_number_text(out, 2, worst));
  put_named(out, scales, columns, 3,
            "One layer of attention on random tokens sigma X_0: the slope of "
            "log |block| over log sigma, sigma <= 0.1.");
  if (isfinite(iclgd_json_at(scales, "slope", 0)))
    iclgd_put_figure(out, "hessian_scales");
}
