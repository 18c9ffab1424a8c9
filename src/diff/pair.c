/* Two files beside each other: names and arrays that both have, and rows of
 * what differs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diff/diff.h"

bool iclgd_diff_is_in(char **names, size_t count, const char *name) {
  for (size_t i = 0; i < count; ++i)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

iclgd_status iclgd_diff_children(iclgd_reader *r, const char *group,
                                 char ***names, size_t *count) {
  *count = 0;
  if (!iclgd_source_is_group(r->source, group)) return ICLGD_OK;
  return iclgd_source_children(r->source, group, &r->arena, names, count,
                               r->err);
}

iclgd_status iclgd_diff_shared(iclgd_pair *pair, const char *group,
                               char ***names, size_t *count) {
  char **others = NULL;
  size_t n = 0, m = 0;
  iclgd_status status = iclgd_diff_children(&pair->a, group, names, &n);
  if (!status) status = iclgd_diff_children(&pair->b, group, &others, &m);
  *count = 0;
  for (size_t i = 0; !status && i < n; ++i)
    if (iclgd_diff_is_in(others, m, (*names)[i]))
      (*names)[(*count)++] = (*names)[i];
  return status;
}

json_t *iclgd_diff_numbers(iclgd_pair *pair, double a, double b, double error_a,
                           double error_b, double rounding) {
  const double error = hypot(error_a, error_b);
  if (a == b || (isnan(a) && isnan(b))) return NULL;
  if (fabs(a) <= rounding && fabs(b) <= rounding) return NULL;
  const bool finite = isfinite(a) && isfinite(b);
  const double noise = 1e-12 * fmax(fabs(a), fabs(b)); /* of rounding */
  json_t *row = json_object();
  iclgd_reader_set(&pair->a, row, "a", iclgd_json_number(a));
  iclgd_reader_set(&pair->a, row, "b", iclgd_json_number(b));
  iclgd_reader_set(&pair->a, row, "difference", iclgd_json_number(b - a));
  iclgd_reader_set(&pair->a, row, "standard_error", iclgd_json_number(error));
  iclgd_reader_set(
      &pair->a, row, "beyond",
      json_boolean(!finite || !(fabs(b - a) <= fmax(2 * error, noise))));
  return row;
}

void iclgd_diff_append(iclgd_pair *pair, json_t *list, json_t *row,
                       const char *name, json_t *place) {
  pair->equal = false;
  row = iclgd_reader_append(&pair->a, list, row);
  iclgd_reader_set(&pair->a, row, "name", iclgd_json_line(name));
  if (json_object_update_new(row, place) != 0)
    pair->a.status = iclgd_fail_memory(pair->a.err, name);
}

/* Note an array that only one file has, or that has other extents there. */
static void note_shapes(iclgd_pair *pair, const char *group, const char *leaf,
                        bool same) {
  char path[512];
  if (same) return;
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  pair->equal = false;
  iclgd_reader_append(&pair->a, pair->shapes, iclgd_json_line(path));
}

static iclgd_status failed(const iclgd_pair *pair) {
  return pair->a.status ? pair->a.status : pair->b.status;
}

iclgd_status iclgd_diff_read(iclgd_pair *pair, const char *group,
                             const char *leaf, size_t rank, size_t *extents_a,
                             size_t *extents_b, double **a, double **b) {
  memset(extents_a, 0, rank * sizeof *extents_a);
  memset(extents_b, 0, rank * sizeof *extents_b);
  *a = iclgd_reader_reals(&pair->a, group, leaf, rank, extents_a);
  *b = iclgd_reader_reals(&pair->b, group, leaf, rank, extents_b);
  if (!failed(pair))
    note_shapes(pair, group, leaf,
                memcmp(extents_a, extents_b, rank * sizeof *extents_a) == 0);
  return failed(pair);
}

iclgd_status iclgd_diff_column(iclgd_pair *pair, const char *group,
                               const char *leaf, size_t rank, size_t *extents_a,
                               size_t *extents_b, double **a, double **b) {
  *a = iclgd_reader_reals(&pair->a, group, leaf, rank, extents_a);
  *b = iclgd_reader_reals(&pair->b, group, leaf, rank, extents_b);
  if (!failed(pair)) note_shapes(pair, group, leaf, !*a == !*b);
  return failed(pair);
}
