/* Pseudo-tokens of a Wishart matrix: the Gram matrix of the context has the
 * moments of n points, and models see the law that they see of points. */
#include <iclgd/oracle.h>
#include <stdio.h>
#include <string.h>

#include "math/chi.h"
#include "support/by_tokens.h"
#include "support/samples.h"
#include "support/world.h"

enum { COUNT = 20000, D_MAX = 6 };

/* A world whose law draws by the key prompt.sampler; prompts as it says. */
static iclgd_prompts draw(world *w, const char *const *overrides, size_t count,
                          iclgd_stream_id stream) {
  iclgd_prompts out;
  iclgd_error err;
  world_create(w, overrides, 5, 1);
  assert_ok(
      iclgd_distribution_use_sampler(w->settings, &w->arena, &w->dist, &err),
      err);
  const iclgd_prompt_source prompt_source = {.dist = &w->dist,
                                             .stream = stream};
  assert_ok(
      iclgd_prompts_create_for(&prompt_source, count, &w->arena, &out, &err),
      err);
  iclgd_prompt_source_draw(&prompt_source, 0, &out);
  return out;
}

/* C (D, D) = E e e^T of e = (x, y), y = w.x + noise, for one task w. */
static void token_covariance(const iclgd_distribution *dist, double *C) {
  const size_t d = dist->d, D = d + 1;
  const double *w = dist->pool;
  double Sigma[D_MAX * D_MAX];
  iclgd_distribution_covariance(dist, Sigma);
  memset(C, 0, D * D * sizeof *C);
  C[d * D + d] = dist->noise * dist->noise;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      C[i * D + j] = Sigma[i * d + j];
      C[i * D + d] += Sigma[i * d + j] * w[j];
      C[d * D + i] += Sigma[i * d + j] * w[j];
      C[d * D + d] += w[i] * Sigma[i * d + j] * w[j];
    }
}

/* G (D, D) of a prompt, divided by mean_n. */
static void gram(const iclgd_prompt *p, size_t mean_n, double *G) {
  const size_t d = p->d, D = d + 1;
  memset(G, 0, D * D * sizeof *G);
  for (size_t t = 0; t < p->n; ++t)
    for (size_t i = 0; i < D; ++i)
      for (size_t j = 0; j < D; ++j)
        G[i * D + j] += (i < d ? p->x[t * d + i] : p->y[t]) *
                        (j < d ? p->x[t * d + j] : p->y[t]) / (double)mean_n;
}

/* n G ~ Wishart(n, C): E G = C, and
 * E G_ij G_kl = C_ij C_kl + (C_ik C_jl + C_il C_jk) / n. */
static void expect_wishart(const double *G, size_t D, const double *C,
                           double n) {
  for (size_t a = 0; a < D * D; ++a) {
    const size_t i = a / D, j = a % D;
    normal_mean first = {0};
    for (size_t p = 0; p < COUNT; ++p) normal_add(&first, G[p * D * D + a]);
    assert_mean(&first, C[a]);
    for (size_t b = a; b < D * D; ++b) {
      const size_t k = b / D, l = b % D;
      if (j < i || l < k) continue;
      normal_mean second = {0};
      for (size_t p = 0; p < COUNT; ++p)
        normal_add(&second, G[p * D * D + a] * G[p * D * D + b]);
      assert_mean(&second, C[a] * C[b] + (C[i * D + k] * C[j * D + l] +
                                          C[i * D + l] * C[j * D + k]) /
                                             n);
    }
  }
}

