/* safetensors: what is written is read back, every number type by values known
 * from their bits, and files that contradict themselves are refused by name. */
#include <stdbool.h>

#include "import/safetensors.h"
#include "import/tensors.h"
#include "support/file.h"

static iclgd_error err;

/* A file of 8 bytes of length, a header and `zeros` bytes of numbers. */
static file file_of(uint64_t length, const char *header, size_t zeros) {
  char bytes[4096] = "";
  const size_t size = strlen(header);
  for (size_t i = 0; i < 8; ++i) bytes[i] = (char)(length >> 8 * i & 255);
  memcpy(bytes + 8, header, size);
  return file_of_bytes(bytes, 8 + size + zeros);
}

/* Opening the file fails with these words. */
static void expect_refused(const file *f, const char *words) {
  iclgd_arena arena = {0};
  iclgd_tensors t;
  assert_int_equal(iclgd_tensors_open(f->path, &arena, &t, &err), ICLGD_EINPUT);
  if (!strstr(err.text, words)) fail_msg("%s: no \"%s\"", err.text, words);
  iclgd_tensors_close(&t);
  iclgd_arena_free(&arena);
  unlink(f->path);
}

static void expect_header_refused(const char *header, size_t zeros,
                                  const char *words) {
  const file f = file_of(strlen(header), header, zeros);
  expect_refused(&f, words);
}

static void test_lengths(void **state) {
  (void)state;
  const uint64_t lengths[] = {3, 100, (uint64_t)1 << 31, (uint64_t)1 << 63,
                              UINT64_MAX};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; ++i) {
    const file f = file_of(lengths[i], "{}", 0);
    expect_refused(&f, "first 8 bytes are the length of its header");
  }
  const file f = file_of_bytes("{}", 2);
  expect_refused(&f, "expected a safetensors or HDF5 file, found 2 bytes");
}

