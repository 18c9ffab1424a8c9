/* iclgd plot: pictures, and text in the terminal. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drawing/text.h"
#include "figures/figure.h"
#include "support/shell.h"

/* Three seeds of a looped model with noise, so that ridge is a level. */
static int make_files(void **state) {
  char out[4096];
  if (make_folder(state) != 0) return -1;
  return shell(
      "\"$I\" run title=\"It's a <test> 10^{-3} & _x_\" prompt.d=3 prompt.n=8 "
      "prompt.noise=0.5 model.weights=gd model.loops=3 train.steps=30 "
      "train.batch=16 seeds=3 probe.prompts=50 reference.tune_prompts=50 "
      "reference.list=gd,gd_per_step,gdpp,ridge,least_squares -q "
      "-o run.h5 && \"$I\" generate prompt.d=3 prompt.n=8 probe.prompts=5 -q "
      "-o prompts.h5 && \"$I\" train prompt.d=3 prompt.n=8 train.steps=5 "
      "train.batch=16 -q -o model.h5",
      out, sizeof out);
}

/* The bytes of a file, NUL-terminated; to be freed. */
static char *content(const char *name, size_t *length) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  char *bytes = calloc(1, 1 << 22);
  assert_non_null(bytes);
  *length = fread(bytes, 1, (1 << 22) - 1, file);
  fclose(file);
  return bytes;
}

static void expect_in(const char *text, const char *const *words) {
  for (; *words; ++words)
    if (!strstr(text, *words)) fail_msg("no '%s'", *words);
}

static size_t count_in(const char *text, const char *word) {
  size_t count = 0;
  for (; (text = strstr(text, word)); ++text) ++count;
  return count;
}

static void test_svg(void **state) {
  (void)state;
  char out[4096];
  size_t length;
  shell_succeed("\"$I\" plot run.h5 -o a.svg", out, sizeof out);
  assert_string_equal(out, "");
  char *svg = content("a.svg", &length);
  expect_in(svg, (const char *const[]){
                     "<svg", "</svg>",
                     "It&#39;s a &lt;test&gt; 10^{-3} &amp; _x_</text>",
                     "in-context loss", "layer of the model, step",
                     "trained model", "gradient descent", "GD++",
                     "ridge regression", "least squares", NULL});
  assert_int_equal(count_in(svg, ">ridge regression"), 1);
  assert_int_equal(count_in(svg, "var("), 0); /* which few programs know */
  free(svg);
  shell_succeed("\"$I\" plot run.h5 --what training -o a.svg", out, sizeof out);
  svg = content("a.svg", &length); /* an older figure is replaced */
  expect_in(svg,
            (const char *const[]){"loss on held-out prompts", "training step",
                                  "3 seeds: median and range",
                                  "gradient descent, 3 steps", NULL});
  assert_null(strstr(svg, "O5")); /* exact: of no sample */
  free(svg);
}

/* Equal pictures are equal bytes, at any time and in any locale, also where the
 * standard streams are closed. */
static void test_other_formats(void **state) {
  (void)state;
  char out[4096];
  size_t length;
  shell_succeed(
      "for end in svg png pdf; do \"$I\" plot run.h5 -o a.$end && sleep 1 && "
      "LC_ALL=de_DE TZ=Asia/Tokyo \"$I\" plot run.h5 -o b.$end <&- >&- && cmp "
      "a.$end b.$end || exit 1; done && ls -A",
      out, sizeof out);
  assert_null(strstr(out, ".tmp")); /* temporaries are gone */
  char *png = content("a.png", &length);
  assert_memory_equal(png, "\x89PNG\r\n\x1a\n", 8);
  /* 16 cm at 300 pixels per inch, whose number is the first of the header. */
  assert_int_equal((unsigned char)png[18] << 8 | (unsigned char)png[19], 1890);
  assert_true(length > 20000);
  free(png);
  char *pdf = content("a.pdf", &length);
  assert_memory_equal(pdf, "%PDF-", 5);
  assert_true(length > 5000);
  free(pdf);
}

/* The filter: a linear axis down to 0, the model's quartiles, the algorithms
 * with their distances, and the untrained model. */
