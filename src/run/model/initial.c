/* model.init = file:PATH: training begins at the weights of a model in a file.
 */
#include <string.h>

#include "run/stages.h"

/* A path that stands in a run file is not opened unasked. */
static iclgd_status check_asked(const iclgd_settings *s, const char *path,
                                iclgd_error *err) {
  static const char key[] = "model.init";
  if (iclgd_settings_is_accepted(s, key) || iclgd_settings_is_set(s, key))
    return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: model.init = file:%s is of the file's own making: "
                    "expected the key to be named again (model.init=file:...)",
                    iclgd_settings_inherited(s, key), path);
}

static bool is_same_array(const iclgd_array *a, const iclgd_array *b) {
  return strcmp(a->name, b->name) == 0 && a->rank == b->rank &&
         a->by_layer == b->by_layer && a->offset == b->offset &&
         memcmp(a->extents, b->extents, a->rank * sizeof *a->extents) == 0;
}

static bool is_same_shape(const iclgd_model *a, const iclgd_model *b) {
  bool same = a->architecture == b->architecture && a->size == b->size &&
              a->layers == b->layers && a->n_arrays == b->n_arrays;
  for (size_t k = 0; same && k < a->n_arrays; ++k)
    same = is_same_array(&a->arrays[k], &b->arrays[k]);
  return same;
}

iclgd_status iclgd_read_initial(const iclgd_job *job, const iclgd_model *model,
                                double *theta, iclgd_error *err) {
  const char *path = iclgd_get_form(job->settings, "model.init").argument;
  if (*path == '\0') return ICLGD_OK;
  TRY(check_asked(job->settings, path, err));
  iclgd_job other = *job;
  other.arena = (iclgd_arena){0};
  iclgd_status status = iclgd_read_model(&other, path, err);
  if (!status && !is_same_shape(model, &other.model))
    status = iclgd_settings_reject(
        job->settings, "model.init", err,
        "has a model of another shape: %zu layers and %zu parameters of %s, "
        "expected %zu and %zu of %s",
        other.model.layers, other.model.size, other.model.architecture->name,
        model->layers, model->size, model->architecture->name);
  if (!status) memcpy(theta, other.theta, model->size * sizeof *theta);
  iclgd_arena_free(&other.arena);
  return status;
}
