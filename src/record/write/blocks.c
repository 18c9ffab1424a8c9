/* Parts that cover whole chunks: cut into chunks, compressed by all threads and
 * written in the order of the parts, so that the file does not depend on the
 * number of threads. */
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "layout.h"
#include "record/handle.h"
#include "record/hdf5_error.h"
#include "writer.h"

enum { WAVE = 32 }; /* chunks that are under way at a time */

/* One chunk of one part. */
typedef struct piece {
  iclgd_made_array *array;
  const iclgd_part *part;
  hsize_t offset[ICLGD_RANK_MAX]; /* in the array */
  size_t size;                    /* compressed; 0: libdeflate failed */
} piece;

struct iclgd_record_blocks {
  size_t threads;
  iclgd_codec **codecs;
  unsigned char *out; /* (WAVE, iclgd_codec_bound) */
  size_t waiting;
  piece pieces[WAVE];
};

void iclgd_record_free_blocks(iclgd_record *record) {
  struct iclgd_record_blocks *b = record->blocks;
  if (!b) return;
  for (size_t t = 0; t < b->threads; ++t) iclgd_codec_free(b->codecs[t]);
  record->blocks = NULL;
}

static iclgd_status make_blocks(iclgd_record *record, size_t threads) {
  struct iclgd_record_blocks *b = record->blocks;
  if (b && b->threads >= threads) return ICLGD_OK;
  iclgd_record_free_blocks(record);
  b = iclgd_arena_take(&record->arena, 1, sizeof *b);
  if (!b) return iclgd_record_fail_memory(record);
  b->codecs = iclgd_arena_take(&record->arena, threads, sizeof *b->codecs);
  b->out = iclgd_arena_take(&record->arena, WAVE,
                            iclgd_codec_bound(ICLGD_CHUNK_BYTES));
  if (!b->codecs || !b->out) return iclgd_record_fail_memory(record);
  record->blocks = b;
  for (b->threads = 0; b->threads < threads; ++b->threads) {
    b->codecs[b->threads] = iclgd_codec_create(ICLGD_CHUNK_BYTES);
    if (!b->codecs[b->threads]) return iclgd_record_fail_memory(record);
  }
  return ICLGD_OK;
}

/* Copy the part's share of a chunk from dim `i` on; what lies beyond the
 * array's extents is 0. `from` and `to` stand at its first element. */
static void gather(const piece *p, size_t i, const unsigned char *from,
                   unsigned char *to) {
  const iclgd_made_array *array = p->array;
  const size_t chunk = (size_t)array->chunk[i];
  const size_t left = array->extents[i] - (size_t)p->offset[i];
  const size_t length = left < chunk ? left : chunk;
  size_t from_row = sizeof(double), to_row = sizeof(double), start = 0;
  bool alike = true;
  for (size_t j = array->rank; j-- > i + 1;) {
    start = ((size_t)p->offset[j] - p->part->start[j]) * from_row;
    from_row *= p->part->count[j];
    to_row *= (size_t)array->chunk[j];
    alike &= p->part->count[j] == array->chunk[j];
  }
  if (length < chunk) memset(to, 0, chunk * to_row);
  if (alike || i + 1 >= ICLGD_RANK_MAX)
    memcpy(to, from, length * to_row);
  else
    for (size_t k = 0; k < length; ++k)
      gather(p, i + 1, from + k * from_row + start, to + k * to_row);
}

static void compress_piece(void *context, size_t i, size_t thread) {
  struct iclgd_record_blocks *b = context;
  piece *p = &b->pieces[i];
  iclgd_codec *codec = b->codecs[thread];
  size_t bytes = sizeof(double), row = sizeof(double);
  for (size_t j = 0; j < p->array->rank; ++j)
    bytes *= (size_t)p->array->chunk[j];
  for (size_t j = 1; j < p->array->rank; ++j) row *= p->part->count[j];
  const size_t start = (size_t)p->offset[0] - p->part->start[0];
  gather(p, 0, (const unsigned char *)p->part->data + start * row,
         iclgd_codec_chunk(codec));
  p->size = iclgd_codec_compress(
      codec, bytes, b->out + i * iclgd_codec_bound(ICLGD_CHUNK_BYTES));
}

