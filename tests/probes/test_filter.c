/* The probe `filter` on models whose filters are known. */
#include <iclgd/comparisons.h>
#include <iclgd/probe.h>

#include "support/probing.h"

enum { D = 3, COUNT = 96 }; /* prompts; half of them are looked at */

static const double eigenvalues[D] = {0.3, 1.1, 1.9};
static const double eta = 0.7;

/* Orthonormal rows from those of a (D, D), by Gram and Schmidt. */
static void orthonormalise(double *a) {
  for (size_t i = 0; i < D; ++i) {
    for (size_t k = 0; k < i; ++k) {
      double product = 0;
      for (size_t j = 0; j < D; ++j) product += a[i * D + j] * a[k * D + j];
      for (size_t j = 0; j < D; ++j) a[i * D + j] -= product * a[k * D + j];
    }
    double square = 0;
    for (size_t j = 0; j < D; ++j) square += a[i * D + j] * a[i * D + j];
    for (size_t j = 0; j < D; ++j) a[i * D + j] /= sqrt(square);
  }
}

/* n = d points along random axes, so that every S has the same eigenvalues. */
static void fix_spectrum(world *w) {
  for (size_t i = 0; i < w->prompts.count; ++i) {
    double *x = w->prompts.x + i * D * D;
    orthonormalise(x);
    for (size_t j = 0; j < D; ++j) {
      double y = 0;
      for (size_t k = 0; k < D; ++k) {
        x[j * D + k] *= sqrt(D * eigenvalues[j]);
        y += x[j * D + k] * w->prompts.w_star[i * D + k];
      }
      w->prompts.y[i * D + j] = y;
    }
  }
}

/* A looped model of gradient descent, step size as told, on such prompts, and
 * gd with step size eta beside it. */
static void open_known(world *w, probing *p, const char *init) {
  world_create(w,
               (const char *[]){"prompt.d=3", "prompt.n=3", "model.weights=gd",
                                "model.loops=4", init, "reference.eta=0.7",
                                "filter.bins=3", "filter.threshold=1e-9", NULL},
               5, COUNT);
  fix_spectrum(w);
  probing_open(p, w, 6);
  probing_add(p, "gd");
}

static int64_t count_of(const probing *p, const char *name) {
  int64_t value;
  iclgd_error err;
  assert_ok(iclgd_source_attr_int(p->source, "filter", name, &value, &err),
            err);
  return value;
}

static void expect_closest(probing *p, const char *name) {
  char *found;
  iclgd_error err;
  assert_ok(iclgd_source_attr_text(p->source, "filter_match", "closest",
                                   &p->w->arena, &found, &err),
            err);
  assert_string_equal(found, name);
}

/* Entry (path, layer) of a dataset of filter_match. */
static double match_at(probing *p, const char *leaf, size_t path, size_t l) {
  char name[64];
  size_t extents[2];
  snprintf(name, sizeof name, "filter_match/%s", leaf);
  return probing_reals(p, name, 2, extents)[path * (p->setup.depth + 1) + l];
}

static double residual(double step, double lambda, size_t l) {
  return pow(1 - step * lambda, (double)l);
}

/* Mean over the known eigenvalues of min(|(1 - a lambda)^l - (1 - b lambda)^k|,
 * 1). */
static double known_distance(double a, size_t l, double b, size_t k) {
  double sum = 0;
  for (size_t j = 0; j < D; ++j)
    sum += fmin(
        fabs(residual(a, eigenvalues[j], l) - residual(b, eigenvalues[j], k)),
        1);
  return sum / D;
}

/* Every kept pair has the filter (1 - eta lambda)^l: a bin per eigenvalue, and
 * its quantiles from 5% to 95% are all the same. */
