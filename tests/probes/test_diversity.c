/* The probe `diversity` where losses on seen and on new tasks are known. */
#include <iclgd/oracle.h>
#include <iclgd/probe.h>

#include "support/probing.h"
#include "support/samples.h"

enum { D = 5, N = 20 };

/* One layer at the best A of the pool: its losses are the closed forms, which
 * are written out here for Sigma = I (docs/theory.md, O1, finite tasks):
 *   seen  tr(A E A^T - 2 A Omega + Omega),  E = (1+1/n) Omega + t/n I,
 *         t = tr Omega + sigma^2
 *   new   the same with Omega = I. */
static double loss_of(const double *A, const double *Omega, double sigma2) {
  double t = sigma2, loss = 0;
  for (size_t i = 0; i < D; ++i) t += Omega[i * D + i];
  for (size_t i = 0; i < D; ++i) {
    loss += Omega[i * D + i];
    for (size_t j = 0; j < D; ++j) {
      loss -= 2 * A[i * D + j] * Omega[j * D + i];
      for (size_t k = 0; k < D; ++k) {
        const double E = (1 + 1. / N) * Omega[j * D + k] + (j == k) * t / N;
        loss += A[i * D + j] * E * A[i * D + k];
      }
    }
  }
  return loss;
}

static void one_layer_is_O1(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1];
  double Omega[D * D], I[D * D] = {0}, *A;
  world_create(
      &w,
      (const char *[]){"prompt.w=pool:4", "prompt.noise=0.5",
                       "model.weights=gd", "diversity.prompts=20000", NULL},
      1, 16);
  for (size_t i = 0; i < D; ++i) I[i * D + i] = 1;
  iclgd_distribution_task_covariance(&w.dist, Omega);
  A = w.theta;
  const iclgd_setting setting = {D, N, 0.25};
  assert_ok(iclgd_oracle_one_layer(setting, I, Omega, A, NULL, &err), err);
  const double expected[] = {loss_of(A, Omega, 0.25), loss_of(A, I, 0.25)};
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "diversity", &err), err);
  assert_close(probing_reals(&p, "diversity/tasks", 1, extents)[0], 4, 0, 0);
  assert_close(probing_reals(&p, "diversity/own", 1, extents)[0], 1, 0, 0);
  const char *const tasks[] = {"seen", "new"};
  for (size_t k = 0; k < 2; ++k) {
    double values[5];
    const char *const leaves[] = {"model_%s", "model_%s_errors", "theory_%s",
                                  "exact_%s", "best_%s"};
    for (size_t i = 0; i < 5; ++i) {
      char leaf[32], path[64];
      snprintf(leaf, sizeof leaf, leaves[i], tasks[k]);
      snprintf(path, sizeof path, "diversity/%s", leaf);
      values[i] = probing_reals(&p, path, 1, extents)[0];
    }
    assert_close(values[0], expected[k], 5 * values[1], 0);
    assert_true(values[1] < 0.02 * values[0]);
    assert_close(values[2], expected[k], 0, 1e-12);
    assert_close(values[3], expected[k], 0, 1e-12);
    assert_close(values[4], values[0], 0, 1e-12); /* on the same prompts */
  }
  assert_true(expected[1] > 1.5 * expected[0]);
  probing_close(&p);
  world_free(&w);
}

/* A single task is known without a prompt; ridge on new tasks has the Bayes
 * risk (docs/theory.md, O6), which dMMSE never beats there and comes near with
 * many tasks. */
