/* Heat maps, dots in rows and the braille canvas on figures made by hand, and
 * every figure of a file as text and as a picture. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drawing/canvas.h"
#include "drawing/map_colour.h"
#include "drawing/text.h"
#include "figures/figure.h"
#include "support/shell.h"

static int make_files(void **state) {
  char out[4096];
  if (make_folder(state) != 0) return -1;
  return shell(
      "\"$I\" run title=T prompt.d=3 prompt.n=8 model.weights=gd model.loops=3 "
      "train.steps=30 train.batch=16 seeds=2 probe.prompts=50 "
      "reference.tune_prompts=50 landscape.prompts=40 decoding.prompts=60 "
      "extrapolation.prompts=20 extrapolation.loop_prompts=20 "
      "reference.list=gd,gdpp,line_search,newton,least_squares -q -o run.h5 && "
      "\"$I\" run prompt.d=3 prompt.n=8 model.layers=1 train.steps=10 "
      "train.batch=16 probe.prompts=20 reference.tune_prompts=20 "
      "reference.list=gd,newton -q -o one.h5 && "
      "\"$I\" generate prompt.d=3 prompt.n=8 probe.prompts=5 -q -o p.h5",
      out, sizeof out);
}

static char *text_of(const iclgd_figure *figure, bool colour, bool unicode) {
  char *text;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  const iclgd_text_style style = {60, 24, colour, unicode};
  iclgd_figure_text(figure, &style, out);
  fclose(out);
  return text;
}

static size_t count_in(const char *text, const char *word) {
  size_t count = 0;
  for (; (text = strstr(text, word)); ++text) ++count;
  return count;
}

/* The line that starts with a label, without it; up to its end. */
static const char *line_of(const char *text, const char *label) {
  for (const char *line = text; line && *line;
       line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
    const char *word = line + strspn(line, " ");
    if (strncmp(word, label, strlen(label)) == 0) return word + strlen(label);
  }
  fail_msg("no line '%s' in %s", label, text);
  return NULL;
}

static void expect_start(const char *line, const char *expected) {
  if (strncmp(line, expected, strlen(expected)) != 0)
    fail_msg("'%.40s' where '%s' was expected", line, expected);
}

static iclgd_figure matrix(const double *values, size_t rows, size_t columns) {
  static const double one_to_three[] = {1, 2, 3};
  iclgd_figure f = {.kind = ICLGD_FIGURE_MAP,
                    .title = "",
                    .x_label = "x",
                    .y_label = "",
                    .rows = rows,
                    .columns = columns,
                    .row_at = one_to_three,
                    .column_at = one_to_three,
                    .value_label = "v",
                    .value_max = 1,
                    .n_panels = 1,
                    .panel_columns = 1};
  f.panel[0] = (iclgd_panel){.label = "", .side = "", .value = values};
  return f;
}

/* Four characters a cell; the nine steps of ASCII from blank to @: 0.5 is the
 * fifth (or sixth) of ten, what is above 1 is @, NaN is a question mark. */
static void test_map(void **state) {
  (void)state;
  const double values[] = {0, 1, 2, NAN, -1, 1.0 / 9}, mark[] = {1, -1};
  iclgd_figure f = matrix(values, 2, 3);
  char *text = text_of(&f, false, false);
  expect_start(line_of(text, "1 "), "    @@@@@@@@\n");
  expect_start(line_of(text, "2 "), "  ?     ....\n");
  free(text);
  f.mark = mark;
  text = text_of(&f, false, false);
  expect_start(line_of(text, "1 "), "    @@o@@@@@\n");
  assert_non_null(strstr(text, "o: best"));
  free(text);
  text = text_of(&f, false, true);
  expect_start(line_of(text, "1 "), "    ██o█████\n");
  free(text);
}

/* Signs stand beside shades, and a logarithmic bar puts the geometric mean in
 * the middle. */
static void test_scales(void **state) {
  (void)state;
  const double values[] = {-1, 0, 1};
  iclgd_figure f = matrix(values, 1, 3);
  f.diverging = true;
  f.value_min = -1;
  char *text = text_of(&f, false, false);
  expect_start(line_of(text, "1 "), "-@@@ ...+@@@\n");
  free(text);
  assert_int_equal(iclgd_map_colour(&f, 0), 0x053061);
  assert_int_equal(iclgd_map_colour(&f, 0.5), 0xf7f7f7);
  assert_int_equal(iclgd_map_colour(&f, 1), 0x67001f);
  f.diverging = false;
  f.log_value = true;
  f.value_min = 1e-4;
  assert_close(iclgd_map_share(&f, 1e-2), 0.5, 1e-14, 0);
  assert_close(iclgd_map_share(&f, 0), 0, 0, 0);
  assert_close(iclgd_map_share(&f, INFINITY), 1, 0, 0);
  assert_true(isnan(iclgd_map_share(&f, NAN)));
  assert_int_equal(iclgd_map_colour(&f, 0.0625), 0xebf3fb); /* half way */
}

