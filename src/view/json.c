/* Numbers and texts between C and JSON. */
#include <iclgd/json.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/line.h"

json_t *iclgd_json_number(double value) {
  return isfinite(value) ? json_real(value) : json_null();
}

json_t *iclgd_json_count(double value) {
  const double exact = 9007199254740992.0; /* 2^53 */
  return fabs(value) <= exact ? json_integer((json_int_t)value) : json_null();
}

json_t *iclgd_json_line(const char *text) {
  char *line = strdup(text);
  if (!line) return NULL;
  iclgd_one_line(line);
  json_t *string = json_string(line);
  free(line);
  return string;
}

json_t *iclgd_json_list(const double *values, size_t count) {
  json_t *list = json_array();
  bool whole = list != NULL;
  for (size_t i = 0; whole && i < count; ++i)
    whole = json_array_append_new(list, iclgd_json_number(values[i])) == 0;
  if (whole) return list;
  json_decref(list);
  return NULL;
}

static double real_of(const json_t *value) {
  return json_is_number(value) ? json_number_value(value) : NAN;
}

double iclgd_json_real(const json_t *object, const char *key) {
  return real_of(json_object_get(object, key));
}

long iclgd_json_whole(const json_t *object, const char *key) {
  return (long)json_integer_value(json_object_get(object, key));
}

const char *iclgd_json_text(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

double iclgd_json_element(const json_t *list, size_t i) {
  return real_of(json_array_get(list, i));
}

double iclgd_json_at(const json_t *object, const char *list, size_t i) {
  return iclgd_json_element(json_object_get(object, list), i);
}

size_t iclgd_json_length(const json_t *object, const char *list) {
  return json_array_size(json_object_get(object, list));
}

const json_t *iclgd_json_named(const json_t *list, const char *name) {
  size_t i;
  json_t *item;
  json_array_foreach(list, i, item) {
    if (strcmp(iclgd_json_text(item, "name"), name) == 0) return item;
  }
  return NULL;
}

iclgd_status iclgd_json_print(const json_t *object, FILE *out,
                              iclgd_error *err) {
  const size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(17) |
                       (isatty(fileno(out)) ? JSON_ENSURE_ASCII : 0);
  const int failed = json_dumpf(object, out, flags);
  fputc('\n', out);
  return failed && !ferror(out) ? iclgd_fail_memory(err, "JSON") : ICLGD_OK;
}
