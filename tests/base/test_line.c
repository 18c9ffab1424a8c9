/* Text of a file as one line of a terminal. */
#include "base/line.h"

#include <string.h>

#include "support/close.h"

static void expect(const char *text, const char *line) {
  char copy[64];
  strcpy(copy, text);
  iclgd_one_line(copy);
  assert_string_equal(copy, line);
}

static void plain_text_stays(void **state) {
  (void)state;
  expect("", "");
  expect("x ~ normal", "x ~ normal");
  expect("\xce\xb7 \xe2\x88\x92 \xf0\x9d\x91\xa4", /* eta, minus, italic w */
         "\xce\xb7 \xe2\x88\x92 \xf0\x9d\x91\xa4");
  expect("\xc2\xa0", "\xc2\xa0"); /* U+00A0, the first behind the controls */
}

static void one_line_has_no_ends(void **state) {
  (void)state;
  expect("a\nb\r\nc\td", "a?b??c?d");
}

static void codes_of_terminals_do_not_pass(void **state) {
  (void)state;
  expect("\033[2J", "?[2J");
  expect("a\x7f\b\a", "a???");
  expect(
      "\xc2\x9b"
      "31m",
      "?31m"); /* U+009B, control sequence introducer */
  expect("\xc2\x80\xc2\x9f", "??");
}

static void bytes_that_are_no_utf8_do_not_pass(void **state) {
  (void)state;
  expect("caf\xe9 x", "caf? x");
  expect(
      "\x9b"
      "31m",
      "?31m");                        /* the same code in one byte */
  expect("\xc0\xaf", "??");           /* overlong */
  expect("\xed\xa0\x80", "???");      /* a surrogate */
  expect("\xf4\x90\x80\x80", "????"); /* above U+10FFFF */
  expect("end \xe2\x88", "end ??");   /* cut */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_text_stays),
      cmocka_unit_test(one_line_has_no_ends),
      cmocka_unit_test(codes_of_terminals_do_not_pass),
      cmocka_unit_test(bytes_that_are_no_utf8_do_not_pass),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
