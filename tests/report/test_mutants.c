/* Run files with one dataset changed: a sample of long_mutants.c. Every tenth
 * dataset is changed in one way, which goes round; some are read by everything.
 */
#include "report/mutants.h"

static void one_change_for_every_tenth_dataset(void **state) {
  (void)state;
  for (size_t i = 0; i < n_names / 10; ++i)
    try_one(10 * i, (mutation)(i % MUTATIONS), i % 8 == 0);
}

int main(void) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_change_for_every_tenth_dataset),
  };
  return cmocka_run_group_tests(tests, make_original, remove_original);
}
