/* Weights of a model that has predictions alone: of a linear model they come
 * out as they are, in the frame of every prompt, and in one pass with the
 * prediction. */
#include <iclgd/architecture.h>
#include <math.h>

#include "support/world.h"

enum { D = 3, K = 12, PROMPTS = 4, DEPTH = 2 };

typedef struct blind {
  world w;
  iclgd_architecture architecture; /* linear without its gradient */
  iclgd_model model;
  iclgd_tape *tape;
  double queries[K * D];
} blind;

/* The predictions of the linear model, and nothing else of it. */
static const world *seen;
static void forward(const iclgd_pass *pass, double *prediction) {
  iclgd_model_predict_queries(&seen->model, pass->theta, pass->prompt, pass->x,
                              pass->count, seen->tape, prediction);
}

static void open_blind(blind *b, size_t n_queries) {
  iclgd_error err;
  const char *const overrides[] = {"prompt.d=3",
                                   "prompt.n=7",
                                   "model.layers=2",
                                   "model.init_scale=0.3",
                                   "model.weights=full",
                                   "prompt.covariance=power:1",
                                   "prompt.noise=0.2",
                                   "prompt.rotate=per-prompt",
                                   NULL};
  world_create(&b->w, overrides, 3, PROMPTS);
  iclgd_stream stream;
  iclgd_stream_seed(&stream, 5, ICLGD_STREAM_PROBE, 99);
  for (size_t k = 0; k < K; k += 2) {
    iclgd_stream_normals(b->queries + k * D, &stream, D);
    for (size_t j = 0; j < D; ++j)
      b->queries[(k + 1) * D + j] = -b->queries[k * D + j];
  }
  b->architecture = *b->w.model.architecture;
  seen = &b->w;
  b->architecture.forward = forward;
  b->architecture.backward = NULL;
  b->architecture.weights = NULL;
  b->model = b->w.model;
  b->model.architecture = &b->architecture;
  b->model.linear = NULL;
  b->model.n_queries = n_queries;
  b->model.queries = b->queries;
  assert_ok(
      iclgd_tape_create(&b->model, b->w.dist.n, &b->w.arena, &b->tape, &err),
      err);
}

static void weights_are_those_of_a_linear_model(void **state) {
  (void)state;
  blind b;
  open_blind(&b, K);
  assert_int_equal(iclgd_model_queries(&b.model), K + 1);
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&b.w.prompts, i);
    double w[(DEPTH + 1) * D], yhat[DEPTH + 1], expected[(DEPTH + 1) * D];
    double predicted[DEPTH + 1], alone[(DEPTH + 1) * D];
    assert_non_null(p.U);
    iclgd_model_weights(&b.w.model, b.w.theta, &p, b.w.tape, expected);
    iclgd_model_predict(&b.w.model, b.w.theta, &p, b.w.tape, predicted);
    iclgd_model_follow(&b.model, b.w.theta, &p, b.tape, w, yhat);
    iclgd_model_weights(&b.model, b.w.theta, &p, b.tape, alone);
    for (size_t l = 0; l <= DEPTH; ++l)
      assert_close(yhat[l], predicted[l], 1e-12, 1e-12);
    for (size_t j = 0; j < (DEPTH + 1) * D; ++j) {
      assert_close(w[j], expected[j], 1e-12, 1e-9);
      assert_close(alone[j], w[j], 0, 0);
    }
    assert_true(fabs(expected[DEPTH * D]) > 1e-6);
  }
  world_free(&b.w);
}

static void without_queries_weights_are_unknown(void **state) {
  (void)state;
  blind b;
  open_blind(&b, 0);
  const iclgd_prompt p = iclgd_prompts_at(&b.w.prompts, 0);
  double w[(DEPTH + 1) * D], yhat[DEPTH + 1], predicted[DEPTH + 1];
  iclgd_model_predict(&b.w.model, b.w.theta, &p, b.w.tape, predicted);
  iclgd_model_follow(&b.model, b.w.theta, &p, b.tape, w, yhat);
  for (size_t l = 0; l <= DEPTH; ++l)
    assert_close(yhat[l], predicted[l], 1e-12, 1e-12);
  for (size_t j = 0; j < (DEPTH + 1) * D; ++j) assert_true(isnan(w[j]));
  world_free(&b.w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(weights_are_those_of_a_linear_model),
      cmocka_unit_test(without_queries_weights_are_unknown),
  };
  return cmocka_run_group_tests_name("model/fitted", tests, NULL, NULL);
}
