/* Chunks of about 128 KiB, shuffled and compressed.
 *
 * A trajectory (index, prompt, feature) that comes in blocks of P prompts over
 * all indices is chunked (K, P, d): K indices of a block. An array that comes
 * in other parts has one chunk per trajectory under way at a time.
 */
#include "layout.h"

#include <math.h>
#include <stdbool.h>

#include "record/handle.h"

enum {
  SMALL_BYTES = 512, /* below this compression only costs */
  CACHE_BYTES_MAX = 1 << 26,
  GZIP_LEVEL = 4
};

size_t iclgd_layout_chunk(const iclgd_layout *layout, hsize_t *chunk) {
  const size_t *extents = layout->extents, *block = layout->block;
  size_t bytes = layout->element;
  for (size_t i = layout->rank; i-- > 0;) {
    const size_t room = ICLGD_CHUNK_BYTES / bytes;
    size_t length = block[i] < room ? block[i] : room;
    while (block[i] < extents[i] && length > 1 && block[i] % length) --length;
    chunk[i] = length > 0 ? length : 1;
    bytes *= (size_t)chunk[i];
  }
  return bytes;
}

static bool is_small(const iclgd_layout *layout) {
  size_t bytes = layout->element;
  for (size_t i = 0; i < layout->rank; ++i) {
    if (layout->extents[i] > SMALL_BYTES / bytes) return false;
    bytes *= layout->extents[i];
  }
  return true;
}

static herr_t compress(hid_t list, const iclgd_layout *layout) {
  hsize_t chunk[H5S_MAX_RANK];
  if (is_small(layout)) return 0;
  iclgd_layout_chunk(layout, chunk);
  if (H5Pset_chunk(list, (int)layout->rank, chunk) < 0) return -1;
  if (H5Pset_shuffle(list) < 0) return -1;
  return H5Pset_deflate(list, GZIP_LEVEL);
}

static herr_t set_common(hid_t list, hid_t type) {
  const double nothing = NAN;
  if (H5Pset_obj_track_times(list, false) < 0) return -1;
  if (H5Pset_attr_creation_order(
          list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) < 0)
    return -1;
  const H5T_class_t class = H5Tget_class(type);
  if (class != H5T_FLOAT) return class == H5T_NO_CLASS ? -1 : 0;
  return H5Pset_fill_value(list, H5T_NATIVE_DOUBLE, &nothing);
}

hid_t iclgd_layout_creation(const iclgd_layout *layout, hid_t type) {
  const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
  if (list < 0) return list;
  const bool plain = layout->rank == 0 || H5Tis_variable_str(type) > 0;
  if (set_common(list, type) >= 0 && layout->element > 0 &&
      (plain || compress(list, layout) >= 0))
    return list;
  H5Pclose(list);
  return H5I_INVALID_HID;
}

hid_t iclgd_layout_access(const iclgd_layout *layout) {
  if (layout->element == 0) return H5I_INVALID_HID; /* a type that failed */
  const hid_t list = H5Pcreate(H5P_DATASET_ACCESS);
  if (list < 0 || layout->rank == 0) return list;
  hsize_t chunk[H5S_MAX_RANK];
  const size_t bytes = iclgd_layout_chunk(layout, chunk);
  size_t chunks = 1;
  for (size_t i = 0; i < layout->rank && chunk[i] == 1; ++i)
    if (chunks < CACHE_BYTES_MAX / bytes) chunks *= layout->extents[i];
  const size_t most = CACHE_BYTES_MAX / bytes + 1;
  if (chunks > most) chunks = most;
  /* 1.0: a chunk that is complete leaves the cache first. */
  if (H5Pset_chunk_cache(list, 100 * chunks + 421, (chunks + 1) * bytes, 1.0) <
      0) {
    H5Pclose(list);
    return H5I_INVALID_HID;
  }
  return list;
}
