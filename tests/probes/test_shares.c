/* Ratios of means and of medians, and whether their intervals cover. */
#include <iclgd/rng.h>
#include <math.h>

#include "../../probes/shared/bootstrap.h"
#include "../../probes/shared/shares.h"
#include "support/close.h"

enum { COUNT = 120, RESAMPLES = 200, RUNS = 400 };

typedef struct sample {
  double a[COUNT], b[COUNT], work[RESAMPLES];
  double counts[RESAMPLES * COUNT];
  iclgd_placed sorted[2 * COUNT];
} sample;

/* Squares of normals that share a part, of variances 4.25 and 1.25: their means
 * and their medians are in that ratio. */
static void draw(sample *s, uint64_t run) {
  iclgd_stream stream;
  iclgd_stream_seed(&stream, 7, ICLGD_STREAM_SHIFT, run);
  for (size_t i = 0; i < COUNT; ++i) {
    const double shared = (double)iclgd_stream_normal(&stream);
    const double one = (double)iclgd_stream_normal(&stream);
    const double other = (double)iclgd_stream_normal(&stream);
    s->a[i] = pow(2 * shared + one / 2, 2);
    s->b[i] = pow(shared + other / 2, 2);
  }
  iclgd_bootstrap_draw(run, RESAMPLES, COUNT, s->counts);
}

static void intervals_cover(void **state) {
  (void)state;
  static sample s;
  size_t means = 0, medians = 0, errors = 0;
  const double truth = 4.25 / 1.25; /* of variances, hence of medians too */
  for (uint64_t run = 0; run < RUNS; ++run) {
    draw(&s, run);
    const iclgd_share mean =
        iclgd_share_of(s.a, s.b, COUNT, s.counts, RESAMPLES, s.work);
    const iclgd_share median = iclgd_share_of_medians(
        s.a, s.b, COUNT, s.counts, RESAMPLES, s.work, s.sorted);
    means += mean.low <= truth && truth <= mean.high;
    medians += median.low <= truth && truth <= median.high;
    errors += fabs(mean.value - truth) < 1.96 * mean.error;
  }
  /* 95% of 400 is 380 +- 4.4; percentiles of small samples are somewhat short
   */
  assert_in_range(means, 0.90 * RUNS, 0.985 * RUNS);
  assert_in_range(medians, 0.90 * RUNS, 0.995 * RUNS);
  assert_in_range(errors, 0.90 * RUNS, 0.985 * RUNS);
}

/* Resamples of few prompts are too much alike: no interval. */
static void few_prompts_have_none(void **state) {
  (void)state;
  static sample s;
  draw(&s, 1);
  for (size_t count = 2; count < 2 * ICLGD_SHARE_PROMPTS; ++count) {
    iclgd_bootstrap_draw(1, RESAMPLES, count, s.counts);
    const iclgd_share mean =
        iclgd_share_of(s.a, s.b, count, s.counts, RESAMPLES, s.work);
    const iclgd_share median = iclgd_share_of_medians(
        s.a, s.b, count, s.counts, RESAMPLES, s.work, s.sorted);
    assert_true(isfinite(mean.value) && isfinite(median.value));
    assert_int_equal(isnan(mean.low), count < ICLGD_SHARE_PROMPTS);
    assert_int_equal(isnan(median.high), count < ICLGD_SHARE_PROMPTS);
  }
}

/* A constant ratio has no spread; what is not finite, or over 0, is NaN. */
static void edges(void **state) {
  (void)state;
  static sample s;
  draw(&s, 1);
  for (size_t i = 0; i < COUNT; ++i) s.a[i] = 3 * s.b[i];
  iclgd_share share =
      iclgd_share_of(s.a, s.b, COUNT, s.counts, RESAMPLES, s.work);
  assert_close(share.value, 3, 1e-12, 0);
  assert_close(share.error, 0, 1e-9, 0);
  assert_close(share.low, 3, 1e-12, 0);
  share = iclgd_share_of_medians(s.a, s.b, COUNT, s.counts, RESAMPLES, s.work,
                                 s.sorted);
  assert_close(share.value, 3, 1e-12, 0);
  assert_close(share.high, 3, 1e-12, 0);
  s.a[3] = INFINITY;
  assert_true(isnan(
      iclgd_share_of(s.a, s.b, COUNT, s.counts, RESAMPLES, s.work).value));
  for (size_t i = 0; i < COUNT; ++i) s.a[i] = 1, s.b[i] = 0;
  assert_true(isnan(
      iclgd_share_of(s.a, s.b, COUNT, s.counts, RESAMPLES, s.work).value));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(intervals_cover),
      cmocka_unit_test(few_prompts_have_none),
      cmocka_unit_test(edges),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
