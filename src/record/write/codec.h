/* Compressing chunks outside HDF5, so that threads can share the work. */
#ifndef ICLGD_RECORD_WRITE_CODEC_H
#define ICLGD_RECORD_WRITE_CODEC_H

#include <stdbool.h>
#include <stddef.h>

/* Compresses one chunk at a time; one per thread. */
typedef struct iclgd_codec iclgd_codec;

/* For chunks of up to `bytes`; NULL when there is no memory. */
iclgd_codec *iclgd_codec_create(size_t bytes);
void iclgd_codec_free(iclgd_codec *codec); /* NULL is allowed */

/* Where the chunk (8-byte elements, `bytes` in all) is to be filled in. */
unsigned char *iclgd_codec_chunk(iclgd_codec *codec);

/* Room for what `bytes` may become. */
size_t iclgd_codec_bound(size_t bytes);

/* Shuffle and deflate the chunk into out (iclgd_codec_bound(bytes)): what the
 * filters shuffle and deflate of HDF5 undo. The bytes that came out, 0 when
 * libdeflate fails. */
size_t iclgd_codec_compress(iclgd_codec *codec, size_t bytes,
                            unsigned char *out);

#endif /* ICLGD_RECORD_WRITE_CODEC_H */
