/* What several views ask of a summary: which mean of a loss is shown, how deep
 * the model is, what an algorithm is called. */
#include "view/shown_loss.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

bool iclgd_loss_is_hidden(const json_t *path, size_t k) {
  return iclgd_json_at(path, "measurable", k) == 0;
}

bool iclgd_final_is_hidden(const json_t *summary) {
  return iclgd_loss_is_hidden(json_object_get(summary, "trajectory"),
                              iclgd_summary_depth(summary));
}

const json_t *iclgd_mean_losses(const json_t *path) {
  const json_t *risk = json_object_get(path, "risk");
  return risk ? risk : json_object_get(path, "loss");
}

iclgd_shown_loss iclgd_loss_to_show(const json_t *path, const json_t *beside,
                                    size_t k) {
  const bool own = iclgd_loss_is_hidden(path, k);
  const bool preferred = own || iclgd_loss_is_hidden(beside, k) ||
                         isfinite(iclgd_json_at(beside, "expected", k));
  const bool risk =
      json_object_get(path, "risk") && json_object_get(beside, "risk");
  const double expected = iclgd_json_at(path, "expected", k);
  const double error = iclgd_json_at(path, "expected_standard_error", k);
  if (preferred && isfinite(expected))
    return (iclgd_shown_loss){expected, error, error == 0 ? "exact" : NULL};
  return (iclgd_shown_loss){
      iclgd_json_at(path, risk ? "risk" : "loss", k),
      iclgd_json_at(path, risk ? "risk_standard_error" : "standard_error", k),
      own ? "unknown" : NULL};
}

void iclgd_put_loss(iclgd_blocks *out, iclgd_shown_loss loss) {
  if (loss.note)
    iclgd_put_noted(out, loss.value, loss.note);
  else
    iclgd_put_estimate(out, loss.value, loss.error);
}

size_t iclgd_summary_depth(const json_t *summary) {
  const json_t *model = json_object_get(summary, "model");
  const json_t *losses =
      json_object_get(json_object_get(summary, "trajectory"), "loss");
  const double depth =
      iclgd_json_real(model, "layers") * iclgd_json_real(model, "loops");
  const double rows = (double)json_array_size(losses);
  if (!(depth >= 1)) return 0;
  return (size_t)(losses && depth > rows - 1 ? fmax(rows - 1, 0)
                                             : fmin(depth, 1e6));
}

const char *iclgd_not_run(const json_t *summary, const char *name) {
  const size_t length = strlen(name);
  size_t i;
  json_t *note;
  json_array_foreach(json_object_get(summary, "not_run"), i, note) {
    const char *text = json_string_value(note);
    if (text && strncmp(text, name, length) == 0 &&
        strncmp(text + length, ": ", 2) == 0)
      return text + length + 2;
  }
  return NULL;
}

const char *iclgd_summary_title(const json_t *summary, const char *name) {
  const json_t *path =
      iclgd_json_named(json_object_get(summary, "algorithms"), name);
  const char *title = iclgd_json_text(path, "title");
  return *title ? title : name;
}
