/* The capability `components` of a model, prompt by prompt. */
#include <iclgd/architecture.h>

#include <assert.h>

#include "model/tape.h"

const iclgd_components *iclgd_model_components(const iclgd_model *model) {
  return model->architecture->components;
}

static iclgd_pass pass_of(const iclgd_model *model, const double *theta,
                          const iclgd_prompt *prompt, iclgd_tape *tape) {
  assert(prompt->n <= tape->n_max && model->architecture->components);
  return (iclgd_pass){.model = model,
                      .theta = theta,
                      .prompt = prompt,
                      .x = prompt->x_query,
                      .count = 1,
                      .scratch = tape->scratch};
}

void iclgd_model_predict_changed(const iclgd_model *model, const double *theta,
                                 const iclgd_prompt *prompt, iclgd_tape *tape,
                                 const iclgd_intervention *changes,
                                 size_t count, double *prediction) {
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  model->architecture->components->forward(&pass, changes, count, prediction);
}

void iclgd_model_output(const iclgd_model *model, const double *theta,
                        const iclgd_prompt *prompt, iclgd_tape *tape,
                        iclgd_component component, double *out) {
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  model->architecture->components->output(&pass, component, out);
}

void iclgd_model_pattern(const iclgd_model *model, const double *theta,
                         const iclgd_prompt *prompt, iclgd_tape *tape,
                         size_t layer, size_t head, double *out) {
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  model->architecture->components->pattern(&pass, layer, head, out);
}

void iclgd_model_contribute(const iclgd_model *model, const double *theta,
                            const iclgd_prompt *prompt, iclgd_tape *tape,
                            iclgd_contribution_rule rule,
                            iclgd_contributions *out) {
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  model->architecture->components->contribute(&pass, rule, out);
}
