/* The closed sum for E tr W^k against the recursion over multisets
 * (docs/theory.md, O2: Gaussian integration by parts), as exact integers. */
#include "math/moments.h"

#include <stdbool.h>
#include <string.h>

#include "support/close.h"

enum { K = 12, ENTRIES = 1024 };

/* M(t) = E prod_i tr W^{t_i} for a sorted multiset t of positive orders. */
typedef struct entry {
  int count, t[K];
  mpz_t value;
} entry;

typedef struct memo {
  unsigned long d, n;
  int count;
  entry entries[ENTRIES];
} memo;

/* t with `order` added, kept sorted; an order of 0 is the factor d. */
static entry with(const entry *t, int order) {
  entry r = {.count = t->count};
  memcpy(r.t, t->t, sizeof r.t);
  if (order == 0) return r;
  int i = r.count++;
  for (; i > 0 && r.t[i - 1] > order; --i) r.t[i] = r.t[i - 1];
  r.t[i] = order;
  return r;
}

static entry without(const entry *t, int i) {
  entry r = {.count = t->count - 1};
  for (int j = 0, k = 0; j < t->count; ++j)
    if (j != i) r.t[k++] = t->t[j];
  return r;
}

static void moment(memo *m, const entry *t, mpz_t out);

/* out += factor * M(t with this order added) */
static void add(memo *m, const entry *t, int order, unsigned long factor,
                mpz_t out) {
  mpz_t value;
  mpz_init(value);
  const entry more = with(t, order);
  moment(m, &more, value);
  mpz_addmul_ui(out, value, order == 0 ? factor * m->d : factor);
  mpz_clear(value);
}

static bool recall(const memo *m, const entry *t, mpz_t out) {
  for (int i = 0; i < m->count; ++i) {
    const entry *e = &m->entries[i];
    if (e->count != t->count ||
        memcmp(e->t, t->t, (size_t)t->count * sizeof *t->t) != 0)
      continue;
    mpz_set(out, e->value);
    return true;
  }
  return false;
}

/* M(k, a) = (n+k-1) M(k-1, a) + sum_{j=0}^{k-2} M(j+1, k-2-j, a)
 *           + sum_i 2 a_i M(k + a_i - 1, a minus a_i), tr W^0 = d */
static void moment(memo *m, const entry *t, mpz_t out) {
  if (recall(m, t, out)) return;
  mpz_set_ui(out, t->count == 0);
  if (t->count == 0) return;
  const int k = t->t[t->count - 1];
  const entry rest = without(t, t->count - 1);
  mpz_t sum;
  mpz_init(sum);
  add(m, &rest, k - 1, m->n + (unsigned long)k - 1, sum);
  for (int j = 0; j <= k - 2; ++j) {
    const entry more = with(&rest, j + 1);
    add(m, &more, k - 2 - j, 1, sum);
  }
  for (int i = 0; i < rest.count; ++i) {
    const entry others = without(&rest, i);
    add(m, &others, k + rest.t[i] - 1, 2 * (unsigned long)rest.t[i], sum);
  }
  assert_true(m->count < ENTRIES);
  entry *e = &m->entries[m->count++];
  *e = *t;
  mpz_init_set(e->value, sum);
  mpz_set(out, sum);
  mpz_clear(sum);
}

static void test_recursion(void **state) {
  (void)state;
  static const unsigned long sizes[][2] = {{5, 20}, {1, 1}, {2, 3},   {7, 4},
                                           {1, 9},  {9, 1}, {64, 256}};
  static memo table;
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; ++s) {
    table = (memo){.d = sizes[s][0], .n = sizes[s][1]};
    mpz_t m[K + 1], expected;
    for (int k = 0; k <= K; ++k) mpz_init(m[k]);
    mpz_init(expected);
    iclgd_error err;
    assert_ok(iclgd_wishart_moments(table.d, table.n, K, m, &err), err);
    for (int k = 1; k <= K; ++k) {
      const entry t = {.count = 1, .t = {k}};
      moment(&table, &t, expected);
      if (mpz_cmp(m[k], expected) != 0)
        fail_msg("moment %d at d = %lu, n = %lu", k, table.d, table.n);
    }
    for (int k = 0; k <= K; ++k) mpz_clear(m[k]);
    mpz_clear(expected);
    for (int i = 0; i < table.count; ++i) mpz_clear(table.entries[i].value);
  }
}

/* d = 1: powers of a chi-square variable, n (n + 2) ... (n + 2k - 2). */
static void test_chi_square(void **state) {
  (void)state;
  enum { ORDER = 200 };
  static mpz_t m[ORDER + 1];
  for (int k = 0; k <= ORDER; ++k) mpz_init(m[k]);
  iclgd_error err;
  assert_ok(iclgd_wishart_moments(1, 1000000, ORDER, m, &err), err);
  mpz_t expected;
  mpz_init_set_ui(expected, 1);
  for (unsigned long k = 1; k <= ORDER; ++k) {
    mpz_mul_ui(expected, expected, 1000000 + 2 * (k - 1));
    assert_int_equal(mpz_cmp(m[k], expected), 0);
  }
  for (int k = 0; k <= ORDER; ++k) mpz_clear(m[k]);
  mpz_clear(expected);
}

/* Figures of docs/theory.md, O2, and W and X^T X having the same moments. */
static void test_figures(void **state) {
  (void)state;
  static const unsigned long figures[] = {0, 100, 2600, 80400, 2792000};
  mpz_t m[41], swapped[41];
  for (int k = 0; k <= 40; ++k) mpz_inits(m[k], swapped[k], NULL);
  iclgd_error err;
  assert_ok(iclgd_wishart_moments(5, 20, 40, m, &err), err);
  assert_ok(iclgd_wishart_moments(20, 5, 40, swapped, &err), err);
  for (int k = 1; k <= 4; ++k)
    assert_int_equal(mpz_cmp_ui(m[k], figures[k]), 0);
  for (int k = 1; k <= 40; ++k) {
    assert_int_equal(mpz_cmp(m[k], swapped[k]), 0);
    mpz_clears(m[k], swapped[k], NULL);
  }
  mpz_clears(m[0], swapped[0], NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_recursion),
                                     cmocka_unit_test(test_chi_square),
                                     cmocka_unit_test(test_figures)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
