/* Sections on the learned weights: structure, preconditioner, interpolation,
 * landscape. */
#include <math.h>
#include <string.h>

#include "report/html_sections.h"
#include "report/json.h"
#include "report/summary.h"
#include "report/text.h"

enum { LAYERS_SHOWN = 12 };

static double at(const json_t *member, const char *list, size_t i) {
  return iclgd_json_element(json_object_get(member, list), i);
}

iclgd_status iclgd_page_structure(iclgd_page *page, const json_t *member) {
  static const char *const columns[] = {"layer", "scale tr(A)/d",
                                        "distance to a multiple of I",
                                        "antisymmetric share"};
  char caption[300];
  const size_t layers = json_array_size(json_object_get(member, "scale"));
  snprintf(caption, sizeof caption,
           "The learned preconditioner A of each layer (%.100s). The scale is "
           "the step size it stands for; both shares are of the norm of A, and "
           "0 is plain gradient descent.",
           iclgd_json_text(member, "coordinates"));
  iclgd_html_table(page->out, caption);
  iclgd_html_columns(page->out, columns, 4);
  for (size_t l = 0; l < layers; ++l) {
    iclgd_html_row_of(page->out, l + 1);
    iclgd_html_cell(page->out, 5, at(member, "scale", l));
    iclgd_html_cell(page->out, 3, at(member, "distance_to_identity", l));
    iclgd_html_cell(page->out, 3, at(member, "antisymmetric_share", l));
    iclgd_html_row_end(page->out);
  }
  iclgd_html_table_end(page->out);
  return iclgd_page_figure(page, "structure");
}

/* Squares of rounding errors are below. */
static bool is_exact(const json_t *member) {
  const json_t *residual = json_object_get(member, "residual");
  for (size_t l = 0; l < json_array_size(residual); ++l)
    if (!(iclgd_json_element(residual, l) < 1e-20)) return false;
  return true;
}

iclgd_status iclgd_page_preconditioner(iclgd_page *page, const json_t *member) {
  static const char *const columns[] = {
      "layer",  "scale",           "unexplained", "with tr(S)",
      "with S", "A by eigenvalue", "noise of it"};
  if (is_exact(member)) {
    fputs(
        "<p>Yes, up to rounding, in every layer: w\u2032 \u2212 w = A g, and A "
        "is one matrix for all prompts.</p>\n",
        page->out);
    return ICLGD_OK;
  }
  size_t layers[LAYERS_SHOWN];
  const size_t shown =
      iclgd_page_spread(json_array_size(json_object_get(member, "residual")),
                        LAYERS_SHOWN, layers);
  iclgd_html_table(
      page->out,
      "Each layer\u2019s update w\u2032 \u2212 w regressed on the gradient g: "
      "the "
      "share of it that no fixed A explains (0 is preconditioned gradient "
      "descent), what is left when A may depend on tr(S) or on S, and how much "
      "A differs between prompts of small and of large top eigenvalue, beside "
      "what noise makes of it.");
  iclgd_html_columns(page->out, columns, 7);
  for (size_t c = 0; c < shown; ++c) {
    const size_t l = layers[c];
    iclgd_html_row_of(page->out, l + 1);
    iclgd_html_cell_of(page->out, at(member, "scale", l),
                       at(member, "scale_errors", l));
    iclgd_html_cell(page->out, 3, at(member, "residual", l));
    iclgd_html_cell(page->out, 3, at(member, "residual_trace", l));
    iclgd_html_cell(page->out, 3, at(member, "residual_curvature", l));
    iclgd_html_cell(page->out, 2, at(member, "difference", l));
    iclgd_html_cell(page->out, 2, at(member, "difference_noise", l));
    iclgd_html_row_end(page->out);
  }
  iclgd_html_table_end(page->out);
  return ICLGD_OK;
}

static const char *const ratio_columns[] = {"", "loss",
                                            "its loss over the model\u2019s"};

/* `hidden`: rare prompts carry these means, whose errors are not known. */
static void write_ratio(FILE *out, const char *name, double loss, double error,
                        double ratio, double ratio_error, bool hidden) {
  iclgd_html_row(out, name);
  if (hidden) {
    iclgd_html_cell(out, 4, loss);
    iclgd_html_cell_text(out, "unknown");
  } else {
    iclgd_html_cell_of(out, loss, error);
    iclgd_html_cell_of(out, ratio, ratio_error);
  }
  iclgd_html_row_end(out);
}

static const char hidden_words[] =
    " Rare prompts carry these means: they are those of this sample alone, and "
    "their ratios are unknown.";

