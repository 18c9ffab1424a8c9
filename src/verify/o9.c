/* O9: the best scalar GD++, found by the oracle on the exact spectrum, and by a
 * search on drawn prompts, whose result is measured on others. */
#include "checks.h"

enum { LAYERS_MAX = 4 };

static iclgd_status best(iclgd_trial *t, bool tied, iclgd_evidence *out,
                         iclgd_error *err) {
  double a[LAYERS_MAX], c[LAYERS_MAX], loss;
  iclgd_estimate found;
  iclgd_status status =
      iclgd_oracle_gdpp_best(t->setting, t->L, tied, a, c, &loss, err);
  if (!status)
    status = iclgd_trial_searched(t, t->L, tied, ICLGD_STREAM_PROBE, a, c,
                                  &found, err);
  if (!status) *out = iclgd_evidence_of(loss, found, iclgd_drawing(loss));
  return status;
}

CHECK(o9_untied) {
  return best(t, false, out, err);
}

CHECK(o9_tied) {
  return best(t, true, out, err);
}

/* Three layers, of degree 13: the loss on the prompts of the search. In the
 * mean over all prompts a large part sits in events that no sample sees. */
CHECK(o9_frozen) {
  double a[LAYERS_MAX], c[LAYERS_MAX];
  iclgd_estimate found;
  iclgd_published figure;
  iclgd_status status = iclgd_trial_published(
      t, "theory.csv", iclgd_get_text(t->settings, "figure"), &figure, err);
  if (!status)
    status = iclgd_trial_searched(t, t->L, false, ICLGD_STREAM_TUNE, a, c,
                                  &found, err);
  if (!status) *out = iclgd_evidence_of(figure.value, found, figure.half_width);
  return status;
}
