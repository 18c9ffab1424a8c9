/* What the probe `interpolation` says: losses between the trained weights and
 * constructed gradient descent. */
#include <jansson.h>
#include <math.h>

#include "probes/shared/variants.h"
#include "probes/views.h"

static void read(iclgd_reader *r, json_t *summary) {
  if (iclgd_reader_has(r, "interpolation/t"))
    iclgd_reader_part(r, "interpolation", "loss",
                      "t loss loss_errors ratio ratio_errors @refit_factor "
                      "@refit_loss @refit_loss_error @refit_ratio "
                      "@refit_ratio_error @construction @prompts",
                      summary, "interpolation");
}

/* The element of the list at which t is nearest. */
static size_t nearest(const json_t *m, double t) {
  size_t best = 0;
  for (size_t i = 1; i < iclgd_json_length(m, "t"); ++i)
    if (fabs(iclgd_json_at(m, "t", i) - t) <
        fabs(iclgd_json_at(m, "t", best) - t))
      best = i;
  return best;
}

static void put_point(iclgd_blocks *out, const json_t *m, size_t k,
                      bool hidden) {
  iclgd_put_variant(out, iclgd_json_at(m, "loss", k),
                    iclgd_json_at(m, "loss_errors", k),
                    iclgd_json_at(m, "ratio", k),
                    iclgd_json_at(m, "ratio_errors", k), hidden);
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  static const struct {
    double t;
    const char *name;
  } points[] = {{0, "t = 0, the trained model"},
                {0.5, "t = 1/2, their average"},
                {1, "t = 1, the construction"}};
  const json_t *m = json_object_get(summary, "interpolation");
  const bool hidden = iclgd_final_is_hidden(summary);
  const size_t end = nearest(m, 1);
  if (!m) return;
  if (hidden)
    iclgd_put_claim(out, "Not measurable: rare prompts carry the mean losses.");
  else
    iclgd_put_claim(out, "Constructed GD has %s times the model's loss.",
                    iclgd_estimate_text(out, iclgd_json_at(m, "ratio", end),
                                        iclgd_json_at(m, "ratio_errors", end)));
  iclgd_put_table(out, iclgd_variant_columns, ICLGD_VARIANT_COLUMNS,
                  "Losses between the trained weights and constructed ones "
                  "(%s), and of gradient descent with refitted steps. A ratio "
                  "near 1 says that nothing is lost.%s",
                  iclgd_json_text(m, "construction"),
                  iclgd_variant_caution(hidden));
  for (size_t i = 0; i < sizeof points / sizeof *points; ++i) {
    iclgd_put_row(out, "%s", points[i].name);
    put_point(out, m, nearest(m, points[i].t), hidden);
  }
  const double factor = iclgd_json_real(m, "refit_factor");
  if (isfinite(factor))
    iclgd_put_row(out, "GD alone, steps times %.3f", factor);
  else
    iclgd_put_row(out, "GD alone, refitted");
  iclgd_put_variant(out, iclgd_json_real(m, "refit_loss"),
                    iclgd_json_real(m, "refit_loss_error"),
                    iclgd_json_real(m, "refit_ratio"),
                    iclgd_json_real(m, "refit_ratio_error"), hidden);
  iclgd_put_figure(out, "interpolation");
}

const iclgd_view iclgd_view_interpolation = {
    .title = "Towards constructed weights", .read = read, .tell = tell};
