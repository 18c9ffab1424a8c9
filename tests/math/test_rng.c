/* The generator: lanes equal streams, streams are disjoint, and the numbers
 * have the law they should have. */
#include <iclgd/rng.h>

#include <stdlib.h>

#include "base/isa.h"
#include "math/normals.h"
#include "support/close.h"

/* The upper tail of the normal, by the C library. */
static double upper_tail(double z) {
  return 0.5 * erfc(z / sqrt(2));
}

static void lanes_equal_streams(void **state) {
  (void)state;
  enum { COUNT = 50 };
  float lanes_out[COUNT * ICLGD_LANES], uniforms[COUNT * ICLGD_LANES];
  iclgd_lanes lanes;
  iclgd_lanes_seed(&lanes, 0x123456789abcdefu, ICLGD_STREAM_PROBE, 77);
  iclgd_lanes_normals(lanes_out, &lanes, COUNT);
  iclgd_lanes_uniforms(uniforms, &lanes, COUNT);
  for (uint64_t lane = 0; lane < ICLGD_LANES; ++lane) {
    iclgd_stream stream;
    iclgd_stream_seed(&stream, 0x123456789abcdefu, ICLGD_STREAM_PROBE,
                      77 * ICLGD_LANES + lane);
    for (size_t i = 0; i < COUNT; ++i)
      assert_true(iclgd_stream_normal(&stream) ==
                  lanes_out[i * ICLGD_LANES + lane]);
    for (size_t i = 0; i < COUNT; ++i)
      assert_true(iclgd_stream_uniform(&stream) ==
                  uniforms[i * ICLGD_LANES + lane]);
  }
}

typedef void bulk(float *out, iclgd_lanes *lanes, size_t count);

enum { ROWS = 1000, CALLS = 140 }; /* 1.1 million numbers */

/* All calls of `got` on lanes from `start`, beside 16 scalar streams. Counts
 * are no multiples of anything; each call goes on where the last one ended. */
static void expect_streams(bulk *got, float scalar(iclgd_stream *),
                           const iclgd_lanes *start) {
  static float out[ROWS * ICLGD_LANES];
  iclgd_lanes lanes = *start;
  iclgd_stream streams[ICLGD_LANES];
  for (size_t l = 0; l < ICLGD_LANES; ++l)
    for (size_t k = 0; k < 4; ++k) streams[l].s[k] = start->s[k][l];
  for (size_t call = 0; call < CALLS; ++call) {
    const size_t rows = call % 2 ? ROWS : call;
    got(out, &lanes, rows);
    for (size_t i = 0; i < rows * ICLGD_LANES; ++i)
      if (scalar(&streams[i % ICLGD_LANES]) != out[i])
        fail_msg("call %zu, number %zu: %.9g", call, i, (double)out[i]);
  }
  for (size_t l = 0; l < ICLGD_LANES; ++l)
    for (size_t k = 0; k < 4; ++k)
      assert_int_equal(lanes.s[k][l], streams[l].s[k]);
}

/* Lane l starts with the word words[l % count]: s0 + s3 of xoshiro128+. */
static iclgd_lanes lanes_of_words(const uint32_t *words, size_t count) {
  iclgd_lanes lanes;
  iclgd_lanes_seed(&lanes, 4, ICLGD_STREAM_TRAIN, 5);
  for (size_t l = 0; l < ICLGD_LANES; ++l)
    lanes.s[0][l] = words[l % count] - lanes.s[3][l];
  return lanes;
}

/* Every octave's ends, the tails and the median among them, either sign. */
static void expect_all_octaves(bulk *got) {
  for (uint32_t octave = 0; octave <= 31; ++octave) {
    const uint32_t end = octave < 31 ? 1u << octave : 0x7fffffffu;
    const uint32_t words[] = {end,        end | 0x80000000u, end - 1,
                              0x12345678, end + end / 2,     end ^ 1u};
    const iclgd_lanes lanes = lanes_of_words(words, 6);
    for (size_t l = 0; l < ICLGD_LANES; ++l)
      assert_int_equal(lanes.s[0][l] + lanes.s[3][l], words[l % 6]);
    float out[ICLGD_LANES];
    iclgd_lanes moved = lanes;
    got(out, &moved, 1);
    for (size_t l = 0; l < ICLGD_LANES; ++l) {
      iclgd_stream stream = {.s = {words[l % 6], 0, 0, 0}};
      assert_true(iclgd_stream_normal(&stream) == out[l]);
    }
  }
}

/* Every instruction set that runs here gives the bits of the scalar stream, and
 * a million numbers hold those outside the octaves of one AVX2 register. */
static void sets_agree(void **state) {
  (void)state;
  iclgd_lanes start;
  iclgd_lanes_seed(&start, 4, ICLGD_STREAM_TRAIN, 5);
  expect_streams(iclgd_lanes_normals_base, iclgd_stream_normal, &start);
  expect_streams(iclgd_lanes_uniforms_base, iclgd_stream_uniform, &start);
  expect_all_octaves(iclgd_lanes_normals_base);
#if defined(__x86_64__)
  if (iclgd_isa_best() >= ICLGD_ISA_V3) {
    expect_streams(iclgd_lanes_normals_v3, iclgd_stream_normal, &start);
    expect_streams(iclgd_lanes_uniforms_v3, iclgd_stream_uniform, &start);
    expect_all_octaves(iclgd_lanes_normals_v3);
  }
  if (iclgd_isa_best() >= ICLGD_ISA_V4) {
    expect_streams(iclgd_lanes_normals_v4, iclgd_stream_normal, &start);
    expect_streams(iclgd_lanes_uniforms_v4, iclgd_stream_uniform, &start);
    expect_all_octaves(iclgd_lanes_normals_v4);
  }
#endif
}

