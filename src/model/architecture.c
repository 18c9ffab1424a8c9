/* The table of architectures: one folder and one row each. */
#include <iclgd/linear.h>
#include <iclgd/program.h>

#include <string.h>

const iclgd_architecture iclgd_outside_architecture = {
    .name = "outside",
    .description = "runs elsewhere, known by its trajectories alone",
};

static const iclgd_architecture *const architectures[] = {
    &iclgd_linear_architecture,
    &iclgd_transformer_architecture,
    &iclgd_program_architecture,
};

const iclgd_architecture *const *iclgd_architectures(size_t *count) {
  *count = sizeof architectures / sizeof *architectures;
  return architectures;
}

const iclgd_architecture *iclgd_architecture_named(const char *name) {
  for (size_t i = 0; i < sizeof architectures / sizeof *architectures; ++i)
    if (strcmp(architectures[i]->name, name) == 0) return architectures[i];
  return NULL;
}
