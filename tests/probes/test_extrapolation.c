/* The probe `extrapolation` on models that are gradient descent, and what
 * defines each change of a prompt. */
#include <iclgd/oracle.h>
#include <iclgd/probe.h>

#include "../../probes/extrapolation.h"
#include "support/probing.h"
#include "support/samples.h"

enum { D = 5, N = 20 };

/* The mean squared error of GD on the prompts that were fed, step by step. */
static double gd_mean(probing *p, double eta, size_t steps, size_t step) {
  const iclgd_hyper hyper = {.eta = &eta, .n_eta = 1};
  const size_t first = p->tune.count;
  double sum = 0;
  for (size_t i = first; i < p->w->prompts.count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&p->w->prompts, i);
    const double *w = iterates(p->w, "gd", &hyper, i, steps) + step * D;
    const double off = iclgd_dot(w, prompt.x_query, D) - prompt.y_query;
    sum += off * off;
  }
  return sum / (double)(p->w->prompts.count - first);
}

/* Row 0 is the model, 1 the damped one, 2 gd continued. Tokens and the Gram
 * form differ by rounding alone. */
static void repeated_gd_is_gd_continued(void **state) {
  (void)state;
  const char *const weights[] = {"model.weights=scalar", "model.weights=gd",
                                 "model.weights=gdpp", "model.weights=full"};
  for (size_t f = 0; f < 4; ++f) {
    const char *const overrides[] = {weights[f],
                                     "model.loops=3",
                                     "model.init=gd:0.4",
                                     "reference.eta=0.4",
                                     "prompt.noise=0.5",
                                     "extrapolation.loops=7",
                                     "extrapolation.prompts=16",
                                     NULL};
    world w;
    probing p;
    iclgd_error err;
    size_t extents[2];
    world_create(&w, overrides, 1, 60);
    probing_open(&p, &w, 3);
    probing_add(&p, "gd");
    probing_add(&p, "least_squares"); /* one-shot: not continued */
    assert_ok(probing_run(&p, "extrapolation", &err), err);
    const double *mean =
        probing_reals(&p, "extrapolation/loops/mean", 2, extents);
    assert_int_equal(extents[0], 3);
    assert_int_equal(extents[1], 8);
    for (size_t k = 0; k < 8; ++k) {
      assert_close(mean[k], gd_mean(&p, 0.4, 7, k), 0, 1e-11);
      assert_close(mean[8 + k], gd_mean(&p, 0.75 * 0.4, 7, k), 0, 1e-11);
      assert_close(mean[16 + k], gd_mean(&p, 0.4, 7, k), 0, 1e-12);
    }
    probing_close(&p);
    world_free(&w);
  }
}

/* Two distinct layers, repeated: the stack with steps .3, .6, .3, .6, .. */
static void a_stack_repeats_as_a_whole(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2];
  world_create(&w,
               (const char *[]){"model.layers=2", "model.weights=scalar",
                                "extrapolation.loops=3",
                                "extrapolation.prompts=16", NULL},
               1, 40);
  w.model.theta[0] = 0.3;
  w.model.theta[1] = 0.6;
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "extrapolation", &err), err);
  const double *mean =
      probing_reals(&p, "extrapolation/loops/mean", 2, extents);
  assert_int_equal(extents[1], 4);
  double steps[] = {.3, .6, .3, .6, .3, .6};
  const iclgd_hyper hyper = {.eta = steps, .n_eta = 6};
  double expected[4] = {0};
  for (size_t i = p.tune.count; i < w.prompts.count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, i);
    const double *at = iterates(&w, "gd_per_step", &hyper, i, 6);
    for (size_t k = 0; k < 4; ++k) {
      const double off =
          iclgd_dot(at + 2 * k * D, prompt.x_query, D) - prompt.y_query;
      expected[k] += off * off / (double)p.setup.prompts;
    }
  }
  for (size_t k = 0; k < 4; ++k) assert_close(mean[k], expected[k], 0, 1e-12);
  probing_close(&p);
  world_free(&w);
}

/* The stable prompts are those with eta lambda_max(S) < 2, and a prompt that is
 * not diverges in the end. */
