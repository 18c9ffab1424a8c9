/* iclgd/json.h - numbers and texts between C and JSON, which has no NaN. The
 * objects are those of jansson, which this header does not include. */
#ifndef ICLGD_JSON_H
#define ICLGD_JSON_H

#include <stddef.h>
#include <stdio.h>

#include "iclgd/status.h"

typedef struct json_t json_t;

/* A number; null when it is not finite. */
json_t *iclgd_json_number(double value);

/* A number of a file that counts something; null when it is not finite or too
 * large to be exact. */
json_t *iclgd_json_count(double value);

/* A text of a file in one line that a terminal can show; NULL when memory is
 * out. */
json_t *iclgd_json_line(const char *text);

/* A list of numbers; NULL when memory is out. */
json_t *iclgd_json_list(const double *values, size_t count);

/* A member as a number: NaN when it is null or absent. */
double iclgd_json_real(const json_t *object, const char *key);

/* A member as a whole number, 0 when it is not there. */
long iclgd_json_whole(const json_t *object, const char *key);

/* A member as text, "" when it is not there. */
const char *iclgd_json_text(const json_t *object, const char *key);

/* Element i of a list as a number: NaN when it is null or not there; of the
 * list that is a member of an object. */
double iclgd_json_element(const json_t *list, size_t i);
double iclgd_json_at(const json_t *object, const char *list, size_t i);

/* The length of the list that is a member of an object, 0 without it. */
size_t iclgd_json_length(const json_t *object, const char *list);

/* The object of a list with this member `name`; NULL for none. */
const json_t *iclgd_json_named(const json_t *list, const char *name);

/* Print an object, each member on a line of its own, in ASCII on a terminal.
 * ICLGD_ENOMEM: memory was out; that `out` failed is left for the caller to
 * see. */
iclgd_status iclgd_json_print(const json_t *object, FILE *out,
                              iclgd_error *err);

#endif /* ICLGD_JSON_H */
