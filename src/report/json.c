/* Numbers between C and JSON, which has no NaN. */
#include "report/json.h"

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

iclgd_status iclgd_json_print(const json_t *object, FILE *out,
                              iclgd_error *err) {
  const size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(17) |
                       (isatty(fileno(out)) ? JSON_ENSURE_ASCII : 0);
  const int failed = json_dumpf(object, out, flags);
  fputc('\n', out);
  return failed && !ferror(out) ? iclgd_fail_memory(err, "JSON") : ICLGD_OK;
}

double iclgd_json_real(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

int iclgd_decimals(double error) {
  const double digits = 1 - floor(log10(error));
  return digits > 0 && digits < 12 ? (int)digits : 0;
}
