/* The table of probes: one row each. */
#include <iclgd/probe.h>
#include <string.h>

extern const iclgd_probe iclgd_probe_identify;
extern const iclgd_probe iclgd_probe_filter;
extern const iclgd_probe iclgd_probe_alignment;
extern const iclgd_probe iclgd_probe_alignment_training;
extern const iclgd_probe iclgd_probe_by_context;
extern const iclgd_probe iclgd_probe_structure;
extern const iclgd_probe iclgd_probe_preconditioner;
extern const iclgd_probe iclgd_probe_interpolation;
extern const iclgd_probe iclgd_probe_landscape;
extern const iclgd_probe iclgd_probe_extrapolation;
extern const iclgd_probe iclgd_probe_decoding;
extern const iclgd_probe iclgd_probe_diversity;
extern const iclgd_probe iclgd_probe_energy;
extern const iclgd_probe iclgd_probe_circuits;
extern const iclgd_probe iclgd_probe_relevance;
extern const iclgd_probe iclgd_probe_expressive;
extern const iclgd_probe iclgd_probe_fusion;
extern const iclgd_probe iclgd_probe_features;
extern const iclgd_probe iclgd_probe_benign;
extern const iclgd_probe iclgd_probe_hessian;
extern const iclgd_probe iclgd_probe_similarity;

static const iclgd_probe *const rows[] = {
    &iclgd_probe_identify,       &iclgd_probe_filter,
    &iclgd_probe_alignment,      &iclgd_probe_alignment_training,
    &iclgd_probe_by_context,     &iclgd_probe_structure,
    &iclgd_probe_preconditioner, &iclgd_probe_interpolation,
    &iclgd_probe_landscape,      &iclgd_probe_extrapolation,
    &iclgd_probe_decoding,       &iclgd_probe_diversity,
    &iclgd_probe_energy,         &iclgd_probe_circuits,
    &iclgd_probe_relevance,      &iclgd_probe_expressive,
    &iclgd_probe_fusion,         &iclgd_probe_features,
    &iclgd_probe_benign,         &iclgd_probe_hessian,
    &iclgd_probe_similarity,
};

const iclgd_probe *const *iclgd_probes(size_t *count) {
  *count = sizeof rows / sizeof *rows;
  return rows;
}

const iclgd_probe *iclgd_probe_named(const char *name) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    if (strcmp(rows[i]->name, name) == 0) return rows[i];
  return NULL;
}
