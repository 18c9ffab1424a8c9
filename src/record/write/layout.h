/* How arrays lie in the file: chunk shapes, compression, chunk caches. */
#ifndef ICLGD_RECORD_WRITE_LAYOUT_H
#define ICLGD_RECORD_WRITE_LAYOUT_H

#include <hdf5.h>
#include <stddef.h>

enum { ICLGD_CHUNK_BYTES = 1 << 17 };

/* The shape of the chunks of an array that is written in blocks (`block` is
 * extents when it is written whole): whole trailing dims of a block as long as
 * they fit in the target size, part of the next one, 1 of the rest, so that a
 * chunk is contiguous in the block, blocks are made of whole chunks and none is
 * larger than the array. The bytes of a chunk. */
size_t iclgd_layout_chunk(size_t element, size_t rank, const size_t *extents,
                          const size_t *block, hsize_t *chunk);

/* Creation properties of a dataset: creation order, no times; for an array of
 * some size chunks, shuffle and gzip 4. A float array starts as NaN. To be
 * closed by the caller; negative when HDF5 failed. */
hid_t iclgd_layout_creation(hid_t type, size_t rank, const size_t *extents,
                            const size_t *block);

/* Access properties: a chunk cache that holds every chunk which a block of the
 * first cut dim touches (64 MiB at most), so that writing block by block
 * compresses each chunk once. Its size does not depend on the extent of that
 * dim. To be closed by the caller; negative when HDF5 failed. */
hid_t iclgd_layout_access(size_t element, size_t rank, const size_t *extents,
                          const size_t *block);

#endif /* ICLGD_RECORD_WRITE_LAYOUT_H */
