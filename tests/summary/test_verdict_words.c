/* The verdict from summaries that are made up: every branch of its words, and
 * what parts of a file that are not there, too short or no numbers do to it. */
#include "summary/verdict.h"
#include "support/verdict.h"

/* A model of two layers beside gradient descent. @ stands for what is put
 * there. */
static const char whole[] =
    "{'model': {'layers': 1, 'loops': 2}, 'prompts': {'count': 500}, 'config': "
    "{'train.steps': 10, 'model.init': 'normal'}, 'training': {'steps': 10, "
    "'final_loss': 0.9}, 'trajectory': {'loss': [5, 2, 1], 'median': [2, 1, "
    "0.5]}, 'algorithms': [{'name': 'gd', 'title': 'gradient descent', 'eta': "
    "0.7, 'how_chosen': 'closed form', 'median': [2, 1, 0.25]}], 'identify': "
    "{'chosen': 'gd', 'kind': 'same', 'tolerance': 0.005, 'prompts': 500, "
    "'excluded': 0, 'prediction_size': 0.8, 'hypotheses': [{'name': 'gd', "
    "'title': 'gradient descent', 'parameters': 1, 'stride': 1, "
    "'by_construction': 0, 'overall': 0.0003, 'overall_error': 1e-5, 'excess': "
    "0, 'excess_error': 0, 'unexplained': [null, 0.0002, 0.0004], 'apart': [0, "
    "0.001], 'value': [0.4], 'low': [0.39], 'high': [0.41], 'optimal': [0.7], "
    "'parameter': ['eta'], 'extends': '', 'algorithm': 'gd'}, {'name': "
    "'newton', 'title': 'Newton\\u0027s inversion', 'parameters': 1, 'stride': "
    "1, 'by_construction': 0, 'overall': 0.2, 'overall_error': 0.01, 'excess': "
    "0.2, 'excess_error': 0.01, 'apart': [0.2, 0], 'value': [0.1], "
    "'parameter': ['scale'], 'extends': '', 'algorithm': 'newton'}]}, "
    "'oracle': [{'name': 'ratio_gd', 'kind': 'paired', 'measured': 1.5, "
    "'standard_error': 0.05}], 'structure': {'coordinates': 'as learned', "
    "'distance_to_identity': [0.02], 'antisymmetric_share': [0.01]}, "
    "'landscape': {'parts': {'ratio_to_previous': [1, 1, 1.001], "
    "'ratio_to_previous_errors': [0, 0, 0.01]}}}";

/* Another algorithm, with how far its steps are from the layers. */
#define KERNEL_GD                                         \
  "[{'name': 'kernel_gd', 'title': 'kernel descent', 'pr" \
  "ediction_difference': "

static json_t *summary_of(void) {
  char text[sizeof whole];
  json_error_t error;
  for (size_t i = 0; i < sizeof whole; ++i)
    text[i] = whole[i] == '\'' ? '"' : whole[i];
  json_t *summary = json_loads(text, 0, &error);
  if (!summary) fail_msg("%s at %d", error.text, error.position);
  return summary;
}

/* The member at a path with slashes; elements of lists by number. */
static json_t *member_at(json_t *at, const char *path) {
  char copy[128], *rest = NULL;
  snprintf(copy, sizeof copy, "%s", path);
  for (char *word = strtok_r(copy, "/", &rest); word && at;
       word = strtok_r(NULL, "/", &rest))
    at = json_is_array(at) ? json_array_get(at, strtoul(word, NULL, 10))
                           : json_object_get(at, word);
  return at;
}

/* Replace the member by the value, JSON with ' for ". */
static void put(json_t *summary, const char *path, const char *value) {
  char copy[256], parent[128];
  snprintf(copy, sizeof copy, "%s", value);
  for (char *c = copy; *c; ++c)
    if (*c == '\'') *c = '"';
  json_t *made = json_loads(copy, JSON_DECODE_ANY, NULL);
  assert_non_null(made);
  snprintf(parent, sizeof parent, "%s", path);
  char *slash = strrchr(parent, '/');
  json_t *at = summary;
  if (slash) {
    *slash = '\0';
    at = member_at(summary, parent);
  }
  assert_non_null(at);
  json_object_set_new(at, slash ? slash + 1 : parent, made);
}

