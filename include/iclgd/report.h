/* iclgd/report.h - what a file says: pure functions of a file. */
#ifndef ICLGD_REPORT_H
#define ICLGD_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "iclgd/status.h"

/* Print a summary of a file, as text of up to 80 columns or as one JSON object:
 * what was run, theory beside measurement, the table layer by layer, the
 * learned weights, a verdict. Groups that the file has not are left out. */
iclgd_status iclgd_report_summary(const char *path, bool json, FILE *out,
                                  iclgd_error *err);

#endif /* ICLGD_REPORT_H */
