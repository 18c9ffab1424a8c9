/* What passes cost (see effort.h): depth layers of T tokens, each through the
 * parameters of a layer and, head by head, beside T others. Where parameters
 * are not known (a program) nor is the cost, and a hundred prompts must do. */
#include "probes/shared/effort.h"

#include <iclgd/components.h>

static const double budget = 3e10;

enum { MOST = 500, UNKNOWN = 100, FEWEST = 50 };

static double cost_of(const iclgd_probe_setup *setup) {
  const iclgd_model *model = setup->model;
  const iclgd_components *parts = iclgd_model_components(model);
  const double layer = (double)model->size / (double)model->layers;
  double T = (double)setup->n + 1, beside = 0;
  if (parts) {
    T = (double)parts->tokens(model, setup->n);
    beside = 2 * T * (double)parts->heads(model) *
             (double)parts->width(model, ICLGD_COMPONENT_HEAD);
  }
  return (double)setup->depth * T * (layer + beside);
}

iclgd_status iclgd_effort_prompts(const iclgd_probe_setup *setup,
                                  const char *key, size_t passes, size_t *out,
                                  iclgd_error *err) {
  const size_t wanted = iclgd_get_size(setup->settings, key);
  const double each = cost_of(setup) * (double)passes;
  const double can = setup->model->size > 0 ? budget / each : UNKNOWN;
  *out = wanted > 0 ? wanted : can < MOST ? (size_t)can : MOST;
  if (*out > setup->prompts) *out = setup->prompts;
  if (wanted > 0 || can >= FEWEST) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_ERANGE,
                    "takes about %.1g multiplications for each prompt; set "
                    "%s=100 to have it",
                    each, key);
}

iclgd_status iclgd_effort_draw(const iclgd_probe_setup *setup, size_t count,
                               iclgd_prompts *out, iclgd_error *err) {
  TRY(iclgd_prompts_create_for(&setup->source, count, setup->arena, out, err));
  iclgd_prompt_source_draw(&setup->source, setup->source_from, out);
  return ICLGD_OK;
}
