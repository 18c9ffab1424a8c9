/* What views say where a sentence would not be true: of means that rare
 * prompts carry, of closed forms of another law, of algorithms without steps.
 */
#include "summary/views.h"
#include "support/told.h"

/* Whether rare prompts carry the mean of the last of two layers, or not. */
#define MODEL(measurable)                            \
  "'model': {'layers': 1, 'loops': 2}, 'trajectory'" \
  ": {'loss': [5, 2, 1], 'measurable': [1, 1, " measurable "]}"
#define SEEDS                                                              \
  "'seeds': {'seed': [0, 1], 'probe_loss': [1.5, 2.5], 'probe_loss_errors" \
  "': [0.1, 0.1], 'loss_over_seeds': {'mean': 2, 'spread': 0.7, "          \
  "'standard_error': 0.5, 'seeds_counted': 2}}"
#define ETA                                                       \
  "'oracle': [{'name': 'eta', 'kind': 'exact', 'expected': 0.5, " \
  "'measured': 0.25, 'standard_error': 0, 'statement': 'a step'}]"
#define EXPLAINS(name)                                                       \
  "'explains': [{'layer': 1, 'same_step': {'name': 'gd', 'difference': 1}, " \
  "'any_step': {'name': '" name "', 'step': 1, 'difference': 0.5}}]"

#define AT_DISTANCE(off)                                                     \
  "'trajectory': {'loss': [4, 1]}, 'explains': [{'layer': 1, 'same_step': "  \
  "{'name': 'gd', 'difference': 3}, 'any_step': {'name': 'newton', 'step': " \
  "1, 'difference': " off "}}]"

/* What the view of that name tells of a summary with these members. */
static char *told_by(const char *name, const char *members) {
  iclgd_named_view views[ICLGD_VIEWS_MAX];
  char text[2048];
  size_t view = 0;
  const size_t count = iclgd_views(views);
  snprintf(text, sizeof text, "{%s}", members);
  while (view < count && strcmp(views[view].name, name) != 0) ++view;
  assert_true(view < count);
  return told(views[view].view, text);
}

static void expect(const char *view, const char *summary, const char *words,
                   bool wanted) {
  char *text = told_by(view, summary);
  if ((strstr(text, words) != NULL) != wanted)
    fail_msg("'%s' is %s in:\n%s", words, wanted ? "not" : "there", text);
  free(text);
}

static void test_hidden_means(void **state) {
  (void)state;
  expect("seeds", MODEL("1") ", " SEEDS, "unknown", false);
  expect("seeds", MODEL("1") ", " SEEDS, "1.50 +- 0.1", true);
  expect("seeds", MODEL("0") ", " SEEDS, "1.5 unknown", true);
  expect("seeds", MODEL("0") ", " SEEDS,
         "Its loss is unknown: rare prompts carry it (here 2 over 2 seeds",
         true);
  expect("seeds", MODEL("0") ", " SEEDS, " +- ", false);
}

/* The ratio may be unknown where the loss is known. */
static void test_hidden_ratios(void **state) {
  static const char seeds[] =
      MODEL("1") ", 'seeds': {'seed': [0, 1], 'probe_loss': [1.5, 2.5], "
                 "'probe_loss_errors': [0.1, 0.1], 'ratio_to_gd': [0.8, 1], "
                 "'ratio_to_gd_errors': [0.02, 0.02], 'loss_over_seeds': "
                 "{'mean': 2, 'spread': 0.7, 'standard_error': 0.5, "
                 "'seeds_counted': 2}, 'ratio_over_seeds': {'mean': 0.9, "
                 "'spread': 0.14, 'standard_error': 0.1, 'seeds_counted': 2}}, "
                 "'oracle': [{'name': 'ratio_gd', 'kind': '%s'}]";
  char known[1024], unknown[1024];
  (void)state;
  snprintf(known, sizeof known, seeds, "paired");
  snprintf(unknown, sizeof unknown, seeds, "unmeasurable");
  expect("seeds", known, "loss over GD's is 0.90 +- 0.1 over 2 seeds", true);
  expect("seeds", known, "unknown", false);
  expect("seeds", unknown, "loss over GD's is unknown", true);
  expect("seeds", unknown, "1.50 +- 0.1", true);
  expect("seeds", unknown, "0.8 unknown", true);
  expect("seeds", unknown, "mean loss is 2.00 +- 0.5,", true);
  expect("seeds", unknown, "ratio of these prompts alone is 0.9,", true);
  expect("seeds", unknown, "0.90 +- 0.1", false);
}

/* A sentence that names no share contradicts none of another algorithm. */
static void test_nothing_explains(void **state) {
  (void)state;
  const char *const chosen =
      "'hypotheses': [{'name': 'zero', 'title': 'zero', 'overall': 1, "
      "'layers': [1], 'interval': []}], 'chosen': 'zero', 'prompts': 100";
  char none[512], closest[512];
  snprintf(none, sizeof none, "'identify': {'kind': 'none', %s}", chosen);
  snprintf(closest, sizeof closest, "'identify': {'kind': 'closest', %s}",
           chosen);
  expect("identify", none, "None that was fitted explains it.", true);
  expect("identify", closest, "None that", false);
  expect("identify", closest, "All but 100% of what it predicts is zero.",
         true);
}

static void test_other_law(void **state) {
  (void)state;
  expect("theory", ETA, "eta: 0.5 in theory, 0.25 learned (a step).", true);
  expect("theory", ETA ", 'prompts': {'law_changes': ['prompt.n = 7']}",
         "eta: 0.5 in theory of these prompts' law, 0.25 learned under another",
         true);
}

