/* What a model can do, as its architecture says, beside what a probe needs. A
 * model of which only trajectories are known has none of these. */
#include "run/capabilities.h"

iclgd_status iclgd_check_needs(const iclgd_model *model, unsigned needs,
                               iclgd_error *err) {
  const iclgd_architecture *a = model->architecture;
  const struct {
    unsigned need;
    bool there;
    const char *words;
  } rows[] = {
      {ICLGD_NEEDS_LINEAR, model->linear,
       "the matrices of linear attention, which it is not"},
      {ICLGD_NEEDS_WEIGHTS, model->linear,
       "predictions w . x_query, and these are not known to be linear in the "
       "query"},
      {ICLGD_NEEDS_TOKENS, a->tokens, "hidden tokens, which are not known"},
      {ICLGD_NEEDS_PARAMETERS, a->forward && model->size > 0,
       "parameters, which are not known"},
      {ICLGD_NEEDS_RERUN, a->forward,
       "to run the model on other prompts, which is not possible"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    if ((needs & rows[i].need) && !rows[i].there)
      return iclgd_fail(err, ICLGD_ERANGE, "needs %s (architecture %s)",
                        rows[i].words, a->name);
  return ICLGD_OK;
}
