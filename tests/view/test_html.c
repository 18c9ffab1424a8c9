/* What the page is written with: escaped text, typeset words, numbers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/close.h"
#include "view/html.h"

/* What one call writes, in a buffer of the test. */
#define WRITTEN(text, call)                        \
  do {                                             \
    FILE *out = fmemopen(text, sizeof(text), "w"); \
    assert_non_null(out);                          \
    call;                                          \
    fclose(out);                                   \
  } while (0)

#define TIMES "\u202f\u00d7\u202f10<sup>"

static void test_text(void **state) {
  (void)state;
  static const struct {
    const char *text, *expected;
  } cases[] = {
      {"", ""},
      {"a < b && c > \"d\" 'e'",
       "a &lt; b &amp;&amp; c &gt; &quot;d&quot; &#39;e&#39;"},
      {"]]> <!-- -->", "]]&gt; &lt;!-- --&gt;"},
      {"tab\tline\n", "tab\tline\n"},
      {"\u03b7 \u221e \U0001D40A", "\u03b7 \u221e \U0001D40A"},
      {"\x01\x1f", "\uFFFD\uFFFD"},
      {"caf\xe9!", "caf\uFFFD!"},
      {"\xc3", "\uFFFD"},                               /* cut off */
      {"\xc0\xaf", "\uFFFD\uFFFD"},                     /* overlong / */
      {"\xe0\x80\xaf", "\uFFFD\uFFFD\uFFFD"},           /* overlong / */
      {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},           /* a surrogate */
      {"\xef\xbf\xbf", "\uFFFD\uFFFD\uFFFD"},           /* U+FFFF */
      {"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"}, /* above U+10FFFF */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char text[256] = "";
    WRITTEN(text, iclgd_html_text(out, cases[i].text));
    assert_string_equal(text, cases[i].expected);
  }
  char text[64] = "";
  WRITTEN(text, iclgd_html_prose(out, "0.9 +- 0.1 < 1, 1+1"));
  assert_string_equal(text, "0.9 \u00b1 0.1 &lt; 1, 1+1");
}

static void test_typeset(void **state) {
  (void)state;
  static const struct {
    const char *text, *expected;
  } cases[] = {
      {"0.9 +- 0.1 < 1", "0.9 \u00b1 0.1 &lt; 1"},
      {"the model's 'x'", "the model\u2019s &#39;x&#39;"},
      {"R^2 of X^T y", "R\u00b2 of X\u1d40 y"},
      {"y = w* . x plus noise, a query x",
       "y = w\u2217 . x plus noise, a query x"},
      {"layers x loops", "layers \u00d7 loops"},
      {"5 layers x 2, a -> b", "5 layers \u00d7 2, a \u2192 b"},
      {"a loss of 1.18e-07.", "a loss of 1.18" TIMES "\u22127</sup>."},
      {"6.3e+05", "6.3" TIMES "5</sup>"},
      {"the e-mail, 0.1, -0.5", "the e-mail, 0.1, \u22120.5"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char out_text[256] = "";
    WRITTEN(out_text, iclgd_html_typeset(out, cases[i].text));
    assert_string_equal(out_text, cases[i].expected);
  }
}

static void test_number(void **state) {
  (void)state;
  static const struct {
    double value;
    const char *expected; /* four digits */
  } cases[] = {
      {0, "0"},
      {1, "1.000"},
      {-0.25, "\u22120.2500"},
      {0.1, "0.1000"},
      {12345.6, "12346"},
      {9.99996, "10.00"},
      {99999.7, "1.000" TIMES "5</sup>"},
      {0.00012345, "0.0001234"},
      {1.2894e-7, "1.289" TIMES "\u22127</sup>"},
      {-3e5, "\u22123.000" TIMES "5</sup>"},
      {1e300, "1.000" TIMES "300</sup>"},
      {5e-324, "4.941" TIMES "\u2212324</sup>"},
      {NAN, "\u2013"},
      {-INFINITY, "\u2212\u221e"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char text[64] = "";
    WRITTEN(text, iclgd_html_number(out, 4, cases[i].value));
    assert_string_equal(text, cases[i].expected);
  }
}

static void test_estimate(void **state) {
  (void)state;
  static const struct {
    double value, error;
    const char *expected;
  } cases[] = {
      {0.10306, 0.0131, "0.103 \u00b1\u00a00.013"},
      {383.2, 113, "383 \u00b1\u00a0113"},
      {-0.5, 0.25, "\u22120.50 \u00b1\u00a00.25"},
      {1.2894e-7, 7.1e-8, "(1.29 \u00b1\u00a00.71)" TIMES "\u22127</sup>"},
      {1, 4.8e-16, "1.000"}, /* rounding is no error */
      {0.4962471147, 3.2e-8, "0.496247 \u00b1\u00a03.2" TIMES "\u22128</sup>"},
      {2.5, NAN, "2.500"},
      {NAN, 0.1, "\u2013"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    char text[96] = "";
    WRITTEN(text, iclgd_html_estimate(out, 4, cases[i].value, cases[i].error));
    assert_string_equal(text, cases[i].expected);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text),
      cmocka_unit_test(test_typeset),
      cmocka_unit_test(test_number),
      cmocka_unit_test(test_estimate),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