static void test_filter(void **state) {
  (void)state;
  char out[4096];
  size_t length;
  shell_succeed("\"$I\" plot run.h5 --what filter -o a.svg", out, sizeof out);
  assert_string_equal(out, "");
  char *svg = content("a.svg", &length);
  expect_in(svg, (const char *const[]){
                     "spectral filter of the last layer", "eigenvalue of S",
                     "trained model, quartiles", "gradient descent (", "GD++ (",
                     "untrained model (", ">0<", NULL});
  free(svg);
}

/* Every line within `columns`, no more than 24, nothing but printable ASCII. */
static void check_text(const char *text, size_t columns) {
  size_t lines = 0;
  for (const char *line = text; *line; ++lines) {
    const size_t length = strcspn(line, "\n");
    assert_int_equal(line[length], '\n');
    if (length > columns) fail_msg("%zu columns: %s", length, line);
    for (size_t i = 0; i < length; ++i)
      assert_true(isprint((unsigned char)line[i]));
    line += length + 1;
  }
  assert_in_range(lines, 12, 24);
}

static void test_terminal(void **state) {
  (void)state;
  char out[8192];
  static const char *const names[] = {"loss", "median", "filter", "training",
                                      "loops"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    char command[128];
    snprintf(command, sizeof command, "\"$I\" plot run.h5 --what %s", names[i]);
    shell_succeed(command, out, sizeof out);
    check_text(out, 80);
    assert_non_null(strstr(out, "M trained model"));
  }
  shell_succeed("\"$I\" plot run.h5 --what structure", out, sizeof out);
  check_text(out, 80);
  assert_non_null(strstr(out, "M antisymmetric share of A"));
  shell_succeed("\"$I\" plot run.h5 --what interpolation", out, sizeof out);
  check_text(out, 80);
  assert_non_null(strstr(out, "M mean over prompts"));
  assert_non_null(strstr(out, "gradient descent, refitted"));
  shell_succeed("COLUMNS=50 NO_COLOR=1 \"$I\" plot run.h5", out, sizeof out);
  check_text(out, 50);
  shell_succeed("COLUMNS=200 \"$I\" plot run.h5", out, sizeof out);
  check_text(out, 80);
}

/* On a linear axis negative values have their place: -1 at the bottom, 1 at the
 * top, the main series' band in bars between; no tick says "-0". */
static void test_linear(void **state) {
  (void)state;
  const double x[] = {0, 1, 2}, y[] = {-1, 0, 1},
               band[] = {-1, -0.9, 1, -1, 0.9, 1};
  iclgd_figure figure = {.title = "t",
                         .x_label = "x",
                         .y_label = "y",
                         .linear_y = true,
                         .x_max = 2,
                         .y_min = -1,
                         .y_max = 1};
  iclgd_figure_add(&figure, (iclgd_series){.kind = ICLGD_SERIES_MAIN,
                                           .label = "main",
                                           .count = 3,
                                           .x = x,
                                           .y = y,
                                           .band = band});
  char *text;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  iclgd_figure_text(&figure, &(iclgd_text_style){60, 24, false, false}, out);
  fclose(out);
  assert_int_equal(count_in(text, "M"), 4);
  const char *top = strstr(text, "       1 |"),
             *bottom = strstr(text, "  -1 |");
  assert_true(top && bottom && strstr(text, "       0 |") && top < bottom);
  assert_int_equal(strcspn(bottom, "M"), strlen("  -1 |"));
  assert_true(strstr(top, "M") < strchr(top, '\n'));
  /* The axis of 17 rows, and bars in rows 1 to 15 but one of the line. */
  assert_int_equal(count_in(text, "|"), 17 + 14);
  assert_null(strstr(text, "-0 |"));
  free(text);
}

