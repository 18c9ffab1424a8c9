/* What `iclgd bench` counts and says: multiply-adds by hand, numbers of a case
 * that agree with each other, and its table. No speed is expected. */
#include <jansson.h>
#include <string.h>

#include "bench/bench.h"
#include "support/shell.h"

/* Own cases, small enough to be measured in no time. */
static const iclgd_bench_case
    descent = {"own", "descent",
               "prompt.d=3 prompt.n=7 model.weights=gd model.loops=4 "
               "train.batch=16 prompt.sampler=tokens"},
    once = {"own", "once",
            "prompt.d=40 prompt.n=2 model.weights=full model.layers=1 "
            "train.batch=16 train.precision=double prompt.sampler=tokens"},
    stack = {"own", "stack",
             "prompt.d=2 prompt.n=3 model.weights=full model.layers=2 "
             "train.batch=16 prompt.sampler=tokens"},
    block = {"own", "block",
             "model.architecture=transformer prompt.d=2 prompt.n=3 "
             "model.attention=linear model.scale=none model.bias=false "
             "train.batch=16"};

static iclgd_bench_result measured(const iclgd_bench_case *what) {
  iclgd_bench_result r;
  iclgd_error err = {""};
  if (iclgd_bench_measure(what, 1, 0.001, &r, &err)) fail_msg("%s", err.text);
  assert_ptr_equal(r.what, what);
  assert_int_equal(r.batch, 16);
  assert_int_equal(r.threads, 1);
  assert_true(r.ms_per_step > 0 && r.peak_gflops > 0);
  assert_close(r.prompts_per_s, 1e3 * 16 / r.ms_per_step, 0, 1e-9);
  assert_close(r.gflops, 1e-9 * r.prompts_per_s * r.flops_per_prompt, 0, 1e-9);
  assert_close(r.peak_fraction, r.gflops / r.peak_gflops, 0, 1e-9);
  return r;
}

/* bench.h, with the numbers of each case put in. */
static void test_products(void **state) {
  (void)state;
  iclgd_bench_result r = measured(&descent);
  assert_int_equal(r.d, 3);
  assert_int_equal(r.n, 7);
  assert_int_equal(r.depth, 4);
  assert_string_equal(r.family, "gd");
  assert_string_equal(r.precision, "single");
  assert_string_equal(r.sampler, "tokens");
  assert_close(r.flops_per_prompt, 2 * (7 * 3 * 4 / 2 + 5 * 9 * 4), 0, 0);
  r = measured(&once); /* t d (d + 1) / 2 would be more */
  assert_string_equal(r.precision, "double");
  assert_close(r.flops_per_prompt, 2 * (4. * 2 * 40 + 2 * 41 * 41), 0, 0);
  r = measured(&stack); /* two layers by vectors: c = 28 */
  assert_close(r.flops_per_prompt, 2 * (3. * 2 * 3 / 2 + 28 * 9), 0, 0);
}

/* Three times the forward pass, of which more is asked by more layers. */
static void test_transformer(void **state) {
  (void)state;
  const iclgd_bench_result r = measured(&block);
  assert_string_equal(r.family, "transformer");
  assert_true(r.flops_per_prompt > 0 &&
              fmod(r.flops_per_prompt, 6) < 1e-9); /* 2 a product, 3 passes */
}

static void test_wrong_case(void **state) {
  (void)state;
  static const iclgd_bench_case cases[] = {
      {"own", "unknown key", "prompt.dd=3"},
      {"own", "too long",
       "model.init=file:0123456789012345678901234567890123456789012345678901"},
      {"own", "no model", "model.weights=scalar model.layers=0"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    iclgd_bench_result r;
    iclgd_error err = {""};
    assert_int_equal(iclgd_bench_measure(&cases[i], 1, 0.001, &r, &err),
                     ICLGD_EUSAGE);
    assert_true(*err.text);
  }
}

/* Cases are in parts, each part in one piece; s1 is in one of them. */
static void test_table(void **state) {
  (void)state;
  size_t count, changes = 0;
  const iclgd_bench_case *cases = iclgd_bench_cases(&count);
  for (size_t i = 1; i < count; ++i)
    changes += strcmp(cases[i].part, cases[i - 1].part) != 0;
  for (size_t i = 0; i < count; ++i)
    for (size_t k = i + 1; k < count; ++k)
      if (strcmp(cases[i].part, cases[k].part) == 0 &&
          strcmp(cases[i].name, cases[k].name) == 0)
        assert_string_not_equal(cases[i].settings, cases[k].settings);
  assert_true(changes >= 2 && changes < count - 1);
}

static void test_program(void **state) {
  (void)state;
  char out[1 << 14];
  shell_succeed("$I bench a s1 seconds=0.001 threads=2", out, sizeof out);
  assert_non_null(strstr(out, "GFLOP/s on one thread"));
  assert_non_null(strstr(out, "\nshapes\ncase "));
  assert_non_null(strstr(out, "\ntransformers\ncase "));
  size_t rows = 0;
  for (const char *p = out; (p = strstr(p, "\na  ")) != NULL; ++p) ++rows;
  assert_int_equal(rows, 2); /* on one thread, on two */
  shell_succeed("$I bench a seconds=0.001 --json", out, sizeof out);
  json_t *json = json_loads(out, 0, NULL);
  if (!json) fail_msg("not JSON: %s", out);
  const json_t *list = json_object_get(json, "shapes");
  assert_int_equal(json_array_size(list), 1);
  const json_t *a = json_array_get(list, 0);
  assert_string_equal(json_string_value(json_object_get(a, "name")), "a");
  assert_int_equal(json_integer_value(json_object_get(a, "batch")), 2048);
  assert_int_equal(json_integer_value(json_object_get(json, "threads")), 1);
  assert_true(json_number_value(json_object_get(json, "normals_per_s")) > 0);
  json_decref(json);
}

static void test_refused(void **state) {
  (void)state;
  static const char *const cases[][2] = {{"shape", "did you mean 'shapes'"},
                                         {"threads=0", "threads = 0"},
                                         {"second=1", "did you mean 'seconds'"},
                                         {"a seconds=0", "seconds = 0"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char out[4096], command[64];
    snprintf(command, sizeof command, "$I bench %s", cases[i][0]);
    assert_int_equal(shell(command, out, sizeof out), 2);
    if (!strstr(out, cases[i][1]))
      fail_msg("'%s' lacks '%s'", out, cases[i][1]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_products),   cmocka_unit_test(test_transformer),
      cmocka_unit_test(test_wrong_case), cmocka_unit_test(test_table),
      cmocka_unit_test(test_program),    cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
