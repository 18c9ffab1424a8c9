/* Arrays that come in blocks: compressed by any number of threads to the same
 * bytes, and read back as they were. */
#include <fcntl.h>
#include <libdeflate.h>

#include "record/write/codec.h"
#include "sample.h"
#include "support/close.h"
#include "support/samples.h"

enum { ROWS = 21, MANY = 700, WIDE = 11, BLOCK = 256 };

static iclgd_error err;
static const char name[] = "trajectories/gd/weight";
static const size_t extents[] = {ROWS, MANY, WIDE};

/* Noise, zeros, runs, NaN and infinity. */
static void fill_weight(double *w) {
  uint64_t seed = 4;
  for (size_t i = 0; i < (size_t)ROWS * MANY * WIDE; ++i) {
    const size_t row = i / (MANY * WIDE);
    w[i] = row == 0   ? 0
           : row == 1 ? (double)(float)normal(&seed)
           : row == 2 ? (double)(i / 100)
                      : normal(&seed);
  }
  w[3 * MANY * WIDE] = NAN;
  w[4 * MANY * WIDE] = -INFINITY;
}

/* Write w in blocks of `length` prompts after announcing blocks of BLOCK. */
static void write_file(const char *path, const double *w, size_t length,
                       size_t threads) {
  const iclgd_record_options options = {
      .force = true, .reproducible = true, .title = "t"};
  const size_t announced[] = {ROWS, BLOCK, WIDE};
  double *part = malloc(sizeof *part * ROWS * length * WIDE);
  iclgd_record *record;
  iclgd_pool *pool;
  assert_non_null(part);
  assert_ok(iclgd_pool_create(threads, &pool, &err), err);
  assert_ok(
      iclgd_record_create(path, &sample_schema, 1, &options, &record, &err),
      err);
  assert_ok(iclgd_record_begin_blocks(record, name, extents, announced, &err),
            err);
  for (size_t p = 0; p < MANY; p += length) {
    const size_t count = MANY - p < length ? MANY - p : length;
    const size_t start[] = {0, p, 0}, size[] = {ROWS, count, WIDE};
    for (size_t k = 0; k < ROWS; ++k)
      memcpy(part + k * count * WIDE, w + (k * MANY + p) * WIDE,
             count * WIDE * sizeof *part);
    const iclgd_part parts[] = {{name, start, size, part}};
    assert_ok(iclgd_record_parts(record, parts, 1, pool, &err), err);
  }
  assert_ok(iclgd_record_commit(record, &err), err);
  iclgd_pool_free(pool);
  free(part);
}

static void expect_file(const char *path, const double *w) {
  iclgd_source *source;
  iclgd_arena arena = {0};
  size_t found[] = {ROWS, MANY, WIDE};
  double *got;
  assert_ok(iclgd_source_open(path, &source, &err), err);
  assert_ok(iclgd_source_reals(source, name, 3, found, &arena, &got, &err),
            err);
  assert_memory_equal(got, w, sizeof *w * ROWS * MANY * WIDE);
  iclgd_source_close(source);
  iclgd_arena_free(&arena);
}

static size_t read_file(const char *path, unsigned char *out, size_t size) {
  const int file = open(path, O_RDONLY);
  assert_true(file >= 0);
  size_t used = 0;
  for (ssize_t got; (got = read(file, out + used, size - used)) > 0;)
    used += (size_t)got;
  close(file);
  assert_true(used < size);
  return used;
}

static void blocks_by_any_number_of_threads(void **state) {
  (void)state;
  enum { ROOM = 1 << 22 };
  double *w = malloc(sizeof *w * ROWS * MANY * WIDE);
  unsigned char *first = malloc(ROOM), *second = malloc(ROOM);
  assert_true(w && first && second);
  fill_weight(w);
  const char *path = sample_path("blocks.h5");
  write_file(path, w, BLOCK, 1);
  expect_file(path, w);
  const size_t size = read_file(path, first, ROOM);
  for (size_t threads = 2; threads <= 5; threads += 3) {
    write_file(path, w, BLOCK, threads);
    expect_file(path, w);
    assert_int_equal(read_file(path, second, ROOM), size);
    assert_memory_equal(first, second, size);
  }
  free(w);
  free(first);
  free(second);
}

/* Parts other than announced are written all the same. */
static void other_parts_arrive_too(void **state) {
  (void)state;
  double *w = malloc(sizeof *w * ROWS * MANY * WIDE);
  assert_non_null(w);
  fill_weight(w);
  const size_t lengths[] = {1, 100, 300, MANY};
  for (size_t i = 1; i < 4; ++i) {
    write_file(sample_path("other.h5"), w, lengths[i], 2);
    expect_file(sample_path("other.h5"), w);
  }
  free(w);
}