static void the_gram_matrix_is_wishart(void **state) {
  (void)state;
  const struct {
    const char *d, *n, *noise, *covariance, *rotate;
    size_t m;
  } cases[] = {
      {"prompt.d=4", "prompt.n=2", "prompt.noise=0.7", "identity", "none", 2},
      {"prompt.d=4", "prompt.n=1", "prompt.noise=0", "power:1", "fixed", 1},
      {"prompt.d=3", "prompt.n=3", "prompt.noise=0", "power:1", "none", 3},
      {"prompt.d=3", "prompt.n=4", "prompt.noise=2", "power:1", "fixed", 4},
      {"prompt.d=3", "prompt.n=3", "prompt.noise=2", "diag:4,1,.25", "none", 3},
      {"prompt.d=3", "prompt.n=9", "prompt.noise=0.5", "power:2", "fixed", 4},
      {"prompt.d=3", "prompt.n=40", "prompt.noise=0", "power:1", "fixed", 3},
      {"prompt.d=1", "prompt.n=16", "prompt.noise=1", "identity", "none", 2},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; ++c) {
    char covariance[64], rotate[64];
    snprintf(covariance, sizeof covariance, "prompt.covariance=%s",
             cases[c].covariance);
    snprintf(rotate, sizeof rotate, "prompt.rotate=%s", cases[c].rotate);
    const char *const overrides[] = {cases[c].d,
                                     cases[c].n,
                                     cases[c].noise,
                                     covariance,
                                     rotate,
                                     "prompt.w=pool:1",
                                     "prompt.x_scale=1.5",
                                     "prompt.sampler=wishart",
                                     NULL};
    world w;
    const iclgd_prompts prompts =
        draw(&w, overrides, COUNT, ICLGD_STREAM_TRAIN);
    assert_int_equal(prompts.n, cases[c].m);
    assert_int_equal(prompts.mean_n, w.dist.n);
    const size_t D = w.dist.d + 1;
    double C[D_MAX * D_MAX];
    double *G = iclgd_arena_reals(&w.arena, COUNT, D, D);
    assert_non_null(G);
    for (size_t p = 0; p < COUNT; ++p) {
      const iclgd_prompt one = iclgd_prompts_at(&prompts, p);
      gram(&one, one.mean_n, G + p * D * D);
    }
    token_covariance(&w.dist, C);
    expect_wishart(G, D, C, (double)w.dist.n);
    world_free(&w);
  }
}

/* Divided by the number of pseudo-tokens the mean is off by n / m. */
static void a_wrong_mean_is_noticed(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.d=3", "prompt.n=5",
                                   "prompt.sampler=wishart", NULL};
  world w;
  const iclgd_prompts prompts = draw(&w, overrides, COUNT, ICLGD_STREAM_TRAIN);
  normal_mean right = {0}, wrong = {0};
  for (size_t p = 0; p < COUNT; ++p) {
    double G[16];
    const iclgd_prompt one = iclgd_prompts_at(&prompts, p);
    gram(&one, one.mean_n, G);
    normal_add(&right, G[0]);
    gram(&one, one.n, G);
    normal_add(&wrong, G[0]);
  }
  assert_mean(&right, 1);
  assert_true(fabs(normal_z(&wrong, 1)) > 5);
  world_free(&w);
}

/* In the frame of its rotation a context has the covariance of the law. */
static void each_prompt_has_its_rotation(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.d=3",
                                   "prompt.n=7",
                                   "prompt.noise=0.5",
                                   "prompt.covariance=diag:4,1,.25",
                                   "prompt.w=inverse-covariance",
                                   "prompt.rotate=per-prompt",
                                   "prompt.sampler=wishart",
                                   NULL};
  world w;
  const iclgd_prompts prompts = draw(&w, overrides, COUNT, ICLGD_STREAM_TRAIN);
  const double lambda[] = {4, 1, 0.25};
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = 0; j < 3; ++j) {
      normal_mean mean = {0};
      for (size_t p = 0; p < COUNT; ++p) {
        const double *U = prompts.U + p * 9;
        double S = 0;
        for (size_t t = 0; t < prompts.n; ++t) {
          double a = 0, b = 0;
          for (size_t k = 0; k < 3; ++k) {
            a += U[k * 3 + i] * prompts.x[(p * prompts.n + t) * 3 + k];
            b += U[k * 3 + j] * prompts.x[(p * prompts.n + t) * 3 + k];
          }
          S += a * b / (double)prompts.mean_n;
        }
        normal_add(&mean, S);
      }
      assert_mean(&mean, i == j ? lambda[i] : 0);
    }
  world_free(&w);
}

/* The documented order of the lane: task, query, below the diagonal by rows,
 * the diagonal. */
