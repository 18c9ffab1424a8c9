/* A section of the summary: what one probe says, as a member of the summary and
 * as text. A probe adds a file section_NAME.c and a row in section.c. */
#ifndef ICLGD_REPORT_SECTION_H
#define ICLGD_REPORT_SECTION_H

#include <stdbool.h>
#include <stdio.h>

#include "report/reader.h"

typedef struct iclgd_section {
  /* Add the member, unless the file has nothing of it. */
  iclgd_status (*build)(iclgd_reader *r, json_t *summary);
  /* Print it, unless the member is not there. */
  void (*print)(const json_t *summary, FILE *out);
} iclgd_section;

/* The table, in the order of the summary. */
const iclgd_section *const *iclgd_sections(size_t *count);

/* The rest of a row on a variant of the model: the error of its loss, and its
 * loss over the model's; `hidden`: neither is known (iclgd_final_is_hidden),
 * which iclgd_section_hidden explains below the table. */
void iclgd_section_ratio(FILE *out, double error, double ratio,
                         double ratio_error, bool hidden);
void iclgd_section_hidden(FILE *out);

#endif /* ICLGD_REPORT_SECTION_H */
