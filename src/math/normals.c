/* Numbers in bulk: the lanes of one vector after those of the other, so that
 * their states stay in registers over a whole call. Vectors that octave.h does
 * not get right at once, 1 in 32 of AVX2 and none elsewhere, are repaired block
 * by block: a branch for each would be mispredicted. */
#include "math/normals.h"

#include <Random123/philox.h>

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

/* Uniforms wait for their state, not for arithmetic: two vectors at once. */
void ICLGD_KERNEL(iclgd_lanes_uniforms)(float *out, iclgd_lanes *lanes,
                                        size_t count) {
  enum { HALF = ICLGD_LANES / 2, AT_ONCE = (int)WIDTH <= (int)HALF ? 2 : 1 };
  for (size_t l = 0; l < ICLGD_LANES; l += AT_ONCE * WIDTH) {
    state s[AT_ONCE];
    for (size_t k = 0; k < AT_ONCE; ++k)
      s[k] = load_state(lanes, l + k * WIDTH);
    for (size_t i = 0; i < count; ++i)
      for (size_t k = 0; k < AT_ONCE; ++k)
        store_uniforms(out + i * ICLGD_LANES + l + k * WIDTH, next(&s[k]));
    for (size_t k = 0; k < AT_ONCE; ++k)
      store_state(lanes, l + k * WIDTH, &s[k]);
  }
}

/* Philox4x32-10 (Salmon et al. 2011), as in rng.c, of the lanes from l on; the
 * counter is (group, id, lane). */
static inline state philox(uint64_t seed, uint32_t id, uint64_t group,
                           size_t l) {
  static const uint32_t lane[ICLGD_LANES] = {0, 1, 2,  3,  4,  5,  6,  7,
                                             8, 9, 10, 11, 12, 13, 14, 15};
  uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  const words zero = {0};
  words c0 = add_word(zero, (uint32_t)group), c2 = add_word(zero, id);
  words c1 = add_word(zero, (uint32_t)(group >> 32)), c3 = load(lane + l);
  for (int round = 0; round < PHILOX4x32_DEFAULT_ROUNDS; ++round) {
    words high_0, low_0, high_2, low_2;
    multiply_words(&high_0, &low_0, c0, PHILOX_M4x32_0);
    multiply_words(&high_2, &low_2, c2, PHILOX_M4x32_1);
    c0 = high_2 ^ c1 ^ add_word(zero, key[0]);
    c2 = high_0 ^ c3 ^ add_word(zero, key[1]);
    c1 = low_2;
    c3 = low_0;
    key[0] += PHILOX_W32_0;
    key[1] += PHILOX_W32_1;
  }
  return (state){{c0, c1, c2, c3}};
}

void ICLGD_KERNEL(iclgd_lanes_seed)(iclgd_lanes *lanes, uint64_t seed,
                                    uint32_t id, uint64_t group) {
  for (size_t l = 0; l < ICLGD_LANES; l += WIDTH) {
    const state s = philox(seed, id, group, l);
    store_state(lanes, l, &s);
  }
}

void ICLGD_KERNEL(iclgd_stream_normals)(double *out, iclgd_stream *stream,
                                        size_t count) {
  uint32_t *s = stream->s;
  for (size_t i = 0; i < count; ++i)
    out[i] = (double)iclgd_normal(iclgd_xoshiro(&s[0], &s[1], &s[2], &s[3]));
}
