/* The table of sections: one row each. */
#include "report/section.h"

extern const iclgd_section iclgd_section_diversity;
extern const iclgd_section iclgd_section_explains;
extern const iclgd_section iclgd_section_extrapolation;
extern const iclgd_section iclgd_section_structure;

static const iclgd_section *const rows[] = {
    &iclgd_section_explains,
    &iclgd_section_structure,
    &iclgd_section_extrapolation,
    &iclgd_section_diversity,
};

const iclgd_section *const *iclgd_sections(size_t *count) {
  *count = sizeof rows / sizeof *rows;
  return rows;
}