/* Colours change how it looks, not what stands there. */
static void test_colours(void **state) {
  (void)state;
  const double x[] = {0, 1, 2}, y[] = {1, 0.1, 0.01}, level = 0.05;
  iclgd_figure figure = {.title = "t",
                         .x_label = "x",
                         .y_label = "y",
                         .x_max = 2,
                         .y_min = 0.01,
                         .y_max = 1};
  iclgd_figure_add(&figure, (iclgd_series){.kind = ICLGD_SERIES_MAIN,
                                           .label = "main",
                                           .count = 3,
                                           .x = x,
                                           .y = y,
                                           .band = NULL});
  iclgd_figure_add(&figure, (iclgd_series){.kind = ICLGD_SERIES_LEVEL,
                                           .label = "level",
                                           .count = 1,
                                           .x = NULL,
                                           .y = &level,
                                           .band = NULL});
  char *plain, *colour;
  size_t plain_length, colour_length;
  FILE *out = open_memstream(&plain, &plain_length);
  iclgd_figure_text(&figure, &(iclgd_text_style){60, 24, false, false}, out);
  fclose(out);
  out = open_memstream(&colour, &colour_length);
  iclgd_figure_text(&figure, &(iclgd_text_style){60, 24, true, false}, out);
  fclose(out);
  assert_true(count_in(colour, "\033[") > 10);
  char *to = colour;
  for (const char *from = colour; *from; ++from)
    if (*from == '\033')
      from += strcspn(from, "m");
    else
      *to++ = *from;
  *to = '\0';
  assert_string_equal(colour, plain);
  assert_int_equal(count_in(plain, "M"), 4); /* three points, the legend */
  free(plain);
  free(colour);
}

static void test_ticks(void **state) {
  (void)state;
  static const struct {
    double low, high;
    bool log_axis;
    size_t count;
    double first, last;
  } cases[] = {
      {0, 15, false, 8, 0, 14},         {0, 10, false, 11, 0, 10},
      {0, 4096, false, 9, 0, 4000},     {0, 1, false, 11, 0, 1},
      {-0.13, 1, false, 6, 0, 1},       {0.01, 100, true, 5, 0.01, 100},
      {0.09, 2.1, true, 5, 0.1, 2},     {1e-30, 10, true, 8, 1e-28, 1},
      {0.4, 0.41, true, 11, 0.4, 0.41},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    double ticks[ICLGD_TICKS_MAX];
    const size_t count =
        iclgd_ticks(cases[i].low, cases[i].high, cases[i].log_axis, ticks);
    if (count != cases[i].count)
      fail_msg("case %zu: %zu ticks, %g to %g", i, count, ticks[0],
               ticks[count - 1]);
    assert_close(ticks[0], cases[i].first, 1e-12, 1e-12);
    assert_close(ticks[count - 1], cases[i].last, 1e-12, 1e-12);
  }
}

/* Two files beside each other, the algorithms, title and width that are asked
 * for; others are not there. */
static void test_choices(void **state) {
  (void)state;
  char out[16384];
  size_t length;
  shell_succeed(
      "cp run.h5 other.h5 && \"$I\" plot run.h5 other.h5 --algorithms "
      "gdpp,ridge "
      "--title 'My two' --width 8 -o two.svg",
      out, sizeof out);
  char *svg = content("two.svg", &length);
  expect_in(svg, (const char *const[]){">My two<", ">run = other<", ">GD++<",
                                       ">ridge", "width=\"8cm\"", NULL});
  assert_null(strstr(svg, "gradient descent"));
  assert_null(strstr(svg, "GD, a step size"));
  free(svg);
  /* Of several files only gradient descent, and what is not the model named. */
  shell_succeed("\"$I\" plot run.h5 other.h5", out, sizeof out);
  assert_non_null(strstr(out, "gradient descent"));
  assert_null(strstr(out, "GD++"));
  shell_succeed("\"$I\" plot run.h5 other.h5 --what structure", out,
                sizeof out);
  assert_non_null(strstr(out, "= other, antisymmetric share of A"));
  shell_succeed("\"$I\" plot run.h5 --title ''", out, sizeof out);
  assert_null(strstr(out, "It's a"));
}

/* Every algorithm has its colour and dashes, whatever else is drawn: gradient
 * descent is blue, the model black; lines of one algorithm differ in dashes,
 * those of a sequence in their place on the ramp. */
