/* The verdict on models that are known: trained, given by a setting, or by a
 * file of weights; each with the words that it must and must not have. */
#include "support/verdict.h"

#define FEW                                                              \
  "prompt.d=4 prompt.n=16 probe.prompts=200 reference.tune_prompts=200 " \
  "train.eval_prompts=200 landscape.prompts=100 identify.prompts=200 "   \
  "probe.wide_prompts=1000 "                                             \
  "probe.list=identify,structure,landscape train.batch=64 "

typedef struct known {
  const char *settings;
  const char *must, *must_not; /* words with | between them */
} known;

static void judge(const char *what, json_t *summary, const char *must,
                  const char *must_not) {
  if (getenv("ICLGD_SAY"))
    printf("%s\n    %s\n", what, verdict_text(summary, "verdict"));
  verdict_check(summary);
  verdict_expect(what, summary, must, true);
  verdict_expect(what, summary, must_not, false);
  json_decref(summary);
}

static void judge_all(const known *models, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    char words[1024];
    snprintf(words, sizeof words, FEW "%s", models[i].settings);
    judge(models[i].settings, verdict_run(words, NULL, NULL), models[i].must,
          models[i].must_not);
  }
}

#define JUDGE(models) judge_all(models, sizeof models / sizeof *models)

/* Weights that are gradient descent at any step size are called that. */
static void gradient_descent(void **state) {
  (void)state;
  static const known models[] = {
      {"train.steps=0 model.loops=5 model.init=gd:0.3",
       "The model is gradient descent with step size 0.3 (best for its loss: "
       "0.|), exactly",
       "Newton|None|closest"},
      {"train.steps=0 model.loops=5 model.init=gd:0.1",
       "gradient descent with step size 0.1 |exactly", "None"},
      {"train.steps=0 model.loops=5 model.init=gd:1",
       "gradient descent with step size 1 |exactly", "None"},
      {"train.steps=0 model.loops=1 model.init=gd:0.5",
       "gradient descent with step size 0.5 |exactly", "None"},
      {"train.steps=0 model.layers=3 model.init=gd:0.4",
       "gradient descent with step size 0.4 |exactly", "step sizes|form"},
      {"train.steps=0 model.loops=3 model.weights=scalar model.init=gd:0.4",
       "step size 0.4 |exactly, as all weights of this form are", NULL},
      {"train.steps=0 model.loops=3 model.weights=full model.init=gd:0.4",
       "gradient descent with step size 0.4 |exactly", "form"},
      {"train.steps=0 model.loops=3 model.weights=gdpp model.init=gd:0.4",
       "gradient descent with step size 0.4 |exactly", "GD++ with"},
      {"train.steps=0 model.loops=10 model.init=gd:0.6 seed=3 prompt.d=5 "
       "prompt.n=20", /* a sample of 2000 has 0.7631 +- 0.009 */
       "step size 0.6 (best for its loss: 0.554), exactly|Its final loss is "
       "1.961 times (exactly) that of gradient descent with step size 0.554",
       "median"},
      {"train.steps=0 model.loops=3 model.init=gd:0.3 prompt.noise=0.5",
       "gradient descent with step size 0.3 |exactly", NULL},
      {"train.steps=0 model.loops=3 model.init=gd:0.05 prompt.noise=10",
       "step size 0.05 |exactly|close to it on these prompts", "apart|median"},
      {"train.steps=0 model.loops=3 model.init=gd:0.3 prompt.d=1",
       "step size 0.3 |exactly", "None"},
      {"train.steps=0 model.loops=2 model.init=gd:0.3 prompt.n=1",
       "step size 0.3 |exactly", "None"},
      {"train.steps=0 model.loops=3 model.init=gd:0.3 prompt.w=pool:1",
       "step size 0.3|exactly", "None"},
      {"train.steps=0 model.loops=3 model.init=gd:0.3 "
       "prompt.covariance=power:1 prompt.rotate=per-prompt",
       "gradient descent with step size 0.3 |exactly", "None"},
      {"train.steps=0 model.loops=3 model.init=gd:0.3 "
       "prompt.covariance=power:1",
       "gradient descent with step size 0.3 |exactly",
       "preconditioned GD with"},
      {"train.steps=0 model.loops=1 model.init=gd:0.2 prompt.x=student-t:5",
       "gradient descent with step size 0.2|exactly", "None"},
      {"train.steps=0 model.loops=3 model.init=gd:0.2 prompt.x=uniform "
       "prompt.x_scale=3",
       "gradient descent with step size 0.2|exactly", "None"},
      {"train.steps=0 model.loops=3 model.init=gd:0.3 reference.eta=0.5",
       "gradient descent with step size 0.3, exactly", "best for its loss"},
  };
  JUDGE(models);
}

