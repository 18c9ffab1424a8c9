/* INI files as people write them, and files that are none. */
#include <iclgd/settings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/close.h"

static const iclgd_key keys[] = {
    KEY_INT("seed", "0", 0, 100, ""),
    KEY_INT("prompt.d", "5", 1, 512, ""),
    KEY_TEXT("prompt.source", "generator", ""),
    KEY_REALS("model.gain", "1", -1e3, 1e3, ""),
    KEY_FORM_IN("model.init", "zero", "zero|normal:real", 0, 9, ""),
};
static const iclgd_key_set set = {keys, sizeof keys / sizeof *keys};

typedef struct fixture {
  iclgd_settings *settings;
  iclgd_error err;
  char path[64];
} fixture;

static int set_up(void **state) {
  fixture *f = calloc(1, sizeof *f);
  if (!f) return -1;
  strcpy(f->path, "/tmp/iclgd_ini_XXXXXX");
  const int file = mkstemp(f->path);
  *state = f;
  if (file < 0) return -1;
  return close(file) || iclgd_settings_create(&set, 1, &f->settings, &f->err);
}

static int tear_down(void **state) {
  fixture *f = *state;
  iclgd_settings_free(f->settings);
  unlink(f->path);
  free(f);
  return 0;
}

static iclgd_status load_bytes(fixture *f, const void *bytes, size_t size) {
  FILE *file = fopen(f->path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
  return iclgd_settings_load(f->settings, f->path, &f->err);
}

static void loads(fixture *f, const char *text) {
  assert_ok(load_bytes(f, text, strlen(text)), f->err);
}

/* Loading fails as bad input; the message is the path and this tail. */
static void refuses_bytes(fixture *f, const void *bytes, size_t size,
                          const char *tail) {
  char message[512];
  snprintf(message, sizeof message, "%s%s", f->path, tail);
  assert_int_equal(load_bytes(f, bytes, size), ICLGD_EINPUT);
  assert_string_equal(f->err.text, message);
}

static void refuses(fixture *f, const char *text, const char *tail) {
  refuses_bytes(f, text, strlen(text), tail);
}

static void sections_keys_and_comments(void **state) {
  fixture *f = *state;
  loads(f,
        "; a comment\n# another\nseed = 7\n\n[prompt]\n"
        "d=3 ; inline\nsource : table:a;b.csv\t; inline\n"
        "[model]\n\tgain = 1, -2,0.5\n   init = normal:2\n");
  size_t count;
  const double *gain = iclgd_get_reals(f->settings, "model.gain", &count);
  assert_int_equal(iclgd_get_int(f->settings, "seed"), 7);
  assert_int_equal(iclgd_get_int(f->settings, "prompt.d"), 3);
  assert_string_equal(iclgd_get_text(f->settings, "prompt.source"),
                      "table:a;b.csv");
  assert_int_equal(count, 3);
  assert_close(gain[1], -2.0, 0.0, 0.0);
  assert_int_equal(iclgd_get_form(f->settings, "model.init").choice, 1);
}

static void every_kind_of_line_end(void **state) {
  fixture *f = *state;
  loads(f, "");
  loads(f, "\n\n");
  loads(f, "seed = 1\r\n[prompt]\r\nd = 2\r\nsource = x\r\n");
  assert_string_equal(iclgd_get_text(f->settings, "prompt.source"), "x");
  loads(f, "seed = 3\n[prompt]\nd = 4");
  assert_int_equal(iclgd_get_int(f->settings, "prompt.d"), 4);
  loads(f, "seed = 5\r");
  assert_int_equal(iclgd_get_int(f->settings, "seed"), 5);
  refuses(f, "seed = 3\r[prompt]\rd = 4\r",
          ", line 1: expected text, found a control character");
}

static void a_byte_order_mark_is_skipped(void **state) {
  fixture *f = *state;
  loads(f, "\xef\xbb\xbfseed = 9\n[prompt]\nd = 8\n");
  assert_int_equal(iclgd_get_int(f->settings, "seed"), 9);
  assert_int_equal(iclgd_get_int(f->settings, "prompt.d"), 8);
}

/* Text is taken as it stands: quotes belong to the value. */
static void quotes_are_part_of_the_value(void **state) {
  fixture *f = *state;
  loads(f, "[prompt]\nsource = \"a b\"\n");
  assert_string_equal(iclgd_get_text(f->settings, "prompt.source"), "\"a b\"");
  refuses(f, "[prompt]\nd = \"3\"\n",
          ", line 2: prompt.d = \"3\": expected a whole number from 1 to 512");
}

static void faults_name_the_line(void **state) {
  fixture *f = *state;
  refuses(f, "seed = 1\n\n[prompt]\n; x\n\n  d = 0\n",
          ", line 6: prompt.d = 0: expected a whole number from 1 to 512");
  refuses(f, "seed = 1\n[prompt]\nn = 3\n",
          ", line 3: unknown key 'prompt.n', did you mean 'prompt.d'?");
  refuses(f, "d = 3\n", ", line 1: unknown key 'd', did you mean 'prompt.d'?");
  refuses(f, "seed =\n",
          ", line 1: seed = : expected a whole number from 0 to 100");
  assert_string_equal(iclgd_settings_source(f->settings, "prompt.d"),
                      "default");
}

static void the_first_fault_is_the_one_reported(void **state) {
  fixture *f = *state;
  const char *tail = ", line 2: expected [section] or key = value";
  refuses(f, "seed = 1\nnonsense\n", tail);
  refuses(f, "seed = 1\nnonsense\nseed = x\n", tail);
  refuses(f, "seed = 1\n[prompt\nd = 1\n", tail);
  refuses(f, "seed = 1\nnonsense\n\1\n", tail);
  refuses(f, "seed = 1\nseed = x\nnonsense\n",
          ", line 2: seed = x: expected a whole number from 0 to 100");
}

static void the_source_is_file_and_line(void **state) {
  fixture *f = *state;
  char expected[128];
  loads(f, "\n[prompt]\n\nd = 6\nsource = generator\n");
  snprintf(expected, sizeof expected, "%s, line 4", f->path);
  assert_string_equal(iclgd_settings_source(f->settings, "prompt.d"), expected);
  snprintf(expected, sizeof expected, "%s, line 5", f->path);
  assert_string_equal(iclgd_settings_source(f->settings, "prompt.source"),
                      expected);
  assert_string_equal(iclgd_settings_source(f->settings, "seed"), "default");
}

static void files_that_are_not_there(void **state) {
  fixture *f = *state;
  assert_int_equal(
      iclgd_settings_load(f->settings, "/nonexistent/x.ini", &f->err),
      ICLGD_EINPUT);
  assert_string_equal(
      f->err.text,
      "/nonexistent/x.ini: cannot open: No such file or directory");
  assert_int_equal(iclgd_settings_load(f->settings, "/tmp", &f->err),
                   ICLGD_EINPUT);
  assert_string_equal(f->err.text, "/tmp: cannot read: Is a directory");
}

static void files_that_are_not_text(void **state) {
  fixture *f = *state;
  const char *tail = ", line 1: expected text, found a control character";
  refuses_bytes(f, "seed = 1\0\n", 10, tail);
  refuses_bytes(f, "\x89HDF\r\n\x1a\n", 8,
                ", line 1: expected text in UTF-8, found the byte 0x89 "
                "(convert it with iconv)");
  refuses(f, "seed = 1\n[prompt]\nsource = caf\xe9\n",
          ", line 3: expected text in UTF-8, found the byte 0xe9 (convert it "
          "with iconv)");
  refuses_bytes(f, "\xff\xfes\0e\0", 6,
                ", line 1: expected text in UTF-8, found UTF-16: convert it "
                "with iconv -f UTF-16 -t UTF-8");
  refuses_bytes(f,
                "\x7f"
                "ELF\2\1\1\0",
                8, tail);
  char junk[70000];
  memset(junk, 'x', sizeof junk);
  refuses_bytes(f, junk, sizeof junk, ", line 1: the line is too long");
}

/* inih would cut these at 200 bytes. */
static void long_lines_are_kept_whole(void **state) {
  fixture *f = *state;
  char text[6000] = "[model]\ngain = 0", *end = text + strlen(text);
  for (int i = 1; i < 500; ++i) end += sprintf(end, ",%d", i);
  strcpy(end, "  ; and why\n[prompt]\nd = 4\n");
  loads(f, text);
  size_t count;
  const double *gain = iclgd_get_reals(f->settings, "model.gain", &count);
  assert_int_equal(count, 500);
  for (int i = 0; i < 500; ++i) assert_close(gain[i], i, 0.0, 0.0);
  assert_int_equal(iclgd_get_int(f->settings, "prompt.d"), 4);
}

/* At each length around the limits of inih and of ours: whole or refused. */
static void no_length_cuts_a_value(void **state) {
  fixture *f = *state;
  for (size_t n = 150; n < 5000; n = n < 230 || n > 3900 ? n + 1 : n + 97) {
    char text[6000], value[5000];
    memset(value, 'v', n);
    value[n] = '\0';
    snprintf(text, sizeof text, "[prompt]\nsource = %s\n", value);
    if (n <= 4000) {
      loads(f, text);
      assert_string_equal(iclgd_get_text(f->settings, "prompt.source"), value);
      continue;
    }
    assert_int_equal(load_bytes(f, text, strlen(text)), ICLGD_EINPUT);
    assert_non_null(strstr(f->err.text, ", line 2: "));
  }
}

static void long_comments_and_sections(void **state) {
  fixture *f = *state;
  char text[1000] = "seed = 1\n;";
  memset(text + 10, 'c', 500);
  strcpy(text + 510, " = 3\nseed = 2\n");
  loads(f, text);
  assert_int_equal(iclgd_get_int(f->settings, "seed"), 2);
  text[9] = '[';
  refuses(f, text, ", line 2: the line is too long");
  text[9] = 'k';
  refuses(f, text, ", line 2: the line is too long");
}

/* The resolved settings, written and loaded again, say the same. */
static void resolved_settings_load_again(void **state) {
  fixture *f = *state;
  char gain[4000] = "0.125", *end = gain + strlen(gain);
  while (end < gain + 3900) end += sprintf(end, ",-1.25e2");
  const char *values[][2] = {
      {"seed", "42"},
      {"prompt.source", "table:/a b/#c;d=[e]:\"f\".csv"},
      {"model.gain", gain},
      {"model.init", "normal:0.1"},
  };
  for (size_t i = 0; i < sizeof values / sizeof *values; ++i)
    assert_ok(iclgd_settings_set(f->settings, values[i][0], values[i][1],
                                 "test", &f->err),
              f->err);
  char *text = iclgd_settings_ini(f->settings);
  assert_non_null(text);
  iclgd_settings *again = NULL, *first = f->settings;
  assert_ok(iclgd_settings_create(&set, 1, &again, &f->err), f->err);
  f->settings = again;
  loads(f, text);
  f->settings = first;
  for (size_t i = 0; i < iclgd_settings_count(again); ++i)
    assert_string_equal(iclgd_settings_value(again, i),
                        iclgd_settings_value(first, i));
  free(text);
  iclgd_settings_free(again);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(sections_keys_and_comments),
      TEST(every_kind_of_line_end),
      TEST(a_byte_order_mark_is_skipped),
      TEST(quotes_are_part_of_the_value),
      TEST(faults_name_the_line),
      TEST(the_first_fault_is_the_one_reported),
      TEST(the_source_is_file_and_line),
      TEST(files_that_are_not_there),
      TEST(files_that_are_not_text),
      TEST(long_lines_are_kept_whole),
      TEST(no_length_cuts_a_value),
      TEST(long_comments_and_sections),
      TEST(resolved_settings_load_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
