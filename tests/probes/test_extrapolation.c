/* The probe `extrapolation` on models that are gradient descent. */
#include <iclgd/oracle.h>
#include <iclgd/probe.h>

#include "../../probes/extrapolation/extrapolation.h"
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
  w.theta[0] = 0.3;
  w.theta[1] = 0.6;
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
 * the test law at the trained A (docs/theory.md, O1). */
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

/* Ten steps on inputs that are far too long leave one prompt with most of the
 * sum, both of the model and of GD: their ratio, of that prompt, varies little
 * and yet nothing is known of others. */
static void one_prompt_tells_no_error(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2];
  world_create(&w,
               (const char *[]){
                   "model.loops=10", "model.init=gd:0.5", "reference.eta=0.4",
                   "extrapolation.loops=10", "extrapolation.prompts=64",
                   "extrapolation.shifts=x_scale=20 noise=1", NULL},
               1, 40);
  probing_open(&p, &w, 10);
  probing_add(&p, "gd");
  assert_ok(probing_run(&p, "extrapolation", &err), err);
  const double *ratio =
      probing_reals(&p, "extrapolation/shifts/ratio", 2, extents);
  assert_int_equal(extents[0], 2);
  assert_int_equal(extents[1], 3); /* none, x_scale=20, noise=1 */
  const double *error =
      probing_reals(&p, "extrapolation/shifts/ratio_error", 2, extents);
  const double *mean =
      probing_reals(&p, "extrapolation/shifts/mean", 2, extents);
  const double *spread =
      probing_reals(&p, "extrapolation/shifts/standard_error", 2, extents);
  assert_close(ratio[4], mean[4] / mean[1], 0, 1e-9);
  assert_true(spread[1] > 0.6 * mean[1] && spread[4] > 0.6 * mean[4]);
  assert_true(isnan(error[4]));
  assert_true(error[0] == 0 && error[1] == 0 && error[2] == 0); /* itself */
  assert_true(spread[2] < 0.4 * mean[2] && spread[5] < 0.4 * mean[5]);
  assert_true(error[5] > 0 && error[5] < 0.5 * ratio[5]);
  probing_close(&p);
  world_free(&w);
}

/* A table of positions ends: longer contexts are left out by name, the others
 * and the loops are run. */
static void contexts_end_where_positions_do(void **state) {
  (void)state;
  const char *const overrides[] = {"prompt.d=2",
                                   "prompt.n=4",
                                   "model.architecture=transformer",
                                   "model.width=4",
                                   "model.positions=learned",
                                   "model.context=6",
                                   "extrapolation.shifts=n=0.5 n=1.5 n=2",
                                   "extrapolation.prompts=16",
                                   NULL};
  world w;
  probing p;
  iclgd_error err;
  size_t extents[2];
  char **names;
  size_t count;
  world_create(&w, overrides, 1, 40);
  probing_open(&p, &w, 1);
  probing_add(&p, "gd");
  assert_ok(probing_run(&p, "extrapolation", &err), err);
  const double *mean =
      probing_reals(&p, "extrapolation/shifts/mean", 2, extents);
  assert_int_equal(extents[1], 3); /* none, n=0.5, n=1.5 */
  for (size_t i = 0; i < 6; ++i) assert_true(isfinite(mean[i]));
  probing_reals(&p, "extrapolation/loops/mean", 2, extents);
  assert_ok(iclgd_source_attr_texts(p.source, "extrapolation/shifts", "not_run",
                                    &w.arena, &names, &count, &err),
            err);
  assert_int_equal(count, 1);
  assert_memory_equal(names[0], "n=2: ", 5);
  assert_non_null(strstr(names[0], "6 points"));
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(repeated_gd_is_gd_continued),
      cmocka_unit_test(a_stack_repeats_as_a_whole),
      cmocka_unit_test(stability_is_that_of_the_spectrum),
      cmocka_unit_test(short_contexts_are_stable),
      cmocka_unit_test(contraction_is_decided),
      cmocka_unit_test(shifted_lengths_and_scales_match_O1),
      cmocka_unit_test(threads_do_not_matter),
      cmocka_unit_test(one_prompt_tells_no_error),
      cmocka_unit_test(contexts_end_where_positions_do),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
