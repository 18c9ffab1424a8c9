/* What a dataset is: type, extents, and the dims that its scales name
 * (HDF5 Dimension Scale Specification, attributes DIMENSION_LIST and NAME). */
#include <hdf5_hl.h>
#include <string.h>

#include "handle.h"
#include "item.h"

bool iclgd_source_is_group(const iclgd_source *source, const char *path) {
  QUIET;
  char full[ICLGD_FULL_PATH_MAX];
  hid_t found;
  if (!iclgd_source_full_path(path, full)) return false;
  if (iclgd_source_locate(source, full, &found, NULL)) return false;
  HANDLE object = found;
  return H5Iget_type(object) == H5I_GROUP;
}

/* Called with the scales of one dim; the first one counts. Scales that netCDF
 * makes for dims without coordinates have no name of their own to speak of, so
 * there the last part of the path is taken. */
static herr_t take_name(hid_t set, unsigned dim, hid_t scale, void *out) {
  static const char anonymous[] = "This is a netCDF dimension";
  char *name = out, path[ICLGD_FULL_PATH_MAX];
  (void)set;
  (void)dim;
  const ssize_t length = H5DSget_scale_name(scale, name, ICLGD_DIM_NAME_MAX);
  if (length > 0 && length < ICLGD_DIM_NAME_MAX &&
      strncmp(name, anonymous, strlen(anonymous)) != 0)
    return 1;
  *name = '\0';
  const ssize_t whole = H5Iget_name(scale, path, sizeof path);
  if (whole <= 0 || whole >= (ssize_t)sizeof path) return 1;
  const char *leaf = strrchr(path, '/');
  leaf = leaf ? leaf + 1 : path;
  if (strlen(leaf) < ICLGD_DIM_NAME_MAX) strcpy(name, leaf);
  return 1;
}

static void name_dims(const iclgd_item *item, const char *path,
                      iclgd_shape *out) {
  out->is_scale = H5DSis_scale(item->id) > 0;
  for (unsigned i = 0; i < item->rank; ++i) {
    const char *slash = strrchr(path, '/'), *leaf = slash ? slash + 1 : path;
    if (H5DSiterate_scales(item->id, i, NULL, take_name, out->dims[i]) < 0)
      out->dims[i][0] = '\0';
    if (out->is_scale && item->rank == 1 && strlen(leaf) < ICLGD_DIM_NAME_MAX)
      strcpy(out->dims[i], leaf);
  }
}

iclgd_status iclgd_source_shape(const iclgd_source *source, const char *path,
                                iclgd_shape *out, iclgd_error *err) {
  QUIET;
  ITEM item;
  const iclgd_status status = iclgd_item_dataset(source, path, &item, err);
  if (status) return status;
  *out = (iclgd_shape){.rank = item.rank};
  const H5T_class_t class = H5Tget_class(item.type);
  out->type = class == H5T_INTEGER ? ICLGD_I64
              : class == H5T_FLOAT ? ICLGD_F64
                                   : ICLGD_TEXT;
  char found[256];
  iclgd_item_describe(&item, found, sizeof found);
  if (out->type == ICLGD_TEXT && class != H5T_STRING)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected numbers or text, found %s", item.name,
                      found);
  if (item.rank > ICLGD_RANK_MAX)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected rank up to %d, found %zu", item.name,
                      ICLGD_RANK_MAX, item.rank);
  memcpy(out->extents, item.extents, item.rank * sizeof *out->extents);
  name_dims(&item, path, out);
  return ICLGD_OK;
}