static void numbers_come_in_the_stated_order(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.d=3", "prompt.n=16",
                                   "prompt.noise=0.5", "prompt.sampler=wishart",
                                   NULL};
  world w;
  const iclgd_prompts p = draw(&w, overrides, 3, ICLGD_STREAM_TRAIN);
  for (uint64_t i = 0; i < 3; ++i) {
    iclgd_stream stream;
    double z[6], T[4][4] = {{0}}, below[6];
    iclgd_stream_seed(&stream, 5, ICLGD_STREAM_TRAIN, i);
    iclgd_stream_normals(z, &stream, 6);
    iclgd_stream_normals(below, &stream, 6);
    T[1][0] = below[0];
    T[2][0] = below[1];
    T[2][1] = below[2];
    for (size_t j = 0; j < 3; ++j) T[3][j] = below[3 + j];
    for (size_t j = 0; j < 4; ++j) {
      const iclgd_chi law = iclgd_chi_law(16 - j);
      float g[ICLGD_CHI_LARGE], chi;
      for (size_t k = 0; k < law.normals; ++k)
        g[k] = iclgd_stream_normal(&stream);
      iclgd_chi_evaluate(&chi, &law, g, 1);
      T[j][j] = (double)chi;
    }
    for (size_t j = 0; j < 4; ++j) {
      double y = 0.5 * T[3][j];
      for (size_t k = 0; k < 3; ++k) {
        assert_true(p.x[(i * 4 + j) * 3 + k] == T[k][j]);
        y += z[k] * T[k][j];
      }
      assert_close(p.y[i * 4 + j], y, 1e-14, 1e-14);
    }
    for (size_t k = 0; k < 3; ++k) {
      assert_true(p.w_star[i * 3 + k] == z[k]);
      assert_true(p.x_query[i * 3 + k] == z[3 + k]);
    }
  }
  world_free(&w);
}

/* Token form and recursion agree on pseudo-tokens, gradients included, so that
 * both divide by the true n; a fixed set keeps it. */
static void both_forms_divide_by_n(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.d=3",
                                   "prompt.n=8",
                                   "prompt.noise=0.3",
                                   "model.weights=gd",
                                   "model.layers=2",
                                   "model.loops=2",
                                   "model.init_scale=0.3",
                                   "prompt.sampler=wishart",
                                   NULL};
  world w;
  iclgd_error err;
  const iclgd_prompts drawn = draw(&w, overrides, 10, ICLGD_STREAM_TRAIN);
  const iclgd_prompt_source fixed = {.fixed = &drawn};
  iclgd_prompts prompts;
  assert_ok(iclgd_prompts_create_for(&fixed, 10, &w.arena, &prompts, &err),
            err);
  iclgd_prompt_source_draw(&fixed, 0, &prompts);
  const iclgd_prompts part = iclgd_prompts_part(&prompts, 2, 8);
  for (size_t i = 0; i < part.count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&part, i);
    const double c[] = {0, 0.1, 0, 0.2, 0.7};
    const iclgd_loss of = {c, 0};
    double a[18] = {0}, b[18] = {0};
    assert_int_equal(p.n, 4);
    assert_int_equal(p.mean_n, 8);
    const double loss =
        iclgd_model_gradient(&w.model, w.theta, &p, &of, w.tape, a);
    assert_close(gradient_by_tokens(&w.model, w.theta, &p, &of, w.tape, b),
                 loss, 0, 1e-12);
    double largest = 0;
    for (size_t k = 0; k < 18; ++k) largest = fmax(largest, fabs(a[k]));
    assert_true(largest > 1e-3);
    for (size_t k = 0; k < 18; ++k)
      assert_close(b[k], a[k], 1e-12 * largest, 0);
  }
  world_free(&w);
}

/* The mean loss of two steps of gradient descent on 10^5 prompts. */
static normal_mean two_step_loss(const char *sampler, const char *n,
                                 double eta) {
  const char *const overrides[] = {"prompt.d=3",
                                   n,
                                   "prompt.noise=0.5",
                                   "model.weights=scalar",
                                   "model.loops=2",
                                   sampler,
                                   NULL};
  world w;
  const size_t count = 100000;
  const iclgd_prompts prompts = draw(&w, overrides, count, ICLGD_STREAM_TRAIN);
  const double c[] = {0, 0, 1};
  const iclgd_loss of = {c, 0};
  normal_mean losses = {0};
  w.theta[0] = eta;
  for (size_t i = 0; i < count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&prompts, i);
    normal_add(&losses,
               iclgd_model_gradient(&w.model, w.theta, &p, &of, w.tape, NULL));
  }
  world_free(&w);
  return losses;
}