static void test_gradient_descent(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[3];
  open_known(&w, &p, "model.init=gd:0.7");
  assert_ok(probing_run(&p, "filter", &err), err);
  assert_int_equal(count_of(&p, "prompts"), COUNT / 2);
  assert_int_equal(count_of(&p, "pairs_kept"), D * COUNT / 2);
  const double *lambda = probing_reals(&p, "filter/model/lambda", 1, extents);
  for (size_t j = 0; j < D; ++j)
    assert_close(lambda[j], eigenvalues[j], 0, 1e-12);
  static const char *const names[] = {"filter/model/quantiles",
                                      "filter/gd/quantiles"};
  for (size_t i = 0; i < 2; ++i) {
    const double *q = probing_reals(&p, names[i], 3, extents);
    assert_int_equal(extents[1], 5);
    for (size_t k = 0; k < ICLGD_QUANTILES * 5 * D; ++k)
      assert_close(q[k], residual(eta, eigenvalues[k % D], k / D % 5), 1e-10,
                   0);
  }
  const double *mean = probing_reals(&p, "filter_distance/gd/mean", 2, extents);
  for (size_t l = 0; l <= 4; ++l)
    for (size_t k = 0; k <= 6; ++k)
      assert_close(mean[l * 7 + k], known_distance(eta, l, eta, k), 1e-10, 0);
  assert_close(match_at(&p, "distance", 1, 4), 0, 1e-10, 0);
  assert_close(match_at(&p, "best_step", 1, 3), 3, 0, 0);
  expect_closest(&p, "gd");
  probing_close(&p);
  world_free(&w);
}

/* A step size that is 1% off is seen, and its size is told. */
static void test_wrong_step(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  open_known(&w, &p, "model.init=gd:0.707");
  assert_ok(probing_run(&p, "filter", &err), err);
  for (size_t l = 1; l <= 4; ++l) {
    const double expected = known_distance(0.707, l, eta, l);
    assert_true(expected > 1e-3);
    assert_close(match_at(&p, "distance", 1, l), expected, 1e-10, 0);
  }
  probing_close(&p);
  world_free(&w);
}

/* Zero weights leave everything; the baseline is measured like the model. */
static void test_untrained(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2];
  const int64_t step = 0;
  const double theta[D * D] = {0};
  open_known(&w, &p, "model.init=gd:0.7");
  p.history = (iclgd_history){.snapshots = 1, .step = &step, .theta = theta};
  assert_ok(probing_run(&p, "filter", &err), err);
  for (size_t l = 1; l <= 4; ++l) {
    const double expected = known_distance(0, l, eta, l);
    assert_close(match_at(&p, "untrained", 1, l), expected, 1e-10, 0);
    assert_close(match_at(&p, "distance", 2, l), expected, 1e-10, 0);
  }
  const double *between = probing_reals(&p, "filter_match/between", 2, extents);
  assert_int_equal(extents[0], 3);
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = 0; j < 3; ++j)
      assert_close(between[i * 3 + j],
                   (i == 2) == (j == 2) ? 0 : known_distance(0, 4, eta, 4),
                   1e-10, 0);
  probing_close(&p);
  world_free(&w);
}

/* Steps that are all the same do as well as one, which has fewer parameters. */
static void test_fewer_parameters(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1];
  open_known(&w, &p, "model.init=gd:0.7");
  iclgd_path *steps = probing_add(&p, "gd_per_step");
  for (size_t k = 0; k < steps->hyper.n_eta; ++k) steps->hyper.eta[k] = eta;
  assert_ok(probing_run(&p, "filter", &err), err);
  const double *parameters =
      probing_reals(&p, "filter_match/parameters", 1, extents);
  assert_close(parameters[1], 0, 0, 0); /* given */
  assert_close(parameters[2], 4, 0, 0);
  assert_close(match_at(&p, "distance", 2, 4), 0, 1e-10, 0);
  expect_closest(&p, "gd");
  probing_close(&p);
  world_free(&w);
}

/* On normal prompts: in every bin the quantiles lie between the values of the
 * curve at its edges; it falls for odd l, whatever lambda is. */
