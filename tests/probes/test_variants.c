/* Variants of the model beside it: an error that holds, or "unknown". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../probes/shared/variants.h"
#include "support/close.h"
#include "view/terminal.h"

static char *row(bool hidden) {
  iclgd_blocks blocks = {.first = NULL};
  char *text;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  assert_non_null(out);
  iclgd_put_table(&blocks, iclgd_variant_columns, ICLGD_VARIANT_COLUMNS, "%s",
                  iclgd_variant_caution(hidden));
  iclgd_put_row(&blocks, "half");
  iclgd_put_variant(&blocks, 0.5, 0.027, 1.07, 0.043, hidden);
  iclgd_terminal_blocks(&blocks, false, out);
  fclose(out);
  iclgd_blocks_free(&blocks);
  return text;
}

static void test_row(void **state) {
  (void)state;
  char *known = row(false), *hidden = row(true);
  assert_non_null(strstr(known, "0.500 +- 0.027"));
  assert_non_null(strstr(known, "1.070 +- 0.043"));
  assert_null(strstr(known, "unknown"));
  assert_null(strstr(hidden, "+-"));
  assert_non_null(strstr(hidden, "0.5 unknown"));
  assert_non_null(strstr(hidden, "rare prompts carry these means"));
  const char *last = strrchr(hidden, ' ');
  assert_string_equal(last, " unknown\n");
  free(known);
  free(hidden);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_row)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
