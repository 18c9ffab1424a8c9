/* Shuffle and deflate as HDF5's filters do, several times as fast on floats.
 *
 * Shuffled, a chunk of doubles is eight planes, one per byte of the element:
 * the bytes of the mantissa, which come first, are noise, sign and exponent
 * compress well. The planes of noise are stored as they are, the rest is left
 * to libdeflate. The stream is an ordinary one of zlib (RFC 1950, RFC 1951):
 *   header, stored blocks, blocks of libdeflate (the last one ends it), sum */
#include "codec.h"

#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ELEMENT = 8, SAMPLE = 1024, STORED_MAX = 65535, LEVEL = 1 };

struct iclgd_codec {
  struct libdeflate_compressor *compressor;
  unsigned char *chunk, *planes;
};

iclgd_codec *iclgd_codec_create(size_t bytes) {
  iclgd_codec *codec = calloc(1, sizeof *codec);
  if (!codec) return NULL;
  codec->chunk = malloc(bytes);
  codec->planes = malloc(bytes);
  codec->compressor = libdeflate_alloc_compressor(LEVEL);
  if (codec->chunk && codec->planes && codec->compressor) return codec;
  iclgd_codec_free(codec);
  return NULL;
}

void iclgd_codec_free(iclgd_codec *codec) {
  if (!codec) return;
  libdeflate_free_compressor(codec->compressor);
  free(codec->chunk);
  free(codec->planes);
  free(codec);
}

unsigned char *iclgd_codec_chunk(iclgd_codec *codec) {
  return codec->chunk;
}

/* Stored blocks and their headers are less than an eighth more. */
size_t iclgd_codec_bound(size_t bytes) {
  return bytes + bytes / 8 + 1024;
}

/* planes (8, count) = the bytes of chunk (count, 8) */
static void shuffle(const unsigned char *restrict chunk, size_t count,
                    unsigned char *restrict planes) {
  for (size_t i = 0; i < count; ++i)
    for (size_t b = 0; b < ELEMENT; ++b)
      planes[b * count + i] = chunk[i * ELEMENT + b];
}

/* Whether bytes of a sample are hardly more often equal than at random. Coding
 * the byte of exponent and mantissa of normal numbers (three times as often)
 * would take as long as all else for 2% of the chunk. */
static bool is_noise(const unsigned char *plane, size_t count) {
  unsigned seen[256] = {0};
  const size_t stride = count / SAMPLE;
  uint64_t pairs = 0;
  if (stride == 0) return false; /* too small to tell */
  for (size_t i = 0; i < SAMPLE; ++i) pairs += seen[plane[i * stride]]++;
  return pairs * 256 < 4 * (uint64_t)SAMPLE * (SAMPLE - 1) / 2;
}

/* Blocks of method 00, none of them the last; what comes behind them. */
static unsigned char *put_stored(unsigned char *out, const unsigned char *bytes,
                                 size_t left) {
  while (left > 0) {
    const size_t length = left < STORED_MAX ? left : STORED_MAX;
    out[0] = 0;
    out[1] = (unsigned char)length;
    out[2] = (unsigned char)(length >> 8);
    out[3] = (unsigned char)~out[1];
    out[4] = (unsigned char)~out[2];
    memcpy(out + 5, bytes, length);
    out += 5 + length;
    bytes += length;
    left -= length;
  }
  return out;
}

size_t iclgd_codec_compress(iclgd_codec *codec, size_t bytes,
                            unsigned char *out) {
  const size_t count = bytes / ELEMENT;
  const unsigned char *planes = codec->planes;
  size_t noise = 0;
  shuffle(codec->chunk, count, codec->planes);
  while (noise < bytes && is_noise(planes + noise, count)) noise += count;
  out[0] = 0x78; /* deflate, a window of 32 KiB */
  out[1] = 0x01; /* fast; makes the two a multiple of 31 */
  unsigned char *end = put_stored(out + 2, planes, noise);
  const size_t room = iclgd_codec_bound(bytes) - (size_t)(end - out) - 4;
  const size_t rest = libdeflate_deflate_compress(
      codec->compressor, planes + noise, bytes - noise, end, room);
  if (rest == 0) return 0;
  end += rest;
  const uint32_t sum = libdeflate_adler32(1, planes, bytes);
  for (size_t i = 0; i < 4; ++i) end[i] = (unsigned char)(sum >> (24 - 8 * i));
  return (size_t)(end + 4 - out);
}
