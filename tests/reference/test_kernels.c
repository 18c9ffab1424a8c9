/* Methods with a kernel: against the linear algorithms that they are with the
 * linear kernel, direct computations, and each other. */
#include <iclgd/kernel.h>
#include <string.h>

#include "support/normal.h"
#include "support/reference.h"

enum { STEPS = 6 };

static const iclgd_kernel linear = {ICLGD_KERNEL_LINEAR, 1};

/* predictions (steps + 1) of the world's prompt i, of its first n points. */
static const double *predictions(world *w, const char *name,
                                 const iclgd_hyper *hyper, size_t i, size_t n,
                                 size_t steps) {
  const size_t d = w->prompts.d;
  double *work = iclgd_arena_reals(&w->arena, iclgd_algorithm_work(n, d), 1, 1);
  double *out = iclgd_arena_reals(&w->arena, steps + 1, 1, 1);
  assert_true(work && out);
  iclgd_prompt prompt = iclgd_prompts_at(&w->prompts, i);
  prompt.n = n;
  const iclgd_problem p = problem_of(&prompt, &w->arena);
  algorithm_of(name)->predict(hyper, &p, steps, work, out);
  return out;
}

static void linear_kernel_gd_is_gd(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.n=12", "prompt.noise=0.5", NULL};
  double eta[] = {0.4};
  const iclgd_hyper hyper = {.eta = eta, .n_eta = 1, .kernel = &linear};
  world w;
  world_create(&w, keys, 3, 20);
  for (size_t i = 0; i < w.prompts.count; ++i) {
    const size_t d = w.prompts.d;
    const double *gd = iterates(&w, "gd", &hyper, i, STEPS);
    const double *own = iterates(&w, "kernel_gd", &hyper, i, STEPS);
    const double *y = predictions(&w, "kernel_gd", &hyper, i, 12, STEPS);
    for (size_t k = 0; k <= STEPS; ++k) {
      double dot = 0;
      for (size_t j = 0; j < d; ++j) {
        dot += gd[k * d + j] * w.prompts.x_query[i * d + j];
        assert_close(own[k * d + j], gd[k * d + j], 1e-12, 1e-12);
      }
      assert_close(y[k], dot, 1e-12, 1e-12);
    }
  }
  world_free(&w);
}

/* Of no point everything is zero, the prior mean. */
static void nothing_is_known_of_no_point(void **state) {
  (void)state;
  static const char *const names[] = {"kernel_gd", "kernel_ridge",
                                      "nadaraya_watson"};
  const char *const keys[] = {"prompt.d=2", "prompt.n=5", NULL};
  const iclgd_kernel kernel = {ICLGD_KERNEL_RBF, 1.2};
  double eta[] = {0.7};
  const iclgd_hyper hyper = {
      .eta = eta, .n_eta = 1, .kernel = &kernel, .own = {1}};
  world w;
  world_create(&w, keys, 3, 10);
  for (size_t k = 0; k < sizeof names / sizeof *names; ++k)
    assert_close(predictions(&w, names[k], &hyper, 0, 0, 1)[1], 0, 0, 0);
  world_free(&w);
}

/* Of the first three points: two steps, written out, without a matrix. */
static void kernel_gd_descends_on_functions(void **state) {
  (void)state;
  const iclgd_kernel kernels[] = {{ICLGD_KERNEL_RBF, 1.2},
                                  {ICLGD_KERNEL_SOFTMAX, 2}};
  const char *const keys[] = {"prompt.d=2", "prompt.n=5", NULL};
  double eta[] = {0.7};
  world w;
  world_create(&w, keys, 3, 10);
  for (size_t c = 0; c < 2; ++c)
    for (size_t i = 0; i < w.prompts.count; ++i) {
      const iclgd_hyper hyper = {.eta = eta, .n_eta = 1, .kernel = &kernels[c]};
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      double f[3], query = 0, expected[3] = {0};
      double row[3], at_query[3];
      iclgd_kernel_row(&kernels[c], p.x_query, p.x, 3, 2, at_query);
      for (size_t j = 0; j < 3; ++j) /* f_1 */
        expected[1] += eta[0] / 3 * p.y[j] * at_query[j];
      query = expected[1];
      for (size_t j = 0; j < 3; ++j) { /* f_2 */
        iclgd_kernel_row(&kernels[c], p.x + 2 * j, p.x, 3, 2, row);
        f[j] = 0;
        for (size_t l = 0; l < 3; ++l) f[j] += eta[0] / 3 * p.y[l] * row[l];
        query += eta[0] / 3 * (p.y[j] - f[j]) * at_query[j];
      }
      expected[2] = query;
      const double *y = predictions(&w, "kernel_gd", &hyper, i, 3, 2);
      for (size_t k = 0; k < 3; ++k)
        assert_close(y[k], expected[k], 1e-13, 1e-13);
    }
  world_free(&w);
}

