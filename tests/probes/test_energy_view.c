/* What the summary says of the probe `energy` is what the file has, on models
 * whose steps are known. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../probes/views.h"
#include "support/shell.h"
#include "support/told.h"

static char out[1 << 18];

/* The summary of a run whose layers are gradient descent with step size eta. */
static json_t *run(const char *eta, const char *keys) {
  char line[1024];
  snprintf(line, sizeof line,
           "\"$I\" run prompt.d=3 prompt.n=8 prompt.noise=0.5 model.init=gd:%s "
           "train.steps=1 train.lr=1e-12 probe.prompts=100 reference.eta=%s "
           "reference.tune_prompts=60 probe.list=energy reference.list=gd "
           "energy.prompts=100 %s --force -q -o a.h5",
           eta, eta, keys);
  shell(line, out, sizeof out);
  shell_succeed("\"$I\" show a.h5 --json", out, sizeof out);
  json_t *summary = json_loads(out, 0, NULL);
  assert_non_null(summary);
  shell_succeed("\"$I\" show a.h5 energy", out, sizeof out);
  for (char *c = out; *c; ++c) /* sentences in one line */
    if (c[0] == '\n' && c[1] == ' ' && c[2] == ' ' && c[3] != ' ') {
      *c = ' ';
      memmove(c + 1, c + 3, strlen(c + 3) + 1);
    }
  return summary;
}

static const json_t *series(const json_t *summary, const char *table,
                            const char *name) {
  size_t i;
  json_t *row;
  const json_t *of = json_object_get(json_object_get(summary, "energy"), table);
  json_array_foreach(json_object_get(of, "series"), i, row)
    if (strcmp(json_string_value(json_object_get(row, "name")), name) == 0)
      return row;
  fail_msg("no %s in %s", name, table);
  return NULL;
}

static double number(const json_t *row, const char *key) {
  return json_number_value(json_object_get(row, key));
}

/* The number after some words, in percent, to half a unit of its fourth digit.
 */
static void assert_says(const char *words, double share) {
  const char *at = strstr(out, words);
  if (!at) fail_msg("'%s' is not in %s", words, out);
  assert_close(strtod(at + strlen(words), NULL), 100 * share, 0, 5e-4);
}

static void steps_that_descend(void **state) {
  (void)state;
  json_t *summary = run("0.1", "model.loops=3");
  const json_t *model = series(summary, "loss", "model");
  assert_close(number(model, "descends"), 1, 0, 0);
  assert_says("In-context loss falls at every layer on ", 1);
  assert_says(
      "With more loops, 9 in place of 3, the loss goes on falling at "
      "every layer on ",
      number(model, "descends_on"));
  assert_says("Gradient descent does on ", 1);
  assert_non_null(strstr(out, "and does on all of these."));
  assert_null(strstr(out, "Where it rises"));
  assert_non_null(strstr(out, "The ridge form, with 0.0312 |w|^2 / 2 added"));
  json_decref(summary);
}

static void steps_that_rise(void **state) {
  (void)state;
  json_t *summary = run("1.2", "model.layers=3 energy.runs=10 energy.tokens=6");
  const json_t *model = series(summary, "loss", "model");
  const double share = number(model, "descends");
  assert_true(share > 0.1 && share < 0.9);
  assert_says("In-context loss falls at every layer on ", share);
  assert_non_null(
      strstr(out, "Where it rises, it never falls below its start "));
  const double certain = number(series(summary, "loss", "gd"), "certain");
  assert_true(certain > 0 && certain <= share);
  assert_says("lambda_max(S), on ", certain);
  assert_non_null(strstr(out, "and does on all of these."));
  assert_non_null(strstr(
      out, "More loops than trained: not applicable: no layer is used twice."));
  assert_non_null(strstr(
      out, "10 runs: the layers that must not raise their energy never do."));
  json_decref(summary);
}

/* What is said where the two checks fail, as no run should have it, of a model
 * that rises half as far as it dropped, and of tokens whose steps rise. */
static void rises_are_told(void **state) {
  (void)state;
  static const char summary[] =
      "{'energy': {'loss': {'index': [0, 1, 2], 'prompts': 50, 'trained': 2, "
      "'layers': 2, 'loops': 1, 'model_values': 'w . x', 'more_loops': 'none', "
      "'series': [{'name': 'model', 'descends': 0.9, 'descends_low': 0.8, "
      "'descends_high': 0.95, 'rise': 0.5, 'median': [3, 2, 1], 'falls': "
      "[null, 1, 0.9]}, {'name': 'gd', 'descends': 0.96, 'certain': 0.98, "
      "'kept': 0.97, 'median': [3, 2, 1], 'falls': [null, 1, 1]}]}, "
      "'random': {'scale': [0.5, 2], 'runs': 10, 'tokens': 8, 'width': 4, "
      "'short': 0.25, 'layers': [{'name': 'beta: E_int', 'provable': 1, "
      "'descends': [1, 0.9], 'largest_rise': [0, 0.1]}, {'name': 'softmax: "
      "E_1', 'provable': 0, 'descends': [0.5, 0.25], 'rising': [0.1, 0.2], "
      "'largest_rise': [0.5, null]}]}, 'steps': [{'name': 'beta', "
      "'lowers_interaction': [1, 0.5], 'lowers_one': [1, 0.5]}, {'name': "
      "'others', 'lowers_one': [1, 1]}, {'name': 'softmax', 'lowers_one': "
      "[0.5, 0]}], 'tokens': {'index': [0, 1], 'prompts': 50, 'bandwidth': 2, "
      "'series': [{'name': 'interaction', 'descends': 0.25}, {'name': 'one', "
      "'descends': 0.5}, {'name': 'memory', 'descends': 0.75}, {'name': "
      "'nearest', 'median': [4, 3]}]}}}";
  static const char *const words[] = {
      "at every layer on 90% of 50 prompts (95% interval 80% to 95%).",
      "the largest rise is, in the median prompt, 0.5 times the whole drop.",
      "Gradient descent does on 96%. It must where its step is below 2 / "
      "lambda_max(S), on 98% of prompts, and does not on all of these: an "
      "error of this program.",
      "the layers that must not raise their energy do: an error of this "
      "program. Plain softmax attention raises E_1 at 20% of layers at scale "
      "2.",
      "softmax: E_1 50.0% 25.0% 50% no drop",
      "E_int falls at every layer on 25% of 50 prompts, E_1 on 50%, the memory "
      "energy of the query's token on 75%.",
      "is 4 away before the first layer, 3 after the last",
      "softmax attention would raise E_1 on 75% of prompts and layers, one of "
      "softmax with beta on 25%. The steps that must not raise their energy "
      "do,"};
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
    expect_told(&iclgd_view_energy, summary, words[i], true);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(steps_that_descend),
      cmocka_unit_test(steps_that_rise),
      cmocka_unit_test(rises_are_told),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
