/* What the page is written with: escaped text, numbers, figures as SVG. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drawing/svg.h"
#include "report/html_sections.h"
#include "report/html_write.h"
#include "support/close.h"

/* What one call writes, in a buffer of the test. */
#define WRITTEN(text, call)                        \
  do {                                             \
    FILE *out = fmemopen(text, sizeof(text), "w"); \
    assert_non_null(out);                          \
    call;                                          \
    fclose(out);                                   \
  } while (0)

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

#define TIMES "\u202f\u00d7\u202f10<sup>"

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
    WRITTEN(text, iclgd_html_estimate(out, cases[i].value, cases[i].error));
    assert_string_equal(text, cases[i].expected);
  }
}

static void test_table(void **state) {
  (void)state;
  static const char *const columns[] = {"a", "<b"};
  char text[1024] = "";
  WRITTEN(text, {
    iclgd_html_table(out, "1 < 2");
    iclgd_html_columns(out, columns, 2);
    iclgd_html_row(out, "x & y");
    iclgd_html_cell_text(out, "");
    iclgd_html_row_end(out);
    iclgd_html_table_end(out);
  });
  assert_string_equal(
      text,
      "<div class=\"scroll\"><table>\n<caption><span>1 &lt; "
      "2</span></caption>\n<thead><tr><th scope=\"col\">a</th><th "
      "scope=\"col\" class=\"t\">b</th></tr></thead>\n<tbody>\n<tr><th "
      "scope=\"row\">x &amp; y</th><td class=\"t\">\u2013</td></tr>\n"
      "</tbody>\n</table></div>\n");
}

static void expect_in(const char *text, const char *word) {
  if (!strstr(text, word)) fail_msg("no '%s' in %s", word, text);
}

/* The window is 300 wide from x = 46 and 198 high from y = 26: on a linear axis
 * (0, 0) stands at its lower left corner, (2, 1) at the upper right one. */
static void test_figure(void **state) {
  (void)state;
  const double x[] = {0, 1, 2}, y[] = {0, 0.5, 1}, gap[] = {1, NAN, 1e300},
               band[] = {-5, 0.25, 0.75, 0.25, 0.75, 5}, level = 0.25;
  iclgd_figure figure = {.title = "t",
                         .x_label = "x < 1",
                         .y_label = "\"y\"",
                         .linear_y = true,
                         .x_max = 2,
                         .y_max = 1};
  iclgd_figure_add(&figure, (iclgd_series){.kind = ICLGD_SERIES_MAIN,
                                           .label = "main & co",
                                           .count = 3,
                                           .x = x,
                                           .y = y,
                                           .band = band});
  iclgd_figure_add(&figure, (iclgd_series){.kind = ICLGD_SERIES_POINTS,
                                           .label = "gap",
                                           .count = 3,
                                           .x = x,
                                           .y = gap,
                                           .band = NULL});
  iclgd_figure_add(&figure, (iclgd_series){.kind = ICLGD_SERIES_LEVEL,
                                           .label = "level",
                                           .count = 1,
                                           .x = NULL,
                                           .y = &level,
                                           .band = NULL});
  static char text[16384];
  iclgd_figure_paint(&figure);
  WRITTEN(text, iclgd_figure_svg(&figure, out));
  expect_in(text, "d=\"M46.0 224.0L196.0 125.0L346.0 26.0\"");
  /* The band within the window: up along its upper edge, back on the lower. */
  expect_in(text,
            "<path class=\"b c0\" d=\"M46.0 174.5L196.0 75.5L346.0 26.0L346.0 "
            "75.5L196.0 174.5L46.0 224.0z\"/>");
  /* A gap parts a line in two; what is far outside stays a number. */
  expect_in(text, "<path class=\"l c1\" d=\"M46.0 26.0M346.0 -4000.0\"/>");
  expect_in(text, "<path class=\"l c2 level\" d=\"M46.0 174.5h300.0\"/>");
  expect_in(text, "&quot;y&quot; over x &lt; 1. main &amp; co: from 0 to 1;");
  expect_in(text, "</svg>level</li>");
  assert_null(strstr(text, "nan"));
}

/* Powers of ten as exponents, and the axis logarithmic. */
static void test_logarithmic(void **state) {
  (void)state;
  const double x[] = {1, 10}, y[] = {1e-8, 1};
  iclgd_figure figure = {.title = "",
                         .x_label = "x",
                         .y_label = "y",
                         .log_x = true,
                         .x_min = 1,
                         .x_max = 10,
                         .y_min = 1e-8,
                         .y_max = 1};
  iclgd_figure_add(&figure, (iclgd_series){.kind = ICLGD_SERIES_MAIN,
                                           .label = "m",
                                           .count = 2,
                                           .x = x,
                                           .y = y,
                                           .band = NULL});
  static char text[16384];
  WRITTEN(text, iclgd_figure_svg(&figure, out));
  expect_in(text, "d=\"M46.0 224.0L346.0 26.0\"");
  expect_in(text, "10<tspan class=\"sup\" dy=\"-4\">\u22128</tspan>");
}

static iclgd_status build_nothing(iclgd_reader *r, json_t *summary) {
  (void)r;
  (void)summary;
  return ICLGD_OK;
}

static void print_new(const json_t *summary, FILE *out) {
  (void)summary;
  fputs("\nA <new> probe\n  layer  1 +- 2\n", out);
}

static void print_nothing(const json_t *summary, FILE *out) {
  (void)summary;
  (void)out;
}

/* A section that the page has no row for stands there as in the terminal. */
static void test_section(void **state) {
  (void)state;
  const iclgd_section new = {build_nothing, print_new},
                      empty = {build_nothing, print_nothing};
  iclgd_arena arena = {0};
  iclgd_error err;
  iclgd_page page = {.arena = &arena, .err = &err};
  char text[256] = "";
  WRITTEN(text, {
    page.out = out;
    assert_int_equal(iclgd_page_section(&page, &new), ICLGD_OK);
    assert_int_equal(iclgd_page_section(&page, &empty), ICLGD_OK);
  });
  iclgd_arena_free(&arena);
  assert_string_equal(text,
                      "<section>\n<h2>A &lt;new&gt; probe</h2>\n<pre>  layer  "
                      "1 \u00b1 2\n</pre>\n</section>\n");
}

static void test_spread(void **state) {
  (void)state;
  size_t out[4];
  assert_int_equal(iclgd_page_spread(3, 4, out), 3);
  assert_int_equal(out[2], 2);
  assert_int_equal(iclgd_page_spread(1, 4, out), 1);
  assert_int_equal(out[0], 0);
  assert_int_equal(iclgd_page_spread(100, 4, out), 4);
  assert_memory_equal(out, ((const size_t[]){0, 33, 66, 99}), sizeof out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_text),     cmocka_unit_test(test_number),
      cmocka_unit_test(test_estimate), cmocka_unit_test(test_table),
      cmocka_unit_test(test_figure),   cmocka_unit_test(test_logarithmic),
      cmocka_unit_test(test_spread),   cmocka_unit_test(test_section),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