static void linear_kernel_ridge_is_ridge(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.n=9", "prompt.noise=0.5", NULL};
  const iclgd_hyper hyper = {.lambda = 0.3, .kernel = &linear};
  world w;
  world_create(&w, keys, 3, 20);
  for (size_t i = 0; i < w.prompts.count; ++i) {
    const size_t d = w.prompts.d;
    const double *ridge = iterates(&w, "ridge", &hyper, i, 1);
    const double *own = iterates(&w, "kernel_ridge", &hyper, i, 1);
    for (size_t j = 0; j < 2 * d; ++j)
      assert_close(own[j], ridge[j], 1e-8, 1e-8); /* the jitter */
  }
  world_free(&w);
}

/* What is no weight is the slope of the prediction in the query. */
static void weights_are_slopes(void **state) {
  (void)state;
  static const char *const names[] = {"kernel_gd", "kernel_ridge",
                                      "nadaraya_watson"};
  const char *const keys[] = {"prompt.d=3", "prompt.n=8", NULL};
  const iclgd_kernel kernel = {ICLGD_KERNEL_RBF, 1.5};
  double eta[] = {0.5};
  const iclgd_hyper hyper = {
      .eta = eta, .n_eta = 1, .lambda = 0.1, .kernel = &kernel, .own = {1.3}};
  world w;
  world_create(&w, keys, 3, 4);
  for (size_t a = 0; a < 3; ++a)
    for (size_t i = 0; i < w.prompts.count; ++i) {
      const double *slope = iterates(&w, names[a], &hyper, i, 1), h = 1e-5;
      for (size_t j = 0; j < 3; ++j) {
        double *x = w.prompts.x_query + i * 3 + j, at = *x;
        *x = at + h;
        const double above = predictions(&w, names[a], &hyper, i, 8, 1)[1];
        *x = at - h;
        const double below = predictions(&w, names[a], &hyper, i, 8, 1)[1];
        *x = at;
        assert_close(slope[3 + j], (above - below) / (2 * h), 1e-8, 1e-8);
        assert_true(slope[j] == 0);
      }
    }
  world_free(&w);
}

/* A wide bandwidth gives the mean label, a narrow one that of the nearest
 * point, which no exponent is too small for. */
static void nadaraya_watson_averages(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.n=8", NULL};
  const iclgd_hyper wide = {.own = {1e5}}, narrow = {.own = {1e-4}};
  const iclgd_hyper one = {.own = {1}};
  world w;
  world_create(&w, keys, 3, 10);
  for (size_t i = 0; i < w.prompts.count; ++i) {
    double mean = 0;
    for (size_t j = 0; j < 8; ++j) mean += w.prompts.y[i * 8 + j] / 8;
    assert_close(predictions(&w, "nadaraya_watson", &wide, i, 8, 1)[1], mean,
                 1e-7, 1e-7);
    const double *nearest = predictions(&w, "knn", &one, i, 8, 1);
    assert_close(predictions(&w, "nadaraya_watson", &narrow, i, 8, 1)[1],
                 nearest[1], 1e-12, 1e-12);
  }
  world_free(&w);
}

