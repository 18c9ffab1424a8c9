/* Text files from outside: read whole, or refused with what to do. */
#include "base/input.h"

#include <sys/stat.h>

#include "base/utf8.h"
#include "support/file.h"

static iclgd_status read_bytes(const void *bytes, size_t size, size_t limit,
                               iclgd_arena *arena, iclgd_input *out,
                               iclgd_error *err) {
  const file f = file_of_bytes(bytes, size);
  const iclgd_status status = iclgd_input_read(f.path, limit, arena, out, err);
  unlink(f.path);
  return status;
}

static void text_is_read_whole(void **state) {
  (void)state;
  const struct {
    const char *bytes;
    size_t size;
    const char *text;
    size_t left;
  } cases[] = {
      {"", 0, "", 0},
      {"a\n", 2, "a\n", 2},
      {"a\0b", 3, "a", 3},
      {"\xef\xbb\xbf"
       "a",
       4, "a", 1},
      {"\xef\xbb\xbf", 3, "", 0},
      {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9,
       "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    iclgd_arena arena = {0};
    iclgd_input input;
    iclgd_error err;
    assert_ok(
        read_bytes(cases[c].bytes, cases[c].size, 9, &arena, &input, &err),
        err);
    assert_int_equal(input.size, cases[c].left);
    assert_string_equal(input.text, cases[c].text);
    iclgd_arena_free(&arena);
  }
}

static void other_formats_are_named(void **state) {
  (void)state;
  const struct {
    const char *bytes;
    size_t size;
    const char *message;
  } cases[] = {
      {"\xff\xfe\x61\0", 4, "UTF-16: convert it with iconv -f UTF-16"},
      {"\xfe\xff\0\x61", 4, "UTF-16: convert it with iconv -f UTF-16"},
      {"a\0,\0b\0", 6, "UTF-16: convert it with iconv -f UTF-16"},
      {"\0a\0,\0b", 6, "UTF-16: convert it with iconv -f UTF-16"},
      {"\x1f\x8b\x08\0", 4, "compressed: unpack it with gunzip"},
      {"BZh91", 5, "compressed: unpack it with bunzip2"},
      {"PK\3\4....", 8, "save the sheet as CSV"},
      {"\xd0\xcf\x11\xe0....", 8, "save the sheet as CSV"},
      {"PAR1....", 8, "a Parquet file"},
      {"\x89HDF\r\n\x1a\n", 8, "an HDF5 file"},
      {"caf\xe9\n", 5, ", line 1: expected text in UTF-8, found the byte 0xe9"},
      {"a\nb\n\xc3", 5, ", line 3: expected text in UTF-8, found the byte"},
      {"0123456789", 10, "expected at most 0 MiB"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    iclgd_arena arena = {0};
    iclgd_input input;
    iclgd_error err;
    assert_int_equal(
        read_bytes(cases[c].bytes, cases[c].size, 9, &arena, &input, &err),
        ICLGD_EINPUT);
    if (!strstr(err.text, cases[c].message) ||
        !strstr(err.text, "/tmp/iclgd_test_"))
      fail_msg("'%s' does not say '%s'", err.text, cases[c].message);
    iclgd_arena_free(&arena);
  }
}

/* None of them is waited for. */
static void only_regular_files(void **state) {
  (void)state;
  const file f = file_with("");
  unlink(f.path);
  assert_int_equal(mkfifo(f.path, 0600), 0);
  const char *const cases[][2] = {
      {f.path, "expected a regular file, found a pipe"},
      {"/dev/zero", "expected a regular file, found a device"},
      {"/tmp", "expected a regular file, found a folder"},
      {"/no/such/file", "cannot open: No such file"},
      {"/proc/self/status", "changed its size while it was read"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    iclgd_arena arena = {0};
    iclgd_input input;
    iclgd_error err;
    assert_int_equal(iclgd_input_read(cases[c][0], 99, &arena, &input, &err),
                     ICLGD_EINPUT);
    if (!strstr(err.text, cases[c][1]) || !strstr(err.text, cases[c][0]))
      fail_msg("'%s' does not say '%s'", err.text, cases[c][1]);
    iclgd_arena_free(&arena);
  }
  unlink(f.path);
}

/* The characters of every length at both ends of their ranges, beside what is
 * just outside (RFC 3629, section 4). */
static void characters_and_other_bytes(void **state) {
  (void)state;
  const char *const whole[] = {
      "\x7f",         "\xc2\x80",         "\xdf\xbf",
      "\xe0\xa0\x80", "\xed\x9f\xbf",     "\xee\x80\x80",
      "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
  const char *const broken[] = {
      "\x80",         "\xbf",         "\xc0\x80",         "\xc1\xbf",
      "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",     "\xf0\x8f\xbf\xbf",
      "\xc2",         "\xc2\x41",     "\xe2\x82",         "\xf4\x90\x80\x80",
      "\xf5\x80",     "\xff",         "\xf0\x9f\x98\x41", "\xe2\x82\xc3"};
  for (size_t i = 0; i < sizeof whole / sizeof *whole; ++i)
    assert_int_equal(iclgd_utf8_valid(whole[i], strlen(whole[i])),
                     strlen(whole[i]));
  for (size_t i = 0; i < sizeof broken / sizeof *broken; ++i)
    assert_int_equal(iclgd_utf8_valid(broken[i], strlen(broken[i])), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_is_read_whole),
      cmocka_unit_test(other_formats_are_named),
      cmocka_unit_test(only_regular_files),
      cmocka_unit_test(characters_and_other_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
