/* Status codes, their exit codes, and messages. */
#include <iclgd/status.h>
#include <string.h>

#include "support/close.h"

static void exit_codes_are_the_documented_ones(void **state) {
  (void)state;
  assert_int_equal(iclgd_status_exit_code(ICLGD_OK), 0);
  assert_int_equal(iclgd_status_exit_code(ICLGD_EIO), 1);
  assert_int_equal(iclgd_status_exit_code(ICLGD_ENOMEM), 1);
  assert_int_equal(iclgd_status_exit_code(ICLGD_STOPPED), 1);
  assert_int_equal(iclgd_status_exit_code(ICLGD_EUSAGE), 2);
  assert_int_equal(iclgd_status_exit_code(ICLGD_ERANGE), 2);
  assert_int_equal(iclgd_status_exit_code(ICLGD_EINPUT), 3);
  assert_int_equal(iclgd_status_exit_code(ICLGD_DIVERGED), 4);
  assert_int_equal(iclgd_status_exit_code((iclgd_status)77), 1);
}

/* Errors are negative, numerical outcomes positive, every text its own. */
static void every_status_has_its_own_text(void **state) {
  (void)state;
  const iclgd_status all[] = {
#define ROW(name, value, meaning, exit_code) name,
      ICLGD_STATUS_LIST(ROW)
#undef ROW
  };
  const size_t count = sizeof all / sizeof *all;
  for (size_t i = 0; i < count; ++i) {
    assert_true(iclgd_status_text(all[i])[0] != '\0');
    for (size_t j = 0; j < i; ++j) {
      assert_int_not_equal(all[i], all[j]);
      assert_string_not_equal(iclgd_status_text(all[i]),
                              iclgd_status_text(all[j]));
    }
  }
  assert_string_equal(iclgd_status_text((iclgd_status)77), "unknown status");
  assert_true(ICLGD_EUSAGE < 0 && ICLGD_DIVERGED > 0);
}

static void failing_gives_back_the_status_and_the_message(void **state) {
  (void)state;
  iclgd_error err;
  assert_int_equal(iclgd_fail(&err, ICLGD_EINPUT, "%s: n = %d", "a.h5", 0),
                   ICLGD_EINPUT);
  assert_string_equal(err.text, "a.h5: n = 0");
  assert_int_equal(iclgd_fail(NULL, ICLGD_EIO, "unheard"), ICLGD_EIO);
  assert_int_equal(iclgd_fail_memory(&err, "x"), ICLGD_ENOMEM);
  assert_string_equal(err.text, "out of memory for x");
}

static void a_long_message_is_cut(void **state) {
  (void)state;
  struct {
    iclgd_error err;
    char guard[8];
  } box = {.guard = "guard"};
  char longer[3 * sizeof box.err.text];
  memset(longer, 'x', sizeof longer - 1);
  longer[sizeof longer - 1] = '\0';
  iclgd_fail(&box.err, ICLGD_EIO, "%s", longer);
  assert_int_equal(strlen(box.err.text), sizeof box.err.text - 1);
  assert_string_equal(box.guard, "guard");
}

/* One line: what came from a file or an argument can hold anything. */
static void a_message_is_one_line(void **state) {
  (void)state;
  iclgd_error err;
  iclgd_fail(&err, ICLGD_EUSAGE, "key '%s'", "a\nb\r\033[31m\tc\x7f");
  assert_string_equal(err.text, "key 'a?b??[31m?c?'");
  iclgd_fail(&err, ICLGD_EUSAGE, "%s", "\xce\xb7 = 1");
  assert_string_equal(err.text, "\xce\xb7 = 1");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(exit_codes_are_the_documented_ones),
      cmocka_unit_test(every_status_has_its_own_text),
      cmocka_unit_test(failing_gives_back_the_status_and_the_message),
      cmocka_unit_test(a_long_message_is_cut),
      cmocka_unit_test(a_message_is_one_line),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
