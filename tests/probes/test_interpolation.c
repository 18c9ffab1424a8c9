/* The probe `interpolation` on models whose path is known. */
#include <iclgd/oracle.h>
#include <iclgd/probe.h>

#include "support/probing.h"

enum { POINTS = 31, TRAINED = 5, MIDDLE = 15, CONSTRUCTED = 25 };

static double *column(probing *p, const char *path) {
  size_t extents[1];
  return probing_reals(p, path, 1, extents);
}

static double attribute(probing *p, const char *name) {
  iclgd_error err;
  double value;
  assert_ok(
      iclgd_source_attr_real(p->source, "interpolation", name, &value, &err),
      err);
  return value;
}

/* A model that is GD stands still, whatever the gauge of its P and Q. */
static void gradient_descent_stands_still(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w,
               (const char *[]){"model.weights=full", "model.loops=3",
                                "model.init=gd:0.4", "prompt.d=3", NULL},
               1, 200);
  for (size_t i = 0; i < 16; ++i) {
    w.theta[i] *= 5;
    w.theta[16 + i] /= 5;
  }
  probing_open(&p, &w, 3);
  assert_ok(probing_run(&p, "interpolation", &err), err);
  const double *loss = column(&p, "interpolation/loss");
  for (size_t k = 0; k < POINTS; ++k) {
    assert_close(loss[k], loss[TRAINED], 0, 1e-12);
    assert_close(column(&p, "interpolation/ratio")[k], 1, 1e-12, 0);
  }
  assert_close(column(&p, "interpolation/t")[TRAINED], 0, 0, 0);
  assert_close(column(&p, "interpolation/t")[MIDDLE], 0.5, 0, 0);
  assert_close(column(&p, "interpolation/t")[CONSTRUCTED], 1, 0, 0);
  assert_close(column(&p, "interpolation/scale")[0], 0.4, 1e-15, 0);
  probing_close(&p);
  world_free(&w);
}

/* So does GD++ with multiples of I; GD alone is another model. */
static void gdpp_stands_still(void **state) {
  (void)state;
  const double A[] = {0.6, 0, 0, 0.6}, B[] = {0.3, 0, 0, 0.3};
  world w;
  probing p;
  iclgd_error err;
  world_create(&w,
               (const char *[]){"model.weights=gdpp", "model.loops=3",
                                "prompt.d=2", NULL},
               1, 400);
  assert_ok(iclgd_linear_construct(&w.model, w.theta, 0, A, B, &err), err);
  probing_open(&p, &w, 3);
  assert_ok(probing_run(&p, "interpolation", &err), err);
  const double *loss = column(&p, "interpolation/loss");
  for (size_t k = 0; k < POINTS; ++k)
    assert_close(loss[k], loss[TRAINED], 0, 1e-12);
  assert_close(column(&p, "interpolation/beta")[0], 0.3, 1e-15, 0);
  assert_true(fabs(attribute(&p, "refit_ratio") - 1) >
              3 * attribute(&p, "refit_ratio_error"));
  probing_close(&p);
  world_free(&w);
}

/* mean over the prompts from `first` on of (w_1 - w_star)^T Sigma (w_1 -
 * w_star), w_1 = A b. */
static double one_step_loss(const world *w, size_t first, size_t count,
                            const double *A) {
  double sum = 0;
  for (size_t i = first; i < first + count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&w->prompts, i);
    double S[9], b[3], off[3], Sigma[9];
    iclgd_distribution_covariance(&w->dist, Sigma);
    iclgd_context_gram(S, b, prompt.x, prompt.y, prompt.n, 3, prompt.mean_n);
    for (size_t j = 0; j < 3; ++j) off[j] = -prompt.w_star[j];
    for (size_t j = 0; j < 9; ++j) off[j / 3] += A[j] * b[j % 3];
    for (size_t j = 0; j < 9; ++j) sum += off[j / 3] * Sigma[j] * off[j % 3];
  }
  return sum / (double)count;
}

