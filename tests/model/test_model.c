/* The reference model: constructed weights are GD and GD++, the two forms of
 * the forward pass agree, and gradients are gradients. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/by_tokens.h"
#include "support/world.h"

enum { D_MAX = 8, DEPTH_MAX = 8 };

/* GD and GD++ written out on the data of one prompt, with no matrix of the
 * library: w <- w + A (b - S w), then x <- (I - B S A^T) x. */
static void explicit_steps(const iclgd_prompt *p, const double *A,
                           const double *B, size_t layers, size_t depth,
                           double *w) {
  const size_t n = p->n, d = p->d;
  double *x = malloc(n * d * sizeof *x), *r = malloc(n * sizeof *r);
  double q[D_MAX][D_MAX]; /* x_query -> its transformed value, as a matrix */
  assert_non_null(x);
  assert_non_null(r);
  memcpy(x, p->x, n * d * sizeof *x);
  memcpy(r, p->y, n * sizeof *r);
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) q[i][j] = i == j;
  for (size_t j = 0; j < d; ++j) w[j] = 0;
  for (size_t l = 0; l < depth; ++l) {
    const double *Al = A + l % layers * d * d, *Bl = B + l % layers * d * d;
    double g[D_MAX] = {0}, step[D_MAX] = {0}, S[D_MAX][D_MAX] = {{0}};
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < d; ++j) {
        g[j] += r[i] * x[i * d + j] / (double)n;
        for (size_t k = 0; k < d; ++k)
          S[j][k] += x[i * d + j] * x[i * d + k] / (double)n;
      }
    for (size_t j = 0; j < d; ++j)
      for (size_t k = 0; k < d; ++k) step[j] += Al[j * d + k] * g[k];
    for (size_t i = 0; i < n; ++i)
      for (size_t j = 0; j < d; ++j) r[i] -= step[j] * x[i * d + j];
    for (size_t j = 0; j < d; ++j) { /* prediction = step . (q x_query) */
      w[(l + 1) * d + j] = w[l * d + j];
      for (size_t k = 0; k < d; ++k) w[(l + 1) * d + j] += step[k] * q[k][j];
    }
    double M[D_MAX][D_MAX];
    for (size_t i = 0; i < d; ++i)
      for (size_t j = 0; j < d; ++j) {
        M[i][j] = i == j;
        for (size_t k = 0; k < d; ++k)
          for (size_t m = 0; m < d; ++m)
            M[i][j] -= Bl[i * d + k] * S[k][m] * Al[j * d + m];
      }
    double old[D_MAX][D_MAX];
    memcpy(old, q, sizeof old);
    for (size_t i = 0; i < d; ++i)
      for (size_t j = 0; j < d; ++j) {
        q[i][j] = 0;
        for (size_t k = 0; k < d; ++k) q[i][j] += M[i][k] * old[k][j];
      }
    for (size_t i = 0; i < n; ++i) {
      double row[D_MAX];
      memcpy(row, x + i * d, d * sizeof *row);
      for (size_t j = 0; j < d; ++j) {
        x[i * d + j] = 0;
        for (size_t k = 0; k < d; ++k) x[i * d + j] += M[j][k] * row[k];
      }
    }
  }
  free(x);
  free(r);
}

static double largest(const double *v, size_t count) {
  double best = 0;
  for (size_t i = 0; i < count; ++i)
    if (fabs(v[i]) > best) best = fabs(v[i]);
  return best;
}

