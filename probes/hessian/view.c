/* What the probe `hessian` says. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/hessian/tables.h"
#include "probes/views.h"

/* Row and column k of a square dataset of the blocks, as a list. */
static void read_diagonal(iclgd_reader *r, const char *leaf, size_t count,
                          json_t *blocks) {
  size_t extents[] = {count, count};
  const double *all = iclgd_reader_reals(r, "hessian/blocks", leaf, 2, extents);
  json_t *list = all ? iclgd_reader_set(r, blocks, leaf, json_array()) : NULL;
  for (size_t k = 0; list && k < count; ++k)
    iclgd_reader_append(r, list, iclgd_json_number(all[k * count + k]));
}

static void read(iclgd_reader *r, json_t *summary) {
  static const char *const norms[] = {"norm", "norm_outer", "norm_functional"};
  if (!iclgd_reader_has(r, "hessian/training/step")) return;
  json_t *m = iclgd_reader_set(r, summary, "hessian", json_object());
  iclgd_reader_members(r, "hessian",
                       "magnitude positive negative outer @parameters @prompts "
                       "@excluded @method @loss @second_derivatives @asymmetry "
                       "@diagonal_ratio @mean_loss",
                       NULL, m);
  iclgd_reader_part(r, "hessian/parts", "name",
                    "$name trace trace_errors trace_hutchinson "
                    "trace_hutchinson_errors norm norm_errors largest smallest "
                    "residual negative flat condition",
                    m, "parts");
  json_t *blocks = iclgd_reader_part(
      r, "hessian/blocks", "name",
      "$name #size trace largest smallest negative @cross_share @contrast", m,
      "blocks");
  for (size_t k = 0; blocks && k < 3; ++k)
    read_diagonal(r, norms[k], iclgd_json_length(blocks, "name"), blocks);
  iclgd_reader_part(r, "hessian/training", "step",
                    "#step loss gradient_norm sharpness sharpness_errors "
                    "sharpness_held_out sharpness_held_out_errors "
                    "smallest_held_out smallest_held_out_errors "
                    "residual smallest limit preconditioned "
                    "limit_adam smoothness_sgd smoothness_adam diagonal_ratio "
                    "@optimizer @held_out",
                    m, "training");
  iclgd_reader_part(r, "hessian/scales", "name", "$name slope exponent @draws",
                    m, "scales");
}

/* --- sentences ------------------------------------------------------------ */

/* "1.92 (0.77 on others)": the prompts that choose a direction flatter it. */
static const char *sharpness(const json_t *m, iclgd_blocks *out,
                             char text[64]) {
  const json_t *t = json_object_get(m, "training");
  const size_t last = iclgd_json_length(t, "step") - 1;
  const double others = iclgd_json_at(t, "sharpness_held_out", last);
  const double here = iclgd_json_at(json_object_get(m, "parts"), "largest", 0);
  const char *value = iclgd_number_text(out, 3, here);
  if (isnan(others)) return value;
  snprintf(text, 64, "%s (%s on others)", value,
           iclgd_number_text(out, 2, others));
  return text;
}

/* The claim: flatness, condition, heterogeneity. */
static void put_claim(const json_t *m, iclgd_blocks *out) {
  const json_t *parts = json_object_get(m, "parts");
  const char *flat = iclgd_number_text(out, 6, iclgd_json_at(parts, "flat", 0));
  const double contrast =
      iclgd_json_real(json_object_get(m, "blocks"), "contrast");
  const bool apart =
      iclgd_json_length(json_object_get(m, "blocks"), "name") > 1 &&
      isfinite(contrast);
  char text[64];
  const char *sharp = sharpness(m, out, text);
  if (!hessian_is_exact(m))
    iclgd_put_claim(
        out, "Sharpness %s, trace %s, of %ld directions.", sharp,
        iclgd_estimate_text(out, iclgd_json_at(parts, "trace", 0),
                            iclgd_json_at(parts, "trace_errors", 0)),
        iclgd_json_whole(m, "parameters"));
  else
    iclgd_put_claim(
        out, "Sharpness %s, condition %s, %s of %ld flat%s%s.", sharp,
        iclgd_number_text(out, 2, iclgd_json_at(parts, "condition", 0)), flat,
        iclgd_json_whole(m, "parameters"), apart ? ", blocks 1:" : "",
        apart ? iclgd_number_text(out, 2, contrast) : "");
}