/* One layer with any A: every point of the path, from the definition. */
static void the_path_is_a_straight_line(void **state) {
  (void)state;
  const double A[] = {0.7, 0.2, 0, -0.1, 0.6, 0.05, 0.1, -0.2, 0.8};
  world w;
  probing p;
  iclgd_error err;
  world_create(&w, (const char *[]){"prompt.d=3", NULL}, 1, 200);
  assert_ok(iclgd_linear_construct(&w.model, w.theta, 0, A, NULL, &err), err);
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "interpolation", &err), err);
  for (size_t k = 0; k < POINTS; ++k) {
    const double t = -0.25 + 0.05 * (double)k;
    double mixed[9];
    for (size_t i = 0; i < 9; ++i)
      mixed[i] = (1 - t) * A[i] + t * (i % 4 == 0 ? 0.7 : 0);
    assert_close(column(&p, "interpolation/loss")[k],
                 one_step_loss(&w, 100, 100, mixed), 0, 1e-12);
  }
  probing_close(&p);
  world_free(&w);
}

/* From half the best step, anisotropic inputs and w ~ N(0, Sigma^-1): the
 * construction is preconditioned, the refitted factor leads to the least loss
 * on the tuning prompts, where the loss is a parabola in the step. */
static void steps_are_refitted(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  double eta, best;
  const iclgd_setting setting = {.d = 3, .n = 20};
  assert_ok(iclgd_oracle_tied(setting, 1, &eta, &best, &err), err);
  world_create(
      &w,
      (const char *[]){"prompt.covariance=diag:1,0.5,0.25",
                       "prompt.w=inverse-covariance", "prompt.d=3", NULL},
      1, 1000);
  double A[9], refitted[9], unit[9] = {0};
  for (size_t i = 0; i < 3; ++i) /* Sigma^-1 = G G^T / v */
    for (size_t j = 0; j < 3; ++j)
      for (size_t k = 0; k < 3; ++k)
        unit[i * 3 + j] += w.dist.G[i * 3 + k] * w.dist.G[j * 3 + k];
  for (size_t i = 0; i < 9; ++i) A[i] = eta / 2 * unit[i];
  assert_ok(iclgd_linear_construct(&w.model, w.theta, 0, A, NULL, &err), err);
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "interpolation", &err), err);
  const double *loss = column(&p, "interpolation/loss");
  assert_close(column(&p, "interpolation/scale")[0], eta / 2, 1e-12, 0);
  for (size_t k = 0; k < POINTS; ++k)
    assert_close(loss[k], loss[TRAINED], 0, 1e-12);
  /* the parabola through the losses of the factors 0, 1 and 2 */
  double values[3];
  for (size_t k = 0; k < 3; ++k) {
    double scaled[9];
    for (size_t i = 0; i < 9; ++i) scaled[i] = (double)k * A[i];
    values[k] = one_step_loss(&w, 0, 500, scaled);
  }
  const double bend = values[0] - 2 * values[1] + values[2];
  const double factor = 1 + (values[0] - values[2]) / (2 * bend);
  assert_close(attribute(&p, "refit_factor"), factor, 0, 0.003);
  for (size_t i = 0; i < 9; ++i)
    refitted[i] = attribute(&p, "refit_factor") * A[i];
  assert_close(attribute(&p, "refit_loss"),
               one_step_loss(&w, 500, 500, refitted), 0, 1e-12);
  assert_true(attribute(&p, "refit_ratio") < 1);
  probing_close(&p);
  world_free(&w);
}

static void another_sign_is_refused(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w, (const char *[]){"prompt.d=3", NULL}, 1, 20);
  w.model.sign = 1;
  probing_open(&p, &w, 2);
  assert_int_equal(probing_run(&p, "interpolation", &err), ICLGD_ERANGE);
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gradient_descent_stands_still),
      cmocka_unit_test(gdpp_stands_still),
      cmocka_unit_test(the_path_is_a_straight_line),
      cmocka_unit_test(steps_are_refitted),
      cmocka_unit_test(another_sign_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