/* Paired squared errors of kernel ridge as chosen less those of another. */
static normal_mean ahead(world *w, const char *name, const iclgd_hyper *other,
                         const iclgd_hyper *bayes) {
  const size_t d = w->prompts.d, steps = 5;
  normal_mean out = {0};
  for (size_t i = 0; i < w->prompts.count; ++i) {
    const double *x = w->prompts.x_query + i * d, y = w->prompts.y_query[i];
    const size_t last = iclgd_algorithm_steps(algorithm_of(name), other, steps);
    double theirs = 0;
    if (algorithm_of(name)->predict) {
      theirs = predictions(w, name, other, i, w->prompts.n, last)[last];
    } else {
      const double *weight = iterates(w, name, other, i, last) + last * d;
      for (size_t j = 0; j < d; ++j) theirs += weight[j] * x[j];
    }
    const double ours =
        predictions(w, "kernel_ridge", bayes, i, w->prompts.n, 1)[1];
    normal_add(&out, pow(ours - y, 2) - pow(theirs - y, 2));
  }
  return out;
}

/* On processes no other algorithm is better on average, though all are tuned on
 * the very prompts they are measured on; nor are other penalties. */
static void bayes_is_not_beaten(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.task=kernel:rbf:2",
                              "prompt.d=3",
                              "prompt.n=12",
                              "prompt.noise=0.4",
                              "prompt.w_scale=2",
                              "model.loops=5",
                              NULL};
  iclgd_hyper bayes;
  iclgd_error err;
  size_t count, compared = 0;
  world w;
  world_create(&w, keys, 3, 400);
  assert_ok(choose(&w, "kernel_ridge", &bayes, &err), err);
  assert_close(bayes.lambda, 0.04, 0, 1e-15);
  assert_string_equal(bayes.how, "Bayes: sigma^2 / w_scale^2; kernel rbf:2");
  const iclgd_algorithm *const *all = iclgd_algorithms(&count);
  for (size_t a = 0; a < count; ++a) {
    iclgd_hyper other;
    if (strcmp(all[a]->name, "kernel_ridge") == 0 || all[a]->owes_model)
      continue;
    const iclgd_status status = choose(&w, all[a]->name, &other, &err);
    if (status == ICLGD_ERANGE) continue;
    assert_ok(status, err);
    const normal_mean off = ahead(&w, all[a]->name, &other, &bayes);
    if (!(off.sum < 0)) fail_msg("%s is better", all[a]->name);
    ++compared;
  }
  assert_true(compared > 10);
  world_free(&w);
}

/* Its mean error is the posterior variance: E (f - y)^2 = k(x, x) - k^T (K +
 * lambda I)^-1 k, here through the predictor of labels k(x_i, x_query). */
static void bayes_errs_as_the_posterior(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.task=kernel:rbf:2", "prompt.d=3",
                              "prompt.n=6", "prompt.noise=0.4", NULL};
  iclgd_hyper bayes;
  iclgd_error err;
  normal_mean off = {0};
  world w;
  world_create(&w, keys, 5, 4000);
  assert_ok(choose(&w, "kernel_ridge", &bayes, &err), err);
  for (size_t i = 0; i < w.prompts.count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    const double error =
        predictions(&w, "kernel_ridge", &bayes, i, 6, 1)[1] - p.y_query;
    iclgd_kernel_row(bayes.kernel, p.x_query, p.x, 6, 3,
                     w.prompts.y + i * 6); /* as labels */
    const double explained =
        predictions(&w, "kernel_ridge", &bayes, i, 6, 1)[1];
    normal_add(&off, error * error - (1 - explained));
  }
  assert_true(fabs(normal_z(&off, 0)) < 4);
  world_free(&w);
}

/* The penalty that a search finds, where the kernel is not that of the process
 * by name but by value, is near Bayes. */
static void a_search_finds_the_penalty(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.task=kernel:rbf:2",
                              "reference.kernel=rbf:2.0000001",
                              "prompt.d=2",
                              "prompt.n=10",
                              "prompt.noise=0.5",
                              NULL};
  iclgd_hyper found;
  iclgd_error err;
  world w;
  world_create(&w, keys, 3, 500);
  assert_ok(choose(&w, "kernel_ridge", &found, &err), err);
  assert_true(found.n_search > 0);
  assert_close(log(found.lambda), log(0.25), 0.7, 0);
  world_free(&w);
}

