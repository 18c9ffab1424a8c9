/* Arrays of a model that ran elsewhere, one row for each layer. */
#include <stdio.h>
#include <string.h>

#include "run/outside/outside.h"

iclgd_status iclgd_arrival_read(const iclgd_arrival *a, const char *leaf,
                                size_t *width, double **out, iclgd_error *err) {
  iclgd_job *job = a->job;
  const size_t rank = width ? 3 : 2;
  const size_t missing = a->first_layer;
  char path[128];
  size_t extents[] = {a->rows ? a->rows - missing : 0, job->given.all.count,
                      width ? *width : 0};
  double *read;
  *out = NULL;
  snprintf(path, sizeof path, "%s/%s", a->group, leaf);
  if (!iclgd_source_has(a->source, path)) return ICLGD_OK;
  TRY(iclgd_read_finite(a->source, path, rank, extents, &job->arena, &read,
                        err));
  if (width) *width = extents[2];
  *out = read;
  if (!missing) return ICLGD_OK;
  const size_t each = extents[1] * (width ? extents[2] : 1);
  *out = iclgd_arena_reals(&job->arena, extents[0] + 1, each, 1);
  if (!*out) return iclgd_fail_memory(err, path);
  memcpy(*out + each, read, extents[0] * each * sizeof *read);
  return ICLGD_OK;
}