static void judge(json_t *summary) {
  json_t *verdict = iclgd_summary_verdict(summary);
  if (verdict) json_object_set_new(summary, "verdict", verdict);
}

#define GD "identify/hypotheses/0/"

typedef struct change {
  const char *path, *value;
} change;

typedef struct said {
  change changes[4];
  const char *must, *must_not;
} said;

static const said cases[] = {
    {{{"seed", "1"}},
     "The trained model is gradient descent with step size 0.4 (best for its "
     "loss: 0.7), to within 0.03% of the mean square of its predictions. "
     "|Measured on 500 prompts that took no part in the fit, with a 95% "
     "interval of 0.39 to 0.41 for the fitted value. |Its final loss is 1.500 "
     "+- 0.05 times that of gradient descent with step size 0.7.",
     "closest|exactly|antisymmetric"},
    {{{"identify/kind", "'exact'"}, {GD "overall", "1e-30"}},
     "(best for its loss: 0.7), exactly.",
     "to within 0.03"},
    {{{"identify/kind", "'exact'"},
      {GD "overall", "1e-30"},
      {GD "by_construction", "1"}},
     "exactly, as all weights of this form are.",
     NULL},
    {{{"identify/kind", "'closest'"},
      {GD "overall", "0.04"},
      {GD "overall_error", "0.003"}},
     "Of the algorithms tried, gradient descent|is closest to the trained "
     "model, but leaves 4.00 +- 0.3% of the mean square",
     "exactly"},
    {{{"identify/kind", "'closest'"},
      {GD "overall", "0.04"},
      {GD "unexplained", "[null, 0.079, 0.001]"}},
     "of the mean square of its predictions unexplained (of the last layer "
     "0.1%).",
     NULL},
    {{{"identify/kind", "'closest'"},
      {GD "overall", "0.04"},
      {GD "unexplained", "[null, 0.05, 0.03]"}},
     "of its predictions unexplained.",
     "of the last layer"},
    {{{"identify/kind", "'none'"},
      {GD "overall", "0.31"},
      {GD "overall_error", "0.02"}},
     "None of the algorithms fitted to it explains the trained model; closest "
     "is gradient descent|leaves 31.0 +- 2%",
     "exactly|step by step"},
    {{{"identify/kind", "'none'"},
      {GD "overall", "0.31"},
      {"algorithms", KERNEL_GD "[0, 1e-4, 2e-4]}]"}},
     "The trained model predicts layer by layer what kernel descent does step "
     "by step, to within 0.0089% of the labels' spread. None of the "
     "algorithms fitted",
     NULL},
    {{{"identify/kind", "'none'"},
      {GD "overall", "0.31"},
      {"algorithms", KERNEL_GD "[0, 1e-4, null]}]"}},
     "None of the algorithms fitted",
     "step by step"},
    {{{"identify/kind", "'none'"},
      {GD "overall", "0.97"},
      {GD "overall_error", "0.02"}},
     "the best of them leaves 97.0 +- 2%",
     "closest is"},
    {{{GD "value", "[-0.4]"}}, "of the wrong sign (it climbs)", NULL},
    {{{GD "stride", "2"}}, "layer l being step 2 l", NULL},
    {{{GD "stride", "0.5"}}, "layer l being step l/2", NULL},
    {{{"algorithms/0", "{}"}, {"algorithms/0/name", "'x'"}},
     "gradient descent with step size 0.4, to within",
     "best for its loss"},
    {{{"training/steps", "0"}, {"config/model.init", "'gd:0.4'"}},
     "The model is",
     "rained"},
    {{{"training/steps", "0"}, {"config/train.steps", "0"}},
     "The model was not trained: its weights are random",
     "gradient"},
    {{{"training/steps", "0"}, {"config/model_file", "'a.h5'"}},
     "The model is",
     "rained"},
    {{{"training/diverged_at", "7"}},
     "Training diverged at step 7",
     "gradient"},
    {{{"prompts/count", "1"}}, "Only one prompt was measured", "gradient"},
    {{{"trajectory/loss", "[0, 0, 0]"}}, "All labels are zero", "gradient"},
    {{{"identify/prediction_size", "0.002"}},
     "The trained model has learned nothing: its predictions are zero to "
     "within 0.2% of the labels' spread.",
     "gradient"},
    {{{"training/final_loss", "28.1"}},
     "Training failed: the held-out loss of the trained model is 28.1, above "
     "the 5 of predicting zero (rare prompts make the mean: the medians are "
     "0.5 and 2). The trained model is",
     "diverge"},
    {{{"trajectory/loss", "[5, 6, 9]"}, {"trajectory/median", "[2, 3, 4]"}},
     "Training failed: the loss of the trained model is 9, above the 5 of "
     "predicting zero, and its iterates diverge. ",
     "medians"},
    {{{"causality",
       "{'own': 0.5, 'change': 1, 'earlier': 0, 'without_context': 1}"}},
     "The model sees the labels that it is to predict, so that its predictions "
     "say nothing about learning. The trained model is ",
     "times that of predicting zero"},
    {{{"causality",
       "{'own': 0, 'change': 1, 'earlier': 0, 'without_context': 1}"}},
     "The trained model is ",
     "sees the labels"},
    {{{"identify/kind", "'none'"},
      {GD "overall", "1.002"},
      {"identify/hypotheses/1/overall", "1.1"}},
     "; predicting zero explains as much.",
     "leaves"},
    {{{"trajectory/loss", "[5, 5.09, 5.1]"}},
     "Training has learned nothing: the loss of the trained model is 5.1, not "
     "below the 5 of predicting zero",
     "diverge"},
    {{{"trajectory/loss", "[5, 8, 9]"}}, "is 9, above the 5", "diverge"},
    /* as the table beside it: over the law where it is known of both */
    {{{"trajectory/loss", "[5.2, 8.1, 9.3]"},
      {"trajectory/expected", "[5, 8, 9]"},
      {"trajectory/expected_standard_error", "[0, 0.1, 0.1]"}},
     "is 9, above the 5 of",
     "5.2"},
    {{{"trajectory/loss", "[5.2, 8.1, 9.3]"},
      {"trajectory/expected", "[5, null, null]"},
      {"trajectory/expected_standard_error", "[0, null, null]"}},
     "is 9.3, above the 5.2 of",
     "is 9,"},
    {{{"trajectory/loss", "[5, 1, null]"}}, "run away, beyond", "gradient"},
    {{{"oracle/0/measured", "687"}, {"oracle/0/standard_error", "370"}},
     "cannot be compared in the mean|its median is 2 times that of gradient",
     "687|no clear"},
    {{{"oracle/0/measured", "10.8"}, {"oracle/0/standard_error", "8.2"}},
     "its median is 2 times that of gradient",
     "10.8|no clear"},
    {{{"oracle/0/measured", "null"}, {"oracle/0/kind", "'unmeasurable'"}},
     "its median is 2 times that of gradient",
     "no clear"},
    {{{"oracle/0/measured", "0.98"},
      {"oracle/0/standard_error", "0.1"},
      {"trajectory/median", "[2, 1, 0.26]"}},
     "0.98 +- 0.1 times (no clear difference) that of gradient descent",
     "median"},
    {{{"oracle/0/measured", "0.98"}, {"oracle/0/standard_error", "0.1"}},
     "0.98 +- 0.1 times that of gradient descent with step size 0.7, its "
     "median 2 times",
     "no clear"},
    {{{"oracle/0/measured", "0.9995"}, {"oracle/0/standard_error", "0.0001"}},
     "Its final loss is the same to within 1% as that of gradient descent",
     "0.9995"},
    {{{"oracle/0/kind", "'exact'"}, {"oracle/0/measured", "1.961"}},
     "Its final loss is 1.961 times (exactly) that of",
     NULL},
    {{{"structure/distance_to_identity", "[0.91]"},
      {"structure/antisymmetric_share", "[0.055]"},
      {"identify/kind", "'closest'"},
      {GD "overall", "0.1"}},
     "A is off a multiple of the identity by 91% of its norm, almost all "
     "of it symmetric.",
     "6%"},
    /* both numbers are of one layer */
    {{{"structure/distance_to_identity", "[0.32, 0.386]"},
      {"structure/antisymmetric_share", "[0.15, 0.006]"},
      {"identify/kind", "'closest'"},
      {GD "overall", "0.1"}},
     "In the layer where it is furthest, A is off a multiple of the identity "
     "by 39% of its norm, almost all of it symmetric.",
     "15%"},
    {{{"structure/distance_to_identity", "[0.38]"},
      {"structure/antisymmetric_share", "[0.38]"},
      {"landscape/parts/ratio_to_previous", "[1, 1, 1.2]"}},
     "38% of its norm, almost all of it antisymmetric; without that part, "
     "which turns "
     "the steps, the loss is 1.200 +- 0.01 times as high.",
     NULL},
    /* rare prompts carry the model's loss: no ratio of sampled means holds */
    {{{"structure/distance_to_identity", "[0.38]"},
      {"structure/antisymmetric_share", "[0.38]"},
      {"landscape/parts/ratio_to_previous", "[1, 1, 1.2]"},
      {"trajectory/measurable", "[1, 1, 0]"}},
     "The trained model is",
     "without that part"},
    /* B is dropped with it: the ratio says nothing of the antisymmetric part */
    {{{"structure/distance_to_identity", "[0.38]"},
      {"structure/antisymmetric_share", "[0.38]"},
      {"landscape/parts/ratio_to_previous", "[1, 906.48, 0.9997]"},
      {"landscape/parts/ratio_to_previous_errors", "[0, 9, 0.002]"}},
     "The trained model is",
     "906|without that part"},
    {{{GD "apart", "[0, 0.004]"},
      {"identify/hypotheses/1/excess", "0.0001"},
      {"identify/hypotheses/1/excess_error", "0.001"}},
     "on these prompts it cannot be told apart from Newton's inversion.",
     NULL},
    {{{"identify/hypotheses/1/overall", "1e-12"},
      {"identify/hypotheses/1/excess", "-0.0003"},
      {"identify/hypotheses/1/excess_error", "0.00001"}},
     "; Newton's inversion, of 1 parameter, is exact.",
     "told apart"},
    {{{"identify/excluded", "3"}}, "(3 whose predictions are not finite", NULL},
    {{{"identify/prompts", "12"}}, "Measured on only 12 prompts", NULL},
};

