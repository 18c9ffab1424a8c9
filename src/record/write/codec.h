/* Compressing chunks outside HDF5, so that threads can share the work. */
#ifndef ICLGD_RECORD_WRITE_CODEC_H
#define ICLGD_RECORD_WRITE_CODEC_H

#include <stdbool.h>
#include <stddef.h>

/* Compresses one chunk at a time; one per thread. */
typedef struct iclgd_press iclgd_press;

/* For chunks of up to `bytes`; NULL when there is no memory. */
iclgd_press *iclgd_press_create(size_t bytes);
void iclgd_press_free(iclgd_press *press); /* NULL is allowed */

/* Where the chunk (8-byte elements, `bytes` in all) is to be filled in. */
unsigned char *iclgd_press_chunk(iclgd_press *press);

/* Room for what `bytes` may become. */
size_t iclgd_press_room(size_t bytes);

/* Shuffle and deflate the chunk into out (iclgd_press_room(bytes)): what the
 * filters shuffle and deflate of HDF5 undo. The bytes that came out, 0 when
 * zlib fails. */
size_t iclgd_press_run(iclgd_press *press, size_t bytes, unsigned char *out);

#endif /* ICLGD_RECORD_WRITE_CODEC_H */
