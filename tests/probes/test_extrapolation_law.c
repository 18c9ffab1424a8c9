/* Shifted laws: what words stand for, and what defines each change of a prompt.
 */
#include <iclgd/probe.h>

#include "../../probes/extrapolation/extrapolation.h"
#include "support/samples.h"
#include "support/world.h"

#include <string.h>

enum { D = 5, N = 20 };

static void create_shift(world *w, const char *words, iclgd_arena *arena,
                         iclgd_shift *out) {
  iclgd_shift all[ICLGD_SHIFTS_MAX];
  size_t count;
  iclgd_error err;
  iclgd_probe_setup setup = {.settings = w->settings,
                             .dist = &w->dist,
                             .n = w->dist.n,
                             .d = w->dist.d,
                             .arena = arena};
  assert_ok(iclgd_shifts_parse(&setup, words, all, &count, &err), err);
  assert_int_equal(count, 2);
  assert_string_equal(all[0].name, "none");
  assert_string_equal(all[1].name, words);
  *out = all[1];
}

/* tr Sigma stays; the other keys of the run do too. */
static void laws_keep_the_trace(void **state) {
  (void)state;
  const char *const words[] = {
      "x=uniform", "covariance=power:1", "covariance=condition:9+rotate=fixed",
      "x=laplace+covariance=power:2", "x=student-t:5+x_scale=2"};
  const double factors[] = {1, 1, 1, 1, 4};
  world w;
  world_create(&w,
               (const char *[]){"prompt.x_scale=3", "prompt.noise=0.5",
                                "prompt.w=inverse-covariance", NULL},
               1, 1);
  for (size_t k = 0; k < 5; ++k) {
    iclgd_shift s;
    double Sigma[D * D], Omega[D * D], sum = 0, product = 0;
    create_shift(&w, words[k], &w.arena, &s);
    assert_null(s.reason);
    iclgd_distribution_covariance(&s.dist, Sigma);
    iclgd_distribution_task_covariance(&s.dist, Omega);
    for (size_t i = 0; i < D; ++i) sum += Sigma[i * D + i];
    for (size_t i = 0; i < D * D; ++i) product += Sigma[i] * Omega[i];
    assert_close(sum, factors[k] * 9 * D, 0, 1e-13);
    assert_close(product, D, 0, 1e-12);
    assert_true(s.dist.noise == 0.5 && s.dist.n == 20);
  }
  world_free(&w);
}

/* 64 prompts of the shifted law before and after the change. */
typedef struct changed {
  world w;
  iclgd_shift shift;
  iclgd_prompts before, after;
} changed;

static void change(changed *c, const char *word) {
  enum { COUNT = 64 };
  double work[D * (D + 1)];
  iclgd_error err;
  world_create(&c->w, (const char *[]){"prompt.noise=0.5", NULL}, 1, 1);
  create_shift(&c->w, word, &c->w.arena, &c->shift);
  assert_null(c->shift.reason);
  iclgd_prompts *both[] = {&c->before, &c->after};
  for (size_t k = 0; k < 2; ++k) {
    assert_ok(iclgd_prompts_create(COUNT, c->shift.n, D, true, false,
                                   &c->w.arena, both[k], &err),
              err);
    iclgd_prompts_draw(&c->shift.dist, ICLGD_STREAM_SHIFT, 0, both[k]);
  }
  for (size_t i = 0; i < COUNT; ++i) {
    iclgd_stream stream;
    iclgd_stream_seed(&stream, 1, ICLGD_STREAM_SHIFT, 1000 + i);
    iclgd_change_apply(&c->shift, &stream, &c->after, i, work);
  }
}

/* Labels follow the changed inputs, with the noise that was drawn. */
static void assert_labels(const changed *c) {
  for (size_t i = 0; i < c->after.count; ++i) {
    const iclgd_prompt a = iclgd_prompts_at(&c->after, i);
    const iclgd_prompt b = iclgd_prompts_at(&c->before, i);
    assert_memory_equal(a.w_star, b.w_star, D * sizeof(double));
    assert_close(a.y_query, iclgd_dot(a.w_star, a.x_query, D), 1e-14, 0);
    for (size_t j = 0; j < a.n; ++j)
      assert_close(a.y[j] - iclgd_dot(a.w_star, a.x + j * D, D),
                   b.y[j] - iclgd_dot(b.w_star, b.x + j * D, D), 1e-13, 0);
  }
}

static void orthants(void **state) {
  (void)state;
  const char *const words[] = {"quadrant", "opposite"};
  for (size_t k = 0; k < 2; ++k) {
    changed c;
    change(&c, words[k]);
    assert_labels(&c);
    size_t alike = 0, positive = 0;
    for (size_t i = 0; i < c.after.count; ++i) {
      const iclgd_prompt a = iclgd_prompts_at(&c.after, i);
      for (size_t f = 0; f < D; ++f) {
        for (size_t j = 0; j < a.n; ++j)
          assert_int_equal(signbit(a.x[j * D + f]) != 0, signbit(a.x[f]) != 0);
        alike += (signbit(a.x[f]) != 0) == (signbit(a.x_query[f]) != 0);
        positive += a.x[f] > 0;
      }
    }
    const double count = (double)c.after.count * D, error = sqrt(count) / 2;
    assert_close((double)positive, count / 2, 5 * error, 0);
    if (k == 0) assert_close((double)alike, count / 2, 5 * error, 0);
    if (k == 1) assert_int_equal(alike, 0);
    world_free(&c.w);
  }
}

/* The Gram matrix of context and query has rank d / 2 = 2: every determinant of
 * three inputs vanishes, and lengths stay on average. */