/* A model with these weights follows the explicit steps at every layer. */
static void check_construction(const char *const *overrides, bool with_B,
                               bool skewed) {
  world w;
  world_create(&w, overrides, 11, 20);
  const size_t d = w.dist.d, layers = w.model.layers;
  const size_t depth = iclgd_model_depth(&w.model);
  double A[3 * D_MAX * D_MAX] = {0}, B[3 * D_MAX * D_MAX] = {0};
  for (size_t l = 0; l < layers; ++l)
    for (size_t i = 0; i < d; ++i) {
      const double eta = 0.6 - 0.1 * (double)l;
      A[l * d * d + i * d + i] = eta;
      if (with_B) B[l * d * d + i * d + i] = (0.1 + 0.05 * (double)l) / eta;
      if (skewed && i + 1 < d) A[l * d * d + i * d + i + 1] = 0.2;
      if (skewed && with_B && i > 1) B[l * d * d + i * d] = -0.1;
    }
  iclgd_error err;
  for (size_t l = 0; l < layers; ++l)
    assert_ok(iclgd_linear_construct(&w.model, w.theta, l, A + l * d * d,
                                     with_B ? B + l * d * d : NULL, &err),
              err);
  for (size_t i = 0; i < w.prompts.count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    double expected[(DEPTH_MAX + 1) * D_MAX], got[(DEPTH_MAX + 1) * D_MAX];
    double prediction[DEPTH_MAX + 1];
    explicit_steps(&p, A, B, layers, depth, expected);
    iclgd_model_weights(&w.model, w.theta, &p, w.tape, got);
    iclgd_model_predict(&w.model, w.theta, &p, w.tape, prediction);
    const double scale = largest(expected, (depth + 1) * d);
    assert_true(scale > 0.01);
    for (size_t j = 0; j < (depth + 1) * d; ++j)
      assert_close(got[j], expected[j], 1e-12 * scale, 0);
    for (size_t l = 0; l <= depth; ++l) {
      double yhat = 0;
      for (size_t j = 0; j < d; ++j) yhat += expected[l * d + j] * p.x_query[j];
      assert_close(prediction[l], yhat,
                   1e-12 * scale * (1 + largest(p.x_query, d)) * (double)d, 0);
    }
  }
  world_free(&w);
}

static void constructed_weights_are_gd(void **state) {
  (void)state;
  const char *const families[] = {"scalar", "diagonal", "gd", "gdpp", "full"};
  const char *const shapes[][2] = {{"model.layers=1", "model.loops=5"},
                                   {"model.layers=3", "model.loops=1"},
                                   {"model.layers=2", "model.loops=3"}};
  const char *const covariances[] = {"prompt.covariance=identity",
                                     "prompt.covariance=diag:1,1,.25,.0625,1"};
  for (size_t f = 0; f < 5; ++f) {
    char family[64];
    snprintf(family, sizeof family, "model.weights=%s", families[f]);
    for (size_t s = 0; s < 3; ++s)
      for (size_t c = 0; c < 2; ++c) {
        const char *const overrides[] = {family,
                                         shapes[s][0],
                                         shapes[s][1],
                                         covariances[c],
                                         "prompt.rotate=fixed",
                                         "prompt.noise=0.3",
                                         NULL};
        check_construction(overrides, false, false);
        if (f >= 2) check_construction(overrides, false, true);
        if (f >= 3) check_construction(overrides, true, false);
        if (f >= 3) check_construction(overrides, true, true);
      }
  }
}

static void families_refuse_what_they_cannot_hold(void **state) {
  (void)state;
  world w;
  const char *const overrides[] = {"model.weights=scalar", "prompt.d=2", NULL};
  world_create(&w, overrides, 1, 1);
  const double uneven[] = {1, 0, 0, 2}, even[] = {1, 0, 0, 1};
  iclgd_error err;
  assert_int_equal(
      iclgd_linear_construct(&w.model, w.theta, 0, uneven, NULL, &err),
      ICLGD_EUSAGE);
  assert_int_equal(
      iclgd_linear_construct(&w.model, w.theta, 0, even, even, &err),
      ICLGD_EUSAGE);
  assert_ok(iclgd_linear_construct(&w.model, w.theta, 0, even, NULL, &err),
            err);
  world_free(&w);
}

/* Mean loss over the prompts at theta + h * direction. */
static double loss_along(world *w, const double *theta, const double *direction,
                         double h, const iclgd_loss *along) {
  const size_t size = w->model.size;
  double *unused = calloc(size, sizeof *unused), loss = 0;
  assert_non_null(unused);
  for (size_t i = 0; i < size; ++i) w->theta[i] = theta[i] + h * direction[i];
  for (size_t i = 0; i < w->prompts.count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w->prompts, i);
    loss += gradient_by_tokens(&w->model, w->theta, &p, along, w->tape, unused);
  }
  free(unused);
  return loss;
}

/* Directional derivatives by central differences, extrapolated once
 * (Richardson), against both analytic gradients. */
