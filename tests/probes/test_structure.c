/* The probe `structure` on weights whose structure is known. */
#include <iclgd/probe.h>

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
  double *A = iclgd_model_layer(&w.model, 0);
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

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_antisymmetric_plane),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