/* Colours change how a map looks, not what stands there. */
static void test_map_colours(void **state) {
  (void)state;
  const double values[] = {0, 0.5, 1, 0.2, NAN, 0.9};
  const iclgd_figure f = matrix(values, 2, 3);
  char *plain = text_of(&f, false, true), *colour = text_of(&f, true, true);
  assert_true(count_in(colour, "\033[48;5;") >= 5);
  char *to = colour;
  for (const char *from = colour; *from; ++from)
    if (*from == '\033')
      from += strcspn(from, "m");
    else
      *to++ = *from;
  *to = '\0';
  assert_string_equal(colour, plain);
  free(plain);
  free(colour);
}

/* Of many panels those that fit are drawn, the first and the last always. */
static void test_panels(void **state) {
  (void)state;
  static const char *const labels[] = {"s0", "s1", "s2", "s3",
                                       "s4", "s5", "s6", "s7"};
  double values[8][9] = {{0}};
  iclgd_figure f = matrix(values[0], 3, 3);
  f.n_panels = f.panel_columns = 8;
  for (size_t k = 0; k < 8; ++k) {
    f.panel[k] =
        (iclgd_panel){.label = labels[k], .side = "", .value = values[k]};
    values[k][4] = (double)k / 7;
  }
  char *text = text_of(&f, false, false);
  /* (60 - 8 + 2) / (3 * 2 + 2) = 6 panels: 0 1 3 4 6 7, middles to the ninth */
  expect_start(line_of(text, "s0"),
               "      s1      s3      s4      s6      s7\n");
  expect_start(line_of(text, "2 "),
               "          ..      ==      ++      %%      @@  \n");
  free(text);
}

/* A diagonal through two cells of 2 x 4 dots, and a mark on top of dots. */
static void test_canvas(void **state) {
  (void)state;
  iclgd_canvas *c = calloc(1, sizeof *c);
  assert_non_null(c);
  c->width = 4;
  c->height = 2;
  c->unicode = true;
  const double from[] = {-0.25, -0.375}, to[] = {0.75, 1.375};
  iclgd_canvas_line(c, from, to, '.', 1); /* dots (0, 0) to (2, 7) */
  iclgd_canvas_mark(c, 3, 1, 'M', 0);
  iclgd_canvas_shade(c, 2, 0, 0);
  char *text;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  for (int i = 0; i < 2; ++i) iclgd_canvas_print(c, i, out);
  c->unicode = false;
  for (int i = 0; i < 2; ++i) iclgd_canvas_print(c, i, out);
  fclose(out);
  /* Column 0 ends at row 0; column 1 fills rows 1..4; column 2 rows 5..7. */
  assert_string_equal(text, "⢱ ░\n⠈⡆ M\n. |\n.. M\n");
  free(text);
  free(c);
}

/* Rows from the top by their names, a letter at each value. */
static void test_dots(void **state) {
  (void)state;
  static const char *const names[] = {"first", "second"};
  const double x[] = {1, 100}, far[] = {100, 1}, y[] = {0, 1},
               band[] = {1, 10, 10, 100};
  iclgd_figure f = {.kind = ICLGD_FIGURE_DOTS,
                    .title = "t",
                    .x_label = "x",
                    .y_label = "",
                    .log_x = true,
                    .linear_y = true,
                    .x_min = 1,
                    .x_max = 100,
                    .n_rows = 2,
                    .row_name = names};
  iclgd_figure_add(&f, (iclgd_series){.kind = ICLGD_SERIES_MAIN,
                                      .label = "main",
                                      .count = 2,
                                      .x = x,
                                      .y = y,
                                      .band = band});
  iclgd_figure_add(&f, (iclgd_series){.kind = ICLGD_SERIES_POINTS,
                                      .label = "other",
                                      .count = 2,
                                      .x = far,
                                      .y = y,
                                      .band = NULL});
  char *text = text_of(&f, false, false);
  const char *first = line_of(text, "first |");
  const char *second = line_of(text, "second |");
  expect_start(first, "M....");
  assert_int_equal(strcspn(first, "a"), 49); /* the last of 50 columns */
  assert_int_equal(second[0], 'a');
  assert_int_equal(strcspn(second, "M"), 49);
  free(text);
}