static void stability_is_that_of_the_spectrum(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2];
  world_create(&w,
               (const char *[]){"model.loops=2", "model.init=gd:1.1",
                                "reference.eta=1.1", "extrapolation.loops=400",
                                "extrapolation.prompts=16", NULL},
               1, 400);
  probing_open(&p, &w, 2);
  probing_add(&p, "gd");
  assert_ok(probing_run(&p, "extrapolation", &err), err);
  size_t stable = 0;
  for (size_t i = p.tune.count; i < w.prompts.count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, i);
    const iclgd_problem problem = problem_of(&prompt, &w.arena);
    double most = 0;
    for (size_t j = 0; j < D; ++j) most = fmax(most, problem.lambda[j]);
    stable += 1.1 * most < 2;
  }
  const double share = (double)stable / (double)p.setup.prompts;
  assert_true(share > 0.2 && share < 0.8);
  const double *found =
      probing_reals(&p, "extrapolation/loops/stable_share", 1, extents);
  assert_close(found[0], share, 1e-15, 0);
  assert_close(found[2], share, 1e-15, 0);
  assert_true(found[1] > share);
  const double *diverging =
      probing_reals(&p, "extrapolation/loops/diverging", 2, extents);
  assert_true(diverging[0] == 0);
  assert_close(diverging[extents[1] - 1], 1 - share, 0.03, 0);
  const double *mean =
      probing_reals(&p, "extrapolation/loops/stable_mean", 2, extents);
  assert_true(mean[extents[1] - 1] < 0.01 * mean[0]);
  probing_close(&p);
  world_free(&w);
}

/* With fewer points than features S is singular, and GD still converges. */
static void short_contexts_are_stable(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1];
  world_create(
      &w,
      (const char *[]){"prompt.n=3", "model.loops=2", "model.init=gd:0.05",
                       "extrapolation.prompts=2", NULL},
      1, 200);
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "extrapolation", &err), err);
  size_t stable = 0;
  for (size_t i = p.tune.count; i < w.prompts.count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, i);
    const iclgd_problem problem = problem_of(&prompt, &w.arena);
    double most = 0;
    for (size_t j = 0; j < D; ++j) most = fmax(most, problem.lambda[j]);
    stable += 0.05 * most < 2;
  }
  assert_close(
      probing_reals(&p, "extrapolation/loops/stable_share", 1, extents)[0],
      (double)stable / (double)p.setup.prompts, 1e-15, 0);
  assert_true(stable > 90);
  probing_close(&p);
  world_free(&w);
}

/* Rotations by an angle, times a length: contracting or not by that alone;
 * a Jordan block grows at first and still contracts. */
static void contraction_is_decided(void **state) {
  (void)state;
  double work[2 * 4];
  for (int k = 0; k < 20; ++k)
    for (int inside = 0; inside < 2; ++inside) {
      const double angle = 0.3 * k, length = inside ? 1 - 1e-6 : 1 + 1e-6;
      const double M[] = {length * cos(angle), -length * sin(angle),
                          length * sin(angle), length * cos(angle)};
      assert_int_equal(iclgd_contracts(M, 2, work), inside);
    }
  const double jordan[] = {0.99, 100, 0, 0.99}, slow[] = {1.01, 0, 100, -1.01};
  const double still[] = {1, 0, 0, 0.5}, drifting[] = {1, 0, 0, 1.5};
  assert_true(iclgd_contracts(jordan, 2, work));
  assert_true(iclgd_contracts(still, 2, work));
  assert_false(iclgd_contracts(drifting, 2, work));
  assert_false(iclgd_contracts(slow, 2, work));
}

/* Trained at length n on N(0, I), tested at length M on N(0, c^2 I): O1 with
 * the test law at the trained A (theory: O1). */
