/* The program `iclgd verify`: what it prints, its exit codes. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/shell.h"

/* Run it; the exit code, and both streams. `before`: of the environment. */
static int run(const char *before, const char *arguments, char *out,
               size_t size) {
  char command[1024];
  snprintf(command, sizeof command, "%s \"$I\" verify %s", before, arguments);
  return shell(command, out, size);
}

static const char *const source_data = "ICLGD_DATA='" ICLGD_SOURCE_DIR "/data'";

static void test_text(void **state) {
  (void)state;
  char out[1 << 16];
  if (run(source_data, "o2 o4.loss.L3 --quiet", out, sizeof out))
    fail_msg("%s", out);
  assert_non_null(strstr(out, "\no4.loss.L3 "));
  assert_non_null(strstr(out, "0.1336084"));
  assert_null(strstr(out, "o4.loss.L2"));
  assert_non_null(strstr(out, "\n4 hold, 0 fail, 0 findings\n"));
  for (char *line = strtok(out, "\n"); line; line = strtok(NULL, "\n"))
    assert_true(strlen(line) <= 80);
}

/* Another d, n and L than the row's: the least loss of one step, d (d + 1) / (n
 * + d + 1), in the claims that have these keys. */
static void test_changes(void **state) {
  (void)state;
  char out[1 << 16];
  assert_int_equal(
      run(source_data, "o4.loss.L3 o7.mean.k5 d=3 L=1", out, sizeof out), 0);
  assert_non_null(strstr(out,
                         "\no4.loss.L3           identity"
                         "           0.5 0.5 "));
}

/* In a group the claims that a key or a value does not suit are refused, by
 * name and with the key; the others are checked. */
static void test_refusals(void **state) {
  (void)state;
  char out[1 << 16];
  assert_int_equal(run(source_data, "o2 k=30", out, sizeof out), 2);
  assert_int_equal(
      run(source_data, "o5.limit o5.long d=7 --quiet", out, sizeof out), 0);
  assert_non_null(strstr(out, "o5.limit.L3: has no key 'd'; its keys: g, L"));
  assert_non_null(strstr(out, "\n2 hold, 0 fail, 0 findings, 2 refused\n"));
  assert_int_equal(
      run(source_data, "o5.limit o5.loss d=7 --json", out, sizeof out), 0);
  json_t *json = json_loads(out, 0, NULL);
  if (!json) fail_msg("not JSON: %s", out);
  size_t refused = 0, i;
  json_t *claim;
  json_array_foreach(json_object_get(json, "claims"), i, claim) {
    const char *id = json_string_value(json_object_get(claim, "id"));
    const char *why = json_string_value(json_object_get(claim, "reason"));
    if (!why) continue;
    ++refused;
    if (strncmp(why, id, strlen(id)) != 0) fail_msg("%s: %s", id, why);
  }
  assert_int_equal(i, 5);
  assert_int_equal(refused, 2);
  json_decref(json);
}

/* A finding comes with its statement and does not fail. */
static void test_finding(void **state) {
  (void)state;
  char out[1 << 16];
  assert_int_equal(run(source_data, "vonoswald.gamma.N10", out, sizeof out), 0);
  assert_non_null(strstr(out, "finding"));
  assert_non_null(strstr(out, "2% above the optimum"));
}

static void test_list(void **state) {
  (void)state;
  char out[1 << 16];
  assert_int_equal(run("", "--list o2.s", out, sizeof out), 0);
  assert_non_null(strstr(out, "o2.small  identity\n"));
  assert_non_null(strstr(out, "o2.square  identity\n"));
  assert_null(strstr(out, "o4."));
  assert_int_equal(run("", "--list ahn", out, sizeof out), 0);
  assert_non_null(strstr(out, "ahn.trained  training (--full)\n"));
  assert_non_null(strstr(out, "arXiv:2306.00297"));
  assert_int_equal(run("", "--help", out, sizeof out), 0);
  assert_non_null(strstr(out, "4 standard errors"));
}

