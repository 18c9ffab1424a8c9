/* The probe `relevance` on models whose points are worth what is known. */
#include <math.h>

#include "support/probing.h"

enum { COUNT = 60, D = 3, N = 8 };

static const double *of(probing *p, const char *path, size_t rank,
                        size_t *extents) {
  char text[96];
  snprintf(text, sizeof text, "relevance/%s", path);
  return probing_reals(p, text, rank, extents);
}

static const char *const descent[] = {
    "model.loops=3",    "model.init=gd:0.3", "prompt.d=3", "prompt.n=8",
    "prompt.noise=0.4", "reference.eta=0.3", NULL};

/* A model that is gradient descent uses the points as gradient descent does,
 * and nothing but labels. */
static void descent_uses_what_descent_uses(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t wide[2], ranks[1], kinds[1], pairs[1];
  world_create(&w, descent, 1, 2 * COUNT);
  probing_open(&p, &w, 5);
  probing_add(&p, "gd");
  probing_add(&p, "ridge");
  assert_ok(probing_run(&p, "relevance", &err), err);
  const double *model = of(&p, "points/conservative", 2, wide);
  const double *gd = of(&p, "points/gd", 2, wide);
  const double *y = of(&p, "points/conservative_y", 2, wide);
  assert_int_equal(wide[0], COUNT);
  for (size_t i = 0; i < COUNT * N; ++i) {
    assert_close(model[i], gd[i], 1e-12, 1e-9);
    assert_close(model[i], y[i], 0, 0);
  }
  const double *curve = of(&p, "by_similarity/conservative", 1, ranks);
  const double *of_gd = of(&p, "by_similarity/gd", 1, ranks);
  double sum = 0;
  for (size_t k = 0; k < N; ++k) {
    assert_close(curve[k], of_gd[k], 1e-12, 0);
    sum += curve[k];
  }
  assert_close(sum, 1, 1e-12, 0);
  const double *share = of(&p, "kinds/conservative", 1, kinds);
  const double *gradient = of(&p, "kinds/gradient_sum", 1, kinds);
  assert_close(share[0], 1, 1e-12, 0);   /* labels */
  assert_close(gradient[0], 1, 1e-9, 0); /* linear in them */
  assert_close(gradient[2], 1, 1e-9, 0); /* and in the query */
  const double *cosine = of(&p, "agreement/cosine", 1, pairs);
  assert_int_equal(pairs[0], 4); /* gd itself is the nearest: no `best` */
  assert_close(cosine[0], 1, 1e-12, 0);
  assert_close(cosine[1], 1, 1e-12, 0); /* points left out */
  probing_close(&p);
  world_free(&w);
}

/* Leaving out is what it says, of the model and of ridge, which is nearest to a
 * model far along. */
static void points_are_left_out(void **state) {
  (void)state;
  enum { AT = 5, OUT = 2 };
  world w;
  probing p;
  iclgd_error err;
  size_t wide[2];
  double x[(N - 1) * D], y[N - 1], all[8], less[8];
  world_create(&w, descent, 1, 2 * COUNT);
  probing_open(&p, &w, 5);
  probing_add(&p, "zero");
  probing_add(&p, "ridge");
  assert_ok(probing_run(&p, "relevance", &err), err);
  const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, COUNT + AT);
  iclgd_prompt cut = prompt;
  for (size_t j = 0, k = 0; j < N; ++j) {
    if (j == OUT) continue;
    memcpy(x + k * D, prompt.x + j * D, D * sizeof *x);
    y[k++] = prompt.y[j];
  }
  cut.x = x;
  cut.y = y;
  cut.n = cut.mean_n = N - 1;
  iclgd_model_predict(&w.model, w.theta, &prompt, w.tape, all);
  iclgd_model_predict(&w.model, w.theta, &cut, w.tape, less);
  const double *left_out = of(&p, "points/left_out", 2, wide);
  assert_close(left_out[AT * N + OUT], all[3] - less[3], 1e-12, 0);
  const double *best = of(&p, "points/best", 2, wide); /* ridge, not zero */
  double sum = 0, work[64];
  assert_true(iclgd_problem_work(D) <= 64);
  for (size_t j = 0; j < N; ++j) sum += best[AT * N + j];
  iclgd_problem problem;
  iclgd_problem_set(&prompt, true, work, &problem);
  iclgd_path_scratch scratch;
  assert_ok(iclgd_path_scratch_create(&w.model, N, &w.arena, &scratch, &err),
            err);
  double weights[8 * D], predictions[8];
  iclgd_path_follow(&p.paths[2], &problem, &scratch, weights, predictions);
  assert_close(sum, predictions[1], 1e-10, 0);
  probing_close(&p);
  world_free(&w);
}

/* Where predictions are not linear in the labels (fewer steps of conjugate
 * gradients than features) no point has a coefficient. */
static void what_is_not_linear_is_left_out_alone(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  world_create(&w,
               (const char *[]){"model.loops=2", "model.init=gd:0.3",
                                "prompt.d=3", "prompt.n=8", NULL},
               1, 2 * COUNT);
  probing_open(&p, &w, 5);
  probing_add(&p, "conjugate_gradient");
  assert_ok(probing_run(&p, "relevance", &err), err);
  assert_false(iclgd_source_has(p.source, "relevance/points/best"));
  assert_false(iclgd_source_has(p.source, "relevance/points/gd"));
  assert_true(iclgd_source_has(p.source, "relevance/points/best_left_out"));
  assert_true(iclgd_source_has(p.source, "relevance/by_size/left_out"));
  probing_close(&p);
  world_free(&w);
}

/* A transformer with all its parts: everything sums to the prediction. */
static void biases_have_their_share(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t wide[2], rows[1];
  world_create(&w,
               (const char *[]){
                   "model.architecture=transformer", "model.width=8",
                   "model.attention=softmax", "model.heads=2", "model.mlp=gelu",
                   "model.norm=pre", "model.layers=2", "model.init_scale=0.5",
                   "model.tokens=alternating", "model.positions=learned",
                   "prompt.d=3", "prompt.n=8", NULL},
               1, 2 * COUNT);
  for (size_t i = 0; i < w.model.size; ++i)
    w.theta[i] += 0.1 * sin(5.0 * (double)i);
  probing_open(&p, &w, 3);
  assert_ok(probing_run(&p, "relevance", &err), err);
  const double *x = of(&p, "points/conservative_x", 2, wide);
  const double *y = of(&p, "points/conservative_y", 2, wide);
  const double *query = of(&p, "points/query", 1, rows);
  const double *bias = of(&p, "points/bias", 1, rows);
  const double *prediction = of(&p, "points/prediction", 1, rows);
  for (size_t i = 0; i < COUNT; ++i) {
    double sum = query[i] + bias[i];
    for (size_t j = 0; j < N; ++j) sum += x[i * N + j] + y[i * N + j];
    assert_close(sum, prediction[i], 1e-10, 1e-10);
    assert_true(fabs(bias[i]) > 1e-6);
  }
  const double *share = of(&p, "kinds/conservative_sum", 1, rows);
  assert_close(share[0] + share[1] + share[2] + share[3], 1, 1e-9, 0);
  probing_close(&p);
  world_free(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(descent_uses_what_descent_uses),
      cmocka_unit_test(points_are_left_out),
      cmocka_unit_test(what_is_not_linear_is_left_out_alone),
      cmocka_unit_test(biases_have_their_share),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
