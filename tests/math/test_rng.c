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

/* Every instruction set that runs here gives the same bits. */
static void sets_agree(void **state) {
  (void)state;
  enum { COUNT = 300 };
  static float base[COUNT * ICLGD_LANES], other[COUNT * ICLGD_LANES];
  static double base_stream[COUNT], other_stream[COUNT];
  iclgd_lanes start, lanes;
  iclgd_stream from, stream;
  iclgd_lanes_seed(&start, 4, ICLGD_STREAM_TRAIN, 5);
  iclgd_stream_seed(&from, 4, ICLGD_STREAM_TRAIN, 5);
  lanes = start;
  iclgd_lanes_normals_base(base, &lanes, COUNT);
  stream = from;
  iclgd_stream_normals_base(base_stream, &stream, COUNT);
#if defined(__x86_64__)
  if (iclgd_isa_best() >= ICLGD_ISA_V3) {
    lanes = start;
    iclgd_lanes_normals_v3(other, &lanes, COUNT);
    assert_memory_equal(other, base, sizeof base);
    stream = from;
    iclgd_stream_normals_v3(other_stream, &stream, COUNT);
    assert_memory_equal(other_stream, base_stream, sizeof base_stream);
  }
  if (iclgd_isa_best() >= ICLGD_ISA_V4) {
    lanes = start;
    iclgd_lanes_normals_v4(other, &lanes, COUNT);
    assert_memory_equal(other, base, sizeof base);
  }
#else
  (void)other;
  (void)other_stream;
#endif
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
      cmocka_unit_test(neighbours_differ),
      cmocka_unit_test(xoshiro_by_hand),
      cmocka_unit_test(normals_invert_the_tail),
      cmocka_unit_test(moments_of_normals),
      cmocka_unit_test(uniforms_and_integers),
  };
  return cmocka_run_group_tests_name("math/rng", tests, NULL, NULL);
}