/* The chosen step size is the best for the loss at the model's depth. */
static void a_search_finds_the_step(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.task=relu-network:4", "prompt.n=10",
                              "model.loops=4", NULL};
  iclgd_hyper found;
  iclgd_error err;
  world w;
  world_create(&w, keys, 3, 200);
  assert_ok(choose(&w, "kernel_gd", &found, &err), err);
  assert_non_null(strstr(found.how, "kernel relu"));
  double loss[3] = {0};
  for (size_t k = 0; k < 3; ++k) {
    double eta[] = {found.eta[0] * (0.9 + 0.1 * (double)k)};
    const iclgd_hyper hyper = {.eta = eta, .n_eta = 1, .kernel = found.kernel};
    for (size_t i = 0; i < w.prompts.count; ++i)
      loss[k] += pow(predictions(&w, "kernel_gd", &hyper, i, 10, 4)[4] -
                         w.prompts.y_query[i],
                     2);
  }
  assert_true(loss[1] < loss[0] && loss[1] < loss[2]);
  world_free(&w);
}

/* They stay out of runs that are linear, unless they are asked for. */
static void linear_tasks_need_a_word(void **state) {
  (void)state;
  static const char *const names[] = {"kernel_gd", "kernel_ridge",
                                      "nadaraya_watson"};
  const char *const silent[] = {NULL};
  const char *const asked[] = {"reference.kernel=rbf:3", NULL};
  const char *const softmax[] = {"reference.kernel=softmax", NULL};
  iclgd_hyper out;
  iclgd_error err;
  world w;
  for (size_t a = 0; a < 3; ++a) {
    world_create(&w, silent, 3, 20);
    assert_int_equal(choose(&w, names[a], &out, &err), ICLGD_ERANGE);
    world_free(&w);
    world_create(&w, asked, 3, 20);
    assert_ok(choose(&w, names[a], &out, &err), err);
    world_free(&w);
  }
  world_create(&w, softmax, 3, 20);
  assert_ok(choose(&w, "kernel_gd", &out, &err), err);
  assert_int_equal(choose(&w, "kernel_ridge", &out, &err), ICLGD_ERANGE);
  world_free(&w);
}

/* A context that is too long: refused before, NaN where it comes later. */
static void long_contexts_are_not_held(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.n=513", "reference.kernel=relu", NULL};
  double eta[] = {0.5};
  const iclgd_hyper hyper = {.eta = eta, .n_eta = 1, .kernel = &linear};
  iclgd_hyper out;
  iclgd_error err;
  world w;
  world_create(&w, keys, 3, 2);
  assert_int_equal(choose(&w, "kernel_gd", &out, &err), ICLGD_ERANGE);
  const double *y = predictions(&w, "kernel_gd", &hyper, 0, 513, 2);
  assert_true(y[0] == 0 && isnan(y[1]) && isnan(y[2]));
  y = predictions(&w, "kernel_ridge", &hyper, 0, 513, 1);
  assert_true(y[0] == 0 && isnan(y[1]));
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(linear_kernel_gd_is_gd),
      cmocka_unit_test(nothing_is_known_of_no_point),
      cmocka_unit_test(kernel_gd_descends_on_functions),
      cmocka_unit_test(linear_kernel_ridge_is_ridge),
      cmocka_unit_test(weights_are_slopes),
      cmocka_unit_test(nadaraya_watson_averages),
      cmocka_unit_test(bayes_is_not_beaten),
      cmocka_unit_test(bayes_errs_as_the_posterior),
      cmocka_unit_test(a_search_finds_the_penalty),
      cmocka_unit_test(a_search_finds_the_step),
      cmocka_unit_test(linear_tasks_need_a_word),
      cmocka_unit_test(long_contexts_are_not_held),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