/* What makes a verdict void is said instead of it, or before it. */
static void nothing_to_judge(void **state) {
  (void)state;
  static const known models[] = {
      {"train.steps=0 model.loops=3",
       "The model was not trained: its weights are random", "exactly|None"},
      {"train.steps=0 model.loops=3 model.init=zero",
       "not trained: its weights are zero", "exactly|None"},
      {"train.steps=0 model.loops=3 model.init=gd:0",
       "The model predicts zero for every prompt.", "None|exactly"},
      {"train.steps=1 train.lr=1e-9 model.loops=3 model.init=zero",
       "The trained model has learned nothing: its predictions are zero",
       "is "
       "gradient descent"},
      {"train.steps=3 train.lr=1e-9 model.loops=1 model.init_scale=0.001",
       "The trained model has learned nothing", "None"},
      {"train.steps=300 train.lr=1e3 model.loops=5",
       "Training diverged at step", "exactly|None"},
      {"train.steps=0 model.loops=10 model.init=gd:3",
       "its iterates diverge|above the|gradient descent with step size 3 ",
       "trained"},
      {"train.steps=0 model.loops=60 model.init=gd:30",
       "The predictions of the model run away", "trained|None"},
      {"train.steps=1 train.lr=1e-9 model.loops=3 model.init=gd:1.9",
       "Training failed: |above the|step size 1.9 ", NULL},
      {"train.steps=3 model.loops=3 prompt.x=student-t:5 model.init=gd:0.9",
       "Training failed: |above the", "no clear difference"},
  };
  JUDGE(models);
}

/* Trained for a short while: the natural case. */
static void trained(void **state) {
  (void)state;
  static const known models[] = {
      {"preset:quickstart train.steps=200 " FEW "prompt.d=5 prompt.n=20 "
       "train.batch=256",
       "The trained model is gradient descent with step size 0.40|to within 0.",
       "exactly|None"},
      {"model.loops=3 model.weights=scalar train.steps=100",
       "The trained model is gradient descent with|exactly, as all weights",
       NULL},
      {"preset:ahn2023-gd " FEW "prompt.d=5 prompt.n=20 train.steps=1000 "
       "train.batch=256",
       "trained model|Sigma = I", "The model|Newton"},
      {"preset:vonoswald2022 " FEW "train.steps=300 train.batch=256",
       "trained model", "The model"},
      {"preset:diabetes " FEW "prompt.source=table:" ICLGD_SOURCE_DIR
       "/data/tables/diabetes.csv prompt.d=10 prompt.n=60 train.steps=50",
       "trained model", "The model"},
  };
  JUDGE(models);
}

/* --- weights of a file ---------------------------------------------------- */

enum { D = 4, LAYERS_MAX = 3 };

typedef struct weights {
  size_t layers, loops;
  double A[LAYERS_MAX][D * D], B[LAYERS_MAX][D * D];
  bool has_B;
} weights;

static void write_weights(const weights *w, char *path) {
  iclgd_schema schemas[ICLGD_SCHEMAS_MAX];
  const size_t count = iclgd_schemas(schemas);
  const iclgd_record_options options = {
      .force = true, .reproducible = true, .title = "weights"};
  const size_t extents[] = {w->layers, D, D};
  iclgd_record *record;
  iclgd_error err;
  strcpy(path, "/tmp/iclgd_weights_XXXXXX");
  const int descriptor = mkstemp(path);
  assert_true(descriptor >= 0 && close(descriptor) == 0);
  assert_ok(iclgd_record_create(path, schemas, count, &options, &record, &err),
            err);
  assert_ok(iclgd_record_write(record, "model/A", extents, w->A, &err), err);
  if (w->has_B)
    assert_ok(iclgd_record_write(record, "model/B", extents, w->B, &err), err);
  assert_ok(
      iclgd_record_attr_int(record, "model", "loops", (int64_t)w->loops, &err),
      err);
  assert_ok(iclgd_record_commit(record, &err), err);
}

static void judge_weights(const char *what, const weights *w,
                          const char *settings, const char *must,
                          const char *must_not) {
  char path[64], words[1024];
  snprintf(words, sizeof words, FEW "%s", settings);
  write_weights(w, path);
  json_t *summary = verdict_run(words, path, NULL);
  unlink(path);
  judge(what, summary, must, must_not);
}

/* A_l = scale_l times I, or Sigma^-1 of the covariance power:1. */
static weights of_scales(size_t layers, size_t loops, const double *scales,
                         bool inverse) {
  weights w = {.layers = layers, .loops = loops};
  for (size_t l = 0; l < layers; ++l)
    for (size_t i = 0; i < D; ++i)
      w.A[l][i * D + i] = scales[l] * (inverse ? (double)(i + 1) : 1);
  return w;
}