/* The point of the line that is nearest to t. */
static size_t nearest(const json_t *member, double t) {
  const json_t *list = json_object_get(member, "t");
  size_t best = 0;
  for (size_t i = 1; i < json_array_size(list); ++i)
    if (fabs(iclgd_json_element(list, i) - t) <
        fabs(iclgd_json_element(list, best) - t))
      best = i;
  return best;
}

iclgd_status iclgd_page_interpolation(iclgd_page *page, const json_t *member) {
  static const struct {
    double t;
    const char *name;
  } points[] = {{0, "t = 0, the trained model"},
                {0.5, "t = 1/2, their average"},
                {1, "t = 1, the construction"}};
  const bool hidden = iclgd_final_is_hidden(page->summary);
  char text[500];
  snprintf(text, sizeof text,
           "Losses between the trained weights and constructed ones (%.80s), "
           "and of gradient descent with refitted steps. A ratio near 1 says "
           "that nothing is lost.%s",
           iclgd_json_text(member, "construction"), hidden ? hidden_words : "");
  iclgd_html_table(page->out, text);
  iclgd_html_columns(page->out, ratio_columns, 3);
  for (size_t i = 0; i < 3; ++i) {
    const size_t k = nearest(member, points[i].t);
    write_ratio(page->out, points[i].name, at(member, "loss", k),
                at(member, "loss_errors", k), at(member, "ratio", k),
                at(member, "ratio_errors", k), hidden);
  }
  const double factor = iclgd_json_real(member, "refit_factor");
  if (isfinite(factor))
    snprintf(text, sizeof text, "GD alone, steps times %.3f", factor);
  else
    snprintf(text, sizeof text, "GD alone, refitted");
  write_ratio(page->out, text, iclgd_json_real(member, "refit_loss"),
              iclgd_json_real(member, "refit_loss_error"),
              iclgd_json_real(member, "refit_ratio"),
              iclgd_json_real(member, "refit_ratio_error"), hidden);
  iclgd_html_table_end(page->out);
  return iclgd_page_figure(page, "interpolation");
}

static void write_parts(FILE *out, const json_t *parts, bool hidden) {
  static const char *const names[] = {"trained model", "A alone",
                                      "symmetric part of A",
                                      "mean diagonal times I", "best scalar"};
  char text[300];
  snprintf(text, sizeof text,
           "The loss when only a part of the learned A is kept: what a part "
           "adds shows in the ratio, taken on the same prompts.%s",
           hidden ? hidden_words : "");
  iclgd_html_table(out, text);
  iclgd_html_columns(out, ratio_columns, 3);
  for (size_t k = 0; k < sizeof names / sizeof *names; ++k) {
    const double ratio = at(parts, "ratio", k);
    const double error = at(parts, "ratio_errors", k);
    if (k == 1 && ratio == 1 && error == 0) continue; /* A is the model */
    write_ratio(out, names[k], at(parts, "loss", k),
                at(parts, "loss_errors", k), ratio, error, hidden);
  }
  iclgd_html_table_end(out);
}

static void write_dominance(FILE *out, const json_t *member) {
  static const char *const columns[] = {"training step", "loss",
                                        "|gradient|\u00B2/loss^((2L\u22121)/L)",
                                        "antisymmetric share"};
  const size_t count = json_array_size(json_object_get(member, "ratio"));
  iclgd_page_fold(out, "Gradient dominance over training");
  iclgd_html_table(out,
                   "Gatmiry et al. (2024): while the loss is not tiny, the "
                   "ratio stays above 1/16 = 0.0625, so that the gradient "
                   "cannot vanish early. Near the minimum of the loss it ends "
                   "at 0.");
  iclgd_html_columns(out, columns, 4);
  for (size_t k = 0; k < count; ++k) {
    char step[32];
    snprintf(step, sizeof step, "%.0f", at(member, "step", k));
    iclgd_html_row(out, step);
    iclgd_html_cell(out, 4, at(member, "loss", k));
    iclgd_html_cell_of(out, at(member, "ratio", k),
                       at(member, "ratio_errors", k));
    iclgd_html_cell(out, 3, at(member, "antisymmetric_share", k));
    iclgd_html_row_end(out);
  }
  iclgd_html_table_end(out);
  iclgd_page_fold_end(out);
}

iclgd_status iclgd_page_landscape(iclgd_page *page, const json_t *member) {
  const bool theirs =
      strncmp(iclgd_json_text(member, "setting"), "not", 3) != 0;
  fprintf(page->out, "<p>This is %sthe setting of Gatmiry et al. (2024).</p>\n",
          theirs ? "" : "not ");
  write_parts(page->out, json_object_get(member, "parts"),
              iclgd_final_is_hidden(page->summary));
  const iclgd_status status = iclgd_page_figure(page, "landscape");
  write_dominance(page->out, member);
  return status;
}
