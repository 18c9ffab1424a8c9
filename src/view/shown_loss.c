/* Which mean of a loss is shown: that of the prompts that were drawn, unless
 * rare ones, which no sample sees, carry it; then that over the law, if it is
 * known.
 */
#include <math.h>

#include "report/summary.h"
#include "report/text.h"

const json_t *iclgd_mean_losses(const json_t *path) {
  const json_t *risk = json_object_get(path, "risk");
  return risk ? risk : json_object_get(path, "loss");
}

const json_t *iclgd_mean_errors(const json_t *path) {
  const json_t *error = json_object_get(path, "risk_standard_error");
  return error ? error : json_object_get(path, "standard_error");
}

/* A file of an older version does not say what its tails are. */
bool iclgd_loss_is_hidden(const json_t *path, size_t k) {
  return iclgd_json_element(json_object_get(path, "measurable"), k) == 0;
}

bool iclgd_final_is_hidden(const json_t *summary) {
  return iclgd_loss_is_hidden(json_object_get(summary, "trajectory"),
                              iclgd_summary_depth(summary));
}

iclgd_shown_loss iclgd_loss_to_show(const json_t *path, size_t k, bool hidden) {
  const double expected =
      iclgd_json_element(json_object_get(path, "expected"), k);
  const double error =
      iclgd_json_element(json_object_get(path, "expected_standard_error"), k);
  if (hidden && isfinite(expected))
    return (iclgd_shown_loss){expected, error, error == 0 ? "exact" : NULL};
  return (iclgd_shown_loss){iclgd_json_element(iclgd_mean_losses(path), k),
                            iclgd_json_element(iclgd_mean_errors(path), k),
                            iclgd_loss_is_hidden(path, k) ? "unknown" : NULL};
}
