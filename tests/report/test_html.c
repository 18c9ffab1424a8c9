/* Figures as SVG. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drawing/svg.h"
#include "support/close.h"

/* What one call writes, in a buffer of the test. */
#define WRITTEN(text, call)                        \
  do {                                             \
    FILE *out = fmemopen(text, sizeof(text), "w"); \
    assert_non_null(out);                          \
    call;                                          \
    fclose(out);                                   \
  } while (0)

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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_figure),
      cmocka_unit_test(test_logarithmic),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