static void words(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char what[16];
    json_t *summary = summary_of();
    for (size_t k = 0; k < 4 && cases[i].changes[k].path; ++k)
      if (strchr(cases[i].changes[k].path, '/') &&
          strcmp(cases[i].changes[k].path, "algorithms/0") == 0)
        json_object_clear(member_at(summary, "algorithms/0"));
      else
        put(summary, cases[i].changes[k].path, cases[i].changes[k].value);
    judge(summary);
    snprintf(what, sizeof what, "case %zu", i);
    verdict_check(summary);
    verdict_expect(what, summary, cases[i].must, true);
    verdict_expect(what, summary, cases[i].must_not, false);
    json_decref(summary);
  }
}

/* Make every member null, then an empty list, one at a time: there is a verdict
 * that says no "nan", or none. */
static void damage(json_t *summary, json_t *at, size_t *count) {
  const char *key;
  json_t *value;
  if (!json_is_object(at)) {
    size_t i;
    json_array_foreach(at, i, value) damage(summary, value, count);
    return;
  }
  const char *names[64];
  size_t members = 0;
  json_object_foreach(at, key, value) {
    assert_true(members < 64);
    names[members++] = key;
  }
  for (size_t m = 0; m < members; ++m) {
    char name[64];
    snprintf(name, sizeof name, "%s", names[m]);
    json_t *const kept = json_incref(json_object_get(at, name));
    for (int how = 0; how < 2; ++how) {
      json_object_set_new(at, name, how == 0 ? json_null() : json_array());
      json_t *verdict = iclgd_summary_verdict(summary);
      const char *text = json_string_value(verdict);
      if (text && (strstr(text, "nan") || strstr(text, "(null)")))
        fail_msg("without %s: %s", name, text);
      json_decref(verdict);
      ++*count;
    }
    json_object_set_new(at, name, kept);
    damage(summary, kept, count);
  }
}

static void parts_are_missing(void **state) {
  (void)state;
  json_t *summary = summary_of();
  size_t count = 0;
  damage(summary, summary, &count);
  assert_true(count > 100);
  json_decref(summary);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(words),
                                     cmocka_unit_test(parts_are_missing)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
