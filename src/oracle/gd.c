/* O3: the loss of given steps, of gradient descent and of GD++. */
#include <math.h>

#include "spectrum.h"

static iclgd_status evaluate(iclgd_setting setting, iclgd_layers layers,
                             double *loss, double *curve, iclgd_error *err) {
  for (size_t l = 0; l < layers.L; ++l)
    if (!isfinite(layers.a[l]) || (layers.c && !isfinite(layers.c[l])))
      return iclgd_fail(
          err, ICLGD_EUSAGE, "expected finite steps, found %g in layer %zu",
          isfinite(layers.a[l]) ? layers.c[l] : layers.a[l], l + 1);
  iclgd_arena arena = {0};
  iclgd_spectrum spectrum;
  const iclgd_status status = iclgd_spectrum_create(
      setting, iclgd_layers_degree(layers), &arena, &spectrum, err);
  if (!status) *loss = iclgd_layers_loss(&spectrum, layers, curve);
  iclgd_arena_free(&arena);
  if (!status && !isfinite(*loss))
    return iclgd_fail(err, ICLGD_ERANGE, "the loss of these steps overflows");
  return status;
}

iclgd_status iclgd_oracle_gd(iclgd_setting setting, const double *eta, size_t L,
                             double *loss, double *curve, iclgd_error *err) {
  return evaluate(setting, (iclgd_layers){L, eta, NULL}, loss, curve, err);
}

iclgd_status iclgd_oracle_gdpp(iclgd_setting setting, const double *eta,
                               const double *gamma, size_t L, double *loss,
                               double *curve, iclgd_error *err) {
  return evaluate(setting, (iclgd_layers){L, eta, gamma}, loss, curve, err);
}
