/* What a model can do, as its architecture says or as was brought of it, beside
 * what a probe needs. */
#include "run/capabilities.h"

#include <iclgd/architecture.h>

/* Why path 0 has no weights that predict. */
static const char *no_weights(const iclgd_model *model,
                              const iclgd_given_path *given) {
  if (model->program)
    return "predictions w . x_query for every query, where of a program those "
           "at some are known";
  if (!given) return "predictions w . x_query, which these need not be";
  if (given->linearity)
    return "predictions w . x_query, and these are not linear in the query";
  return "predictions w . x_query, which prediction_more would show";
}

iclgd_status iclgd_check_needs(const iclgd_probe_setup *setup, unsigned needs,
                               iclgd_error *err) {
  const iclgd_model *model = setup->model;
  const iclgd_architecture *a = model->architecture;
  const iclgd_path *path = &setup->paths[0];
  const bool has_theta = a->forward && model->size > 0 && !model->readouts;
  const char *no_theta =
      model->readouts ? "the model with its own readout (probe.readout = own)"
                      : "parameters, which are not known";
  const struct {
    unsigned need;
    bool there;
    const char *words;
  } rows[] = {
      {ICLGD_NEEDS_LINEAR, model->linear,
       "the matrices P and Q of linear attention"},
      {ICLGD_NEEDS_WEIGHTS, iclgd_path_has_weights(path),
       no_weights(model, path->given)},
      {ICLGD_NEEDS_TOKENS, path->given ? !!path->given->tokens : !!a->tokens,
       "hidden tokens, which are not known"},
      {ICLGD_NEEDS_PARAMETERS, has_theta, no_theta},
      {ICLGD_NEEDS_RERUN, a->forward,
       "to run the model on other prompts, which is not possible"},
      {ICLGD_NEEDS_SNAPSHOTS, has_theta || setup->history->given > 0,
       model->readouts ? no_theta
                       : "snapshots over training, which are not known"},
      {ICLGD_NEEDS_CONTEXTS,
       path->given ? !!path->given->by_context : !!a->forward,
       "predictions at every context length, which are not known"},
      {ICLGD_NEEDS_COMPONENTS, a->components,
       "the model's heads and mlps, which are not known"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    if ((needs & rows[i].need) && !rows[i].there)
      return iclgd_fail(err, ICLGD_ERANGE, "needs %s (architecture %s)",
                        rows[i].words, a->name);
  return ICLGD_OK;
}
