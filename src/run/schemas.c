/* The schema of the file, collected from the stages and the probes. */
#include <iclgd/schemas.h>

#include "run/stages.h"

size_t iclgd_schemas(iclgd_schema out[ICLGD_SCHEMAS_MAX]) {
  const iclgd_schema stages[] = {
      iclgd_config_schema,   iclgd_prompts_schema,   iclgd_model_schema,
      iclgd_training_schema, iclgd_held_out_schema,  iclgd_trajectories_schema,
      iclgd_theory_schema,   iclgd_causality_schema, iclgd_brought_schema};
  size_t count = 0, architectures, probes;
  for (size_t i = 0; i < sizeof stages / sizeof *stages; ++i)
    out[count++] = stages[i];
  const iclgd_architecture *const *models = iclgd_architectures(&architectures);
  for (size_t i = 0; i < architectures && count < ICLGD_SCHEMAS_MAX; ++i)
    out[count++] = *models[i]->schema;
  const iclgd_probe *const *rows = iclgd_probes(&probes);
  for (size_t i = 0; i < probes && count < ICLGD_SCHEMAS_MAX; ++i)
    out[count++] = *rows[i]->schema;
  return count;
}
