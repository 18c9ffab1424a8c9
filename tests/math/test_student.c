/* Quantiles of Student's t beside those of tables, and intervals of few
 * normals that cover their mean as often as they say. */
#include "math/student.h"

#include <iclgd/rng.h>
#include <math.h>

#include "support/close.h"

/* R 4.2: qt(0.975, nu), qt(0.995, nu). */
static void test_tables(void **state) {
  (void)state;
  static const struct {
    size_t nu;
    double level, t;
  } rows[] = {{1, 0.95, 12.706204736432095},  {2, 0.95, 4.302652729911275},
              {3, 0.95, 3.182446305284263},   {4, 0.95, 2.776445105197799},
              {9, 0.95, 2.262157162740992},   {30, 0.95, 2.042272456301238},
              {100, 0.95, 1.983971518523553}, {2, 0.99, 9.924843200918294},
              {5, 0.99, 4.032142983555228}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    assert_close(iclgd_student_two_sided(rows[i].nu, rows[i].level), rows[i].t,
                 0, 1e-10);
  assert_close(iclgd_student_two_sided(1000000, 0.95), 1.959963984540054, 0,
               2e-6);
}

/* Of n normals the interval covers 0 in 95 of 100. */
static void expect_coverage(size_t n) {
  enum { TRIALS = 20000 };
  iclgd_stream stream;
  const double t = iclgd_student_two_sided(n - 1, 0.95);
  size_t covered = 0;
  iclgd_stream_seed(&stream, 11 + n, 0, 0);
  for (size_t k = 0; k < TRIALS; ++k) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; ++i) {
      const double z = iclgd_stream_normal(&stream);
      sum += z;
      squares += z * z;
    }
    const double mean = sum / (double)n;
    const double spread =
        sqrt((squares - sum * mean) / (double)(n - 1) / (double)n);
    covered += fabs(mean) <= t * spread;
  }
  assert_close((double)covered / TRIALS, 0.95, 4 * sqrt(0.95 * 0.05 / TRIALS),
               0);
}

static void test_coverage(void **state) {
  (void)state;
  expect_coverage(2);
  expect_coverage(3);
  expect_coverage(10);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables),
                                     cmocka_unit_test(test_coverage)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
