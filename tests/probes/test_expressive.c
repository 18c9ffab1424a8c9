/* The probe `expressive`: what runs say of an ordering, the exact variants, and
 * that trained ones do not depend on the run around them. */
#include <math.h>

#include "../../probes/expressive/expressive.h"
#include "../../probes/views.h"
#include "support/probing.h"
#include "support/told.h"

static int judge(bool alike, const double *low, const double *high,
                 size_t runs) {
  const iclgd_ordering ordering = {.statement = "a", .alike = alike};
  return iclgd_ordering_judge(&ordering, low, high, runs);
}

static void what_runs_say(void **state) {
  (void)state;
  const double a[] = {0.1, 0.3, 0.2}, b[] = {0.4, 0.35, 0.9};
  const double c[] = {0.25, 0.5, 0.7}, lost[] = {0.1, NAN, 0.2};
  assert_int_equal(judge(false, a, b, 3), 1);
  assert_int_equal(judge(false, b, a, 3), -1);
  assert_int_equal(judge(false, a, c, 3), 0);
  assert_int_equal(judge(false, a, a, 3), 0);
  assert_int_equal(judge(false, a, b, 2), 0); /* too few */
  assert_int_equal(judge(false, lost, b, 3), 0);
  const double near[] = {0.10, 0.12, 0.11}, by[] = {0.13, 0.14, 0.12};
  const double far[] = {0.17, 0.2, 0.3}, some[] = {0.13, 0.2, 0.12};
  assert_int_equal(judge(true, near, by, 3), 1);
  assert_int_equal(judge(true, by, near, 3), 1);
  assert_int_equal(judge(true, near, far, 3), -1);
  assert_int_equal(judge(true, far, near, 3), -1);
  assert_int_equal(judge(true, near, some, 3), 0);
}

/* Orderings name rows of their own table; every row is of a table. */
static void the_table_is_sane(void **state) {
  (void)state;
  size_t rows, orderings;
  const iclgd_variant_row *row = iclgd_variant_rows(&rows);
  const iclgd_ordering *o = iclgd_orderings(&orderings);
  assert_int_equal(orderings, 9);
  for (size_t i = 0; i < orderings; ++i) {
    assert_true(o[i].low < rows && o[i].high < rows && o[i].low != o[i].high);
    assert_int_equal(row[o[i].low].table, o[i].table);
    assert_int_equal(row[o[i].high].table, o[i].table);
    assert_string_equal(row[o[i].low].task, row[o[i].high].task);
  }
  for (size_t i = 0; i < rows; ++i)
    assert_true(row[i].table >= 1 && row[i].table <= 3 && row[i].keys);
}

static void open(probing *p, world *w, const char *const *keys) {
  world_create(w, keys, 3, 16);
  probing_open(p, w, 1);
}

/* Log positions for the heavy tail, linear ones for the light: nothing is left,
 * and the transformer that was made of them errs as the formula says. */
static void exact_variants(void **state) {
  (void)state;
  const char *const keys[] = {"expressive.table=tails", "expressive.seeds=3",
                              "expressive.prompts=4000", NULL};
  const double error = sqrt(2. / 4000); /* of the mean of squared normals */
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2] = {0}, count = 0, orderings = 0;
  open(&p, &w, keys);
  assert_ok(probing_run(&p, "expressive", &err), err);
  const double *loss = probing_reals(&p, "expressive/loss", 2, extents);
  const double *sampled = probing_reals(&p, "expressive/sampled", 2, extents);
  const double *verdict =
      probing_reals(&p, "expressive/orderings/verdict", 1, &orderings);
  const double *heads = probing_reals(&p, "expressive/heads", 1, &count);
  const double *parameters =
      probing_reals(&p, "expressive/parameters", 1, &count);
  assert_int_equal(extents[1], 3);
  assert_int_equal(orderings, 2);
  for (size_t i = 0; i < orderings; ++i) assert_true(verdict[i] == 1);
  for (size_t i = 0; i < extents[0]; ++i) {
    assert_true(parameters[i] == 2 * heads[i]);
    for (size_t k = 3 * i; k < 3 * i + 3; ++k)
      if (loss[k] > 1e-12) assert_close(sampled[k] / loss[k], 1, 5 * error, 0);
  }
  assert_close(loss[0], 0, 1e-12, 0); /* heavy tail, log, one head */
  probing_close(&p);
  world_free(&w);
}

