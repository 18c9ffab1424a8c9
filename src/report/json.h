/* Numbers between C and JSON, which has no NaN. */
#ifndef ICLGD_REPORT_JSON_H
#define ICLGD_REPORT_JSON_H

#include <jansson.h>

/* A number; null when it is not finite. */
json_t *iclgd_json_number(double value);

/* A member as a number: NaN when it is null or absent. */
double iclgd_json_real(const json_t *object, const char *key);

/* Decimals that show two digits of a standard error, for "%.*f". */
int iclgd_decimals(double error);

#endif /* ICLGD_REPORT_JSON_H */
