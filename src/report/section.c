/* The table of sections: one row each. */
#include "report/section.h"

extern const iclgd_section iclgd_section_seeds;
extern const iclgd_section iclgd_section_identify;
extern const iclgd_section iclgd_section_filter;
extern const iclgd_section iclgd_section_explains;
extern const iclgd_section iclgd_section_structure;
extern const iclgd_section iclgd_section_preconditioner;
extern const iclgd_section iclgd_section_interpolation;
extern const iclgd_section iclgd_section_landscape;
extern const iclgd_section iclgd_section_extrapolation;
extern const iclgd_section iclgd_section_decoding;
extern const iclgd_section iclgd_section_diversity;

static const iclgd_section *const rows[] = {
    &iclgd_section_seeds,         &iclgd_section_identify,
    &iclgd_section_filter,        &iclgd_section_explains,
    &iclgd_section_structure,     &iclgd_section_preconditioner,
    &iclgd_section_interpolation, &iclgd_section_landscape,
    &iclgd_section_extrapolation, &iclgd_section_decoding,
    &iclgd_section_diversity,
};

const iclgd_section *const *iclgd_sections(size_t *count) {
  *count = sizeof rows / sizeof *rows;
  return rows;
}
