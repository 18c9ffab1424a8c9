/* The verdict on the presets, trained in full: the papers' models are what the
 * papers say they are, and the looped ones are more than gradient descent. */
#include "support/verdict.h"

#define FEW                                           \
  " seeds=1 probe.list=identify,structure,landscape " \
  "reference.list=zero,gd,pgd,gd_per_step,pgd_per_step,gdpp"

static void presets(void **state) {
  (void)state;
  static const struct {
    const char *settings, *must, *must_not;
  } runs[] = {
      {"preset:vonoswald2022" FEW,
       "The trained model is gradient descent with step size 6.|, to within "
       "0.|the same to within 1% as that of gradient descent",
       "exactly"},
      {"preset:ahn2023-gd" FEW,
       "The trained model is preconditioned GD with step sizes 0.4|, to within "
       "0.",
       "Newton"},
      {"preset:ahn2023-gdpp" FEW, "whitened GD++ with step sizes 0.4", "None"},
      {"preset:zhang2023" FEW,
       "The trained model is GD with a fitted matrix, to within 0.0", "None"},
      {"preset:looped-full" FEW,
       "The trained model is GD++ with step size 2.|and gamma 0.2|, to within "
       "0.", /* 0.06 to 0.11% by seed and precision */
       "antisymmetric"},
      {"preset:quickstart" FEW,
       "gradient descent with step size 0.6|is closest to the trained model, "
       "but leaves 5.|off a multiple of the identity by|of that antisymmetric",
       "exactly|Newton"},
      {"preset:symmetry-breaking" FEW,
       "gradient descent with step size 0.9|is closest to the trained model, "
       "but leaves 1.|almost all of it antisymmetric",
       "exactly|Newton"},
      {"preset:looped" FEW,
       "is closest to the trained model, but leaves 4.|of that antisymmetric",
       "exactly|Newton"},
  };
  for (size_t i = 0; i < sizeof runs / sizeof *runs; ++i) {
    json_t *summary = verdict_run(runs[i].settings, NULL, NULL);
    if (getenv("ICLGD_SAY"))
      printf("%s\n    %s\n", runs[i].settings,
             verdict_text(summary, "verdict"));
    verdict_check(summary);
    verdict_expect(runs[i].settings, summary, runs[i].must, true);
    verdict_expect(runs[i].settings, summary, runs[i].must_not, false);
    json_decref(summary);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(presets)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