static void put_setting(const json_t *m, iclgd_blocks *out) {
  const long excluded = iclgd_json_whole(m, "excluded");
  const long size = iclgd_json_whole(m, "parameters");
  char left_out[64] = "", parameters[64] = "the one parameter";
  if (size != 1)
    snprintf(parameters, sizeof parameters, "all %ld parameters", size);
  if (excluded > 0)
    snprintf(left_out, sizeof left_out, " (%ld left out: not finite)",
             excluded);
  iclgd_put_sentence(
      out,
      "The Hessian of the %s, on %ld prompts%s, in %s; %s, second "
      "derivatives: %s.",
      iclgd_json_text(m, "loss"), iclgd_json_whole(m, "prompts"), left_out,
      parameters,
      hessian_is_exact(m) ? "the whole matrix"
                          : "estimated from products with it",
      iclgd_json_text(m, "second_derivatives"));
}

/* The lowest direction on other prompts, and whether it is below 0 there:
 * prompts that choose a direction flatter it. */
static const char *on_others(const json_t *m, iclgd_blocks *out,
                             char text[256]) {
  const json_t *t = json_object_get(m, "training");
  const size_t last = iclgd_json_length(t, "step") - 1;
  const double value = iclgd_json_at(t, "smallest_held_out", last);
  const double error = iclgd_json_at(t, "smallest_held_out_errors", last);
  const char *says = isnan(error) ? "rare prompts carry it: its sign is unknown"
                     : value + 2 * error < 0 ? "the loss has no minimum here"
                     : value - 2 * error > 0 ? "the sample chose the sign"
                                             : "within two errors of 0";
  snprintf(text, 256, "along the lowest it is %s on %ld other prompts (%s)",
           isnan(error) ? iclgd_number_text(out, 2, value)
                        : iclgd_estimate_text(out, value, error),
           iclgd_json_whole(t, "held_out"), says);
  return text;
}

/* What negative curvature there is; an estimate that finds none has none to
 * show, which is not that there is none. */
static void put_curvature(const json_t *m, iclgd_blocks *out) {
  const json_t *parts = json_object_get(m, "parts");
  const double count = iclgd_json_at(parts, "negative", 0);
  const double least = iclgd_json_at(parts, "smallest", 0);
  const char *value = iclgd_number_text(out, 3, least);
  char text[256];
  if (hessian_is_exact(m) && count == 0)
    iclgd_put_sentence(out, "No direction has negative curvature.");
  else if (hessian_is_exact(m) && isfinite(least + count))
    iclgd_put_sentence(
        out, "Curvature is negative in %.0f direction%s, down to %s; %s.",
        count, count == 1 ? "" : "s", value, on_others(m, out, text));
  else if (least < 0)
    iclgd_put_sentence(
        out,
        "Curvature is negative in about %s directions of those that Lanczos "
        "tells from 0, down to %s or lower; "
        "%s.",
        iclgd_number_text(out, 2, count), value, on_others(m, out, text));
}

static void put_sharpness(const json_t *m, iclgd_blocks *out) {
  const json_t *t = json_object_get(m, "training");
  const size_t last = iclgd_json_length(t, "step") - 1;
  const double error = iclgd_json_at(t, "sharpness_held_out_errors", last);
  const double value = iclgd_json_at(t, "sharpness_held_out", last);
  iclgd_put_sentence(
      out,
      "Along the sharpest direction curvature is %s on %ld other prompts%s.",
      isnan(error) ? iclgd_number_text(out, 2, value)
                   : iclgd_estimate_text(out, value, error),
      iclgd_json_whole(t, "held_out"),
      isnan(error) ? " (rare prompts carry it: its error is unknown)" : "");
}

/* Whether a block of the diagonal is flat as a whole. */
static bool is_flat(const json_t *blocks, size_t k) {
  double most = 0;
  for (size_t i = 0; i < iclgd_json_length(blocks, "norm"); ++i)
    most = fmax(most, iclgd_json_at(blocks, "norm", i));
  return !(iclgd_json_at(blocks, "norm", k) > 1e-10 * most);
}

/* The block whose entries are largest (sign 1) or smallest (-1). */
static size_t extreme(const json_t *blocks, double sign) {
  size_t best = 0;
  double found = -INFINITY;
  for (size_t k = 0; k < iclgd_json_length(blocks, "norm"); ++k) {
    const double entry =
        iclgd_json_at(blocks, "norm", k) / iclgd_json_at(blocks, "size", k);
    if (is_flat(blocks, k) || !(sign * log(entry) > found)) continue;
    found = sign * log(entry);
    best = k;
  }
  return best;
}

