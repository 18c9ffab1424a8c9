/* The summary of a file as one JSON object, from which everything is told. */
#ifndef ICLGD_SUMMARY_SUMMARY_H
#define ICLGD_SUMMARY_SUMMARY_H

#include <iclgd/record.h>
#include <iclgd/view.h>

#include "view/sweep_table.h"

/* Build the object; the caller releases it with json_decref. */
iclgd_status iclgd_summary_build(const iclgd_source *source, json_t **out,
                                 iclgd_error *err);

/* Its title and its file, and the verdict. */
void iclgd_summary_head(const json_t *summary, FILE *out);

/* Print the table of a sweep by these columns, as text (`whole`: with the other
 * columns) or as its member of the summary. ICLGD_EUSAGE: no such column. */
iclgd_status iclgd_sweep_show(const char *path,
                              const iclgd_sweep_choice *choice, bool whole,
                              bool json, FILE *out, iclgd_error *err);

#endif /* ICLGD_SUMMARY_SUMMARY_H */