static void shifted_lengths_and_scales_match_O1(void **state) {
  (void)state;
  const struct {
    size_t n;
    double c2, w2, sigma2;
  } cases[] = {
      {20, 1, 1, 0}, {40, 1, 1, 0}, {20, 2.25, 1, 0},
      {20, 1, 9, 0}, {20, 1, 1, 1},
  };
  const double eta = 1 / (1 + 6. / 20);
  char init[64];
  snprintf(init, sizeof init, "model.init=gd:%.17g", eta);
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2];
  world_create(&w,
               (const char *[]){init, "extrapolation.prompts=20000",
                                "extrapolation.shifts=n=2 x_scale=1.5 "
                                "w_scale=3 noise=1",
                                NULL},
               1, 16);
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "extrapolation", &err), err);
  const double *mean =
      probing_reals(&p, "extrapolation/shifts/mean", 2, extents);
  assert_int_equal(extents[1], 5);
  const double *error =
      probing_reals(&p, "extrapolation/shifts/standard_error", 2, extents);
  const double *zero =
      probing_reals(&p, "extrapolation/shifts/zero", 1, extents);
  for (size_t k = 0; k < 5; ++k) {
    double Sigma[D * D] = {0}, Omega[D * D] = {0}, A[D * D] = {0}, loss;
    for (size_t i = 0; i < D; ++i) {
      Sigma[i * D + i] = cases[k].c2;
      Omega[i * D + i] = cases[k].w2;
      A[i * D + i] = eta;
    }
    const iclgd_setting setting = {D, cases[k].n, cases[k].sigma2};
    assert_ok(
        iclgd_oracle_one_layer_loss(setting, Sigma, Omega, A, &loss, &err),
        err);
    assert_close(mean[k], loss, 5 * error[k], 0);
    assert_true(error[k] < 0.05 * loss);
    assert_close(zero[k], D * cases[k].c2 * cases[k].w2, 0, 0.05);
  }
  probing_close(&p);
  world_free(&w);
}

static void create_shift(world *w, const char *words, iclgd_arena *arena,
                         iclgd_shift *out) {
  iclgd_shift all[ICLGD_SHIFTS_MAX];
  size_t count;
  iclgd_error err;
  iclgd_probe_setup setup = {.settings = w->settings,
                             .dist = &w->dist,
                             .n = w->dist.n,
                             .d = w->dist.d};
  assert_ok(iclgd_shifts_parse(&setup, words, arena, all, &count, &err), err);
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
  iclgd_probe_setup setup = {
      .settings = w.settings, .dist = &w.dist, .n = N, .d = D};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
    iclgd_shift all[ICLGD_SHIFTS_MAX];
    size_t count;
    iclgd_error err;
    assert_int_equal(
        iclgd_shifts_parse(&setup, cases[k].word, &w.arena, all, &count, &err),
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

/* The same bits from one thread and from two; overflow is counted. */
static void threads_do_not_matter(void **state) {
  (void)state;
  static const char *const parts[] = {"loops/mean", "loops/median",
                                      "shifts/mean", "shifts/diverging"};
  double first[4][64];
  for (size_t threads = 1; threads <= 2; ++threads) {
    world w;
    probing p;
    iclgd_error err;
    world_create(
        &w,
        (const char *[]){"model.loops=2", "model.init=gd:1.9",
                         "extrapolation.loops=8", "extrapolation.prompts=40",
                         "extrapolation.shifts=x_scale=1e5 subspace", NULL},
        1, 100);
    probing_open(&p, &w, 2);
    iclgd_pool_free(p.pool);
    assert_ok(iclgd_pool_create(threads, &p.pool, &err), err);
    assert_ok(probing_run(&p, "extrapolation", &err), err);
    for (size_t k = 0; k < 4; ++k) {
      char path[64];
      size_t extents[2];
      snprintf(path, sizeof path, "extrapolation/%s", parts[k]);
      const double *values = probing_reals(&p, path, 2, extents);
      const size_t bytes = extents[0] * extents[1] * sizeof *values;
      assert_true(bytes <= sizeof first[k]);
      if (threads == 1)
        memcpy(first[k], values, bytes);
      else
        assert_memory_equal(first[k], values, bytes);
    }
    assert_close(first[3][1], 1, 0, 0); /* x_scale=1e5 */
    probing_close(&p);
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(repeated_gd_is_gd_continued),
      cmocka_unit_test(a_stack_repeats_as_a_whole),
      cmocka_unit_test(stability_is_that_of_the_spectrum),
      cmocka_unit_test(short_contexts_are_stable),
      cmocka_unit_test(contraction_is_decided),
      cmocka_unit_test(shifted_lengths_and_scales_match_O1),
      cmocka_unit_test(laws_keep_the_trace),
      cmocka_unit_test(orthants),
      cmocka_unit_test(half_of_the_space),
      cmocka_unit_test(queries_off_and_on_the_context),
      cmocka_unit_test(labels_are_replaced),
      cmocka_unit_test(words_that_mean_nothing),
      cmocka_unit_test(impossible_laws_are_left_out),
      cmocka_unit_test(threads_do_not_matter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
