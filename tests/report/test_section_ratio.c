/* Variants of the model beside it: an error that holds, or "unknown". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/section.h"
#include "support/close.h"

static char *row(bool hidden) {
  char *text;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  assert_non_null(out);
  iclgd_section_ratio(out, 0.027, 1.07, 0.043, hidden);
  fclose(out);
  return text;
}

static void test_row(void **state) {
  (void)state;
  char *known = row(false), *hidden = row(true);
  assert_non_null(strstr(known, "0.027"));
  assert_non_null(strstr(known, "1.07 +- 0.043"));
  assert_null(strstr(known, "unknown"));
  assert_null(strpbrk(hidden, "0123456789"));
  assert_non_null(strstr(hidden, "unknown   unknown"));
  free(known);
  free(hidden);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_row)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