/* Compress what waits and write it. */
static iclgd_status flush_pieces(iclgd_record *record, iclgd_pool *pool) {
  struct iclgd_record_blocks *b = record->blocks;
  iclgd_pool_for(pool, b->waiting, compress_piece, b);
  for (size_t i = 0; i < b->waiting; ++i) {
    const piece *p = &b->pieces[i];
    if (p->size == 0)
      return iclgd_fail(&record->why, ICLGD_EIO,
                        "%s: /entry/%s: libdeflate failed", record->path,
                        p->array->path);
    if (H5Dwrite_chunk(p->array->open, H5P_DEFAULT, 0, p->offset, p->size,
                       b->out + i * iclgd_codec_bound(ICLGD_CHUNK_BYTES)) < 0)
      return iclgd_record_fail(record, p->array->path);
  }
  b->waiting = 0;
  return ICLGD_OK;
}

/* Whether the part is made of whole chunks (those at the end of the array may
 * be cut). */
static bool covers_chunks(const iclgd_made_array *array,
                          const iclgd_part *part) {
  for (size_t i = 0; i < array->rank; ++i) {
    const size_t chunk = (size_t)array->chunk[i];
    const size_t end = part->start[i] + part->count[i];
    if (chunk == 0 || part->count[i] == 0 || end > array->extents[i] ||
        part->start[i] % chunk != 0 ||
        (end % chunk != 0 && end != array->extents[i]))
      return false;
  }
  return array->rank > 0 && array->open >= 0;
}

/* The offset of the part's next chunk; false after the last. */
static bool next_chunk(const iclgd_made_array *array, const iclgd_part *part,
                       hsize_t *offset) {
  for (size_t i = array->rank; i-- > 0;) {
    offset[i] += array->chunk[i];
    if (offset[i] < part->start[i] + part->count[i]) return true;
    offset[i] = part->start[i];
  }
  return false;
}

static iclgd_status put_chunks(iclgd_record *record, iclgd_made_array *array,
                               const iclgd_part *part, iclgd_pool *pool) {
  struct iclgd_record_blocks *b = record->blocks;
  hsize_t offset[ICLGD_RANK_MAX];
  size_t elements = 1;
  for (size_t i = 0; i < array->rank; ++i) {
    offset[i] = part->start[i];
    elements *= part->count[i];
  }
  array->missing -= elements < array->missing ? elements : array->missing;
  do {
    piece *p = &b->pieces[b->waiting++];
    *p = (piece){.array = array, .part = part};
    memcpy(p->offset, offset, array->rank * sizeof *offset);
    if (b->waiting < WAVE) continue;
    TRY(flush_pieces(record, pool));
  } while (next_chunk(array, part, offset));
  return ICLGD_OK;
}

static iclgd_status put_parts(iclgd_record *record, const iclgd_part *parts,
                              size_t count, iclgd_pool *pool) {
  iclgd_status status = make_blocks(record, iclgd_pool_threads(pool));
  for (size_t i = 0; !status && i < count; ++i) {
    iclgd_made_array *array = iclgd_record_find_array(record, parts[i].path);
    if (array && covers_chunks(array, &parts[i]))
      status = put_chunks(record, array, &parts[i], pool);
    else
      status = iclgd_record_array_part(record, parts[i].path, parts[i].start,
                                       parts[i].count, parts[i].data);
  }
  if (!status) status = flush_pieces(record, pool);
  for (size_t i = 0; !status && i < count; ++i)
    status = iclgd_record_settle_array(
        record, iclgd_record_find_array(record, parts[i].path));
  return status;
}

iclgd_status iclgd_record_parts(iclgd_record *record, const iclgd_part *parts,
                                size_t count, iclgd_pool *pool,
                                iclgd_error *err) {
  QUIET;
  if (!record->failed) record->failed = put_parts(record, parts, count, pool);
  return iclgd_record_status(record, err);
}
