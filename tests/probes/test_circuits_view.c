/* What is said of components whose losses without them are given. */
#include "../../probes/views.h"
#include "support/told.h"

/* A component by its name, kind and head; with 0 in its place the ratio of
 * losses with its interval, whether that holds, and the ratio of medians. */
#define PART(name, kind, head, ratio, low, high, holds, median)        \
  "{'name': '" name "', 'kind': '" kind "', 'head': " head             \
  ", 'ratio': [" ratio                                                 \
  ", 1.5, 1.5], 'ratio_errors': [0.01, 0.01, 0.01],"                   \
  " 'ratio_low': [" low ", 1, 1], 'ratio_high': [" high                \
  ", 2, 2], 'measurable': [" holds ", 1, 1], 'median_ratio': [" median \
  ", 1, 1], 'median_low': [" median ", 1, 1], 'median_high': [" median \
  ", 1, 1], 'recovered': 0.5, 'recovered_errors': 0.01}"
#define LAYER(number, ratio, low, high) \
  PART("layer " number, "layer", "0", ratio, low, high, "1", "1")
#define HEAD(number, ratio, low, high) \
  PART("layer 1 head " number, "head", number, ratio, low, high, "1", "1")
#define IDLE(number) LAYER(number, "1.001", "0.995", "1.005")

#define SUMMARY(parts)                                                     \
  "{'circuits': {'prompts': 120, 'donors': 60, 'loss': 0.5, 'corruption':" \
  " 'the labels of another prompt', 'corrupted_loss': 2, 'components': "   \
  "[" parts "]}}"

static void says(const char *summary, const char *words) {
  expect_told(&iclgd_view_circuits, summary, words, true);
}

/* "any one" is true where all layers cost the same, and only there. */
static void layers_that_are_alike(void **state) {
  (void)state;
  static const char both[] =
      SUMMARY(LAYER("1", "3", "2.8", "3.2") ", " LAYER("2", "3", "2.8", "3.2"));
  static const char some[] = SUMMARY(LAYER("1", "3", "2.8", "3.2") ", " LAYER(
      "2", "3", "2.8", "3.2") ", " IDLE("3"));
  static const char apart[] =
      SUMMARY(LAYER("1", "3", "2.8", "3.2") ", " LAYER("2", "4", "3.8", "4.2"));
  says(both, "Needs 2 of 2 layers; without any one: loss x 3.");
  says(both,
       "Layers: 2 of 2, removed alone (0 in its place), raise the loss by more "
       "than 1% (95% intervals).");
  says(some, "Needs 2 of 3 layers; without layer 1: loss x 3.");
  says(some, "raise the loss by more than 1%; 1 changes it by less (95%");
  says(apart, "Needs 2 of 2 layers; without layer 2: loss x 4.");
}

/* An interval within, beyond, below or about one percent. */
static void every_verdict(void **state) {
  (void)state;
  static const char all[] = SUMMARY(HEAD("1", "1.5", "1.02", "2") ", " HEAD(
      "2", "0.9", "0.8", "0.98") ", " HEAD("3", "1", "0.995",
                                           "1.005") ", " HEAD("4", "1.1", "0.9",
                                                              "1.2"));
  static const char none[] = SUMMARY(IDLE("1") ", " IDLE("2"));
  says(all,
       "Heads: 1 of 4, removed alone (0 in its place), raises the loss by more "
       "than 1%; 1 lowers it by more than 1%; 1 changes it by less; 1 cannot "
       "be told from this sample (95% intervals).");
  says(all, "; without layer 1 head 1: loss x 1.5.");
  says(none, "No component is seen to be needed.");
  says(none, "Layers: 0 of 2");
  says(none, "2 change it by less");
}

/* One mean that rare prompts carry: medians decide, and of that mean no error
 * is said. */
static void medians_decide(void **state) {
  (void)state;
  static const char rare[] =
      SUMMARY(PART("layer 1", "layer", "0", "5", "4", "6", "0", "2") ", " PART(
          "layer 2", "layer", "0", "7", "6", "8", "1", "1"));
  says(rare, "Needs 1 of 2 layers; without layer 1: median error x 2.");
  says(rare, "raises the median error by more than 1%; 1 changes it by less");
  says(rare, "layer 1 (5) 1.50 +- 0.01 1.50 +- 0.01 50 +- 1 2");
  says(rare, "layer 2 7.00 +- 0.01");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(layers_that_are_alike),
      cmocka_unit_test(every_verdict),
      cmocka_unit_test(medians_decide),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