static void test_bins(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[3];
  world_create(
      &w,
      (const char *[]){"model.weights=gd", "model.loops=3", "model.init=gd:0.7",
                       "filter.prompts=70", "filter.bins=10", NULL},
      2, 200);
  probing_open(&p, &w, 5);
  assert_ok(probing_run(&p, "filter", &err), err);
  assert_int_equal(count_of(&p, "prompts"), 70);
  assert_int_equal(count_of(&p, "pairs_kept") + count_of(&p, "pairs_small"),
                   70 * 5);
  const double *edge = probing_reals(&p, "filter/model/edge", 1, extents);
  const double *q = probing_reals(&p, "filter/model/quantiles", 3, extents);
  assert_int_equal(extents[2], 10);
  for (size_t l = 1; l <= 3; l += 2)
    for (size_t k = 0; k < ICLGD_QUANTILES; ++k)
      for (size_t bin = 0; bin < 10; ++bin) {
        const double value = q[(k * 4 + l) * 10 + bin];
        assert_true(value <= residual(eta, edge[bin], l) + 1e-10);
        assert_true(value >= residual(eta, edge[bin + 1], l) - 1e-10);
      }
  const double *rest =
      probing_reals(&p, "filter/model/not_a_filter", 1, extents);
  for (size_t l = 1; l <= 3; ++l) assert_true(rest[l] < 0.01);
  probing_close(&p);
  world_free(&w);
}

/* A = a I + c J in two dimensions, J the quarter turn: after one layer w = a b
 * + c J b, of which c / |(a, c)| is no filter. The share of the probe. */
static double turned_share(double a, double c, const char *n, size_t count) {
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1];
  world_create(&w,
               (const char *[]){"prompt.d=2", n, "model.weights=gd",
                                "model.loops=2", NULL},
               3, count);
  double *A = w.theta;
  A[0] = A[3] = a;
  A[1] = -c;
  A[2] = c;
  probing_open(&p, &w, 2);
  assert_ok(probing_run(&p, "filter", &err), err);
  const double *rest =
      probing_reals(&p, "filter/model/not_a_filter", 1, extents);
  const double first = rest[1];
  assert_true(rest[2] > first / 8);
  probing_close(&p);
  world_free(&w);
  return first;
}

static void test_not_a_filter(void **state) {
  (void)state;
  const double a = 0.8, c = 0.3, share = c / sqrt(a * a + c * c);
  /* With one point the turned part goes to the null space of S, and what is
   * left is a b exactly. */
  assert_close(turned_share(a, c, "prompt.n=1", 100), share, 0, 1e-12);
  /* With more, it is the same for every prompt, and lines through 16 neighbours
   * add to its square, by two parameters of 16 at most twice over; with the
   * pair itself among them they would take from it. */
  const double found = turned_share(a, c, "prompt.n=20", 2000);
  assert_true(found > share && found < share * sqrt(1 + 4 / 16.));
}

/* GD++ is told from GD, by weights of the transformer that are exactly it. */
static void test_gdpp(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w,
               (const char *[]){"model.weights=gdpp", "model.loops=3", NULL}, 4,
               COUNT);
  probing_open(&p, &w, 5);
  probing_add(&p, "gd");
  const iclgd_hyper *hyper = &probing_add(&p, "gdpp")->hyper;
  const double gamma = hyper->gamma[0];
  double A[25] = {0}, B[25] = {0};
  for (size_t i = 0; i < 5; ++i) {
    A[i * 6] = hyper->eta[0];
    B[i * 6] = gamma / hyper->eta[0];
  }
  assert_ok(iclgd_linear_construct(&w.model, w.theta, 0, A, B, &err), err);
  assert_ok(probing_run(&p, "filter", &err), err);
  for (size_t l = 1; l <= 3; ++l) {
    assert_close(match_at(&p, "distance", 2, l), 0, 1e-8, 0);
    assert_true(match_at(&p, "distance", 1, l) > 0.1);
    assert_close(match_at(&p, "best_step", 2, l), (double)l, 0, 0);
  }
  expect_closest(&p, "gdpp");
  probing_close(&p);
  world_free(&w);
}

