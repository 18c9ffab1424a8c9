/* How arrays lie in the file: chunk shapes, compression, chunk caches. */
#ifndef ICLGD_RECORD_WRITE_LAYOUT_H
#define ICLGD_RECORD_WRITE_LAYOUT_H

#include <hdf5.h>
#include <stddef.h>

enum { ICLGD_CHUNK_BYTES = 1 << 17 };

/* What the layout of an array depends on. */
typedef struct iclgd_layout {
  size_t element, rank; /* bytes of an element */
  const size_t *extents;
  const size_t *block; /* of the parts it comes in: extents, or smaller ones */
} iclgd_layout;

/* The shape of the chunks of an array that is written in blocks: whole trailing
 * dims of a block as long as they fit in the target size, part of the next one,
 * 1 of the rest, so that a chunk is contiguous in the block, blocks are made of
 * whole chunks and none is larger than the array. The bytes of a chunk. */
size_t iclgd_layout_chunk(const iclgd_layout *layout, hsize_t *chunk);

/* Creation properties of a dataset of `type`: creation order, no times; for an
 * array of some size chunks, shuffle and gzip 4. A float array starts as NaN.
 * To be closed by the caller; negative when HDF5 failed. */
hid_t iclgd_layout_creation(const iclgd_layout *layout, hid_t type);

/* Access properties: a chunk cache that holds every chunk which a block of the
 * first cut dim touches (64 MiB at most), so that writing block by block
 * compresses each chunk once. Its size does not depend on the extent of that
 * dim. To be closed by the caller; negative when HDF5 failed. */
hid_t iclgd_layout_access(const iclgd_layout *layout);

#endif /* ICLGD_RECORD_WRITE_LAYOUT_H */
