/* What prompts of a law share has a seed of its own; what is known of the law
 * of given prompts; what tells a table. */
#include <iclgd/table.h>
#include <iclgd/theory.h>

#include "support/file.h"
#include "support/world.h"

enum { D = 3 };

/* --- the seed of a law -----------------------------------------------------
 */

static void shared_things_follow_their_seed(void **state) {
  (void)state;
  const char *const own[] = {"prompt.w=pool:4", "prompt.covariance=power:1",
                             "prompt.rotate=fixed", "prompt.d=3", NULL};
  const char *const kept[] = {
      "prompt.w=pool:4",     "prompt.covariance=power:1",
      "prompt.rotate=fixed", "prompt.d=3",
      "prompt.seed=1",       NULL};
  world first, same, other;
  world_create(&first, own, 1, 20);
  world_create(&same, kept, 2, 20);
  world_create(&other, own, 2, 20);
  assert_memory_equal(first.dist.pool, same.dist.pool, 4 * D * sizeof(double));
  assert_memory_equal(first.dist.F, same.dist.F, D * D * sizeof(double));
  assert_true(same.dist.law_seed == 1 && same.dist.seed == 2);
  assert_memory_not_equal(first.prompts.x, same.prompts.x,
                          20 * D * sizeof(double));
  assert_memory_not_equal(first.dist.pool, other.dist.pool,
                          4 * D * sizeof(double));
  assert_memory_not_equal(first.dist.F, other.dist.F, D * D * sizeof(double));
  world_free(&first);
  world_free(&same);
  world_free(&other);
}

static void a_split_follows_its_seed(void **state) {
  (void)state;
  const file f = file_with("a,b\n1,2\n3,4\n5,6\n7,8\n9,1\n2,3\n4,5\n6,7\n");
  char source[96];
  snprintf(source, sizeof source, "prompt.source=table:%s", f.path);
  const char *const own[] = {source, "prompt.n=1", NULL};
  const char *const kept[] = {source, "prompt.n=1", "prompt.seed=1", NULL};
  world first, same, other;
  world_create(&first, own, 1, 2);
  world_create(&same, kept, 2, 2);
  world_create(&other, own, 2, 2);
  const size_t bytes = 8 * sizeof *first.dist.table->order;
  assert_memory_equal(first.dist.table->order, same.dist.table->order, bytes);
  assert_memory_not_equal(first.dist.table->order, other.dist.table->order,
                          bytes);
  world_free(&first);
  world_free(&same);
  world_free(&other);
  unlink(f.path);
}

/* --- the identity of a table ------------------------------------------------
 */

static const char *const names[] = {"a", "b"};

static iclgd_table two_rows(const double *x, const double *y) {
  return (iclgd_table){
      .rows = 2, .d = 2, .x = x, .y = y, .names = names, .target = "c"};
}

/* The hash was computed in Python, byte by byte. */
static void numbers_have_a_hash(void **state) {
  (void)state;
  const double x[] = {1, 3, -0.5, -0.0}, y[] = {2, 1e300};
  const double turned[] = {-0.5, 0, 1, 3}, other[] = {1e300, 2};
  iclgd_table table = two_rows(x, y);
  assert_true(iclgd_table_hash(&table) == UINT64_C(0x1508b36b87cdffc3));
  table = two_rows(turned, other); /* the rows in another order */
  assert_true(iclgd_table_hash(&table) != UINT64_C(0x1508b36b87cdffc3));
}

static void columns_are_selected_by_name(void **state) {
  (void)state;
  const double x[] = {1, 3, -0.5, 4}, y[] = {2, 5};
  const iclgd_table table = two_rows(x, y);
  const char *const turned[] = {"b", "a"}, *const one[] = {"b"};
  const char *const missing[] = {"a", "c", "weight"};
  iclgd_arena arena = {0};
  iclgd_table out;
  iclgd_error err;
  assert_ok(iclgd_table_select(&table, "t", turned, 2, &arena, &out, &err),
            err);
  const double expected[] = {3, 1, 4, -0.5};
  assert_int_equal(out.d, 2);
  assert_memory_equal(out.x, expected, sizeof expected);
  assert_true(out.y == y);
  assert_ok(iclgd_table_select(&table, "t", one, 1, &arena, &out, &err), err);
  assert_int_equal(out.d, 1);
  assert_true(out.x[0] == 3 && out.x[1] == 4);
  assert_int_equal(
      iclgd_table_select(&table, "t", missing, 3, &arena, &out, &err),
      ICLGD_EINPUT);
  assert_non_null(strstr(err.text, "t: expected the features"));
  assert_non_null(strstr(err.text, "no 'c' (the target), 'weight'"));
  iclgd_arena_free(&arena);
}

/* --- the law of given prompts -----------------------------------------------
 */

typedef struct knowledge {
  iclgd_arena arena;
  iclgd_distribution dist;
  bool known;
} knowledge;

