/* Numbers between C and JSON, which has no NaN. */
#ifndef ICLGD_REPORT_JSON_H
#define ICLGD_REPORT_JSON_H

#include <iclgd/status.h>
#include <jansson.h>
#include <stdio.h>

/* A number; null when it is not finite. */
json_t *iclgd_json_number(double value);

/* A number of a file that counts something; null when it is not finite or too
 * large to be exact. */
json_t *iclgd_json_count(double value);

/* A text of a file in one line that a terminal can show (base/line.h); NULL
 * when memory is out. */
json_t *iclgd_json_line(const char *text);

/* A list of numbers; NULL when memory is out. */
json_t *iclgd_json_list(const double *values, size_t count);

/* Print an object, each member on a line of its own, in ASCII on a terminal.
 * ICLGD_ENOMEM: memory was
 * out; that `out` failed is left for the caller to see. */
iclgd_status iclgd_json_print(const json_t *object, FILE *out,
                              iclgd_error *err);

/* A member as a number: NaN when it is null or absent. */
double iclgd_json_real(const json_t *object, const char *key);

/* Decimals that show two digits of a standard error, for "%.*f". */
int iclgd_decimals(double error);

#endif /* ICLGD_REPORT_JSON_H */