static const struct figure {
  const char *name, *word;
} figures[] = {
    {"loss", "in-context loss"},
    {"median", "median squared error"},
    {"by_context", "context points"},
    {"training", "the other seed"},
    {"alignment", "step of gradient descent"},
    {"alignment/newton", "step of Newton"},
    {"alignment/gd/spd", "squared difference of predictions"},
    {"best-step", "step = layer"},
    {"cosine", "gradient descent, last layer"},
    {"weights", "entry of A"},
    {"structure", "antisymmetric share of A"},
    {"filter", "eigenvalue of S"},
    {"loops", "trained model, quartiles shaded"},
    {"shifts", "query orthogonal to inputs"},
    {"interpolation", "mean over prompts"},
    {"landscape", "bound 1/16"},
    {"decoding", "least-squares weight"},
    {"energy", "more loops than trained"},
    {"cosine", "1 - cosine of weights"},
    {"training", "gradient descent, 3 steps"},
};
enum { FIGURES = sizeof figures / sizeof *figures };

/* No line of a text has more than 80 characters. */
static void check_width(const char *name, const char *text) {
  size_t width = 0;
  for (const char *c = text; *c; ++c) {
    width = *c == '\n' ? 0 : width + (((unsigned char)*c & 0xc0) != 0x80);
    if (width > 80) fail_msg("%s: a line is too wide in %s", name, text);
  }
}

static void test_file(void **state) {
  (void)state;
  static char out[1 << 20];
  for (size_t i = 0; i < FIGURES; ++i) {
    char command[256];
    snprintf(command, sizeof command,
             "LC_ALL=C \"$I\" plot run.h5 --what %s && LC_ALL=C.UTF-8 \"$I\" "
             "plot run.h5 --what %s",
             figures[i].name, figures[i].name);
    shell_succeed(command, out, sizeof out);
    check_width(figures[i].name, out);
    if (count_in(out, figures[i].word) < 2)
      fail_msg("%s: no '%s' in %s", figures[i].name, figures[i].word, out);
    snprintf(command, sizeof command,
             "\"$I\" plot run.h5 --what %s -o a.svg && cat a.svg",
             figures[i].name);
    shell_succeed(command, out, sizeof out);
    if (!strstr(out, figures[i].word) || !strstr(out, "</svg>"))
      fail_msg("%s: no '%s' in its picture", figures[i].name, figures[i].word);
  }
}

static double *column(iclgd_source *source, iclgd_arena *arena, const char *who,
                      const char *suffix) {
  char path[96];
  size_t rows = 0;
  double *out;
  iclgd_error err;
  snprintf(path, sizeof path, "trajectories_loss/%s%s", who, suffix);
  assert_int_equal(
      iclgd_source_reals(source, path, 1, &rows, arena, &out, &err), ICLGD_OK);
  return out;
}

/* Where rare prompts carry a mean, the picture has what the tables have: the
 * mean over the law. The step of gd that is too long for some prompts makes
 * such means. */
static void test_hidden_means(void **state) {
  (void)state;
  char path[256];
  iclgd_arena arena = {0};
  iclgd_source *source;
  iclgd_figure *figure;
  iclgd_error err;
  size_t hidden = 0, seen = 0;
  snprintf(path, sizeof path, "%s/run.h5", folder);
  assert_int_equal(iclgd_source_open(path, &source, &err), ICLGD_OK);
  assert_int_equal(
      iclgd_figure_build("loss", NULL, source, &arena, &figure, &err),
      ICLGD_OK);
  for (size_t k = 0; k < figure->n_series; ++k) {
    const iclgd_series *s = &figure->series[k];
    if (s->kind == ICLGD_SERIES_LEVEL) continue;
    const double *risk = column(source, &arena, s->who, "_risk");
    const double *law = column(source, &arena, s->who, "_expected");
    const double *measurable = column(source, &arena, s->who, "_measurable");
    for (size_t i = 0; i < s->count; ++i) {
      const bool takes_law = measurable[i] == 0 && isfinite(law[i]);
      if (isfinite(risk[i]))
        assert_true(s->y[i] == (takes_law ? law[i] : risk[i]));
      hidden += takes_law;
      seen += measurable[i] != 0;
    }
  }
  assert_true(hidden > 0 && seen > 0);
  iclgd_source_close(source);
  iclgd_arena_free(&arena);
}

