/* A file of virtual datasets: array (place, ..) where [k, ..] is a dataset of
 * the k-th file. Paths are relative to the file, so that a folder can move. */
#include "record/write/virtual.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "record/handle.h"
#include "record/hdf5_error.h"
#include "record/output/temporary.h"

enum { RANK = ICLGD_RANK_MAX, FULL = 512 };

/* Let the part stand at its place. */
static herr_t map_part(hid_t creation, const iclgd_virtual_array *a,
                       const iclgd_virtual_part *part, hid_t space) {
  hsize_t start[RANK] = {part->place}, count[RANK] = {1}, own[RANK];
  char full[FULL];
  for (size_t i = 0; i < a->rank; ++i) {
    own[i] = part->extents[i];
    count[i + 1] = part->extents[i];
  }
  HANDLE source = H5Screate_simple((int)a->rank, own, NULL);
  snprintf(full, sizeof full, "/entry/%s", a->path);
  if (source < 0 ||
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0)
    return -1;
  return H5Pset_virtual(creation, space, part->file, full, source);
}

static herr_t name_dims(hid_t dataset, const char *dims) {
  HANDLE space = H5Screate(H5S_SCALAR), type = H5Tcopy(H5T_C_S1);
  if (space < 0 || type < 0 || H5Tset_size(type, strlen(dims) + 1) < 0)
    return -1;
  HANDLE attribute =
      H5Acreate2(dataset, "dims", type, space, H5P_DEFAULT, H5P_DEFAULT);
  return attribute < 0 ? -1 : H5Awrite(attribute, type, dims);
}

static herr_t write_array(hid_t file, const iclgd_virtual_array *a,
                          size_t places) {
  hsize_t extents[RANK] = {places};
  const double missing = NAN;
  char full[FULL];
  for (size_t i = 0; i < a->rank; ++i) extents[i + 1] = a->extents[i];
  HANDLE space = H5Screate_simple((int)a->rank + 1, extents, NULL);
  HANDLE creation = H5Pcreate(H5P_DATASET_CREATE);
  HANDLE links = H5Pcreate(H5P_LINK_CREATE);
  if (space < 0 || creation < 0 ||
      H5Pset_create_intermediate_group(links, 1) < 0 ||
      H5Pset_fill_value(creation, H5T_NATIVE_DOUBLE, &missing) < 0 ||
      H5Pset_obj_track_times(creation, 0) < 0)
    return -1;
  for (size_t k = 0; k < a->count; ++k)
    if (map_part(creation, a, &a->parts[k], space) < 0) return -1;
  snprintf(full, sizeof full, "/entry/%s", a->path);
  HANDLE dataset = H5Dcreate2(file, full, H5T_IEEE_F64LE, space, links,
                              creation, H5P_DEFAULT);
  return dataset < 0 ? -1 : name_dims(dataset, a->dims);
}

static herr_t write_ids(hid_t file, const char *const *ids, size_t places) {
  const hsize_t extent = places;
  HANDLE space = H5Screate_simple(1, &extent, NULL);
  HANDLE type = H5Tcopy(H5T_C_S1), links = H5Pcreate(H5P_LINK_CREATE);
  if (space < 0 || H5Tset_size(type, H5T_VARIABLE) < 0 ||
      H5Pset_create_intermediate_group(links, 1) < 0)
    return -1;
  HANDLE dataset = H5Dcreate2(file, "/entry/id", type, space, links,
                              H5P_DEFAULT, H5P_DEFAULT);
  return dataset < 0
             ? -1
             : H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, ids);
}

static herr_t write_all(hid_t file, const iclgd_virtual_array *arrays,
                        size_t count, const char *const *ids, size_t places) {
  if (file < 0 || write_ids(file, ids, places) < 0) return -1;
  for (size_t i = 0; i < count; ++i)
    if (write_array(file, &arrays[i], places) < 0) return -1;
  return 0;
}

/* Virtual datasets are of the format of HDF5 1.10. */
static iclgd_status fill(const iclgd_temporary *temporary,
                         const iclgd_virtual_array *arrays, size_t count,
                         const char *const *ids, size_t places,
                         iclgd_error *err) {
  HANDLE access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_libver_bounds(access, H5F_LIBVER_V110, H5F_LIBVER_V110);
  const hid_t file =
      H5Fcreate(temporary->name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  iclgd_status status = ICLGD_OK;
  if (write_all(file, arrays, count, ids, places) < 0)
    status =
        iclgd_fail_hdf5(err, ICLGD_EIO, "%s: cannot write", temporary->path);
  if (file >= 0 && H5Fclose(file) < 0 && !status)
    status =
        iclgd_fail_hdf5(err, ICLGD_EIO, "%s: cannot write", temporary->path);
  return status;
}

iclgd_status iclgd_virtual_write(const char *path,
                                 const iclgd_virtual_array *arrays,
                                 size_t count, const char *const *ids,
                                 size_t places, iclgd_error *err) {
  QUIET;
  iclgd_arena arena = {0};
  iclgd_temporary temporary;
  iclgd_status status =
      iclgd_temporary_create_named(path, &arena, &temporary, err);
  if (!status) {
    status = fill(&temporary, arrays, count, ids, places, err);
    status = iclgd_temporary_end(&temporary, status, err);
  }
  iclgd_arena_free(&arena);
  return status;
}