static void test_paint(void **state) {
  (void)state;
  iclgd_figure f = {.title = ""};
  static const char *const who[] = {NULL, "knn",      "newton", NULL,
                                    "gd", "nesterov", "gd",     "unknown"};
  static const size_t colours[] = {0, 2, 6, ICLGD_COLOUR_GREY, 1, 4, 1, 3};
  static const size_t dashes[] = {0, 3, 0, 0, 0, 0, 1, 0};
  for (size_t k = 0; k < 8; ++k)
    iclgd_figure_add(&f, (iclgd_series){.kind = k == 0   ? ICLGD_SERIES_MAIN
                                                : k == 3 ? ICLGD_SERIES_THIN
                                                         : ICLGD_SERIES_POINTS,
                                        .label = "",
                                        .who = who[k]});
  iclgd_figure_paint(&f);
  for (size_t k = 0; k < 8; ++k) {
    assert_int_equal(f.series[k].colour, colours[k]);
    assert_int_equal(f.series[k].dash, dashes[k]);
  }
  f.n_series = 0; /* nobody has a name: from blue on */
  for (size_t k = 0; k < 7; ++k)
    iclgd_figure_add(&f, (iclgd_series){.kind = ICLGD_SERIES_POINTS});
  iclgd_figure_paint(&f);
  for (size_t k = 0; k < 6; ++k) assert_int_equal(f.series[k].colour, k + 1);
  assert_int_equal(f.series[6].colour, 1);
  assert_int_equal(f.series[6].dash, 1);
  f.n_series = 0;
  for (size_t k = 0; k < ICLGD_RAMP; ++k)
    iclgd_figure_add(
        &f, (iclgd_series){.kind = ICLGD_SERIES_POINTS, .ordered = true});
  iclgd_figure_paint(&f);
  for (size_t k = 0; k < ICLGD_RAMP; ++k)
    assert_int_equal(f.series[k].colour, ICLGD_COLOUR_RAMP + k);
}

/* A figure of lines over x = 0, 1, 2 in the window of y from 1 to 2. */
static iclgd_figure lines_of(const double (*y)[3], size_t count) {
  static const double x[] = {0, 1, 2};
  static const char *const names[] = {"one", "two", "three", "four"};
  iclgd_figure f = {.title = "t",
                    .x_label = "x",
                    .y_label = "y",
                    .linear_y = true,
                    .x_max = 2,
                    .y_min = 1,
                    .y_max = 2};
  for (size_t k = 0; k < count; ++k)
    iclgd_figure_add(&f, (iclgd_series){.kind = k == 0 ? ICLGD_SERIES_MAIN
                                                       : ICLGD_SERIES_POINTS,
                                        .label = names[k],
                                        .count = 3,
                                        .x = x,
                                        .y = y[k]});
  return f;
}

/* Lines that are the same to rounding are equal, those that no eye tells apart
 * nearly so; a gap, or another line in one point, is a difference. */
static void test_equal(void **state) {
  (void)state;
  static const double y[][3] = {{1.2, 1.5, NAN},
                                {1.2 + 1e-9, 1.5, NAN},
                                {1.201, 1.5, NAN},
                                {1.2, 1.5, 1.5}};
  iclgd_arena arena = {0};
  iclgd_figure f = lines_of(y, 4);
  iclgd_figure_finish(&f, &arena);
  assert_int_equal(f.n_series, 2);
  assert_string_equal(f.series[0].label, "one = two ~ three");
  assert_string_equal(f.series[1].label, "four");
  f = lines_of(y, 4);
  f.y_max = 1.2; /* one and three are 1/200 apart */
  iclgd_figure_finish(&f, &arena);
  assert_int_equal(f.n_series, 3);
  assert_string_equal(f.series[0].label, "one = two (above from 1)");
  iclgd_arena_free(&arena);
}

/* What is out of the window says so, and what leaves it at its end since when;
 * what comes back does not. */
static void test_hidden(void **state) {
  (void)state;
  static const double y[][3] = {
      {1.1, 1.2, 1.3}, {3, 3, 4}, {1.5, 2.5, 9}, {9, 1.7, 0}};
  static const double level = 0.5;
  iclgd_arena arena = {0};
  iclgd_figure f = lines_of(y, 4);
  iclgd_figure_add(&f, (iclgd_series){.kind = ICLGD_SERIES_LEVEL,
                                      .label = "level",
                                      .count = 1,
                                      .y = &level});
  iclgd_figure_finish(&f, &arena);
  static const char *const labels[] = {"one", "two (above)",
                                       "three (above from 1)", "four",
                                       "level (5e-01, below)"};
  for (size_t k = 0; k < 5; ++k)
    assert_string_equal(f.series[k].label, labels[k]);
  iclgd_arena_free(&arena);
}

/* Titles are words, whatever is in them, and break into lines where the picture
 * is narrow. */
