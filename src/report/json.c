/* Numbers between C and JSON, which has no NaN. */
#include "report/json.h"

#include <math.h>

json_t *iclgd_json_number(double value) {
  return isfinite(value) ? json_real(value) : json_null();
}

double iclgd_json_real(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

int iclgd_decimals(double error) {
  const double digits = 1 - floor(log10(error));
  return digits > 0 && digits < 12 ? (int)digits : 0;
}
