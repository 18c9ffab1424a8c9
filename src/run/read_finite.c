/* Arrays of a file of which every number is to be one. */
#include <math.h>

#include "run/stages.h"

iclgd_status iclgd_read_finite(const iclgd_source *source, const char *path,
                               size_t rank, size_t *extents, iclgd_arena *arena,
                               double **out, iclgd_error *err) {
  size_t count = 1;
  TRY(iclgd_source_reals(source, path, rank, extents, arena, out, err));
  for (size_t i = 0; i < rank; ++i) count *= extents[i];
  for (size_t i = 0; i < count; ++i)
    if (!isfinite((*out)[i]))
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/%s: expected finite numbers, found %g at "
                        "element %zu",
                        iclgd_source_path(source), path, (*out)[i], i);
  return ICLGD_OK;
}
