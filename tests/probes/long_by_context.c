/* How often the bootstrap interval of the probe `by_context` holds the mean,
 * over 200 seeds, where that is known: the zero predictor's, E y^2 = |Sigma|
 * E w^2 = d, at every length, and least squares' with k < d, d - k. */
#include <math.h>

#include "support/probing.h"

enum { SEEDS = 200, D = 4, N = 4, SHORT = 2 };

static int covers(probing *p, const char *who, size_t at, double expected) {
  char low[96], high[96];
  size_t extents[2];
  snprintf(low, sizeof low, "trajectories_by_context/%s_low", who);
  snprintf(high, sizeof high, "trajectories_by_context/%s_high", who);
  return probing_reals(p, low, 2, extents)[at] <= expected &&
         expected <= probing_reals(p, high, 2, extents)[at];
}

static void intervals_cover(void **state) {
  (void)state;
  int zero = 0, least_squares = 0;
  for (uint64_t seed = 1; seed <= SEEDS; ++seed) {
    world w;
    probing p;
    iclgd_error err;
    char of_seed[32];
    snprintf(of_seed, sizeof of_seed, "seed=%d", (int)seed);
    world_create(&w,
                 (const char *[]){"prompt.d=4", "prompt.n=4", of_seed, NULL},
                 seed, 800);
    probing_open(&p, &w, 1);
    probing_add(&p, "least_squares");
    assert_ok(probing_run(&p, "by_context", &err), err);
    zero += covers(&p, "model", N, D);
    least_squares += covers(&p, "least_squares", N + 1 + SHORT, D - SHORT);
    probing_close(&p);
    world_free(&w);
  }
  /* 95% less what the skew of squares takes: 2.6 binomial standard errors
   * below 94% */
  assert_in_range(zero, 179, 199);
  assert_in_range(least_squares, 179, 199);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(intervals_cover)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
