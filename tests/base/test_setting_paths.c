/* Where the paths in settings start, and whose word they have. */
#include <iclgd/settings.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/close.h"

static const iclgd_key keys[] = {
    KEY_INT("prompt.d", "5", 1, 512, ""),
    KEY_FORM_IN("prompt.covariance", "identity",
                "identity|power:real|file:path|name:text", 0, 100, ""),
    KEY_TEXT("prompt.source", "generator", ""),
};
static const iclgd_key_set set = {keys, sizeof keys / sizeof *keys};

static int set_up(void **state) {
  iclgd_settings *s;
  iclgd_error err;
  if (iclgd_settings_create(&set, 1, &s, &err)) return -1;
  *state = s;
  return 0;
}

static int tear_down(void **state) {
  iclgd_settings_free(*state);
  return 0;
}

static void set_beside(iclgd_settings *s, const char *value, const char *folder,
                       const char *expected, const char *written) {
  iclgd_error err;
  const char *key = "prompt.covariance";
  assert_ok(
      iclgd_settings_set_beside(s, key, value, "x.ini, line 1", folder, &err),
      err);
  assert_string_equal(iclgd_get_form(s, key).text, expected);
  assert_string_equal(iclgd_settings_written_path(s, key), written);
}

/* Paths start at the folder; nothing else in a value moves. */
static void relative_paths_have_a_folder(void **state) {
  iclgd_settings *s = *state;
  iclgd_error err;
  set_beside(s, "file:a.csv", "b/c", "file:b/c/a.csv", "a.csv");
  set_beside(s, "file:../a.csv", "/b", "file:/b/../a.csv", "../a.csv");
  set_beside(s, "file:a.csv", "", "file:/a.csv", "a.csv");
  set_beside(s, "file:/a.csv", "b", "file:/a.csv", "/a.csv");
  set_beside(s, "file:a.csv", NULL, "file:a.csv", "a.csv");
  set_beside(s, "power:2", "b", "power:2", "2");
  set_beside(s, "name:a.csv", "b", "name:a.csv", "a.csv");
  set_beside(s, "identity", "b", "identity", "");
  assert_ok(
      iclgd_settings_set_beside(s, "prompt.source", "file:a", "x", "b", &err),
      err);
  assert_string_equal(iclgd_get_text(s, "prompt.source"), "file:a");
  assert_int_equal(
      iclgd_settings_set_beside(s, "prompt.nn", "3", "x", "b", &err),
      ICLGD_EUSAGE);
  char folder[5000];
  memset(folder, 'f', sizeof folder - 1);
  folder[sizeof folder - 1] = '\0';
  assert_int_equal(iclgd_settings_set_beside(s, "prompt.covariance", "file:a",
                                             "x", folder, &err),
                   ICLGD_EUSAGE);
}

static void inherited_values(void **state) {
  iclgd_settings *s = *state;
  iclgd_error err;
  const char *key = "prompt.covariance";
  assert_null(iclgd_settings_inherited(s, key));
  assert_ok(iclgd_settings_set(s, key, "power:1", "r.h5, line 3", &err), err);
  assert_null(iclgd_settings_inherited(s, key));
  iclgd_settings_rebase(s);
  assert_string_equal(iclgd_settings_inherited(s, key), "r.h5, line 3");
  assert_null(iclgd_settings_inherited(s, "prompt.d"));
  assert_false(iclgd_settings_is_set(s, key));
  assert_ok(iclgd_settings_override(s, "prompt.covariance=power:1", &err), err);
  assert_null(iclgd_settings_inherited(s, key));
  assert_true(iclgd_settings_is_set(s, key));
  assert_true(iclgd_settings_is_accepted(s, key));
  iclgd_settings_rebase(s);
  assert_false(iclgd_settings_is_accepted(s, key));
  iclgd_settings_accept(s, key);
  assert_true(iclgd_settings_is_accepted(s, key));
  assert_string_equal(iclgd_settings_inherited(s, key), "command line");
  assert_false(iclgd_settings_is_set(s, key));
  iclgd_settings_rebase(s); /* nothing was set in between */
  assert_string_equal(iclgd_settings_inherited(s, key), "command line");
}

/* In a file with a folder, in one beside us, and in one without a place. */
static void paths_of_an_ini(void **state) {
  iclgd_settings *s = *state;
  iclgd_error err;
  char folder[] = "/tmp/iclgd_paths_XXXXXX", path[64], value[96];
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/a.ini", folder);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs("[prompt]\nsource = a.csv\ncovariance = file:b/a.csv\n", file);
  fclose(file);
  assert_ok(iclgd_settings_load(s, path, &err), err);
  snprintf(value, sizeof value, "file:%s/b/a.csv", folder);
  assert_string_equal(iclgd_get_form(s, "prompt.covariance").text, value);
  assert_string_equal(iclgd_get_text(s, "prompt.source"), "a.csv");
  assert_int_equal(chdir(folder), 0);
  assert_ok(iclgd_settings_load(s, "a.ini", &err), err);
  assert_string_equal(iclgd_get_form(s, "prompt.covariance").text,
                      "file:b/a.csv");
  assert_ok(iclgd_settings_load(s, "./a.ini", &err), err);
  assert_string_equal(iclgd_get_form(s, "prompt.covariance").text,
                      "file:./b/a.csv");
  assert_ok(iclgd_settings_load_text(s, "[prompt]\ncovariance = file:c.csv\n",
                                     "a/run.h5", &err),
            err);
  assert_string_equal(iclgd_get_form(s, "prompt.covariance").text,
                      "file:c.csv");
  unlink(path);
  assert_int_equal(chdir("/"), 0);
  assert_int_equal(rmdir(folder), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(relative_paths_have_a_folder),
      TEST(inherited_values),
      TEST(paths_of_an_ini),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