static void steps_of_files(void **state) {
  (void)state;
  const double steps[] = {0.2, 0.5, 0.3}, one[] = {0.3}, minus[] = {-0.3};
  const double mixed[] = {0.4, -0.2, 0.3}, zero[] = {0};
  const weights untied = of_scales(3, 1, steps, false);
  judge_weights("untied", &untied, "",
                "The model is GD with step sizes 0.2, 0.5, 0.3 (best|exactly",
                "Newton|None|trained");
  const weights white = of_scales(1, 3, one, true);
  judge_weights("whitened", &white, "prompt.covariance=power:1",
                "preconditioned GD with step size 0.3 |exactly", "None");
  judge_weights("whitened, elsewhere", &white, "", "multiple of the identity",
                "preconditioned|exactly");
  const weights whites = of_scales(3, 1, steps, true);
  judge_weights("whitened, untied", &whites, "prompt.covariance=power:1",
                "preconditioned GD with step sizes 0.2, 0.5, 0.3 |exactly",
                "None");
  const weights wrong = of_scales(1, 2, minus, false);
  judge_weights(
      "wrong sign", &wrong, "",
      "above the|its iterates diverge|step size -0.3|of the wrong sign (it "
      "climbs)|exactly",
      "None");
  const weights back = of_scales(3, 1, mixed, false);
  judge_weights("back and forth", &back, "",
                "step sizes 0.4, -0.2, 0.3 |some of the wrong sign|exactly",
                "None");
  const weights none = of_scales(1, 3, zero, false);
  judge_weights("zero", &none, "", "The model predicts zero for every prompt",
                "None|exactly");
}

static void transformed_inputs(void **state) {
  (void)state;
  const double eta[] = {0.5, 0.5, 0.5}, etas[] = {0.3, 0.5, 0.6};
  const double gamma[] = {0.2, 0.2, 0.2}, gammas[] = {0.1, 0.3, 0.2};
  for (int k = 0; k < 4; ++k) {
    const bool white = k % 2, own = k / 2;
    weights w = of_scales(3, 1, own ? etas : eta, white);
    w.has_B = true;
    for (size_t l = 0; l < 3; ++l) /* B S A^T = gamma S Sigma^-1 */
      for (size_t i = 0; i < D; ++i)
        w.B[l][i * D + i] = (own ? gammas : gamma)[l] / (own ? etas : eta)[l];
    judge_weights(
        white ? own ? "whitened GD++ per layer" : "whitened GD++"
        : own ? "GD++ per layer"
              : "GD++",
        &w, white ? "prompt.covariance=power:1" : "",
        white ? own ? "The model is whitened GD++ with step sizes 0.3, 0.5, "
                      "0.6 |gammas 0.1, 0.3|exactly"
                    : "The model is whitened GD++ with step size 0.5 and gamma "
                      "0.2, exactly"
        : own ? "The model is GD++ with step sizes 0.3, 0.5, 0.6 |gammas "
                "0.1, 0.3|exactly"
              : "The model is GD++ with step size 0.5 |gamma 0.2 |exactly",
        "None");
  }
}

/* A = 0.5 (I + tan T), T antisymmetric of the norm of I: an antisymmetric share
 * of tan / sqrt(1 + tan^2). */
static weights turned(double share) {
  const double half[] = {0.5};
  weights w = of_scales(1, 3, half, false);
  const double tan = share / sqrt(1 - share * share);
  for (size_t i = 0; i < D; i += 2) {
    w.A[0][i * D + i + 1] = 0.5 * tan;
    w.A[0][(i + 1) * D + i] = -0.5 * tan;
  }
  return w;
}

static void other_matrices(void **state) {
  (void)state;
  const weights a_tenth = turned(0.1), two_fifths = turned(0.4);
  judge_weights("a tenth turned", &a_tenth, "",
                "gradient descent with step size 0.5", "exactly");
  judge_weights("two fifths turned", &two_fifths, "",
                "gradient descent with step size|A is off a multiple of the "
                "identity by 40% of its norm, almost all of it antisymmetric",
                "exactly");
  weights far = {.layers = 1, .loops = 2};
  for (size_t i = 0; i < D * D; ++i)
    far.A[0][i] =
        0.3 * (double)(i / D == i % D) + 0.2 * sin(7.0 * (double)(i * i + 1));
  judge_weights("far", &far, "", "off a multiple of the identity by",
                "model is|, exactly");
  far.loops = 1;
  judge_weights("far, one layer", &far, "", "off a multiple of the identity by",
                "model is|, exactly");
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(gradient_descent),
                                     cmocka_unit_test(nothing_to_judge),
                                     cmocka_unit_test(trained),
                                     cmocka_unit_test(steps_of_files),
                                     cmocka_unit_test(transformed_inputs),
                                     cmocka_unit_test(other_matrices)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