static void test_json(void **state) {
  (void)state;
  char out[1 << 16];
  static const char *const texts[] = {"id", "kind", "statement", "source",
                                      "verdict"};
  static const char *const numbers[] = {"expected", "measured",
                                        "standard_error", "seconds"};
  assert_int_equal(
      run(source_data, "o5.loss mahankali --json seed=3", out, sizeof out), 0);
  json_t *json = json_loads(out, 0, NULL);
  if (!json) fail_msg("not JSON: %s", out);
  const json_t *claims = json_object_get(json, "claims");
  assert_int_equal(json_array_size(claims), 4);
  for (size_t i = 0; i < 4; ++i) {
    const json_t *claim = json_array_get(claims, i);
    for (size_t k = 0; k < 5; ++k)
      assert_true(json_is_string(json_object_get(claim, texts[k])));
    for (size_t k = 0; k < 4; ++k)
      assert_true(json_is_number(json_object_get(claim, numbers[k])));
    assert_string_equal(json_string_value(json_object_get(claim, "verdict")),
                        "holds");
  }
  assert_true(json_number_value(json_object_get(json_array_get(claims, 3),
                                                "standard_error")) > 0);
  json_decref(json);
}

/* Exit code 2, one line, and a word that helps. */
static void test_refused(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"o4.los.L3", "did you mean 'o4.loss.L3'"},
      {"gatmiri", "did you mean 'gatmiry'"},
      {"o", "unknown claim 'o'"},
      {"--jsn", "--jsn"},
      {"o4 sed=1", "sed=1: expected seed, threads or a key of the claims"},
      {"ahn.B0 n=10", "n=10: ahn.B0: its number was found with"},
      {"o1.trained d=8", "its training was chosen for its own value of 'd'"},
      {"o1.uniform x=sphere", "is about its own value of 'x'"},
      {"o3.newton k=3 alpha=0.3 prompts=1000", "o3.newton: prompts = 1000"},
      {"o3.gd L=4 eta=1,2", "o3.gd: eta: expected 1 or L = 4 values"},
      {"gatmiry.time L=1", "gatmiry.time: L = 1"},
      {"o4.loss.L3 n=none", "n = none"},
      {"o4.loss.L3 L=9", "L = 9"},
      {"threads=0", "threads = 0"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char out[8192];
    const int code = run("", cases[i][0], out, sizeof out);
    const char *end = strchr(out, '\n');
    if (code != 2 || !strstr(out, cases[i][1]) || !end || end[1] != '\0')
      fail_msg("%s: exit %d, %s", cases[i][0], code, out);
  }
}

static void write_file(const char *path, const char *text) {
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  fputs(text, out);
  assert_int_equal(fclose(out), 0);
}

/* A published figure that is wrong makes its claim fail, exit code 1; one that
 * cannot be read or is not there is an error that names the file. */
static void test_wrong_figure(void **state) {
  (void)state;
  char path[128], out[8192];
  char environment[128];
  snprintf(environment, sizeof environment, "ICLGD_DATA='%s'", folder);
  snprintf(path, sizeof path, "%s/reference", folder);
  assert_int_equal(mkdir(path, 0700), 0);
  snprintf(path, sizeof path, "%s/reference/theory.csv", folder);
  write_file(path, "figure,value,half_width,where\no7.share,0.5,0.001,\"x\"\n");
  assert_int_equal(
      run(environment, "o7.share --quiet prompts=20000", out, sizeof out), 1);
  assert_non_null(strstr(out, " fails\n"));
  assert_non_null(strstr(out, "0 hold, 1 fail, 0 findings\n"));
  write_file(path, "figure,value,half_width,where\no7.share,0.012,0.001,x\n");
  assert_int_equal(
      run(environment, "o7.share --quiet prompts=20000", out, sizeof out), 0);
  write_file(path, "o7.share,much,0.001,x\n");
  assert_int_equal(
      run(environment, "o7.share --quiet prompts=20000", out, sizeof out), 3);
  assert_non_null(strstr(out, "theory.csv, line 1"));
  write_file(path, "# nothing\n");
  assert_int_equal(
      run(environment, "o7.share --quiet prompts=20000", out, sizeof out), 3);
  assert_non_null(strstr(out, "no figure 'o7.share'"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text),    cmocka_unit_test(test_changes),
      cmocka_unit_test(test_finding), cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_list),    cmocka_unit_test(test_json),
      cmocka_unit_test(test_refused), cmocka_unit_test(test_wrong_figure)};
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