static void check_gradient(const char *const *overrides, double guard) {
  world w;
  world_create(&w, overrides, 5, 8);
  const size_t d = w.dist.d, size = w.model.size;
  const size_t depth = iclgd_model_depth(&w.model);
  double A[D_MAX * D_MAX] = {0}, c[DEPTH_MAX + 1] = {0};
  for (size_t i = 0; i < d; ++i) A[i * d + i] = 0.4;
  c[depth] = 1;
  c[depth - 1] = 0.5;
  const iclgd_loss rho = {c, guard};
  iclgd_error err;
  double *theta = calloc(size, sizeof *theta);
  double *gradient = calloc(size, sizeof *gradient);
  double *tokens = calloc(size, sizeof *tokens);
  double *direction = calloc(size, sizeof *direction);
  assert_true(theta && gradient && tokens && direction);
  memcpy(theta, w.theta, size * sizeof *theta);
  for (size_t l = 0; l < w.model.layers; ++l)
    assert_ok(iclgd_linear_construct(&w.model, w.theta, l, A, NULL, &err), err);
  for (size_t i = 0; i < size; ++i) theta[i] += w.theta[i];
  memcpy(w.theta, theta, size * sizeof *theta);
  double loss = 0, loss_tokens = 0, norm = 0;
  for (size_t i = 0; i < w.prompts.count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    loss += iclgd_model_gradient(&w.model, w.theta, &p, &rho, w.tape, gradient);
    loss_tokens +=
        gradient_by_tokens(&w.model, w.theta, &p, &rho, w.tape, tokens);
  }
  assert_close(loss, loss_tokens, 0, 1e-12);
  for (size_t i = 0; i < size; ++i) norm += gradient[i] * gradient[i];
  norm = sqrt(norm);
  assert_true(norm > 1e-3);
  for (size_t i = 0; i < size; ++i)
    assert_close(gradient[i], tokens[i], 1e-12 * norm, 0);
  iclgd_stream stream;
  iclgd_stream_seed(&stream, 2, ICLGD_STREAM_INIT, 7);
  for (int trial = 0; trial < 4; ++trial) {
    double length = 0, slope = 0;
    for (size_t i = 0; i < size; ++i) {
      direction[i] = (double)iclgd_stream_normal(&stream);
      length += direction[i] * direction[i];
    }
    for (size_t i = 0; i < size; ++i) {
      direction[i] /= sqrt(length);
      slope += gradient[i] * direction[i];
    }
    const double h = 1e-3;
    double wide = loss_along(&w, theta, direction, h, &rho) -
                  loss_along(&w, theta, direction, -h, &rho);
    double narrow = loss_along(&w, theta, direction, h / 2, &rho) -
                    loss_along(&w, theta, direction, -h / 2, &rho);
    wide /= 2 * h;
    narrow /= h;
    assert_close((4 * narrow - wide) / 3, slope, 1e-7 * norm, 0);
  }
  free(theta);
  free(gradient);
  free(tokens);
  free(direction);
  world_free(&w);
}

static void gradients_match_differences(void **state) {
  (void)state;
  const char *const families[] = {"scalar", "diagonal", "gd", "gdpp", "full"};
  const char *const shapes[][2] = {{"model.layers=1", "model.loops=1"},
                                   {"model.layers=1", "model.loops=4"},
                                   {"model.layers=3", "model.loops=1"},
                                   {"model.layers=2", "model.loops=2"}};
  for (size_t f = 0; f < 5; ++f) {
    char family[64];
    snprintf(family, sizeof family, "model.weights=%s", families[f]);
    for (size_t s = 0; s < 4; ++s) {
      const char *const overrides[] = {family,
                                       shapes[s][0],
                                       shapes[s][1],
                                       "prompt.d=4",
                                       "prompt.n=30",
                                       "model.init_scale=0.05",
                                       "prompt.noise=0.2",
                                       NULL};
      check_gradient(overrides, 0);
      check_gradient(overrides, 0.7);
    }
  }
}

/* P -> g P, Q -> Q / g leaves a full layer alone; so must the reading of A. */
static void preconditioner_is_gauge_invariant(void **state) {
  (void)state;
  world w;
  const char *const overrides[] = {"model.weights=full", "prompt.d=3",
                                   "model.init_scale=1", NULL};
  world_create(&w, overrides, 3, 1);
  double A[9], B[9], A2[9], B2[9];
  iclgd_linear_A(&w.model, w.theta, 0, A, B);
  for (size_t i = 0; i < 16; ++i) {
    w.theta[i] *= -3;
    w.theta[16 + i] /= -3;
  }
  iclgd_linear_A(&w.model, w.theta, 0, A2, B2);
  for (size_t i = 0; i < 9; ++i) {
    assert_close(A2[i], A[i], 0, 1e-14);
    assert_close(B2[i], B[i], 0, 1e-14);
  }
  world_free(&w);
}