/* Fewer points than features: S has d - n eigenvalues of no filter. A threshold
 * of 1 leaves nothing at all. */
static void test_left_out(void **state) {
  (void)state;
  static const char *const thresholds[] = {"filter.threshold=0",
                                           "filter.threshold=1"};
  for (size_t i = 0; i < 2; ++i) {
    world w;
    probing p;
    iclgd_error err;
    world_create(
        &w,
        (const char *[]){"prompt.d=5", "prompt.n=3", thresholds[i],
                         "model.init=gd:0.7", "model.weights=gd", NULL},
        6, 20);
    probing_open(&p, &w, 3);
    probing_add(&p, "gd");
    probing_add(&p, "least_squares");
    assert_ok(probing_run(&p, "filter", &err), err);
    assert_int_equal(count_of(&p, "pairs_null"), 10 * 2);
    assert_int_equal(count_of(&p, "pairs_kept"), i == 0 ? 10 * 3 : 0);
    assert_int_equal(count_of(&p, "pairs_small"), i == 0 ? 0 : 10 * 3);
    if (i == 0)
      assert_true(match_at(&p, "best_distance", 1, 1) <
                  match_at(&p, "best_distance", 2, 1));
    else
      assert_true(isnan(match_at(&p, "best_distance", 1, 1)));
    probing_close(&p);
    world_free(&w);
  }
}

/* Iterates that overflow are counted, 1 away, and fit the file. */
static void test_diverged(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[1];
  world_create(&w,
               (const char *[]){"model.weights=gd", "model.loops=60",
                                "model.init=gd:1e6", NULL},
               7, 20);
  probing_open(&p, &w, 60);
  probing_add(&p, "gd");
  assert_ok(probing_run(&p, "filter", &err), err);
  const double *diverged =
      probing_reals(&p, "filter/model/diverged", 1, extents);
  assert_close(diverged[1], 0, 0, 0);
  assert_close(diverged[60], (double)count_of(&p, "pairs_kept"), 0, 0);
  assert_close(match_at(&p, "distance", 1, 60), 1, 1e-12, 0);
  probing_close(&p);
  world_free(&w);
}

/* An algorithm without implied weights, as those are that are not linear in
 * the query. */
static void no_weights(const iclgd_hyper *hyper, const iclgd_problem *problem,
                       size_t steps, double *work, double *w) {
  (void)hyper;
  (void)work;
  for (size_t i = 0; i < (steps + 1) * problem->prompt.d; ++i)
    w[i] = i < problem->prompt.d ? 0 : NAN;
}

/* It is compared with nothing, and explains nothing. */
static void test_no_weights(void **state) {
  (void)state;
  static const iclgd_algorithm algorithm = {.name = "none",
                                            .iterate = no_weights};
  world w;
  probing p;
  iclgd_error err;
  open_known(&w, &p, "model.init=gd:0.7");
  p.paths[p.n_paths++] = (iclgd_path){
      .name = "none", .title = "none", .algorithm = &algorithm, .steps = 6};
  assert_ok(probing_run(&p, "filter", &err), err);
  for (size_t l = 1; l <= 4; ++l)
    assert_true(isnan(match_at(&p, "distance", 2, l)) &&
                isnan(match_at(&p, "best_distance", 2, l)));
  expect_closest(&p, "gd");
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_gradient_descent),
      cmocka_unit_test(test_wrong_step),
      cmocka_unit_test(test_untrained),
      cmocka_unit_test(test_fewer_parameters),
      cmocka_unit_test(test_bins),
      cmocka_unit_test(test_not_a_filter),
      cmocka_unit_test(test_gdpp),
      cmocka_unit_test(test_left_out),
      cmocka_unit_test(test_diverged),
      cmocka_unit_test(test_no_weights),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
