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