/* Z <- Z + (1/n) P Z M (Z^T Q Z) by its definition, entry by entry, for random
 * full weights: token t is row t of the library's array. */
static void hidden_tokens_follow_the_definition(void **state) {
  (void)state;
  enum { D = 3, N = 5 };
  world w;
  world_create(&w,
               (const char *[]){"model.weights=full", "model.layers=2",
                                "model.init_scale=0.3", "prompt.d=2",
                                "prompt.n=4", NULL},
               3, 1);
  const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 0);
  const double *all = iclgd_model_tokens(&w.model, w.theta, &p, w.tape);
  double Z[D][N], P[D * D], Q[D * D];
  for (size_t i = 0; i < D; ++i)
    for (size_t t = 0; t < N; ++t)
      Z[i][t] = i < 2 ? (t < 4 ? p.x[t * 2 + i] : p.x_query[i])
                      : (t < 4 ? p.y[t] : 0);
  for (size_t l = 0; l <= 2; ++l) {
    for (size_t i = 0; i < D; ++i)
      for (size_t t = 0; t < N; ++t)
        assert_close(all[(l * N + t) * D + i], Z[i][t], 1e-14, 1e-12);
    if (l == 2) break;
    double next[D][N];
    iclgd_linear_matrices(&w.model, w.theta, l, P, Q);
    for (size_t i = 0; i < D; ++i)
      for (size_t t = 0; t < N; ++t) {
        next[i][t] = Z[i][t];
        for (size_t s = 0; s + 1 < N; ++s) {
          double PZ = 0, score = 0;
          for (size_t j = 0; j < D; ++j) {
            PZ += P[i * D + j] * Z[j][s];
            for (size_t k = 0; k < D; ++k)
              score += Z[j][s] * Q[j * D + k] * Z[k][t];
          }
          next[i][t] += PZ * score / 4;
        }
      }
    memcpy(Z, next, sizeof Z);
  }
  world_free(&w);
}

/* Entries that start at 0 are those that no prediction sees, and no others: one
 * entry at a time is moved. */
static void check_unseen(const char *const *overrides, size_t expected) {
  world w;
  double before[4], after[4];
  size_t unseen = 0;
  world_create(&w, overrides, 5, 1);
  const iclgd_prompt p = iclgd_prompts_at(&w.prompts, 0);
  const size_t size = iclgd_model_depth(&w.model) + 1;
  assert_true(size <= 4);
  iclgd_model_predict(&w.model, w.theta, &p, w.tape, before);
  for (size_t i = 0; i < w.model.size; ++i) {
    const double kept = w.theta[i];
    w.theta[i] += 0.5;
    iclgd_model_predict(&w.model, w.theta, &p, w.tape, after);
    w.theta[i] = kept;
    const bool same = memcmp(before, after, size * sizeof *before) == 0;
    assert_int_equal(same, kept == 0);
    unseen += same;
  }
  assert_int_equal(unseen, expected);
  world_free(&w);
}

static void what_no_prediction_sees_starts_at_zero(void **state) {
  (void)state;
#define TINY "prompt.d=2", "prompt.n=4", "model.init_scale=0.3"
  check_unseen((const char *[]){TINY, "model.weights=full", NULL}, 6 + 3);
  check_unseen(
      (const char *[]){TINY, "model.weights=full", "model.layers=3", NULL}, 6);
  check_unseen(
      (const char *[]){TINY, "model.weights=full", "model.loops=2", NULL}, 0);
  check_unseen((const char *[]){TINY, "model.weights=gdpp", NULL}, 4);
  check_unseen(
      (const char *[]){TINY, "model.weights=gdpp", "model.layers=2", NULL}, 4);
  check_unseen((const char *[]){TINY, "model.weights=gd", NULL}, 0);
#undef TINY
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hidden_tokens_follow_the_definition),
      cmocka_unit_test(constructed_weights_are_gd),
      cmocka_unit_test(families_refuse_what_they_cannot_hold),
      cmocka_unit_test(gradients_match_differences),
      cmocka_unit_test(what_no_prediction_sees_starts_at_zero),
      cmocka_unit_test(preconditioner_is_gauge_invariant),
  };
  return cmocka_run_group_tests_name("model/model", tests, NULL, NULL);
}