static void put_flat_blocks(const json_t *blocks, iclgd_blocks *out) {
  char names[256] = "";
  size_t used = 0;
  for (size_t k = 0; k < iclgd_json_length(blocks, "norm"); ++k)
    if (is_flat(blocks, k) && used + 40 < sizeof names)
      used += (size_t)snprintf(names + used, sizeof names - used, "%s%.36s",
                               used ? ", " : "",
                               hessian_text_at(blocks, "name", k));
  if (used)
    iclgd_put_sentence(out, "Flat as a whole (the loss does not bend): %s.",
                       names);
}

static void put_heterogeneity(const json_t *m, iclgd_blocks *out) {
  const json_t *blocks = json_object_get(m, "blocks");
  const double ratio = iclgd_json_real(m, "diagonal_ratio");
  if (iclgd_json_length(blocks, "norm") > 1) {
    iclgd_put_sentence(
        out,
        "Blocks of parameters: a typical entry (root mean square) is largest "
        "within %s and smallest within %s, %s times less; %.0f%% of |H|^2 "
        "couples different blocks.",
        hessian_text_at(blocks, "name", extreme(blocks, 1)),
        hessian_text_at(blocks, "name", extreme(blocks, -1)),
        iclgd_number_text(out, 2, iclgd_json_real(blocks, "contrast")),
        100 * iclgd_json_real(blocks, "cross_share"));
    put_flat_blocks(blocks, out);
  }
  if (isfinite(ratio) && iclgd_json_whole(m, "parameters") > 1)
    iclgd_put_sentence(out, "max |H_ii| over median |H_ii|: %s.",
                       iclgd_number_text(out, 3, ratio));
}

/* --- the edge of stability ------------------------------------------------ */

/* The snapshot at which the sharpness comes nearest to its limit; false: there
 * is none with a limit. */
static bool nearest_edge(const json_t *t, const char *of, const char *limit,
                         size_t *at, double *share) {
  *share = -INFINITY;
  for (size_t k = 0; k < iclgd_json_length(t, "step"); ++k) {
    const double now = iclgd_json_at(t, of, k) / iclgd_json_at(t, limit, k);
    if (!(now > *share)) continue;
    *share = now;
    *at = k;
  }
  return isfinite(*share);
}

static void put_edge(const json_t *m, iclgd_blocks *out) {
  const json_t *t = json_object_get(m, "training");
  size_t at = 0;
  double share;
  if (nearest_edge(t, "sharpness", "limit", &at, &share))
    iclgd_put_sentence(
        out,
        "Edge of stability: at the snapshots sharpness is at most %s of (2 + 2 "
        "beta1) / lr, where a step of SGD stops being stable (step %.0f).",
        iclgd_number_text(out, 2, share), iclgd_json_at(t, "step", at));
  else if (nearest_edge(t, "preconditioned", "limit_adam", &at, &share))
    iclgd_put_sentence(
        out,
        "Edge of stability: at the snapshots preconditioned sharpness is at "
        "most %s of Adam's (2 + 2 beta1) / ((1 - beta1) lr) (step %.0f); its "
        "second moments are estimated from gradients at the snapshot.",
        iclgd_number_text(out, 2, share), iclgd_json_at(t, "step", at));
  else
    iclgd_put_sentence(out, "Edge of stability: unknown (%s).",
                       strcmp(iclgd_json_text(t, "optimizer"), "lbfgs") == 0
                           ? "L-BFGS has no learning rate"
                       : strcmp(iclgd_json_text(t, "optimizer"), "unknown") == 0
                           ? "how the weights were trained is not known"
                           : "the snapshots have no learning rate above 0");
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  const json_t *m = json_object_get(summary, "hessian");
  if (!m) return;
  const bool measured = json_object_get(m, "parts");
  if (measured) {
    put_claim(m, out);
    put_setting(m, out);
    put_sharpness(m, out);
    put_curvature(m, out);
    put_heterogeneity(m, out);
  }
  put_edge(m, out);
  if (measured) hessian_put_parts(m, out);
  hessian_put_blocks(m, out);
  iclgd_put_figure(out, "hessian");
  iclgd_put_figure(out, "hessian_entries");
  hessian_put_training(m, out);
  if (iclgd_json_length(json_object_get(m, "training"), "step") > 1)
    iclgd_put_figure(out, "sharpness");
  hessian_put_scales(m, out);
}

const iclgd_view iclgd_view_hessian = {
    .title = "Hessian of the loss", .read = read, .tell = tell};