static void half_of_the_space(void **state) {
  (void)state;
  changed c;
  normal_mean squares = {0};
  change(&c, "subspace");
  assert_labels(&c);
  for (size_t i = 0; i < c.after.count; ++i) {
    const iclgd_prompt a = iclgd_prompts_at(&c.after, i);
    const double *v[] = {a.x, a.x + D, a.x_query};
    double g[3][3];
    for (size_t r = 0; r < 3; ++r)
      for (size_t s = 0; s < 3; ++s) g[r][s] = iclgd_dot(v[r], v[s], D);
    const double minor = g[0][0] * g[1][1] - g[0][1] * g[1][0];
    const double whole = g[2][2] * minor -
                         g[2][1] * (g[0][0] * g[2][1] - g[0][1] * g[2][0]) +
                         g[2][0] * (g[0][1] * g[1][2] - g[0][2] * g[1][1]);
    const double scale = g[0][0] * g[1][1] * g[2][2];
    assert_true(minor > 1e-9 * g[0][0] * g[1][1]);
    assert_close(whole, 0, 1e-12 * scale, 0);
    for (size_t j = 0; j < a.n; ++j)
      normal_add(&squares, iclgd_dot(a.x + j * D, a.x + j * D, D));
  }
  assert_mean(&squares, D);
  world_free(&c.w);
}

static void queries_off_and_on_the_context(void **state) {
  (void)state;
  changed c;
  change(&c, "orthogonal");
  assert_labels(&c);
  assert_int_equal(c.after.n, D / 2);
  for (size_t i = 0; i < c.after.count; ++i) {
    const iclgd_prompt a = iclgd_prompts_at(&c.after, i);
    const iclgd_prompt b = iclgd_prompts_at(&c.before, i);
    for (size_t j = 0; j < a.n; ++j)
      assert_close(iclgd_dot(a.x + j * D, a.x_query, D), 0, 1e-13, 0);
    assert_close(iclgd_dot(a.x_query, a.x_query, D),
                 iclgd_dot(b.x_query, b.x_query, D), 0, 1e-13);
  }
  world_free(&c.w);
  change(&c, "overlapping");
  assert_labels(&c);
  size_t first = 0;
  for (size_t i = 0; i < c.after.count; ++i) {
    const iclgd_prompt a = iclgd_prompts_at(&c.after, i);
    size_t same = 0;
    for (size_t j = 0; j < a.n; ++j)
      same += memcmp(a.x + j * D, a.x_query, D * sizeof(double)) == 0;
    assert_int_equal(same, 1);
    first += memcmp(a.x, a.x_query, D * sizeof(double)) == 0;
  }
  assert_true(first < 16); /* 64 / 20 on average */
  world_free(&c.w);
}

static void labels_are_replaced(void **state) {
  (void)state;
  changed c;
  normal_mean squares = {0};
  change(&c, "corrupted=3");
  for (size_t i = 0; i < c.after.count; ++i) {
    const iclgd_prompt a = iclgd_prompts_at(&c.after, i);
    const iclgd_prompt b = iclgd_prompts_at(&c.before, i);
    size_t other = 0;
    assert_memory_equal(a.x, b.x, a.n * D * sizeof(double));
    for (size_t j = 0; j < a.n; ++j) {
      if (fabs(a.y[j] - b.y[j]) < 1e-12) continue;
      ++other;
      normal_add(&squares, a.y[j] * a.y[j]);
    }
    assert_int_equal(other, 3);
  }
  assert_mean(&squares, 1);
  world_free(&c.w);
}

static void words_that_mean_nothing(void **state) {
  (void)state;
  const struct {
    const char *word, *message;
  } cases[] = {
      {"y=2", "'y=2': expected x=, covariance="},
      {"quadrant=1", "'quadrant=1': expected x="},
      {"n", "'n': expected x="},
      {"n=zero", "'n=zero': expected a positive number"},
      {"x_scale=-1", "expected a positive number"},
      {"corrupted=1.5", "a whole number of labels"},
      {"quadrant+subspace", "one change of prompts"},
      {"x=cauchy", "cauchy"},
  };
  world w;
  world_create(&w, (const char *[]){NULL}, 1, 1);
  iclgd_probe_setup setup = {.settings = w.settings,
                             .dist = &w.dist,
                             .n = N,
                             .d = D,
                             .arena = &w.arena};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
    iclgd_shift all[ICLGD_SHIFTS_MAX];
    size_t count;
    iclgd_error err;
    assert_int_equal(
        iclgd_shifts_parse(&setup, cases[k].word, all, &count, &err),
        ICLGD_EUSAGE);
    if (!strstr(err.text, cases[k].message))
      fail_msg("'%s' does not say '%s'", err.text, cases[k].message);
  }
  world_free(&w);
}

/* A law that cannot be is left out with its reason. */
static void impossible_laws_are_left_out(void **state) {
  (void)state;
  iclgd_shift s;
  world w;
  world_create(&w, (const char *[]){NULL}, 1, 1);
  create_shift(&w, "corrupted=21", &w.arena, &s);
  assert_string_equal(s.reason, "the context has fewer labels");
  create_shift(&w, "covariance=diag:1,2", &w.arena, &s);
  assert_non_null(strstr(s.reason, "expected 5 eigenvalues"));
  create_shift(&w, "n=100000", &w.arena, &s);
  assert_non_null(s.reason);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(laws_keep_the_trace),
      cmocka_unit_test(orthants),
      cmocka_unit_test(half_of_the_space),
      cmocka_unit_test(queries_off_and_on_the_context),
      cmocka_unit_test(labels_are_replaced),
      cmocka_unit_test(words_that_mean_nothing),
      cmocka_unit_test(impossible_laws_are_left_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