static knowledge know(const iclgd_settings *law, const double *Sigma) {
  knowledge k = {.known = true};
  iclgd_error err;
  assert_ok(iclgd_distribution_given(law, 20, D, Sigma, false, &k.arena,
                                     &k.dist, &k.known, &err),
            err);
  return k;
}

static void a_covariance_is_factored(void **state) {
  (void)state;
  const double Sigma[D * D] = {2, .5, 0, .5, 1, -.2, 0, -.2, .7};
  knowledge k = know(NULL, Sigma);
  double out[D * D];
  assert_true(k.known && k.dist.given);
  assert_false(k.dist.isotropic || k.dist.diagonal);
  iclgd_distribution_covariance(&k.dist, out);
  for (size_t i = 0; i < D * D; ++i) assert_close(out[i], Sigma[i], 0, 1e-14);
  for (size_t i = 0; i < D; ++i) /* F^T G = I */
    for (size_t j = 0; j < D; ++j) {
      double sum = 0;
      for (size_t l = 0; l < D; ++l)
        sum += k.dist.F[l * D + i] * k.dist.G[l * D + j];
      assert_close(sum, i == j, 1e-14, 1e-14);
    }
  iclgd_arena_free(&k.arena);
  const double singular[D * D] = {1, 1, 0, 1, 1, 0, 0, 0, 1};
  k = know(NULL, singular);
  assert_false(k.known);
  iclgd_arena_free(&k.arena);
}

/* No closed form from a covariance alone; with the laws stated, that of the
 * same law when it is drawn. */
static void closed_forms_are_those_of_the_law(void **state) {
  (void)state;
  const struct {
    const char *covariance, *w;
    double Sigma[D * D];
    bool preconditioned;
  } cases[] = {
      {"prompt.covariance=identity",
       "prompt.w=normal",
       {4, 0, 0, 0, 4, 0, 0, 0, 4},
       false},
      {"prompt.covariance=identity",
       "prompt.w=sparse:2",
       {4, 0, 0, 0, 4, 0, 0, 0, 4},
       false},
      {"prompt.covariance=diag:1,0.5,0.25",
       "prompt.w=inverse-covariance",
       {4, 0, 0, 0, 2, 0, 0, 0, 1},
       true},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    const char *const words[] = {cases[i].covariance,
                                 cases[i].w,
                                 "prompt.d=3",
                                 "prompt.x_scale=2",
                                 "prompt.noise=0.3",
                                 "prompt.w_scale=1.5",
                                 NULL};
    world w;
    iclgd_theory drawn, stated, unknown;
    world_create(&w, words, 1, 2);
    knowledge k = know(w.settings, cases[i].Sigma);
    knowledge alone = know(NULL, cases[i].Sigma);
    const bool preconditioned = cases[i].preconditioned;
    assert_true(iclgd_theory_of(&w.dist, preconditioned, &drawn));
    assert_true(iclgd_theory_of(&k.dist, preconditioned, &stated));
    assert_false(iclgd_theory_of(&alone.dist, preconditioned, &unknown));
    assert_close(stated.step_unit, drawn.step_unit, 0, 1e-14);
    assert_close(stated.loss_unit, drawn.loss_unit, 0, 1e-14);
    assert_close(stated.setting.sigma2, drawn.setting.sigma2, 0, 1e-14);
    assert_true(iclgd_theory_one_layer(&k.dist));
    assert_false(iclgd_theory_one_layer(&alone.dist));
    double eta, loss;
    assert_false(iclgd_theory_one_step(&alone.dist, &eta, &loss));
    iclgd_arena_free(&k.arena);
    iclgd_arena_free(&alone.arena);
    world_free(&w);
  }
}

/* A pool whose tasks are not at hand is no law of tasks. */
static void a_pool_that_is_not_there_is_not_known(void **state) {
  (void)state;
  const char *const words[] = {"prompt.w=pool:4", "prompt.d=3", NULL};
  const double Sigma[D * D] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  world w;
  world_create(&w, words, 1, 2);
  knowledge k = know(w.settings, Sigma);
  assert_false(iclgd_distribution_knows_tasks(&k.dist));
  assert_true(iclgd_distribution_knows_tasks(&w.dist));
  assert_false(iclgd_distribution_draws(&k.dist));
  assert_true(iclgd_distribution_draws(&w.dist));
  iclgd_arena_free(&k.arena);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(shared_things_follow_their_seed),
      cmocka_unit_test(a_split_follows_its_seed),
      cmocka_unit_test(numbers_have_a_hash),
      cmocka_unit_test(columns_are_selected_by_name),
      cmocka_unit_test(a_covariance_is_factored),
      cmocka_unit_test(closed_forms_are_those_of_the_law),
      cmocka_unit_test(a_pool_that_is_not_there_is_not_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
