/* Tasks that are not linear: what f(x) f(x') is on average given the inputs,
 * in closed form, and what a prompt of each looks like. */
#include <string.h>

#include "support/refusals.h"
#include "support/samples.h"

enum { D = 3, COUNT = 100000 };

static const double pi = 3.14159265358979323846;

/* Features of a pair of inputs. */
typedef struct pair {
  const double *u, *v; /* (D) */
  double uu, vv, uv, theta;
  size_t alike; /* coordinates of the same sign */
} pair;

static pair pair_of(const double *u, const double *v) {
  pair p = {u, v, 0, 0, 0, 0, 0};
  for (size_t j = 0; j < D; ++j) {
    p.uu += u[j] * u[j];
    p.vv += v[j] * v[j];
    p.uv += u[j] * v[j];
    p.alike += (u[j] > 0) == (v[j] > 0);
  }
  p.theta = acos(p.uv / sqrt(p.uu * p.vv));
  return p;
}

/* E f(u) f(v) for every task. */
static double of_rbf(const pair *p) {
  return exp(-(p->uu + p->vv - 2 * p->uv) / (2 * 1.5 * 1.5));
}
static double of_quadratic(const pair *p) {
  double sum = 0;
  for (size_t j = 0; j < D; ++j)
    sum += p->u[j] * p->u[j] * p->v[j] * p->v[j] / 3;
  return sum;
}
static double of_network(const pair *p) {
  return sqrt(p->uu * p->vv) *
         (sin(p->theta) + (pi - p->theta) * cos(p->theta)) / pi;
}
/* Both go the same way at each of two levels with probability alike / D. */
static double of_tree(const pair *p) {
  return pow((double)p->alike / D, 2);
}
/* A^2 has the mean 8.50333, sin a sin b on average over the phase cos(a - b) /
 * 2, and u.r for u on the sphere of three dimensions is uniform in [-|r|, |r|].
 */
static double of_sine(const pair *p) {
  const double r = sqrt(fmax(p->uu + p->vv - 2 * p->uv, 0));
  const double power = (125 - 0.001) / (3 * 4.9);
  return power / 2 * (r > 0 ? sin(r) / r : 1);
}
/* sin(a + phase) has the mean (2 / pi) cos a, A 2.55. */
static double mean_of_sine(const pair *p) {
  return 2.55 * 2 / pi * sin(sqrt(p->vv)) / sqrt(p->vv);
}
static double no_mean(const pair *p) {
  (void)p;
  return 0;
}
static double of_classes(const pair *p) {
  return 1 - 2 * p->theta / pi;
}
/* Two of three signs: the mean over the three pairs of their products. */
static double of_parity(const pair *p) {
  return p->alike == D || p->alike == 0 ? 1 : -1.0 / 3;
}

static const struct {
  const char *key;
  double (*covariance)(const pair *), (*mean)(const pair *);
} tasks[] = {{"prompt.task=kernel:rbf:1.5", of_rbf, no_mean},
             {"prompt.task=quadratic", of_quadratic, no_mean},
             {"prompt.task=relu-network:3", of_network, no_mean},
             {"prompt.task=tree:2", of_tree, no_mean},
             {"prompt.task=sine", of_sine, mean_of_sine},
             {"prompt.task=classification", of_classes, no_mean},
             {"prompt.task=sparse-parity:2", of_parity, no_mean}};
enum { TASKS = sizeof tasks / sizeof *tasks };

/* f(u) f(v) less its mean, weighed by 1, by the mean itself, and by u.v: each
 * has the mean 0. */
static void check_pair(normal_mean off[3], const pair *p, double product,
                       double covariance) {
  const double less = product - covariance;
  normal_add(&off[0], less);
  normal_add(&off[1], less * covariance);
  normal_add(&off[2], less * p->uv);
}