static void stream_sets_agree(void **state) {
  (void)state;
  enum { COUNT = 3000 };
  static double out[COUNT];
  iclgd_stream from, stream;
  iclgd_stream_seed(&from, 4, ICLGD_STREAM_TRAIN, 5);
  stream = from;
  iclgd_stream_normals_base(out, &stream, COUNT);
#if defined(__x86_64__)
  static double other[COUNT];
  if (iclgd_isa_best() >= ICLGD_ISA_V3) {
    stream = from;
    iclgd_stream_normals_v3(other, &stream, COUNT);
    assert_memory_equal(other, out, sizeof out);
  }
#endif
  for (size_t i = 0; i < COUNT; ++i)
    assert_true((double)iclgd_stream_normal(&from) == out[i]);
}

static void neighbours_differ(void **state) {
  (void)state;
  const uint64_t seeds[] = {1, 1, 1, 2, 1u + (1ull << 32)};
  const uint32_t ids[] = {1, 1, 2, 1, 1};
  const uint64_t indices[] = {0, 1, 0, 0, 0};
  uint32_t first[5];
  for (size_t i = 0; i < 5; ++i) {
    iclgd_stream stream;
    iclgd_stream_seed(&stream, seeds[i], ids[i], indices[i]);
    first[i] = iclgd_stream_bits(&stream);
    for (size_t j = 0; j < i; ++j) assert_int_not_equal(first[i], first[j]);
  }
}

/* First published outputs of xoshiro128+ from the state (1, 2, 3, 4), worked
 * out by hand from its definition: 1+4; then (7, 0, 1026, 12288): 7+12288. */
static void xoshiro_by_hand(void **state) {
  (void)state;
  iclgd_stream stream = {.s = {1, 2, 3, 4}};
  assert_int_equal(iclgd_stream_bits(&stream), 5);
  assert_int_equal(stream.s[0], 7);
  assert_int_equal(stream.s[1], 0);
  assert_int_equal(stream.s[2], 1026);
  assert_int_equal(stream.s[3], 12288);
  assert_int_equal(iclgd_stream_bits(&stream), 12295);
}

/* Every normal is within 1.5e-6 of the exact inverse of its tail probability:
 * p(z + e) <= p <= p(z - e). The state is set so that the bits are known. */
static void normals_invert_the_tail(void **state) {
  (void)state;
  for (uint32_t octave = 0; octave < 31; ++octave) {
    for (uint32_t k = 0; k < 64; ++k) {
      const uint32_t base = 1u << octave;
      const uint32_t r = (base + (uint32_t)((uint64_t)base * k / 64)) | 1u;
      iclgd_stream stream = {.s = {r, 0, 0, 0}};
      iclgd_stream minus = {.s = {r | 0x80000000u, 0, 0, 0}};
      const double z = (double)iclgd_stream_normal(&stream);
      const double p = (double)(float)r * 0x1p-32;
      assert_true(upper_tail(z + 1.5e-6) <= p && p <= upper_tail(z - 1.5e-6));
      assert_true((double)iclgd_stream_normal(&minus) == -z);
      assert_true(z >= 0 && z < 6.24);
    }
  }
}

/* Moments 1..4 within five standard errors of 0, 1, 0, 3. */
static void moments_of_normals(void **state) {
  (void)state;
  enum { GROUPS = 400, COUNT = 64 };
  static float z[COUNT * ICLGD_LANES];
  double sum[5] = {0};
  for (uint64_t group = 0; group < GROUPS; ++group) {
    iclgd_lanes lanes;
    iclgd_lanes_seed(&lanes, 9, ICLGD_STREAM_TRAIN, group);
    iclgd_lanes_normals(z, &lanes, COUNT);
    for (size_t i = 0; i < COUNT * ICLGD_LANES; ++i) {
      double power = 1;
      for (size_t k = 0; k < 5; ++k, power *= (double)z[i]) sum[k] += power;
    }
  }
  const double n = sum[0], error = 5 / sqrt(n);
  assert_close(sum[1] / n, 0, error, 0);
  assert_close(sum[2] / n, 1, error * sqrt(2), 0);
  assert_close(sum[3] / n, 0, error * sqrt(15), 0);
  assert_close(sum[4] / n, 3, error * sqrt(96), 0);
}

static void uniforms_and_integers(void **state) {
  (void)state;
  enum { COUNT = 200000, BOUND = 6 };
  iclgd_stream stream;
  iclgd_stream_seed(&stream, 3, ICLGD_STREAM_EVAL, 5);
  double sum = 0, squares = 0;
  size_t counts[BOUND] = {0};
  for (size_t i = 0; i < COUNT; ++i) {
    const double u = (double)iclgd_stream_uniform(&stream);
    assert_true(u > -1 && u < 1);
    sum += u;
    squares += u * u;
    ++counts[iclgd_stream_below(&stream, BOUND)];
  }
  assert_close(sum / COUNT, 0, 5 / sqrt(3.0 * COUNT), 0);
  assert_close(squares / COUNT, 1.0 / 3, 5 * sqrt(4.0 / 45 / COUNT), 0);
  for (size_t i = 0; i < BOUND; ++i)
    assert_close((double)counts[i], COUNT / 6.0, 5 * sqrt(COUNT * 5.0 / 36), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lanes_equal_streams),
      cmocka_unit_test(sets_agree),
      cmocka_unit_test(stream_sets_agree),
      cmocka_unit_test(neighbours_differ),
      cmocka_unit_test(xoshiro_by_hand),
      cmocka_unit_test(normals_invert_the_tail),
      cmocka_unit_test(moments_of_normals),
      cmocka_unit_test(uniforms_and_integers),
  };
  return cmocka_run_group_tests_name("math/rng", tests, NULL, NULL);
}
