/* Run files with one dataset changed: every dataset in every way, before
 * everything that reads files. */
#include "report/mutants.h"

static void every_change_of_every_dataset(void **state) {
  (void)state;
  for (size_t i = 0; i < n_names; ++i)
    for (size_t how = 0; how < MUTATIONS; ++how)
      try_one(i, (mutation)how, true);
}

int main(void) {
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_change_of_every_dataset),
  };
  return cmocka_run_group_tests(tests, make_original, remove_original);
}
