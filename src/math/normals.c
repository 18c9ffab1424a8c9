/* Numbers in bulk: the lanes of one vector after those of the other, so that
 * their states stay in registers over a whole call. Vectors that octave.h does
 * not get right at once, 1 in 32 of AVX2 and none elsewhere, are repaired block
 * by block: a branch for each would be mispredicted. */
#include "math/normals.h"

#include "base/isa.h"
#include "math/octave.h"

enum { BLOCK = 64 }; /* rows, one for each bit of a word */

/* `count` <= BLOCK numbers of WIDTH lanes, rows of 16 apart. */
static inline void fill_block(float *out, state *s, size_t count) {
  words bits[BLOCK];
  uint64_t rare = 0;
  for (size_t i = 0; i < count; ++i) {
    bits[i] = next(s);
    rare |= store_normals(out + i * ICLGD_LANES, bits[i]) << i;
  }
  for (; rare; rare &= rare - 1) {
    const size_t i = (size_t)__builtin_ctzll(rare);
    repair_normals(out + i * ICLGD_LANES, bits[i]);
  }
}

void ICLGD_KERNEL(iclgd_lanes_normals)(float *out, iclgd_lanes *lanes,
                                       size_t count) {
  for (size_t l = 0; l < ICLGD_LANES; l += WIDTH) {
    state s = load_state(lanes, l);
    for (size_t i = 0; i < count; i += BLOCK)
      fill_block(out + i * ICLGD_LANES + l, &s,
                 count - i < BLOCK ? count - i : BLOCK);
    store_state(lanes, l, &s);
  }
}

void ICLGD_KERNEL(iclgd_lanes_uniforms)(float *out, iclgd_lanes *lanes,
                                        size_t count) {
  for (size_t l = 0; l < ICLGD_LANES; l += WIDTH) {
    state s = load_state(lanes, l);
    for (size_t i = 0; i < count; ++i)
      store_uniforms(out + i * ICLGD_LANES + l, next(&s));
    store_state(lanes, l, &s);
  }
}

void ICLGD_KERNEL(iclgd_stream_normals)(double *out, iclgd_stream *stream,
                                        size_t count) {
  uint32_t *s = stream->s;
  for (size_t i = 0; i < count; ++i)
    out[i] = (double)iclgd_normal(iclgd_xoshiro(&s[0], &s[1], &s[2], &s[3]));
}