static void test_titles(void **state) {
  (void)state;
  char out[4096];
  size_t length;
  shell_succeed(
      "\"$I\" plot run.h5 -o a.svg --title \"$(printf "
      "'a ]]> b \\033[2J\\002 \\177 <![CDATA[ --> & '\\'q\\'' {}_^')\" && "
      "/usr/bin/python3 -c 'import sys, xml.etree.ElementTree as tree; "
      "tree.parse(\"a.svg\")'",
      out, sizeof out);
  char *svg = content("a.svg", &length);
  for (size_t i = 0; i < length; ++i)
    assert_true((unsigned char)svg[i] >= ' ' || isspace((unsigned char)svg[i]));
  free(svg);
  shell_succeed(
      "\"$I\" plot run.h5 -o a.svg --width 8 --title 'Twenty-three letters "
      "here and then as many again in a second line'",
      out, sizeof out);
  svg = content("a.svg", &length);
  expect_in(svg, (const char *const[]){">Twenty-three letters here and then",
                                       " line</text>", NULL});
  /* The <title>, which is not drawn, stays in one. */
  assert_int_equal(count_in(svg, "here and then as many again in a second"), 1);
  free(svg);
}

/* One line each, with a word that helps. */
static void test_refused(void **state) {
  (void)state;
  static const struct {
    const char *command;
    int code;
    const char *word;
  } cases[] = {
      {"\"$I\" plot run.h5 --what los", 2, "did you mean 'loss'?"},
      {"\"$I\" plot run.h5 --what loss/gd", 2, "no figure 'loss/gd'"},
      {"\"$I\" plot run.h5 --algorithms gd,none", 2, "has no 'none'"},
      {"\"$I\" plot run.h5 --what training --algorithms gd", 2, "no choice"},
      {"\"$I\" plot run.h5 --title \"$(printf 'a\\377b')\"", 2,
       "expected text in UTF-8"},
      {"\"$I\" plot run.h5 --width x", 2, "--width x: expected a number"},
      {"\"$I\" plot run.h5 model.h5 --what weights", 2, "shows one file"},
      {"\"$I\" plot run.h5 -o a.gif", 2, ".svg, .png or .pdf"},
      {"\"$I\" plot run.h5 -o .svg", 2, ".svg, .png or .pdf"},
      {"\"$I\" plot prompts.h5", 3, "no /entry/trajectories_loss"},
      {"\"$I\" plot model.h5", 3, "model.h5: no /entry/trajectories_loss"},
      {"\"$I\" plot prompts.h5 --what training", 3, "no /entry/training"},
      {"\"$I\" plot model.h5 --what loops", 3, "no /entry/extrapolation"},
      {"\"$I\" plot run.h5 --what diversity", 3,
       "the probe diversity was not run: set diversity.pools"},
      {"\"$I\" plot model.h5 --what filter", 3, "no /entry/filter_match"},
      {"\"$I\" plot none.h5", 3, "none.h5"},
      {"\"$I\" plot run.h5 -o none/a.svg", 1, "none/a.svg: cannot write"},
      {"(trap '' XFSZ; ulimit -f 1; \"$I\" plot run.h5 -o c.svg)", 1,
       "c.svg: cannot write"},
      {"(trap '' XFSZ; ulimit -f 4; \"$I\" plot run.h5 -o c.png)", 1,
       "c.png: cannot write"},
      {"(trap '' XFSZ; ulimit -f 4; \"$I\" plot run.h5 -o c.pdf)", 1,
       "c.pdf: cannot write"},
  };
  char out[8192];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    const int code = shell(cases[i].command, out, sizeof out);
    const char *end = strchr(out, '\n');
    if (code != cases[i].code || !strstr(out, cases[i].word) || !end ||
        end[1] != '\0')
      fail_msg("%s: exit %d, %s", cases[i].command, code, out);
  }
  shell_succeed("ls -A", out, sizeof out);
  assert_null(strstr(out, "c.")); /* nothing half-made, no temporary */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_svg),           cmocka_unit_test(test_filter),
      cmocka_unit_test(test_other_formats), cmocka_unit_test(test_terminal),
      cmocka_unit_test(test_colours),       cmocka_unit_test(test_linear),
      cmocka_unit_test(test_ticks),         cmocka_unit_test(test_choices),
      cmocka_unit_test(test_paint),         cmocka_unit_test(test_equal),
      cmocka_unit_test(test_hidden),        cmocka_unit_test(test_titles),
      cmocka_unit_test(test_refused)};
  return cmocka_run_group_tests(tests, make_files, remove_folder);
}