/* Losses of another run around them, and of another seed. */
static void trained_variants(void **state) {
  (void)state;
  const char *const keys[] = {"expressive.table=adaptive", "expressive.seeds=2",
                              "expressive.steps=3", "expressive.prompts=64",
                              NULL};
  const char *const others[] = {"expressive.table=adaptive",
                                "expressive.seeds=1",
                                "expressive.steps=3",
                                "expressive.prompts=64",
                                "prompt.d=2",
                                "seed=2",
                                "train.lr=1",
                                NULL};
  double first[2][64];
  size_t count = 0;
  for (size_t i = 0; i < 2; ++i) {
    world w;
    probing p;
    iclgd_error err;
    size_t extents[2] = {0};
    open(&p, &w, i == 0 ? keys : others);
    assert_ok(probing_run(&p, "expressive", &err), err);
    const double *loss = probing_reals(&p, "expressive/loss", 2, extents);
    count = extents[0];
    assert_int_equal(extents[1], 2 - i);
    for (size_t k = 0; k < count; ++k)
      first[i][k] = loss[k * extents[1] + extents[1] - 1];
    probing_close(&p);
    world_free(&w);
  }
  /* run 1 of seed 1 draws and begins as run 0 of seed 2 */
  for (size_t k = 0; k < count; ++k)
    assert_close(first[1][k], first[0][k], 0, 0);
}

static void not_unless_asked(void **state) {
  (void)state;
  const char *const keys[] = {NULL};
  world w;
  probing p;
  iclgd_error err;
  open(&p, &w, keys);
  assert_int_equal(probing_run(&p, "expressive", &err), ICLGD_ERANGE);
  assert_non_null(strstr(err.text, "expressive.table"));
  iclgd_pool_free(p.pool);
  world_free(&w);
}

/* What is said of three statements, one of each verdict, and of losses that are
 * rounding. */
static void what_is_said(void **state) {
  (void)state;
  static const char summary[] =
      "{'expressive': {'run': [0, 1, 2], 'prompts': 64, 'alike': 0.05,"
      "'variants': ["
      "{'task': 'a', 'line': 'u', 'median': 0.1, 'lowest': 0.05,"
      " 'highest': 0.2},"
      "{'task': 'a', 'line': 'v', 'median': 0.5, 'lowest': 0.4,"
      " 'highest': 0.6},"
      "{'task': 'a', 'line': 'w', 'median': 1e-17, 'lowest': 0,"
      " 'highest': 1e-16}],"
      "'orderings': ["
      "{'statement': 'One', 'low': 0, 'high': 1, 'verdict': 1},"
      "{'statement': 'Two', 'low': 1, 'high': 2, 'verdict': -1},"
      "{'statement': 'Three', 'low': 0, 'high': 0, 'verdict': 0}]}}";
  const char *const words[] = {
      "Orderings: 1 holds, 1 does not, 1 cannot be told.",
      "One: holds. 0.1 (0.05 to 0.2) against 0.5 (0.4 to 0.6).",
      "Two: does not hold. 0.5 (0.4 to 0.6) against below 1e-15.",
      "Three: cannot be told from the spread.",
      "by chance 1 in 20",
      "On a:"};
  for (size_t i = 0; i < sizeof words / sizeof *words; ++i)
    expect_told(&iclgd_view_expressive, summary, words[i], true);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_runs_say),    cmocka_unit_test(the_table_is_sane),
      cmocka_unit_test(exact_variants),   cmocka_unit_test(trained_variants),
      cmocka_unit_test(not_unless_asked), cmocka_unit_test(what_is_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
