/* The program `iclgd oracle`: what it prints, and how it refuses. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "support/shell.h"

/* Run the program; the exit code, and what it printed on both streams. */
static int run(const char *arguments, char *out, size_t size) {
  char command[1024];
  snprintf(command, sizeof command, "\"$I\" oracle %s", arguments);
  return shell(command, out, size);
}

static json_t *answer(const char *arguments) {
  char out[8192];
  if (run(arguments, out, sizeof out) != 0) fail_msg("%s", out);
  json_t *json = json_loads(out, 0, NULL);
  if (!json) fail_msg("not JSON: %s", out);
  return json;
}

static double number(const json_t *json, const char *name) {
  const json_t *value = json_object_get(json, name);
  assert_true(json_is_number(value));
  return json_number_value(value);
}

static double item(const json_t *json, const char *name, size_t i) {
  const json_t *value = json_array_get(json_object_get(json, name), i);
  assert_true(json_is_number(value));
  return json_number_value(value);
}

static size_t length(const json_t *json, const char *name) {
  return json_array_size(json_object_get(json, name));
}

static void test_untied(void **state) {
  (void)state;
  json_t *json = answer("untied d=5 n=20 L=3 sigma2=0 --json");
  assert_string_equal(json_string_value(json_object_get(json, "name")),
                      "untied");
  assert_int_equal(json_integer_value(json_object_get(json, "d")), 5);
  assert_close(number(json, "loss"), 0.133608, 5e-7, 0);
  assert_int_equal(length(json, "eta"), 3);
  assert_close(item(json, "eta", 0), 0.422409, 5.1e-7, 0);
  assert_close(item(json, "eta", 1), 0.689126, 5.1e-7, 0);
  assert_close(item(json, "eta", 2), 1.714217, 5.1e-7, 0);
  assert_close(item(json, "curve", 3), number(json, "loss"), 0, 1e-14);
  assert_close(number(json, "bound"), number(json, "loss"), 0, 1e-14);
  json_decref(json);
}

/* Two oracles that agree: gd at the steps of tied, gdpp with gamma = 0. */
static void test_lists(void **state) {
  (void)state;
  json_t *tied = answer("tied d=10 n=40 L=5 sigma2=0.25 --json");
  char arguments[256];
  snprintf(arguments, sizeof arguments,
           "gd d=10 n=40 L=5 sigma2=0.25 eta=%.17g --json",
           number(tied, "eta"));
  json_t *gd = answer(arguments);
  snprintf(arguments, sizeof arguments,
           "gdpp --json sigma2=0.25 tied=1 gamma=0 d=10 n=40 L=5 eta=%.17g",
           number(tied, "eta"));
  json_t *gdpp = answer(arguments);
  assert_close(number(gd, "loss"), number(tied, "loss"), 0, 1e-13);
  assert_close(number(gdpp, "loss"), number(tied, "loss"), 0, 1e-13);
  assert_int_equal(length(gd, "eta"), 5);
  assert_int_equal(length(gdpp, "eta"), 1);
  json_decref(tied);
  json_decref(gd);
  json_decref(gdpp);
  json_t *listed = answer("gdpp eta=0.5168,3.4747 gamma=0.4488 --json");
  assert_int_equal(json_integer_value(json_object_get(listed, "L")), 2);
  assert_close(number(listed, "loss"), 0.0575012, 5.1e-8, 0);
  json_decref(listed);
}

static void test_others(void **state) {
  (void)state;
  json_t *json = answer("gdpp L=2 tied=1 --json");
  assert_close(number(json, "loss"), 0.118725, 5.1e-7, 0);
  assert_close(item(json, "eta", 0), 1.4914, 5.1e-5, 0);
  assert_close(item(json, "gamma", 0), 0.2050, 5.1e-5, 0);
  json_decref(json);
  json = answer("bayes sigma2=1 --json");
  assert_close(number(json, "loss"), 0.32418, 5.1e-6, 0);
  json_decref(json);
  json = answer("one-step d=10 sigma2=0 --json");
  assert_close(number(json, "eta"), 0.645161, 5.1e-7, 0);
  json_decref(json);
  json = answer("one-step lambda=1,1,0.25,0.0625,1 sigma2=0.5 --json");
  assert_close(number(json, "loss"), 0.741189, 5.1e-7, 0);
  assert_int_equal(length(json, "A"), 5);
  json_decref(json);
}

static void test_text(void **state) {
  (void)state;
  char out[8192];
  assert_int_equal(run("tied L=2", out, sizeof out), 0);
  assert_non_null(strstr(out, "\nloss    0.499"));
  assert_non_null(strstr(out, "\neta     0.7425"));
  assert_int_equal(run("", out, sizeof out), 0);
  assert_non_null(strstr(out, "  untied "));
  assert_int_equal(run("gd --help", out, sizeof out), 0);
  assert_non_null(strstr(out, "Examples:"));
  assert_non_null(strstr(out, "  sigma2 "));
}

/* Exit code 2, one line, no number, and a word that helps. */
static void test_refused(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"unted L=2", "did you mean 'untied'"},
      {"untied sigma=1", "did you mean 'sigma2'"},
      {"untied eta=1", "eta"},
      {"untied d=0", "d = 0"},
      {"untied d=five", "d = five"},
      {"untied L=1000", "L = 1000"},
      {"tied sigma2=-1", "sigma2 = -1"},
      {"tied sigma2=nan", "sigma2 = nan"},
      {"tied --jsn", "--json"},
      {"tied L", "key=value"},
      {"gd", "eta"},
      {"gd eta=1,2,3 L=2", "L = 2"},
      {"gd eta=1e6 L=127", "overflows"},
      {"gdpp eta=1", "gamma"},
      {"gdpp eta=1,2 gamma=1 tied=1", "tied = 1"},
      {"gdpp L=5", "L from 1 to 4"},
      {"one-step L=2", "L = 1"},
      {"one-step d=3 lambda=1,2", "d = 3"},
      {"bayes d=9999 n=9999 sigma2=1", "9999"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char out[8192];
    const int code = run(cases[i][0], out, sizeof out);
    const char *end = strchr(out, '\n');
    if (code != 2 || !strstr(out, cases[i][1]) || !end || end[1] != '\0')
      fail_msg("%s: exit %d, %s", cases[i][0], code, out);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_untied), cmocka_unit_test(test_lists),
      cmocka_unit_test(test_others), cmocka_unit_test(test_text),
      cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
