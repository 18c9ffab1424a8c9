/* What the probe `preconditioner` says: updates regressed on gradients. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "probes/views.h"

static void read(iclgd_reader *r, json_t *summary) {
  iclgd_reader_part(r, "preconditioner", "residual",
                    "scale scale_errors distance_to_own residual "
                    "residual_errors residual_trace difference "
                    "residual_curvature difference_noise excluded @prompts",
                    summary, "preconditioner");
}

/* Whether weights of this form can be nothing else. */
static bool is_implied(const json_t *summary) {
  static const char *const forms[] = {"scalar", "diagonal", "gd"};
  const char *weights =
      iclgd_json_text(json_object_get(summary, "model"), "weights");
  for (size_t i = 0; i < sizeof forms / sizeof *forms; ++i)
    if (strcmp(weights, forms[i]) == 0) return true;
  return false;
}

static void put_left_out(iclgd_blocks *out, const json_t *m) {
  iclgd_put_left_out(out, m, "excluded", iclgd_json_real(m, "prompts"),
                     "prompts to fit and to measure on, where the update "
                     "diverges");
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  enum { MOST = 12 };
  static const iclgd_column columns[] = {
      {"layer", .format = ICLGD_AS_WHOLE},
      {"scale", .digits = 5, .list = "scale", .errors = "scale_errors"},
      {"unexplained", .digits = 3, .list = "residual"},
      {"with tr(S)", .digits = 3, .list = "residual_trace"},
      {"with S", .digits = 3, .list = "residual_curvature"},
      {"A by eigenvalue", .digits = 2, .list = "difference"},
      {"noise of it", .digits = 2, .list = "difference_noise"}};
  const double rounding = 1e-20; /* squares of rounding errors are below */
  const json_t *m = json_object_get(summary, "preconditioner");
  const size_t layers = iclgd_json_length(m, "residual");
  double most = -INFINITY;
  bool exact = true;
  if (!m) return;
  for (size_t l = 0; l < layers; ++l) {
    const double residual = iclgd_json_at(m, "residual", l);
    exact &= residual < rounding;
    most = isnan(residual) ? residual : fmax(most, residual);
  }
  if (exact) {
    iclgd_put_claim(out, "One matrix A makes every layer's update, exactly%s.",
                    is_implied(summary) ? ": so this form of weights is" : "");
    put_left_out(out, m);
    return;
  }
  iclgd_put_claim(out, "One matrix A leaves up to %s of an update unexplained.",
                  iclgd_number_text(out, 3, most));
  iclgd_put_lists(
      out, m, columns, sizeof columns / sizeof *columns, 1, MOST,
      "Each layer's update w' - w regressed on the gradient g: the share of it "
      "that no fixed A explains (0 is preconditioned gradient descent), what "
      "is left when A may depend on tr(S) or on S, and how much A differs "
      "between prompts of small and of large top eigenvalue, beside what noise "
      "makes of it.");
  put_left_out(out, m);
}

const iclgd_view iclgd_view_preconditioner = {
    .title = "Updates and gradients", .read = read, .tell = tell};
