/* What the probe `interpolation` says: losses between the trained weights and
 * constructed gradient descent. */
#include <math.h>
#include <stdbool.h>

#include "report/section.h"
#include "report/summary.h"
#include "report/text.h"

static iclgd_status build(iclgd_reader *r, json_t *summary) {
  static const char *const lists[] = {"t", "loss", "loss_errors", "ratio",
                                      "ratio_errors"};
  static const char *const reals[] = {"refit_factor", "refit_loss",
                                      "refit_loss_error", "refit_ratio",
                                      "refit_ratio_error"};
  if (!iclgd_source_has(r->source, "interpolation/loss") ||
      !iclgd_source_has(r->source, "interpolation/t"))
    return ICLGD_OK;
  size_t count = 0;
  json_t *member = iclgd_reader_set(r, summary, "interpolation", json_object());
  const iclgd_status status = iclgd_reader_copy_lists(
      r, "interpolation", lists, sizeof lists / sizeof *lists, &count, member);
  for (size_t i = 0; i < sizeof reals / sizeof *reals; ++i)
    iclgd_reader_copy_real(r, "interpolation", reals[i], member, reals[i]);
  iclgd_reader_copy_text(r, "interpolation", "construction", member,
                         "construction");
  iclgd_reader_copy_int(r, "interpolation", "prompts", member, "prompts");
  return status;
}

static void print_row(const char *what, double loss, double error, double ratio,
                      double ratio_error, bool hidden, FILE *out) {
  fprintf(out, "  %-32s", what);
  iclgd_text_cell(out, 11, 5, loss);
  iclgd_section_ratio(out, error, ratio, ratio_error, hidden);
}

/* The row of the list at which t is nearest. */
static void print_point(const json_t *m, double t, const char *what,
                        bool hidden, FILE *out) {
  const json_t *list = json_object_get(m, "t");
  size_t best = 0;
  for (size_t i = 1; i < json_array_size(list); ++i)
    if (fabs(iclgd_json_element(list, i) - t) <
        fabs(iclgd_json_element(list, best) - t))
      best = i;
  print_row(what, iclgd_json_element(json_object_get(m, "loss"), best),
            iclgd_json_element(json_object_get(m, "loss_errors"), best),
            iclgd_json_element(json_object_get(m, "ratio"), best),
            iclgd_json_element(json_object_get(m, "ratio_errors"), best),
            hidden, out);
}

static void print(const json_t *summary, FILE *out) {
  const json_t *m = json_object_get(summary, "interpolation");
  if (!m) return;
  fprintf(out, "\nBetween trained and constructed weights (%s)\n",
          iclgd_json_text(m, "construction"));
  fprintf(out, "  %-32s %11s %10s %10s\n", "", "loss", "std.err",
          "it/model, paired");
  const bool hidden = iclgd_final_is_hidden(summary);
  print_point(m, 0, "t = 0, the trained model", hidden, out);
  print_point(m, 0.5, "t = 1/2, their average", hidden, out);
  print_point(m, 1, "t = 1, the construction", hidden, out);
  char text[64] = "GD alone, refitted";
  const double factor = iclgd_json_real(m, "refit_factor");
  if (isfinite(factor))
    snprintf(text, sizeof text, "GD alone, refitted: x %.3f", factor);
  print_row(text, iclgd_json_real(m, "refit_loss"),
            iclgd_json_real(m, "refit_loss_error"),
            iclgd_json_real(m, "refit_ratio"),
            iclgd_json_real(m, "refit_ratio_error"), hidden, out);
  if (hidden) iclgd_section_hidden(out);
}

const iclgd_section iclgd_section_interpolation = {build, print};
