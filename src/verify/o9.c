/* O9: the best scalar GD++, found by the oracle on the exact spectrum, and by a
 * search on drawn prompts, whose result is measured on others. */
#include "verify.h"

enum { LAYERS_MAX = 4 };

static iclgd_status best(iclgd_trial *t, bool tied, iclgd_evidence *out,
                         iclgd_error *err) {
  double a[LAYERS_MAX], c[LAYERS_MAX], loss, error;
  iclgd_estimate found;
  TRY(iclgd_oracle_gdpp_best(t->setting, t->L, tied, a, c, &loss, err));
  for (size_t l = 1; tied && l < t->L; ++l) {
    a[l] = a[0];
    c[l] = c[0];
  }
  TRY(iclgd_trial_seen(t, (iclgd_layers){t->L, a, c}, loss, &error, err));
  TRY(iclgd_trial_searched(t, (iclgd_sought){t->L, tied, a, c},
                           ICLGD_STREAM_PROBE, &found, err));
  *out = iclgd_evidence_seen(loss, found, error);
  return ICLGD_OK;
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
  TRY(iclgd_trial_figure(t, "theory.csv", &figure, err));
  TRY(iclgd_trial_searched(t, (iclgd_sought){t->L, false, a, c},
                           ICLGD_STREAM_TUNE, &found, err));
  *out = iclgd_evidence_published(figure, found);
  return ICLGD_OK;
}