static void labels_have_their_covariance(void **state) {
  (void)state;
  for (size_t t = 0; t < TASKS; ++t) {
    const char *const keys[] = {"prompt.d=3", "prompt.n=2", tasks[t].key,
                                "prompt.w_scale=2", NULL};
    normal_mean own[3] = {{0}}, far[3] = {{0}}, mean = {0};
    world w;
    world_create(&w, keys, 11, COUNT);
    for (size_t i = 0; i < COUNT; ++i) {
      const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
      const pair same = pair_of(p.x, p.x);
      const pair first = pair_of(p.x, p.x + D);
      const pair query = pair_of(p.x + D, p.x_query);
      check_pair(own, &same, p.y[0] * p.y[0] / 4, tasks[t].covariance(&same));
      check_pair(far, &first, p.y[0] * p.y[1] / 4, tasks[t].covariance(&first));
      check_pair(far, &query, p.y[1] * p.y_query / 4,
                 tasks[t].covariance(&query));
      normal_add(&mean, p.y_query / 2 - tasks[t].mean(&query));
    }
    for (size_t k = 0; k < 3; ++k) {
      /* sign^2 is 1 without error */
      if (own[k].squares > 1e-12) assert_mean(&own[k], 0);
      assert_mean(&far[k], 0);
    }
    assert_mean(&mean, 0);
    world_free(&w);
  }
}

/* A sin(x + p) of one feature: all of it in its values at three points, the
 * middle of which is half the sum of the others times 1 / cos of the distance:
 * f(x + r) + f(x - r) = 2 cos(r) f(x). */
static void a_sine_is_a_sine(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.d=1", "prompt.n=2", "prompt.task=sine",
                              NULL};
  world w;
  world_create(&w, keys, 3, 200);
  for (size_t i = 0; i < 200; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    const double a = p.x[0], b = p.x[1], c = p.x_query[0];
    /* f(c) from f(a), f(b): sin(b - a) f(c) = sin(b - c) f(a) + sin(c - a) f(b)
     */
    assert_close(sin(b - a) * p.y_query,
                 sin(b - c) * p.y[0] + sin(c - a) * p.y[1], 1e-12, 0);
    assert_true(fabs(p.y_query) <= 5);
  }
  world_free(&w);
}

/* Given the inputs the values of a process are jointly normal: whitened by the
 * factor of their covariance, squares have the mean 1, fourth powers 3. */
static void a_process_is_normal(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.d=3", "prompt.n=1",
                              "prompt.task=kernel:exp:3", NULL};
  normal_mean square = {0}, fourth = {0}, product = {0};
  world w;
  world_create(&w, keys, 4, COUNT);
  for (size_t i = 0; i < COUNT; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&w.prompts, i);
    const pair q = pair_of(p.x, p.x_query);
    const double a = exp(q.uu / 3), b = exp(q.vv / 3), c = exp(q.uv / 3);
    const double first = p.y[0] / sqrt(a);
    const double second =
        (p.y_query - c / a * p.y[0]) / sqrt(b - c * c / a + 1e-10 * b);
    normal_add(&square, second * second);
    normal_add(&fourth, pow(second, 4));
    normal_add(&product, first * second);
  }
  assert_mean(&square, 1);
  assert_mean(&fourth, 3);
  assert_mean(&product, 0);
  world_free(&w);
}

/* At the points of a context noise is all that differs. */
static void noise_is_added_to_the_context(void **state) {
  (void)state;
  for (size_t t = 0; t < TASKS; ++t) {
    const char *const clean[] = {"prompt.d=3", "prompt.n=4", tasks[t].key,
                                 NULL};
    const char *const noisy[] = {"prompt.d=3", "prompt.n=4", tasks[t].key,
                                 "prompt.noise=0.5", NULL};
    normal_mean square = {0};
    world a, b;
    world_create(&a, clean, 3, 2000);
    world_create(&b, noisy, 3, 2000);
    for (size_t i = 0; i < 2000; ++i)
      assert_true(a.prompts.y_query[i] == b.prompts.y_query[i]);
    for (size_t i = 0; i < 8000; ++i)
      normal_add(&square, pow(a.prompts.y[i] - b.prompts.y[i], 2));
    assert_mean(&square, 0.25);
    world_free(&a);
    world_free(&b);
  }
}

