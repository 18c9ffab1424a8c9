/* The same blocks on the terminal and on the page. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page/page.h"
#include "support/close.h"
#include "view/terminal.h"

static const iclgd_column columns[] = {
    {"name of the row", .format = ICLGD_AS_TEXT},
    {"loss", .digits = 4},
    {"share", .format = ICLGD_AS_PERCENT},
    {"R^2", .digits = 2, .format = ICLGD_AS_FIXED},
    {"step", .format = ICLGD_AS_WHOLE},
    {"words", .format = ICLGD_AS_TEXT}};

/* Every kind of cell, one of which is missing. */
static void fill(iclgd_blocks *out) {
  iclgd_put_claim(out, "%d is a claim.", 1);
  iclgd_put_in_short(out, true);
  iclgd_put_heading(out, "A table");
  iclgd_put_table(out, columns, 6, "How to read it, 1 < 2.");
  iclgd_put_row(out, "x & y");
  iclgd_put_mark(out);
  iclgd_put_estimate(out, 2.956, 0.11);
  iclgd_put_number(out, 0.125);
  iclgd_put_number(out, -0.001);
  iclgd_put_number(out, 12);
  iclgd_put_row(out, "z");
  iclgd_put_key(out);
  iclgd_put_noted(out, 0.5, "unknown");
  iclgd_put_number(out, NAN);
  iclgd_put_number(out, -0.5);
  iclgd_put_number(out, INFINITY);
  iclgd_put_text(out, "a < b");
  iclgd_put_number(out, 7); /* one too many */
}

static char *terminal(const iclgd_blocks *blocks, bool in_short) {
  char *text;
  size_t length;
  FILE *out = open_memstream(&text, &length);
  assert_non_null(out);
  iclgd_terminal_blocks(blocks, in_short, out);
  fclose(out);
  return text;
}

static void test_terminal(void **state) {
  (void)state;
  iclgd_blocks blocks = {.first = NULL};
  fill(&blocks);
  char *whole = terminal(&blocks, false), *brief = terminal(&blocks, true);
  assert_string_equal(whole,
                      "  1 is a claim.\n\nA table\n\n  How to read it, 1 < 2.\n"
                      "  name of\n"
                      "  the row          loss  share    R^2  step  words\n"
                      "  > x & y  2.96 +- 0.11  12.5%   0.00    12  -\n"
                      "  z         0.5 unknown      -  -0.50     -  a < b\n");
  assert_string_equal(brief,
                      "\nA table\n"
                      "  name of\n"
                      "  the row         loss  share    R^2  step  words\n"
                      "  z        0.5 unknown      -  -0.50     -  a < b\n"
                      "  and 1 more\n");
  free(whole);
  free(brief);
  iclgd_blocks_free(&blocks);
}

/* What is not finite is a word, in a range and in a sentence. */
static void test_not_finite(void **state) {
  (void)state;
  static const iclgd_column ranges[] = {{"k", .format = ICLGD_AS_WHOLE},
                                        {"range", .format = ICLGD_AS_TEXT}};
  iclgd_blocks blocks = {.first = NULL};
  iclgd_put_claim(&blocks, "%s %s %s.", iclgd_number_text(&blocks, 3, NAN),
                  iclgd_estimate_text(&blocks, INFINITY, NAN),
                  iclgd_estimate_text(&blocks, 0.5, INFINITY));
  iclgd_put_table(&blocks, ranges, 2, "Ranges.");
  const double ends[][2] = {{0.25, 3}, {NAN, 3}, {0, INFINITY}};
  for (size_t k = 0; k < 3; ++k) {
    iclgd_put_row_of(&blocks, (double)k);
    iclgd_put_range(&blocks, ends[k][0], ends[k][1]);
  }
  char *text = terminal(&blocks, false);
  assert_string_equal(text,
                      "  undefined undefined 0.5.\n\n  Ranges.\n"
                      "  k  range\n"
                      "  0  0.25 to 3\n"
                      "  1  -\n"
                      "  2  -\n");
  free(text);
  iclgd_blocks_free(&blocks);
}