static void test_one_shot(void **state) {
  (void)state;
  expect("alignment", EXPLAINS("newton"), "most like step 1 of newton.", true);
  expect("alignment", EXPLAINS("lasso"), "predicts most like lasso.", true);
}

/* Labels of size 2: what is off by more is like nothing, and weights before a
 * divergence are said to be that. */
static void test_far(void **state) {
  (void)state;
  expect("alignment", AT_DISTANCE("1.9"), "predicts most like step 1", true);
  expect("alignment", AT_DISTANCE("2.1"), "most like", false);
  expect("alignment", AT_DISTANCE("2.1"),
         "Like no algorithm: the closest, step 1 of newton, is off by 2.1 on",
         true);
  expect("alignment", AT_DISTANCE("1.9") ", 'training': {'diverged_at': 3}",
         "Before it diverged: closest to step 1 of newton, off by 1.9 on",
         true);
}

/* Layers of gradient descent on 200 prompts. */
#define LAYERS(excluded, error)                                            \
  "'model': {'layers': 1, 'loops': 2}, 'prompts': {'count': 200}, "        \
  "'trajectory': {'loss': [5, 2, 1]}, 'algorithms': [{'name': 'gd', "      \
  "'title': 'GD', 'loss': [5, 3, 2], 'prediction_difference': [0, 1, 1], " \
  "'prediction_difference_standard_error': [0, 0.1, " error                \
  "], "                                                                    \
  "'sensitivity_cosine_excluded': [200, 0, " excluded "]}]"

/* Of 200, 2 are 1%, and where all are left out there is no mean. */
static void test_left_out(void **state) {
  (void)state;
  expect("losses", LAYERS("2", "0.1"), "Left out", false);
  expect("losses", LAYERS("200", "0.1"), "Left out", false);
  expect("losses", LAYERS("3", "0.1"), "as many as 3 of 200 prompts,", true);
  expect("seeds", MODEL("1") ", " SEEDS, "over 2 seeds", true);
  expect("seeds", MODEL("1") ", " SEEDS, "Left out", false);
  expect("seeds",
         MODEL("1") ", 'seeds': {'seed': [0, 1, 2], 'probe_loss': [1, 2, "
                    "null], 'loss_over_seeds': {'mean': 1.5, 'spread': 0.7, "
                    "'standard_error': 0.5, 'seeds_counted': 2}}",
         "over 2 of 3 seeds", true);
}

static void test_few_prompts(void **state) {
  (void)state;
  expect("losses", LAYERS("0", "0.49"), "A few prompts", false);
  expect("losses", LAYERS("0", "0.51"),
         "A few prompts carry the mean difference at 1 of 2 layers", true);
  /* one prompt with half of the sum makes it 99 / 199 */
  expect("losses", LAYERS("0", "0.497"), "A few prompts", false);
  expect("losses", LAYERS("0", "0.498"), "A few prompts", true);
  expect("losses", LAYERS("0", "0.498"), "half", false);
}

static void test_few_prompts_of_pools(void **state) {
  (void)state;
#define POOLS(seen, new)                                                    \
  "'diversity': {'tasks': [1, 2, 4], 'prompts': 101, 'model_seen': "        \
  "[1, 1, 1], 'model_new': [1, 1, 1], 'model_seen_errors': [0.1, 0.1," seen \
  "], 'model_new_errors': [0.1, " new ", 0.1]}"
  expect("diversity", POOLS("0.48", "0.48"), "A few prompts", false);
  expect("diversity", POOLS("0.5", "0.48"),
         "A few prompts carry the model's mean loss at 1 of 3 pools", true);
  expect("diversity", POOLS("0.5", "0.5"), "at 2 of 3 pools", true);
}

/* An update that is exact where it is defined is not everywhere so. */
static void test_left_out_of_updates(void **state) {
  (void)state;
#define UPDATES(residual, excluded)                           \
  "'preconditioner': {'prompts': 200, 'residual': [" residual \
  "],"                                                        \
  " 'excluded': [" excluded "]}"
  const char *const words = "Left out of means: as many as 50 of 200 prompts";
  expect("preconditioner", UPDATES("0.1", "50"), words, true);
  expect("preconditioner", UPDATES("0.1", "2"), "Left out", false);
  expect("preconditioner", UPDATES("0", "50"), "exactly", true);
  expect("preconditioner", UPDATES("0", "50"), words, true);
}

/* A ratio beside the bound 1 / 16, with its errors; some are no numbers. */
static void test_gradient_dominance(void **state) {
  (void)state;
#define DOMINANCE(ratios, errors)                                   \
  "'landscape': {'setting': 'is', 'bound': 0.0625, 'prompts': 10, " \
  "'step': [1, 2, 3], 'loss': [3, 2, 1], 'ratio': [" ratios         \
  "], "                                                             \
  "'ratio_errors': [" errors "]}"
  expect("landscape", DOMINANCE("1, 0.07, 0.01", "0.1, 0.1, 0.001"),
         "holds in 1 of 3 snapshots, fails in 1.", true);
  expect("landscape", DOMINANCE("1, 0.07, 0.01", "0.1, 0.1, 0.001"),
         "not known", false);
  expect("landscape", DOMINANCE("1, null, 0.01", "0.1, null, null"),
         "In 2 it is not known.", true);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hidden_means),
      cmocka_unit_test(test_hidden_ratios),
      cmocka_unit_test(test_nothing_explains),
      cmocka_unit_test(test_other_law),
      cmocka_unit_test(test_one_shot),
      cmocka_unit_test(test_far),
      cmocka_unit_test(test_left_out),
      cmocka_unit_test(test_few_prompts),
      cmocka_unit_test(test_few_prompts_of_pools),
      cmocka_unit_test(test_left_out_of_updates),
      cmocka_unit_test(test_gradient_dominance),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