/* Blocks are made of whole chunks. */
static void chunks_divide_blocks(void **state) {
  (void)state;
  double *w = calloc(ROWS * MANY * WIDE, sizeof *w);
  assert_non_null(w);
  write_file(sample_path("chunks.h5"), w, BLOCK, 1);
  free(w);
  const hid_t file =
      H5Fopen(sample_path("chunks.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
  const hid_t set =
      H5Dopen2(file, "/entry/trajectories/gd/weight", H5P_DEFAULT);
  const hid_t list = H5Dget_create_plist(set);
  hsize_t chunk[3];
  assert_int_equal(H5Pget_chunk(list, 3, chunk), 3);
  assert_int_equal(BLOCK % chunk[1], 0);
  assert_int_equal(chunk[2], WIDE);
  assert_in_range(chunk[0] * chunk[1] * chunk[2] * 8, 1 << 16, 1 << 17);
  H5Pclose(list);
  H5Dclose(set);
  H5Fclose(file);
}

/* Zeros shrink to almost nothing, noise hardly grows. */
static void what_compresses_is_compressed(void **state) {
  (void)state;
  enum { BYTES = 1 << 16 };
  iclgd_codec *codec = iclgd_codec_create(BYTES);
  unsigned char *out = malloc(iclgd_codec_bound(BYTES));
  assert_true(codec && out);
  memset(iclgd_codec_chunk(codec), 0, BYTES);
  const size_t zeros = iclgd_codec_compress(codec, BYTES, out);
  assert_in_range(zeros, 1, BYTES / 100);
  uint64_t seed = 1;
  for (size_t i = 0; i < BYTES; ++i)
    iclgd_codec_chunk(codec)[i] = (unsigned char)(256 * normal_uniform(&seed));
  const size_t noise = iclgd_codec_compress(codec, BYTES, out);
  assert_in_range(noise, BYTES, BYTES + BYTES / 1000);
  iclgd_codec_free(codec);
  free(out);
}

/* Undo what the filters shuffle and deflate undo. */
static void expect_inverse(iclgd_codec *codec, const unsigned char *packed,
                           size_t size, size_t bytes) {
  struct libdeflate_decompressor *inflate = libdeflate_alloc_decompressor();
  unsigned char *planes = malloc(bytes);
  const unsigned char *chunk = iclgd_codec_chunk(codec);
  assert_true(inflate && planes);
  assert_int_equal(
      libdeflate_zlib_decompress(inflate, packed, size, planes, bytes, NULL),
      LIBDEFLATE_SUCCESS);
  for (size_t i = 0; i < bytes; ++i)
    assert_int_equal(planes[i % 8 * (bytes / 8) + i / 8], chunk[i]);
  libdeflate_free_decompressor(inflate);
  free(planes);
}

/* Chunks of any size, with 0 to 8 bytes of each element noise: the first ones,
 * or the last, which follow others. */
static void any_chunk_comes_back(void **state) {
  (void)state;
  enum { BYTES = 1 << 20 };
  const size_t sizes[] = {8, 16, 8000, 8184, 8192, 65536 + 8, 524288, BYTES};
  iclgd_codec *codec = iclgd_codec_create(BYTES);
  unsigned char *out = malloc(iclgd_codec_bound(BYTES));
  uint64_t seed = 2;
  assert_true(codec && out);
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s)
    for (size_t noise = 0; noise <= 16; ++noise) {
      for (size_t i = 0; i < sizes[s]; ++i)
        iclgd_codec_chunk(codec)[i] =
            i % 8 < noise && (noise <= 8 || i % 8 >= noise - 8)
                ? (unsigned char)(256 * normal_uniform(&seed))
                : (unsigned char)(i % 8);
      const size_t packed = iclgd_codec_compress(codec, sizes[s], out);
      assert_in_range(packed, 1, iclgd_codec_bound(sizes[s]));
      expect_inverse(codec, out, packed, sizes[s]);
    }
  iclgd_codec_free(codec);
  free(out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SAMPLE_TEST(blocks_by_any_number_of_threads),
      SAMPLE_TEST(other_parts_arrive_too),
      SAMPLE_TEST(chunks_divide_blocks),
      SAMPLE_TEST(what_compresses_is_compressed),
      SAMPLE_TEST(any_chunk_comes_back),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