/* Labels of a tree: at most 2^depth different ones, as many as leaves were
 * reached; of classes and parities two. */
static void labels_are_few(void **state) {
  (void)state;
  const struct {
    const char *key;
    size_t most;
  } cases[] = {{"prompt.task=tree:1", 2},
               {"prompt.task=tree:2", 4},
               {"prompt.task=classification", 2},
               {"prompt.task=sparse-parity:3", 2}};
  for (size_t c = 0; c < 4; ++c) {
    const char *const keys[] = {"prompt.d=3", "prompt.n=60", cases[c].key,
                                NULL};
    size_t most = 0;
    world w;
    world_create(&w, keys, 5, 100);
    for (size_t i = 0; i < 100; ++i) {
      const double *y = w.prompts.y + i * 60;
      size_t different = 0;
      for (size_t j = 0; j < 60; ++j) {
        size_t k = 0;
        while (k < j && y[k] != y[j]) ++k;
        different += k == j;
      }
      if (different > most) most = different;
    }
    assert_int_equal(most, cases[c].most);
    world_free(&w);
  }
}

/* Nothing of the law is said that holds for linear tasks alone. */
static void nothing_linear_is_known(void **state) {
  (void)state;
  const char *const keys[] = {"prompt.task=relu-network:3", NULL};
  world w;
  world_create(&w, keys, 5, 3);
  assert_null(w.prompts.w_star);
  assert_false(iclgd_distribution_is_linear(&w.dist));
  assert_false(iclgd_distribution_knows_tasks(&w.dist));
  world_free(&w);
}

static void what_does_not_fit_is_refused(void **state) {
  (void)state;
  refuse_pair(
      "prompt.task=quadratic", "prompt.w=pool:3",
      "prompt.w = pool:3: there is no w_star with prompt.task = quadratic");
  refuse_pair("prompt.task=sine", "prompt.source=table:x.csv",
              "labels of its own");
  refuse_pair("prompt.task=kernel:cubic", "prompt.d=2",
              "kernel: expected exp|exp:real|rbf:real|relu|quadratic");
  refuse_pair("prompt.task=kernel:rbf:-1", "prompt.d=2", "kernel: expected");
  refuse_pair("prompt.task=kernel:relu", "prompt.n=256", "at most 255");
  refuse_pair("prompt.task=tree:13", "prompt.d=2", "a depth of at most 12");
  refuse_pair("prompt.task=sparse-parity:6", "prompt.d=5", "prompt.d = 5");
}

static void no_wishart_matrix_is_drawn(void **state) {
  (void)state;
  const char *const asked[] = {"prompt.task=quadratic",
                               "prompt.sampler=wishart", NULL};
  const char *const open[] = {"prompt.task=quadratic", NULL};
  iclgd_error err;
  world w;
  world_create(&w, open, 1, 1);
  assert_ok(iclgd_distribution_use_sampler(w.settings, &w.arena, &w.dist, &err),
            err);
  assert_int_equal(w.dist.sampler, ICLGD_TOKENS);
  world_free(&w);
  world_create(&w, asked, 1, 1);
  assert_int_equal(
      iclgd_distribution_use_sampler(w.settings, &w.arena, &w.dist, &err),
      ICLGD_EUSAGE);
  assert_non_null(strstr(err.text, "the task is not linear"));
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(labels_have_their_covariance),
      cmocka_unit_test(a_sine_is_a_sine),
      cmocka_unit_test(a_process_is_normal),
      cmocka_unit_test(noise_is_added_to_the_context),
      cmocka_unit_test(labels_are_few),
      cmocka_unit_test(nothing_linear_is_known),
      cmocka_unit_test(what_does_not_fit_is_refused),
      cmocka_unit_test(no_wishart_matrix_is_drawn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
