/* The data folder: what the environment names goes before the source. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/data_folder.h"
#include "support/close.h"

typedef struct fixture {
  char folder[64];
  iclgd_error err;
} fixture;

static void touch(const fixture *f, const char *name) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", f->folder, name);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fclose(file);
}

static int set_up(void **state) {
  fixture *f = calloc(1, sizeof *f);
  if (!f) return -1;
  *state = f;
  strcpy(f->folder, "/tmp/iclgd_data_XXXXXX");
  if (!mkdtemp(f->folder)) return -1;
  char path[256];
  snprintf(path, sizeof path, "%s/presets", f->folder);
  if (mkdir(path, 0700)) return -1;
  touch(f, "presets/zebra.ini");
  touch(f, "presets/aardvark.ini");
  touch(f, "presets/notes.txt");
  touch(f, "presets/.ini");
  return setenv("ICLGD_DATA", f->folder, 1);
}

static int tear_down(void **state) {
  fixture *f = *state;
  char command[128];
  snprintf(command, sizeof command, "rm -r %s", f->folder);
  free(f);
  unsetenv("ICLGD_DATA");
  return system(command);
}

static void the_environment_goes_first(void **state) {
  fixture *f = *state;
  char path[4096], expected[256];
  assert_ok(iclgd_data_file("presets", "zebra.ini", path, sizeof path, &f->err),
            f->err);
  snprintf(expected, sizeof expected, "%s/presets/zebra.ini", f->folder);
  assert_string_equal(path, expected);
}

static void the_source_is_the_last_resort(void **state) {
  fixture *f = *state;
  char path[4096];
  assert_ok(
      iclgd_data_file("tables", "diabetes.csv", path, sizeof path, &f->err),
      f->err);
  assert_string_equal(path, ICLGD_SOURCE_DIR "/data/tables/diabetes.csv");
  unsetenv("ICLGD_DATA");
  assert_ok(
      iclgd_data_file("tables", "diabetes.csv", path, sizeof path, &f->err),
      f->err);
  assert_string_equal(path, ICLGD_SOURCE_DIR "/data/tables/diabetes.csv");
}

static void what_is_missing_is_named(void **state) {
  fixture *f = *state;
  char path[4096] = "untouched";
  assert_int_equal(
      iclgd_data_file("presets", "okapi.ini", path, sizeof path, &f->err),
      ICLGD_EUSAGE);
  assert_memory_equal(f->err.text, "presets/okapi.ini: not found, looked in ",
                      40);
  assert_non_null(strstr(f->err.text, f->folder));
  assert_non_null(strstr(f->err.text, ICLGD_SOURCE_DIR "/data"));
  assert_string_equal(path, "untouched");
}

/* A folder of that name is not the file, and a path that does not fit is no
 * half of a path. */
static void only_whole_files_count(void **state) {
  fixture *f = *state;
  char path[16];
  assert_int_equal(iclgd_data_file(".", "presets", path, sizeof path, &f->err),
                   ICLGD_EUSAGE);
  assert_int_equal(
      iclgd_data_file("presets", "zebra.ini", path, sizeof path, &f->err),
      ICLGD_EUSAGE);
}

static void presets_are_listed_once_and_sorted(void **state) {
  fixture *f = *state;
  iclgd_arena arena = {0};
  char **names;
  size_t count, found = 0;
  assert_ok(iclgd_data_presets(&arena, &names, &count, &f->err), f->err);
  for (size_t i = 0; i < count; ++i) {
    assert_null(strstr(names[i], ".ini"));
    assert_string_not_equal(names[i], "");
    assert_string_not_equal(names[i], "notes");
    if (i > 0) assert_true(strcmp(names[i - 1], names[i]) < 0);
    found += strcmp(names[i], "zebra") == 0;
    found += strcmp(names[i], "aardvark") == 0;
  }
  assert_int_equal(found, 2);
  iclgd_arena_free(&arena);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_environment_goes_first),
      TEST(the_source_is_the_last_resort),
      TEST(what_is_missing_is_named),
      TEST(only_whole_files_count),
      TEST(presets_are_listed_once_and_sorted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
