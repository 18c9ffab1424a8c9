/* The probe `structure` on weights whose structure is known. */
#include <iclgd/probe.h>

#include "support/linear.h"
#include "support/probing.h"

/* A = a I + b K with K antisymmetric in one plane. */
static void test_antisymmetric_plane(void **state) {
  (void)state;
  const double a = 0.8, b = 0.3;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1];
  world_create(&w, (const char *[]){"model.loops=3", NULL}, 1, 8);
  double *A = w.theta;
  for (size_t i = 0; i < 25; ++i) A[i] = i / 5 == i % 5 ? a : 0;
  A[1] = b;
  A[5] = -b;
  probing_open(&p, &w, 3);
  assert_ok(probing_run(&p, "structure", &err), err);
  const double norm = sqrt(5 * a * a + 2 * b * b);
  assert_close(probing_reals(&p, "structure/scale", 1, extents)[0], a, 0,
               1e-14);
  assert_close(
      probing_reals(&p, "structure/distance_to_identity", 1, extents)[0],
      sqrt(2) * b / norm, 0, 1e-14);
  assert_close(
      probing_reals(&p, "structure/antisymmetric_share", 1, extents)[0],
      sqrt(2) * b / norm, 0, 1e-14);
  probing_close(&p);
  world_free(&w);
}

/* GD as full weights of two layers in an odd gauge, with noise in the entries
 * that nothing depends on, for anisotropic inputs: no distance at all. */
static void test_full_construction(void **state) {
  (void)state;
  enum { D = 3, W = 4 };
  const double gauge = -3.5;
  world w;
  probing p;
  iclgd_error err;
  size_t e[2];
  world_create(&w,
               (const char *[]){"prompt.d=3", "prompt.covariance=diag:2,1,0.25",
                                "model.weights=full", "model.layers=2", NULL},
               1, 8);
  double Sigma[D * D], A[D * D] = {0};
  iclgd_distribution_covariance(&w.dist, Sigma);
  linear_inverse(Sigma, A, D);
  for (size_t i = 0; i < D * D; ++i) A[i] *= 0.7;
  for (size_t l = 0; l < 2; ++l) {
    assert_ok(iclgd_linear_construct(&w.model, w.theta, l, A, NULL, &err), err);
    double *P = w.theta + l * w.model.arrays[0].stride, *Q = P + W * W;
    for (size_t i = 0; i < W * W; ++i) {
      P[i] *= gauge;
      Q[i] /= gauge;
    }
    for (size_t i = 0; l == 1 && i < D * W; ++i) P[i] = 1 + (double)i;
  }
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "structure", &err), err);
  const char *const zero[] = {"structure/distance_P", "structure/distance_Q",
                              "structure/distance_to_identity"};
  for (size_t i = 0; i < 3; ++i)
    for (size_t l = 0; l < 2; ++l)
      assert_close(probing_reals(&p, zero[i], 1, e)[l], 0, 1e-14, 0);
  const double *scale = probing_reals(&p, "structure/scale", 1, e);
  assert_close(scale[0], 0.7, 0, 1e-14);
  assert_close(scale[1], 0.7, 0, 1e-14);
  assert_true(isnan(probing_reals(&p, "structure/distance_B", 1, e)[1]));
  probing_close(&p);
  world_free(&w);
}

/* Over training A and Q are drawn as they are compared, for whitened inputs:
 * A = 0.7 Sigma^-1 is 0.7 I, and so is Q but for its sign and the gauge. */
static void test_whitened_training(void **state) {
  (void)state;
  enum { D = 3, W = 4 };
  static const int64_t step[] = {0};
  world w;
  probing p;
  iclgd_error err;
  size_t e[4];
  world_create(&w,
               (const char *[]){"prompt.d=3", "prompt.covariance=diag:2,1,0.25",
                                "model.weights=full", NULL},
               1, 8);
  const double A[D * D] = {0.35, 0, 0, 0, 0.7, 0, 0, 0, 2.8};
  assert_ok(iclgd_linear_construct(&w.model, w.theta, 0, A, NULL, &err), err);
  probing_open(&p, &w, 1);
  p.history = (iclgd_history){.snapshots = 1, .step = step, .theta = w.theta};
  assert_ok(probing_run(&p, "structure", &err), err);
  const double *white = probing_reals(&p, "structure_training/A", 4, e);
  for (size_t i = 0; i < D * D; ++i)
    assert_close(white[i], i / D == i % D ? 0.7 : 0, 1e-14, 0);
  const double *Q = probing_reals(&p, "structure_training/Q", 4, e);
  for (size_t i = 0; i < W * W; ++i)
    assert_close(Q[i], i / W == i % W && i / W < D ? -0.7 : 0, 1e-14, 0);
  probing_close(&p);
  world_free(&w);
}

/* One entry off the construction, by 3 beside a norm of 5. */
static void test_distance_of_one_entry(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t e[1];
  world_create(&w,
               (const char *[]){"prompt.d=1", "model.weights=full",
                                "model.loops=2", NULL},
               1, 8);
  const double A[] = {4};
  assert_ok(iclgd_linear_construct(&w.model, w.theta, 0, A, NULL, &err), err);
  w.theta[4 + 1] = 3; /* Q[0, d] */
  w.theta[2] = 1;     /* P[d, 0]; P[d, d] = 1 */
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "structure", &err), err);
  assert_close(probing_reals(&p, "structure/distance_Q", 1, e)[0], 0.6, 0,
               1e-14);
  assert_close(probing_reals(&p, "structure/distance_P", 1, e)[0], sqrt(0.5), 0,
               1e-14);
  probing_close(&p);
  world_free(&w);
}

/* Over training: the antisymmetric part grows; eigenvalues are a +- i b. */
static void test_training(void **state) {
  (void)state;
  static const int64_t step[] = {0, 5};
  static const double theta[] = {0.8, 0, 0, 0.8, 0.8, 0.6, -0.6, 0.8};
  world w;
  probing p;
  iclgd_error err;
  size_t e[3];
  world_create(&w, (const char *[]){"prompt.d=2", "model.loops=3", NULL}, 1, 8);
  probing_open(&p, &w, 3);
  p.history = (iclgd_history){.snapshots = 2, .step = step, .theta = theta};
  assert_ok(probing_run(&p, "structure", &err), err);
  const double *share =
      probing_reals(&p, "structure_training/antisymmetric_share", 2, e);
  assert_close(share[0], 0, 0, 0);
  assert_close(share[1], 0.6, 0, 1e-14);
  const double *re =
      probing_reals(&p, "structure_training/eigenvalue_real", 3, e);
  const double *im =
      probing_reals(&p, "structure_training/eigenvalue_imaginary", 3, e);
  for (size_t i = 0; i < 4; ++i) assert_close(re[i], 0.8, 0, 1e-14);
  assert_close(im[2], 0.6, 0, 1e-14);
  assert_close(im[3], -0.6, 0, 1e-14);
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_antisymmetric_plane),
      cmocka_unit_test(test_full_construction),
      cmocka_unit_test(test_whitened_training),
      cmocka_unit_test(test_distance_of_one_entry),
      cmocka_unit_test(test_training),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
