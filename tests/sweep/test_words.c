/* What is said of the table of a sweep agrees with its cells. */
#include "summary/views.h"
#include "support/told.h"

/* A sweep over model.loops with one cell, of a column y. */
#define SWEEP(cell, members)                                               \
  "{'sweep': {'points': 4, 'done': 4, 'diverged': 0, 'failed': 0, 'x': "   \
  "'model.loops', 'group': '', 'y': 'loss', 'label': 'loss at the end', "  \
  "'pivots': [{'y': 'loss', 'label': 'loss at the end', 'rows': ['3'], "   \
  "'beside': [], 'columns': [''], 'parts': [{'name': '', 'cells': [[" cell \
  "]]}]}], 'more': [], " members "}}"

#define CELL(count, points, done, diverged, failed)                      \
  "{'mean': 2, 'half_width': 0.5, 'count': " count ", 'points': " points \
  ", 'done': " done ", 'diverged': " diverged ", 'failed': " failed "}"
#define WHOLE CELL("4", "4", "4", "0", "0")

static void says(const char *summary, const char *words) {
  expect_told(&iclgd_view_sweep, summary, words, true);
}

static void says_not(const char *summary, const char *words) {
  expect_told(&iclgd_view_sweep, summary, words, false);
}

/* What gives no number, each with its reason and no reason without points. */
static void test_failures(void **state) {
  (void)state;
  says(SWEEP(CELL("0", "3", "3", "0", "0"), "'over': ''"), "3 unknown");
  says(SWEEP(CELL("0", "3", "0", "3", "0"), "'over': ''"), "3 diverged");
  says(SWEEP(CELL("0", "3", "0", "0", "3"), "'over': ''"), "3 failed");
  says(SWEEP(CELL("0", "3", "0", "0", "0"), "'over': ''"), "3 waiting");
  says(SWEEP(CELL("0", "2", "1", "1", "0"), "'over': ''"),
       "3 1 unknown, 1 diverged");
  says(SWEEP(CELL("0", "6", "1", "0", "2"), "'over': ''"),
       "3 1 unknown, 2 failed, 3 waiting");
  says_not(SWEEP(CELL("0", "6", "1", "0", "2"), "'over': ''"), "diverged,");
  says(SWEEP(CELL("2", "3", "2", "1", "0"), "'over': ''"), "(2 of 3)");
}

/* A number behind +- is explained wherever there is one, and nowhere else. */
static void test_intervals(void **state) {
  (void)state;
  says(SWEEP(WHOLE, "'over': 'seed', 'intervals': true, 'mixed': false"),
       "mean over seeds +- half of its 95% interval");
  says(SWEEP(WHOLE,
             "'over': 'seed, prompt.n', 'intervals': true, 'mixed': "
             "true"),
       "mean over seed, prompt.n. Where points differ in more than the seed "
       "there is no interval; elsewhere +- is half of the 95% interval");
  says_not(SWEEP(WHOLE,
                 "'over': 'seed, prompt.n', 'intervals': false, "
                 "'mixed': true"),
           "95%");
  says(SWEEP(WHOLE, "'over': 'seed', 'intervals': false, 'mixed': false"),
       "no interval over seeds is known");
  says(SWEEP(WHOLE, "'over': 'seed', 'hidden': true"),
       "No interval is known where rare prompts carry the mean of a run");
  says_not(SWEEP(WHOLE, "'over': 'seed', 'hidden': false"), "rare prompts");
  says_not(SWEEP(WHOLE, "'over': '', 'hidden': true"), "rare prompts");
  says(SWEEP(WHOLE, "'over': '', 'intervals': false, 'mixed': false"),
       "One seed of each");
  says_not(SWEEP(WHOLE, "'over': 'seed'"), "A layer's mean");
}

/* Rows of one seed each have no interval, all of them together do. */
static void test_seeds(void **state) {
#define SEEDS(half)                                              \
  SWEEP(WHOLE,                                                   \
        "'over': '', 'over_seeds': {'count': 4, 'mean': 0.875, " \
        "'spread': 0.04, 'half_width': " half "}")
  (void)state;
  says(SEEDS("0.064"), "loss at the end (loss) of each seed.");
  says(SEEDS("0.064"),
       "Over the 4 seeds: mean 0.875 +- 0.064 (half of its 95% interval, "
       "Student's t), standard deviation 0.04.");
  says_not(SEEDS("0.064"), "One seed of each");
  says(SEEDS("null"), "mean 0.875, its interval unknown, standard deviation");
  says_not(SWEEP(WHOLE, "'over': ''"), "Over the");
}

/* Of two names that are said once each neither is what most say. */
static void test_names(void **state) {
  static const char tie[] =
      SWEEP("{'most': 'gd', 'votes': 1, 'count': 2, 'points': 2, 'done': 2}",
            "'is_text': true, 'over': 'seed'");
  (void)state;
  says(tie, "gd (1 of 2)");
  says(tie, "what is said most often in a cell; of what is said as often, one");
}

static void test_count(void **state) {
  (void)state;
  says("{'sweep': {'points': 1, 'done': 0, 'diverged': 0, 'failed': 1}}",
       "1 point: 0 done, 0 diverged, 1 failed, 0 not run.");
  says("{'sweep': {'points': 5, 'done': 2, 'diverged': 1, 'failed': 1}}",
       "5 points: 2 done, 1 diverged, 1 failed, 1 not run.");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_failures), cmocka_unit_test(test_intervals),
      cmocka_unit_test(test_names), cmocka_unit_test(test_seeds),
      cmocka_unit_test(test_count)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