static void test_headers(void **state) {
  (void)state;
#define ROW(type, shape, range) \
  "{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":" range "}"
  const struct {
    const char *header;
    size_t bytes;
    const char *words;
  } rows[] = {
      {"", 0, "header in JSON"},
      {"[]", 0, "no object"},
      {"{\"a\":1}", 0, "a: expected a dtype"},
      {"{\"a\":{}}", 0, "a: expected a dtype"},
      {"{\"a\":" ROW("F31", "[1]", "[0,4]") "}", 4, "found 'F31'"},
      {"{\"a\":" ROW("F32", "1", "[0,4]") "}", 4, "a: expected a shape"},
      {"{\"a\":" ROW("F32", "[-1]", "[0,4]") "}", 4, "a: shape"},
      {"{\"a\":" ROW("F32", "[1.0]", "[0,4]") "}", 4, "a: shape"},
      {"{\"a\":" ROW("F32", "[4294967296,4294967296]", "[0,4]") "}", 4,
       "a: shape"},
      {"{\"a\":" ROW("F32", "[9223372036854775807]", "[0,4]") "}", 4,
       "a: expected the bytes"},
      {"{\"a\":" ROW("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4,
       "at most 8 extents, found 9"},
      {"{\"a\":" ROW("F32", "[1]", "[0]") "}", 4, "a: data_offsets"},
      {"{\"a\":" ROW("F32", "[1]", "[-4,0]") "}", 4, "a: data_offsets"},
      {"{\"a\":" ROW("F32", "[1]", "[4,0]") "}", 4, "a: data_offsets"},
      {"{\"a\":" ROW("F32", "[1]", "[0,99999999999999999999]") "}", 4,
       "header in JSON"},
      {"{\"a\":" ROW("F32", "[2]", "[0,4]") "}", 4, "shape (2), dtype F32"},
      {"{\"a\":" ROW("F32", "[1]", "[0,8]") "}", 8, "found 8"},
      {"{\"a\":" ROW("F32", "[1]", "[0,4]") "}", 3, "found 3"},
      {"{\"a\":" ROW("F32", "[1]", "[0,4]") "}", 5, "expected 4 bytes"},
      {"{\"a\":" ROW("F32", "[1]", "[4,8]") "}", 8, "begin of 4"},
      {"{\"a\":" ROW("F32", "[1]", "[0,4]") ",\"b\":" ROW("F32", "[1]",
                                                          "[0,4]") "}",
       4, "b: expected arrays one after the other"},
      {"{\"a\":" ROW("F32", "[2]", "[0,8]") ",\"b\":" ROW("F32", "[1]",
                                                          "[4,8]") "}",
       8, "begin of 4 where the one before it ends at 8"},
      {"{\"a\":" ROW("F32", "[1]", "[0,4]") ",\"a\":" ROW("F32", "[1]",
                                                          "[0,4]") "}",
       4, "duplicate"},
      {"{\"\xff\":" ROW("F32", "[1]", "[0,4]") "}", 4, "header in JSON"},
      {"{\"__metadata__\":1}", 0, "__metadata__"},
      {"{\"__metadata__\":{\"a\":1}}", 0, "__metadata__, a"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    expect_header_refused(rows[i].header, rows[i].bytes, rows[i].words);
}

static void test_nested(void **state) {
  (void)state;
  char header[4000];
  memset(header, '[', sizeof header - 1);
  header[sizeof header - 1] = '\0';
  expect_header_refused(header, 0, "header in JSON");
}

static void test_kinds_of_file(void **state) {
  (void)state;
  iclgd_arena arena = {0};
  iclgd_tensors t;
  assert_int_equal(iclgd_tensors_open("/dev/null", &arena, &t, &err),
                   ICLGD_EINPUT);
  assert_non_null(strstr(err.text, "regular file"));
  iclgd_tensors_close(&t);
  assert_int_equal(iclgd_tensors_open("/nowhere", &arena, &t, &err),
                   ICLGD_EINPUT);
  iclgd_tensors_close(&t);
  iclgd_arena_free(&arena);
}

/* Values from their bits, by the definitions of the formats. */
static void test_number_types(void **state) {
  (void)state;
  static const char header[] =
      "{\"d\":" ROW("F64", "[1]", "[0,8]") ",\"f\":" ROW(
          "F32", "[1]", "[8,12]") ",\"h\":" ROW("F16", "[4]", "[12,20]") ",\"b"
      "\":" ROW("BF16", "[2]", "[20,24]") ",\"i\":" ROW("I64", "[]",
                                                        "[24,32]") "}";
  static const unsigned char numbers[32] = {
      0,    0,    0,    0,
      0,    0,    0xf8, 0xbf, /* -1.5 */
      0,    0,    0x80, 0x3e, /* 0.25 */
      0,    0x3c, 1,    0,
      0xff, 0x7b, 0x66, 0xae, /* 1, 2^-24, 65504, -0.09998 */
      0x80, 0x3f, 0x49, 0xc0, /* 1, -3.140625 */
  };
  char bytes[1024] = {(char)(sizeof header - 1), 1};
  memcpy(bytes, &(uint64_t){sizeof header - 1}, 8);
  memcpy(bytes + 8, header, sizeof header - 1);
  memcpy(bytes + 8 + sizeof header - 1, numbers, sizeof numbers);
  const file f = file_of_bytes(bytes, 8 + sizeof header - 1 + sizeof numbers);
  iclgd_arena arena = {0};
  iclgd_tensors t;
  double *x;
  assert_ok(iclgd_tensors_open(f.path, &arena, &t, &err), err);
  const struct {
    const char *name;
    size_t index;
    double value;
  } rows[] = {{"d", 0, -1.5},    {"f", 0, 0.25},     {"h", 0, 1},
              {"h", 1, 0x1p-24}, {"h", 2, 65504},    {"h", 3, -0x1.998p-4},
              {"b", 0, 1},       {"b", 1, -3.140625}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
    assert_ok(iclgd_tensor_read(&t, iclgd_tensor_named(&t, rows[i].name),
                                &arena, &x, &err),
              err);
    assert_close(x[rows[i].index], rows[i].value, 0, 0);
  }
  assert_int_equal(
      iclgd_tensor_read(&t, iclgd_tensor_named(&t, "i"), &arena, &x, &err),
      ICLGD_EINPUT);
  assert_non_null(strstr(err.text, "i: expected numbers of dtype"));
  iclgd_tensors_close(&t);
  iclgd_arena_free(&arena);
  unlink(f.path);
}

static const double data[6] = {1, -2, 1.0 / 3, 0x1p-1074, 1e300, 0};

static iclgd_tensor_data array_of(const char *name, const char *type,
                                  size_t rows, size_t columns) {
  return (iclgd_tensor_data){.tensor = {.name = name,
                                        .type = type,
                                        .rank = 2,
                                        .extents = {rows, columns},
                                        .size = rows * columns},
                             .data = data};
}

static void test_round_trip(void **state) {
  (void)state;
  const file f = file_with("");
  const iclgd_tensor_data arrays[] = {array_of("A\xc3\xa9", "F32", 1, 3),
                                      array_of("B", "F64", 2, 3)};
  const iclgd_remark remark = {"model", "[model]\nlayers = 2\n"};
  iclgd_arena arena = {0};
  iclgd_tensors t;
  double *x;
  assert_ok(iclgd_safetensors_write(f.path, arrays, 2, &remark, 1, &err), err);
  assert_ok(iclgd_tensors_open(f.path, &arena, &t, &err), err);
  assert_int_equal(t.count, 2);
  assert_string_equal(iclgd_tensors_remark(&t, "model"), remark.value);
  const iclgd_tensor *B = iclgd_tensor_named(&t, "B");
  assert_int_equal(B->extents[0], 2);
  assert_int_equal(B->extents[1], 3);
  assert_ok(iclgd_tensor_read(&t, B, &arena, &x, &err), err);
  assert_memory_equal(x, data, sizeof data);
  const iclgd_tensor *A = iclgd_tensor_named(&t, "A\xc3\xa9");
  assert_int_equal(A->begin % 8, 0);
  assert_ok(iclgd_tensor_read(&t, A, &arena, &x, &err), err);
  for (size_t i = 0; i < 3; ++i)
    assert_close(x[i], (double)(float)data[i], 0, 0);
  iclgd_tensors_close(&t);
  iclgd_arena_free(&arena);
  unlink(f.path);
}

static void test_not_finite(void **state) {
  (void)state;
  const double bad[3] = {0, 1, NAN};
  const file f = file_with("");
  iclgd_tensor_data a = array_of("W", "F64", 3, 1);
  a.data = bad;
  iclgd_arena arena = {0};
  iclgd_tensors t;
  double *x;
  assert_ok(iclgd_safetensors_write(f.path, &a, 1, NULL, 0, &err), err);
  assert_ok(iclgd_tensors_open(f.path, &arena, &t, &err), err);
  assert_int_equal(iclgd_tensor_read(&t, t.rows, &arena, &x, &err),
                   ICLGD_EINPUT);
  assert_non_null(strstr(err.text,
                         "W: expected finite numbers, found nan at "
                         "element 2"));
  iclgd_tensors_close(&t);
  iclgd_arena_free(&arena);
  unlink(f.path);
}

static void test_single_precision_ends(void **state) {
  UNTRAPPED;
  (void)state;
  const file f = file_with("");
  const iclgd_tensor_data a = array_of("W", "F32", 2, 3);
  assert_int_equal(iclgd_safetensors_write(f.path, &a, 1, NULL, 0, &err),
                   ICLGD_ERANGE);
  assert_non_null(strstr(err.text, "1e+300 at element 4"));
  unlink(f.path);
}

/* Every file that differs from a good one by one byte, or ends early, is read
 * or refused; none ends the process. */
static void test_damaged(void **state) {
  (void)state;
  char good[2048];
  const file f = file_with("");
  const iclgd_tensor_data a = array_of("W", "F64", 2, 3);
  const iclgd_remark remark = {"k", "v"};
  assert_ok(iclgd_safetensors_write(f.path, &a, 1, &remark, 1, &err), err);
  FILE *in = fopen(f.path, "rb");
  const size_t size = fread(good, 1, sizeof good, in);
  fclose(in);
  size_t read = 0;
  for (size_t i = 0; i < size + 8 * size; ++i) {
    const bool cut = i >= 8 * size;
    char bytes[sizeof good];
    memcpy(bytes, good, size);
    if (!cut) bytes[i / 8] = (char)(bytes[i / 8] ^ 1 << i % 8);
    const file g = file_of_bytes(bytes, cut ? i - 8 * size : size);
    iclgd_arena arena = {0};
    iclgd_tensors t;
    double *x;
    if (!iclgd_tensors_open(g.path, &arena, &t, &err))
      for (size_t k = 0; k < t.count; ++k)
        read += !iclgd_tensor_read(&t, &t.rows[k], &arena, &x, &err);
    iclgd_tensors_close(&t);
    iclgd_arena_free(&arena);
    unlink(g.path);
  }
  assert_true(read > 8); /* bits of the numbers themselves can be anything */
  unlink(f.path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lengths),
      cmocka_unit_test(test_headers),
      cmocka_unit_test(test_nested),
      cmocka_unit_test(test_kinds_of_file),
      cmocka_unit_test(test_number_types),
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_not_finite),
      cmocka_unit_test(test_single_precision_ends),
      cmocka_unit_test(test_damaged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