static double mean_of(const normal_mean *m) {
  return m->sum / m->count;
}
static double variance_of_mean(const normal_mean *m) {
  return (m->squares / m->count - mean_of(m) * mean_of(m)) / m->count;
}

/* Points, pseudo-tokens and theory (O5) say the same, at n below and above
 * d' = 4. */
static void losses_agree(void **state) {
  (void)state;
  const size_t sizes[] = {2, 6, 20};
  for (size_t s = 0; s < 3; ++s) {
    const iclgd_setting setting = {.d = 3, .n = sizes[s], .sigma2 = 0.25};
    char n[32];
    double eta, loss;
    iclgd_error err;
    snprintf(n, sizeof n, "prompt.n=%zu", sizes[s]);
    assert_ok(iclgd_oracle_tied(setting, 2, &eta, &loss, &err), err);
    const normal_mean points = two_step_loss("prompt.sampler=tokens", n, eta);
    const normal_mean factor = two_step_loss("prompt.sampler=wishart", n, eta);
    const double error =
        sqrt(variance_of_mean(&points) + variance_of_mean(&factor));
    assert_close(mean_of(&factor), mean_of(&points), 4 * error, 0);
    assert_mean(&points, loss);
    assert_mean(&factor, loss);
  }
}

static void refuse(const char *const *overrides, bool given, const char *what) {
  world w;
  iclgd_error err = {""};
  world_create(&w, overrides, 1, 1);
  assert_int_equal(iclgd_distribution_use_sampler(w.settings, &w.arena,
                                                  given ? NULL : &w.dist, &err),
                   ICLGD_EUSAGE);
  if (!strstr(err.text, "prompt.sampler = wishart") || !strstr(err.text, what))
    fail_msg("'%s' does not say '%s'", err.text, what);
  world_free(&w);
}

static void laws_that_are_not_normal(void **state) {
  (void)state;
  const char *const table[] = {"prompt.sampler=wishart",
                               "prompt.source=table:" ICLGD_SOURCE_DIR
                               "/data/tables/diabetes.csv",
                               "prompt.n=30", NULL};
  const char *const uniform[] = {"prompt.sampler=wishart", "prompt.x=uniform",
                                 NULL};
  const char *const sphere[] = {"prompt.sampler=wishart", "prompt.x=sphere",
                                NULL};
  const char *const normal_law[] = {"prompt.sampler=wishart", NULL};
  refuse(table, false, "prompt.source");
  refuse(uniform, false, "prompt.x = normal");
  refuse(sphere, false, "prompt.x = normal");
  refuse(normal_law, true, "given");
  const char *const quiet[][3] = {{"prompt.x=uniform", "prompt.sampler=auto"},
                                  {"prompt.x=uniform", "prompt.sampler=tokens"},
                                  {"prompt.x=normal", "prompt.sampler=tokens"}};
  for (size_t i = 0; i < 3; ++i) {
    world w;
    const iclgd_prompts p = draw(&w, quiet[i], 1, ICLGD_STREAM_TRAIN);
    assert_int_equal(w.dist.sampler, ICLGD_TOKENS);
    assert_int_equal(p.n, 20);
    assert_int_equal(p.mean_n, 20);
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_gram_matrix_is_wishart),
      cmocka_unit_test(a_wrong_mean_is_noticed),
      cmocka_unit_test(each_prompt_has_its_rotation),
      cmocka_unit_test(numbers_come_in_the_stated_order),
      cmocka_unit_test(both_forms_divide_by_n),
      cmocka_unit_test(losses_agree),
      cmocka_unit_test(laws_that_are_not_normal),
  };
  return cmocka_run_group_tests_name("prompt/factor", tests, NULL, NULL);
}