/* One layer is enough for all figures of layers. */
static void test_one_layer(void **state) {
  (void)state;
  static const char *const names[] = {"alignment", "best-step", "cosine",
                                      "weights",   "shifts",    "loss"};
  static char out[1 << 16];
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    char command[128];
    snprintf(command, sizeof command,
             "LANG= LC_ALL= \"$I\" plot one.h5 --what %s", names[i]);
    shell_succeed(command, out, sizeof out);
    check_width(names[i], out);
  }
}

static void test_refused(void **state) {
  (void)state;
  static const struct {
    const char *what;
    int code;
    const char *word;
  } cases[] = {
      {"alignment", 3, "p.h5: no /entry/alignment to plot"},
      {"best-step", 3, "no /entry/alignment to plot"},
      {"cosine", 3, "with the probe alignment_training"},
      {"weights", 3, "no /entry/snapshots"},
      {"shifts", 3, "no /entry/extrapolation/shifts"},
      {"landscape", 3, "with the probe landscape"},
      {"decoding", 3, "with the probe decoding"},
      {"weights/1", 2, "no figure 'weights/1'"},
  };
  char command[128], out[4096];
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    snprintf(command, sizeof command, "\"$I\" plot p.h5 --what %s",
             cases[i].what);
    if (shell(command, out, sizeof out) != cases[i].code ||
        !strstr(out, cases[i].word))
      fail_msg("%s: %s", cases[i].what, out);
  }
}

/* Theory: without a file, and not with one; every other figure needs one. */
static void test_symmetry(void **state) {
  (void)state;
  static char out[1 << 20];
  shell_succeed(
      "LC_ALL=C \"$I\" plot --what symmetry && LC_ALL=C.UTF-8 \"$I\" plot "
      "--what symmetry && \"$I\" plot --what symmetry -o s.svg && cat s.svg",
      out, sizeof out);
  assert_int_equal(count_in(out, "3 loops (at d = 5 from n = 26 on)"), 4);
  *strstr(out, "<?xml") = '\0';
  check_width("symmetry", out);
  assert_int_equal(shell("\"$I\" plot run.h5 --what symmetry", out, sizeof out),
                   2);
  assert_non_null(strstr(out, "takes no file, found run.h5"));
  assert_int_equal(shell("\"$I\" plot --what loss", out, sizeof out), 2);
  assert_non_null(strstr(out, "iclgd plot RUN.h5 --what loss"));
}

/* The algorithm and the metric that were probably meant; a metric has the name
 * of any part of it that no other has. */
static void test_choices(void **state) {
  (void)state;
  char out[8192], whole[8192];
  assert_int_equal(
      shell("\"$I\" plot run.h5 --what alignment/gdd", out, sizeof out), 3);
  assert_non_null(strstr(out, "no /entry/alignment/gdd, did you mean 'gd'?"));
  assert_int_equal(shell("\"$I\" plot run.h5 --what alignment/gd/difference",
                         out, sizeof out),
                   2);
  assert_non_null(strstr(out, "did you mean 'prediction_difference'?"));
  assert_int_equal(
      shell("\"$I\" plot run.h5 --what alignment/gd/spt", out, sizeof out), 2);
  assert_non_null(strstr(out,
                         "no metric 'spt' of alignment, did you mean "
                         "'spd'?"));
  shell_succeed("\"$I\" plot run.h5 --what alignment/gd/cosine", out,
                sizeof out);
  shell_succeed("\"$I\" plot run.h5 --what alignment/gd/sensitivity_cosine",
                whole, sizeof whole);
  assert_string_equal(out, whole);
}

/* --help lists them all, and so does `help plot`. */
static void test_help(void **state) {
  (void)state;
  char first[8192], second[8192];
  shell_succeed("\"$I\" plot --help", first, sizeof first);
  shell_succeed("\"$I\" help plot", second, sizeof second);
  assert_string_equal(first, second);
  for (size_t i = 0; i < FIGURES; ++i)
    if (!strchr(figures[i].name, '/')) line_of(first, figures[i].name);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_map),         cmocka_unit_test(test_scales),
      cmocka_unit_test(test_map_colours), cmocka_unit_test(test_panels),
      cmocka_unit_test(test_canvas),      cmocka_unit_test(test_dots),
      cmocka_unit_test(test_file),        cmocka_unit_test(test_hidden_means),
      cmocka_unit_test(test_one_layer),   cmocka_unit_test(test_refused),
      cmocka_unit_test(test_symmetry),    cmocka_unit_test(test_choices),
      cmocka_unit_test(test_help)};
  return cmocka_run_group_tests(tests, make_files, remove_folder);
}
