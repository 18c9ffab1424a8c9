/* How far the learned weights of two files are apart. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diff/diff.h"

/* |A - B| / |A|, infinite when A is zero and B is not. */
static double distance(const double *a, const double *b, size_t count) {
  double apart = 0, length = 0;
  for (size_t i = 0; i < count; ++i) {
    apart += (a[i] - b[i]) * (a[i] - b[i]);
    length += a[i] * a[i];
  }
  return apart == 0 ? 0 : sqrt(apart / length);
}

static json_t *extents_of(iclgd_pair *pair, const size_t *extents,
                          size_t rank) {
  json_t *list = json_array();
  for (size_t i = 0; i < rank; ++i)
    iclgd_reader_append(&pair->a, list, json_integer((json_int_t)extents[i]));
  return list;
}

static iclgd_status diff_array(iclgd_pair *pair, const char *name,
                               json_t *list) {
  char path[320];
  iclgd_shape a = {0}, b = {0};
  double *values[2];
  snprintf(path, sizeof path, "model/%s", name);
  iclgd_status status =
      iclgd_source_shape(pair->a.source, path, &a, pair->a.err);
  if (!status)
    status = iclgd_source_shape(pair->b.source, path, &b, pair->b.err);
  if (status || a.is_scale || b.is_scale || a.type == ICLGD_TEXT ||
      b.type == ICLGD_TEXT)
    return status;
  if (a.rank != b.rank || memcmp(a.extents, b.extents, sizeof a.extents) != 0) {
    iclgd_diff_append(
        pair, list, json_object(), name,
        json_pack("{s:o,s:o}", "a", extents_of(pair, a.extents, a.rank), "b",
                  extents_of(pair, b.extents, b.rank)));
    return ICLGD_OK;
  }
  size_t count = 1;
  for (size_t i = 0; i < a.rank; ++i) count *= a.extents[i];
  status = iclgd_diff_read(pair, "model", name, a.rank, a.extents, b.extents,
                           &values[0], &values[1]);
  if (status || memcmp(values[0], values[1], count * sizeof(double)) == 0)
    return status;
  const double apart = distance(values[0], values[1], count);
  if (apart != 0)
    iclgd_diff_append(pair, list, json_object(), name,
                      json_pack("{s:o}", "distance", iclgd_json_number(apart)));
  return ICLGD_OK;
}

iclgd_status iclgd_diff_weights(iclgd_pair *pair, json_t *to) {
  char **names;
  size_t count;
  json_t *list = iclgd_reader_set(&pair->a, to, "weights", json_array());
  TRY(iclgd_diff_shared(pair, "model", &names, &count));
  for (size_t i = 0; i < count; ++i) TRY(diff_array(pair, names[i], list));
  return ICLGD_OK;
}
