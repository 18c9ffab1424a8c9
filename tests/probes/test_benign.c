/* The probe `benign` where its ends are known. */
#include <iclgd/probe.h>

#include "support/probing.h"

static double *cells(probing *p, const char *path, size_t extents[3]) {
  return probing_reals(p, path, 3, extents);
}

/* One linear layer has d^2 numbers: fewer prompts are learned by heart, noise
 * and all; endless ones leave the noise, and no gap. */
static void both_ends(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t e[3];
  world_create(
      &w,
      (const char *[]){"prompt.d=3", "prompt.n=10", "train.steps=1500",
                       "train.batch=64", "train.lr=0.02",
                       "train.schedule=cosine", "benign.noise=0,0.5",
                       "benign.pools=4,0", "benign.prompts=4000", NULL},
      1, 16);
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "benign", &err), err);
  const double *train = cells(&p, "benign/train", e);
  assert_true(e[0] == 2 && e[1] == 2 && e[2] == 1);
  const double *fresh = cells(&p, "benign/fresh", e);
  const double *clean = cells(&p, "benign/clean", e);
  const double *train_error = cells(&p, "benign/train_errors", e);
  const double *fresh_error = cells(&p, "benign/fresh_errors", e);
  const double *gap = cells(&p, "benign/gap", e);
  for (size_t i = 0; i < 2; ++i) {
    const size_t few = 2 * i, endless = 2 * i + 1;
    const double error = hypot(train_error[endless], fresh_error[endless]);
    assert_close(train[few], 0, 1e-3, 0);
    assert_true(fresh[few] > 2 * fresh[endless]);
    assert_close(gap[endless], 0, 4 * error, 0);
    assert_close(gap[few], fresh[few] - train[few], 1e-15, 0);
    /* the label's noise is not in anyone's reach */
    const double noise2 = i ? 0.25 : 0;
    assert_close(fresh[endless] - clean[endless], noise2,
                 4 * fresh_error[endless], 1e-12);
  }
  probing_close(&p);
  world_free(&w);
}

/* More prompts than numbers: the training loss is that of least squares in the
 * d^2 numbers of A, yhat = x^T A b. */
static void the_training_loss_is_least_squares(void **state) {
  (void)state;
  enum { D = 2, P = 12, SIZE = D * D };
  world w;
  probing p;
  iclgd_error err;
  size_t e[3];
  world_create(&w,
               (const char *[]){"prompt.d=2", "prompt.n=8", "train.steps=3000",
                                "train.batch=12", "train.lr=0.02",
                                "train.schedule=cosine", "benign.noise=1",
                                "train.precision=double", "benign.pools=12",
                                "benign.prompts=100", NULL},
               1, 16);
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "benign", &err), err);
  const double train = cells(&p, "benign/train", e)[0];
  /* the same prompts and labels, drawn again */
  iclgd_prompts set;
  iclgd_distribution law = w.dist;
  law.noise = 1;
  const iclgd_prompt_source source = {.dist = &law,
                                      .stream = ICLGD_STREAM_TRAIN};
  assert_ok(iclgd_prompts_create_for(&source, P, &w.arena, &set, &err), err);
  iclgd_prompt_source_draw(&source, 0, &set);
  double M[SIZE][SIZE + 1] = {{0}}, squares = 0;
  for (size_t i = 0; i < P; ++i) {
    const iclgd_prompt q = iclgd_prompts_at(&set, i);
    iclgd_stream own;
    double S[SIZE], b[D], f[SIZE + 1];
    iclgd_context_gram(S, b, q.x, q.y, q.n, D, q.mean_n);
    iclgd_stream_seed(&own, law.seed,
                      ICLGD_STREAM_LABELS + 256 * ICLGD_STREAM_TRAIN, i);
    for (size_t k = 0; k < SIZE; ++k) f[k] = q.x_query[k / D] * b[k % D];
    f[SIZE] = q.y_query + (double)iclgd_stream_normal(&own);
    squares += f[SIZE] * f[SIZE];
    for (size_t j = 0; j < SIZE; ++j)
      for (size_t k = 0; k <= SIZE; ++k) M[j][k] += f[j] * f[k];
  }
  double projected = squares; /* squares - t^T M^-1 t by elimination */
  for (size_t k = 0; k < SIZE; ++k) {
    projected -= M[k][SIZE] * M[k][SIZE] / M[k][k];
    for (size_t j = k + 1; j < SIZE; ++j) {
      const double factor = M[j][k] / M[k][k];
      for (size_t c = k; c <= SIZE; ++c) M[j][c] -= factor * M[k][c];
    }
  }
  assert_close(train, projected / P, 0, 1e-3);
  probing_close(&p);
  world_free(&w);
}

static void variants_are_models_of_their_own(void **state) {
  (void)state;
  world w;
  probing p;
  iclgd_error err;
  size_t e[3], count[1];
  world_create(
      &w,
      (const char *[]){"prompt.d=2", "prompt.n=4", "train.steps=2",
                       "benign.noise=0.5", "benign.pools=16",
                       "benign.models=architecture=transformer width=4 | "
                       "architecture=transformer attention=linear width=8 | "
                       "weights=diagonal",
                       "benign.prompts=10", NULL},
      1, 16);
  probing_open(&p, &w, 1);
  assert_ok(probing_run(&p, "benign", &err), err);
  cells(&p, "benign/fresh", e);
  assert_int_equal(e[2], 3);
  const double *size = probing_reals(&p, "benign/parameters", 1, count);
  assert_true(size[0] < size[1] && size[2] == 2);
  probing_close(&p);
  world_free(&w);
}

static void faults_name_the_key(void **state) {
  (void)state;
  const struct {
    const char *key, *word;
  } rows[] = {{"benign.noise=", "benign.noise=0,0.5"},
              {"benign.pools=2.5", "benign.pools"},
              {"benign.pools=4,4", "benign.pools"},
              {"benign.models=wings=2", "wings"}};
  for (size_t k = 0; k < sizeof rows / sizeof *rows; ++k) {
    world w;
    probing p;
    iclgd_error err;
    world_create(&w, (const char *[]){"benign.noise=1", rows[k].key, NULL}, 1,
                 16);
    probing_open(&p, &w, 1);
    assert_true(probing_run(&p, "benign", &err) < 0);
    assert_non_null(strstr(err.text, rows[k].word));
    probing_close(&p);
    world_free(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(both_ends),
      cmocka_unit_test(the_training_loss_is_least_squares),
      cmocka_unit_test(variants_are_models_of_their_own),
      cmocka_unit_test(faults_name_the_key),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