static void the_optimal_predictors(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1] = {0};
  double bayes;
  world_create(&w,
               (const char *[]){"prompt.d=2", "prompt.noise=0.5",
                                "train.steps=2", "diversity.prompts=1000",
                                "diversity.pools=2000, 1,1", NULL},
               1, 16);
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "diversity", &err), err);
  const double *tasks = probing_reals(&p, "diversity/tasks", 1, extents);
  assert_int_equal(extents[0], 2);
  assert_true(tasks[0] == 1 && tasks[1] == 2000);
  assert_ok(iclgd_oracle_bayes((iclgd_setting){2, N, 0.25}, &bayes, &err), err);
  const double *ridge = probing_reals(&p, "diversity/ridge_new", 1, extents);
  const double *error =
      probing_reals(&p, "diversity/ridge_new_errors", 1, extents);
  const double *seen = probing_reals(&p, "diversity/dmmse_seen", 1, extents);
  const double *new = probing_reals(&p, "diversity/dmmse_new", 1, extents);
  const double *new_error =
      probing_reals(&p, "diversity/dmmse_new_errors", 1, extents);
  assert_close(ridge[1], bayes, 5 * error[1], 0);
  assert_close(seen[0], 0, 1e-28, 0);
  assert_true(new[0] > 10 * bayes);
  assert_true(new[1] > bayes - 5 * new_error[1] && new[1] < 2 * bayes);
  probing_close(&p);
  world_free(&w);
}

/* The model of a pool is trained on it: one layer comes to the best A of the
 * pool, whose loss on seen tasks is far below that of the best for new ones. */
static void models_are_trained_on_their_pool(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1];
  world_create(
      &w,
      (const char *[]){"train.steps=600", "train.batch=256", "train.lr=0.02",
                       "train.schedule=cosine", "diversity.pools=2",
                       "diversity.prompts=64", NULL},
      1, 16);
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "diversity", &err), err);
  assert_close(probing_reals(&p, "diversity/own", 1, extents)[0], 0, 0, 0);
  assert_close(probing_reals(&p, "diversity/diverged", 1, extents)[0], 0, 0, 0);
  const double theory =
      probing_reals(&p, "diversity/theory_seen", 1, extents)[0];
  const double exact = probing_reals(&p, "diversity/exact_seen", 1, extents)[0];
  assert_true(exact >= theory);
  assert_close(exact, theory, 0, 0.02);
  probing_close(&p);
  world_free(&w);
}

/* Sigma that is rotated for each prompt: the risk is the mean of the squared
 * error over queries, which for dMMSE of one task and for zero weights is
 * known: E w_star^T Sigma w_star = tr Sigma. */
static void risks_follow_a_rotation(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1];
  world_create(
      &w,
      (const char *[]){"prompt.covariance=diag:4,1,0.25,2,9",
                       "prompt.rotate=per-prompt", "prompt.x_scale=2",
                       "prompt.w=pool:1", "prompt.noise=0.5", "model.init=zero",
                       "diversity.prompts=20000", NULL},
      1, 16);
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "diversity", &err), err);
  const double loss = probing_reals(&p, "diversity/model_new", 1, extents)[0];
  assert_close(
      loss, 4 * 16.25,
      5 * probing_reals(&p, "diversity/model_new_errors", 1, extents)[0], 0);
  assert_close(probing_reals(&p, "diversity/dmmse_seen", 1, extents)[0], 0,
               1e-26, 0);
  probing_close(&p);
  world_free(&w);
}

static void refusals(void **state) {
  (void)state;
  const struct {
    const char *pools;
    iclgd_status status;
    const char *message;
  } cases[] = {
      {"diversity.pools=", ICLGD_ERANGE, "set diversity.pools=1,2,4"},
      {"diversity.pools=1,x", ICLGD_EUSAGE, "expected whole numbers"},
      {"diversity.pools=0", ICLGD_EUSAGE, "expected whole numbers"},
      {"diversity.pools=1.5", ICLGD_EUSAGE, "expected whole numbers"},
      {"diversity.pools=1e9", ICLGD_EUSAGE, "expected whole numbers"},
  };
  for (size_t k = 0; k < sizeof cases / sizeof *cases; ++k) {
    world w;
    probing p;
    iclgd_error err;
    world_create(&w, (const char *[]){cases[k].pools, NULL}, 1, 16);
    probing_open(&p, &w, 1);
    assert_int_equal(probing_run(&p, "diversity", &err), cases[k].status);
    if (!strstr(err.text, cases[k].message))
      fail_msg("'%s' does not say '%s'", err.text, cases[k].message);
    probing_close(&p);
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(one_layer_is_O1),
      cmocka_unit_test(the_optimal_predictors),
      cmocka_unit_test(models_are_trained_on_their_pool),
      cmocka_unit_test(risks_follow_a_rotation),
      cmocka_unit_test(refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