/* Whatever it holds, a table keeps to 80 columns and loses no word. */
static void test_width(void **state) {
  (void)state;
  iclgd_column wide[20] = {{"algorithm", .format = ICLGD_AS_TEXT}};
  for (size_t c = 1; c < 20; ++c)
    wide[c] =
        (iclgd_column){"difference of predictions", .digits = 3, .alike = true};
  iclgd_blocks blocks = {.first = NULL};
  iclgd_put_table(&blocks, wide, 20, "%s", "");
  iclgd_put_row(&blocks,
                "an algorithm whose title takes more than one line, "
                "as it is \u201cquoted\u201d at length");
  for (size_t c = 1; c < 20; ++c) iclgd_put_number(&blocks, (double)c / 7);
  char *text = terminal(&blocks, false), *rest = NULL;
  assert_non_null(strstr(text, " 0.143")); /* the first and the last stay */
  assert_non_null(strstr(text, " 2.71"));
  assert_non_null(strstr(text, "quoted"));
  for (char *line = strtok_r(text, "\n", &rest); line;
       line = strtok_r(NULL, "\n", &rest))
    assert_true(strlen(line) <= 84); /* quotes are of three bytes */
  free(text);
  iclgd_blocks_free(&blocks);
}

static void test_page(void **state) {
  (void)state;
  iclgd_blocks blocks = {.first = NULL};
  iclgd_page page = {.n_parts = 0};
  char *text;
  size_t length;
  fill(&blocks);
  page.out = open_memstream(&text, &length);
  assert_true(iclgd_page_shows(&page, &blocks));
  assert_int_equal(iclgd_page_blocks(&page, &blocks), ICLGD_OK);
  fclose(page.out);
  assert_string_equal(
      text,
      "<p>1 is a claim.</p>\n<h3>A table</h3>\n<div class=\"scroll\"><table>\n"
      "<caption><span>How to read it, 1 &lt; 2.</span></caption>\n"
      "<thead><tr><th scope=\"col\">name of the row</th><th "
      "scope=\"col\">loss</th><th scope=\"col\">share</th><th "
      "scope=\"col\">R\u00b2</th><th scope=\"col\">step</th><th scope=\"col\" "
      "class=\"t\">words</th></tr></thead>\n<tbody>\n"
      "<tr><th scope=\"row\" class=\"best\">x &amp; y</th><td>2.96 "
      "\u00b1\u00a00.11</td><td>12.5%</td><td>0.00</td><td>12</td><td "
      "class=\"t\">\u2013</td></tr>\n"
      "<tr><th scope=\"row\">z</th><td>0.5000 <span "
      "class=\"soft\">unknown</span></td><td>\u2013</td><td>\u22120.50</td>"
      "<td>\u221e</td><td class=\"t\">a &lt; b</td></tr>\n"
      "</tbody>\n</table></div>\n");
  free(text);
  iclgd_blocks_free(&blocks);
}

/* Blocks of nothing are no part of a page. */
static void test_empty(void **state) {
  (void)state;
  const iclgd_blocks blocks = {.first = NULL};
  const iclgd_page page = {.n_parts = 0};
  char *text = terminal(&blocks, false);
  assert_string_equal(text, "");
  assert_false(iclgd_page_shows(&page, &blocks));
  free(text);
}

static void test_lists(void **state) {
  (void)state;
  static const iclgd_column listed[] = {
      {"layer", .format = ICLGD_AS_WHOLE},
      {"loss", .digits = 3, .list = "loss", .errors = "loss_errors"}};
  json_t *object = json_pack("{s:[f,f,f,f,f],s:[f,f,f,f,n]}", "loss", 1.0, 2.0,
                             3.0, 4.0, 5.0, "loss_errors", .1, .2, .3, .4);
  iclgd_blocks blocks = {.first = NULL};
  iclgd_put_lists(&blocks, object, listed, 2, 1, 3, "%s", "");
  char *text = terminal(&blocks, false);
  assert_string_equal(text,
                      "  layer         loss\n"
                      "      1  1.00 +- 0.1\n"
                      "      3  3.00 +- 0.3\n"
                      "      5            5\n");
  free(text);
  iclgd_blocks_free(&blocks);
  json_decref(object);
}

static void test_evenly(void **state) {
  (void)state;
  assert_int_equal(iclgd_evenly(2, 3, 4), 2);
  assert_int_equal(iclgd_evenly(0, 1, 4), 0);
  const size_t expected[] = {0, 33, 66, 99};
  for (size_t i = 0; i < 4; ++i)
    assert_int_equal(iclgd_evenly(i, 100, 4), expected[i]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_terminal),   cmocka_unit_test(test_width),
      cmocka_unit_test(test_not_finite), cmocka_unit_test(test_page),
      cmocka_unit_test(test_empty),      cmocka_unit_test(test_lists),
      cmocka_unit_test(test_evenly),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
