/* The table of probes: one row each. */
#include <iclgd/probe.h>

extern const iclgd_probe iclgd_probe_alignment;
extern const iclgd_probe iclgd_probe_alignment_training;
extern const iclgd_probe iclgd_probe_diversity;
extern const iclgd_probe iclgd_probe_extrapolation;
extern const iclgd_probe iclgd_probe_structure;

static const iclgd_probe *const rows[] = {
    &iclgd_probe_alignment, &iclgd_probe_alignment_training,
    &iclgd_probe_structure, &iclgd_probe_extrapolation,
    &iclgd_probe_diversity,
};

const iclgd_probe *const *iclgd_probes(size_t *count) {
  *count = sizeof rows / sizeof *rows;
  return rows;
}
