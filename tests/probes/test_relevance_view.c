/* What is said of points whose worth is given. */
#include "../../probes/views.h"
#include "support/told.h"

#define PAIR(one, other, cosine)                               \
  "{'one': '" one "', 'other': '" other "', 'cosine': " cosine \
  ", 'cosine_errors': 0.01, 'cosine_low': 0.1, 'cosine_high': 0.9}"
#define KIND(name, share, sum)                                           \
  "{'name': '" name "', 'conservative': " share ", 'gradient_sum': " sum \
  ", 'conservative_sum': 0.5}"
#define SUMMARY(pairs, by_size, kinds)                                    \
  "{'relevance': {'prompts': 60, 'best': 'ridge', 'conservation_error': " \
  "2e-16, 'by_size': {" by_size                                           \
  "}, 'by_similarity': {'left_out': [0.4, 0.3, 0.2, 0.1]}, 'agreement': " \
  "[" pairs "], 'kinds': [" kinds "]}}"

static void expect(const char *summary, const char *words, bool wanted) {
  expect_told(&iclgd_view_relevance, summary, words, wanted);
}

/* The claim is of the conservative answer, else of points left out; else there
 * is no algorithm beside the model. */
static void the_claim(void **state) {
  (void)state;
#define LEFT_OUT PAIR("left_out", "gd_left_out", "0.25")
  static const char both[] =
      SUMMARY(LEFT_OUT ", " PAIR("conservative", "gd", "0.75"), "", "");
  static const char without_parts[] = SUMMARY(LEFT_OUT, "", "");
  static const char alone[] =
      SUMMARY(PAIR("left_out", "best_left_out", "0.25"), "", "");
  expect(both, "Points beside GD's: cosine of their relevance 0.750 +- 0.01.",
         true);
  expect(both, "model, left out GD, left out 0.250 +- 0.01 0.1000 to 0.9000",
         true);
  expect(without_parts,
         "Points beside GD's: cosine of their relevance 0.250 +- 0.01.", true);
  expect(alone, "Points beside GD's", false);
  expect(alone, "What points are worth, on 60 prompts.", true);
}

/* As many as reach half, of the conservative answer where there is one. */
static void half_of_it(void **state) {
  (void)state;
  static const char one[] =
      SUMMARY("", "'conservative': [0.5, 0.3, 0.1, 0.1]", "");
  static const char two[] =
      SUMMARY("", "'left_out': [0.45, 0.25, 0.2, 0.1]", "");
  static const char both[] =
      SUMMARY("",
              "'conservative': [0.3, 0.19, 0.18, 0.17, 0.16], "
              "'left_out': [0.6, 0.1, 0.1, 0.1, 0.1]",
              "");
  static const char unknown[] =
      SUMMARY("", "'left_out': [null, null, null, null]", "");
  expect(one, "the 1 of 4 points that counts most carries half of", true);
  expect(two, "the 2 of 4 points that count most carry half of", true);
  expect(both, "the 3 of 5 points that count most carry half of", true);
  expect(unknown, "carr", false);
}

/* Shares of what is not nothing; the sum of gradient x input over all kinds. */
static void kinds(void **state) {
  (void)state;
  static const char all[] = SUMMARY(
      "", "",
      KIND("labels", "0.75", "1") ", " KIND("inputs", "0.25", "0") ", " KIND(
          "query", "0.0001", "1.5") ", " KIND("biases", "0", "0"));
  static const char none[] = SUMMARY("", "", "");
  expect(all,
         "(to 2e-16 of their size), magnitudes are labels 75.0%, inputs "
         "25.0%. Gradient x input sums to 2.5 times the prediction",
         true);
  expect(none, "conservative propagation, whose terms", false);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_claim),
      cmocka_unit_test(half_of_it),
      cmocka_unit_test(kinds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
