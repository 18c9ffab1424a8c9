/* The trainer: the same bits however it is run, batches as stated, and the
 * outcomes it reports. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "math/dense.h"
#include "support/world.h"

enum { D = 3, PARAMETERS = 4 * (D * D + D * D) };

typedef struct run {
  world w;
  iclgd_prompt_source source;
  iclgd_train_options options;
  iclgd_pool *pool;
  iclgd_trainer *trainer;
} run;

/* A trainer of the world's model with these keys, on `threads` threads. */
static void start(run *r, const char *const *overrides, size_t threads) {
  const char *all[24] = {"prompt.d=3", "prompt.n=8", "train.lr=0.02",
                         "train.batch=40", "train.precision=double"};
  size_t k = 5;
  iclgd_error err;
  for (; *overrides; ++overrides) all[k++] = *overrides;
  assert_true(k < 24);
  world_create(&r->w, all, 3, 1);
  r->source =
      (iclgd_prompt_source){.dist = &r->w.dist, .stream = ICLGD_STREAM_TRAIN};
  r->options = iclgd_train_options_from(r->w.settings);
  assert_ok(iclgd_pool_create(threads, &r->pool, &err), err);
  assert_ok(iclgd_trainer_create(&r->options, &r->w.model, r->w.theta,
                                 &r->source, r->pool, &r->trainer, &err),
            err);
}

static void stop(run *r) {
  iclgd_trainer_free(r->trainer);
  iclgd_pool_free(r->pool);
  world_free(&r->w);
}

static iclgd_train_report step(run *r) {
  iclgd_train_report report;
  assert_int_equal(iclgd_trainer_step(r->trainer, &report), ICLGD_OK);
  return report;
}

/* Loss with layer weights c and gradient of prompts first .. first + count - 1,
 * one after another. */
static double direct(run *r, const double *c, uint64_t first, size_t count,
                     double *gradient) {
  const iclgd_loss loss = {c, r->options.guard};
  iclgd_prompts set;
  iclgd_error err;
  double sum = 0;
  const size_t size = r->w.model.size;
  memset(gradient, 0, size * sizeof *gradient);
  assert_ok(
      iclgd_prompts_create_for(&r->source, count, &r->w.arena, &set, &err),
      err);
  iclgd_prompt_source_draw(&r->source, first, &set);
  for (size_t i = 0; i < count; ++i) {
    const iclgd_prompt p = iclgd_prompts_at(&set, i);
    sum += iclgd_model_gradient(&r->w.model, r->w.theta, &p, &loss, r->w.tape,
                                gradient);
  }
  for (size_t i = 0; i < size; ++i) gradient[i] /= (double)count;
  return sum / (double)count;
}

static const char *const mixed[] = {
    "model.weights=gdpp",     "model.layers=2",
    "model.loops=2",          "train.loss_window=2",
    "train.clip=0.5",         "prompt.noise=0.1",
    "train.steps=8",          "train.batch=300",
    "train.precision=single", NULL};

static iclgd_status watch_until(void *context,
                                const iclgd_train_report *report) {
  const size_t *last = context;
  return report->step == *last ? ICLGD_STOPPED : ICLGD_OK;
}

/* Stopped at any step, a trainer of its own goes on from the state to the same
 * bits; a state that no trainer has is refused. */
static void test_goes_on(void **state) {
  (void)state;
  static const char *const keys[] = {"train.steps=12", "train.average=0.5",
                                     "train.optimizer=adamw",
                                     "train.weight_decay=0.1", NULL};
  iclgd_error err;
  run whole, part, rest;
  size_t never = SIZE_MAX;
  start(&whole, keys, 1);
  assert_ok(iclgd_trainer_run(whole.trainer, watch_until, &never, &err), err);
  const size_t size = whole.w.model.size;
  for (size_t at = 0; at <= 12; at += 3) {
    start(&part, keys, 1);
    start(&rest, keys, 2);
    double *numbers = iclgd_arena_reals(
        &part.w.arena, iclgd_trainer_state_size(part.trainer), 1, 1);
    assert_non_null(numbers);
    assert_int_equal(iclgd_trainer_run(part.trainer, watch_until, &at, &err),
                     ICLGD_STOPPED);
    iclgd_trainer_save(part.trainer, numbers);
    assert_ok(iclgd_trainer_restore(rest.trainer, numbers, &err), err);
    assert_ok(iclgd_trainer_run(rest.trainer, watch_until, &never, &err), err);
    assert_memory_equal(rest.w.theta, whole.w.theta, size * sizeof(double));
    numbers[0] = 13;
    assert_int_equal(iclgd_trainer_restore(rest.trainer, numbers, &err),
                     ICLGD_EINPUT);
    stop(&part);
    stop(&rest);
  }
  stop(&whole);
}

/* The losses of 8 steps and the parameters after them. */
static void check_threads(const char *const *overrides) {
  double first[8 + PARAMETERS], again[8 + PARAMETERS];
  const size_t threads[] = {1, 2, 3, 7, 1};
  for (size_t t = 0; t < 5; ++t) {
    run r;
    start(&r, overrides, threads[t]);
    double *out = t == 0 ? first : again;
    const size_t size = r.w.model.size;
    assert_true(size <= PARAMETERS);
    for (size_t s = 0; s < 8; ++s) out[s] = step(&r).loss;
    memcpy(out + 8, r.w.theta, size * sizeof *out);
    if (t > 0) assert_memory_equal(again, first, (8 + size) * sizeof *out);
    stop(&r);
  }
}

static void threads_change_no_bit(void **state) {
  (void)state;
  const char *const robust[] = {
      "model.weights=gd",     "model.layers=1",     "model.loops=6",
      "train.curriculum=0.5", "train.guard=0.5",    "train.average=0.375",
      "train.steps=8",        "model.init_scale=1", NULL};
  check_threads(mixed);
  check_threads(robust);
}

/* A guard that no error reaches changes no bit; one that some do, does. */
static void a_wide_guard_is_none(void **state) {
  (void)state;
  const char *const guards[] = {"train.guard=0", "train.guard=1e9",
                                "train.guard=0.5"};
  const char *const families[] = {"model.weights=gd", "model.weights=full"};
  for (size_t f = 0; f < 2; ++f) {
    double theta[3][PARAMETERS];
    size_t size = 0;
    for (size_t g = 0; g < 3; ++g) {
      const char *const overrides[] = {families[f], "model.layers=1",
                                       "model.loops=3", guards[g], NULL};
      run r;
      start(&r, overrides, 1);
      size = r.w.model.size * sizeof *theta[g];
      assert_true(size <= sizeof theta[g]);
      for (size_t s = 0; s < 8; ++s) assert_int_equal(step(&r).dropped, 0);
      memcpy(theta[g], r.w.theta, size);
      stop(&r);
    }
    assert_memory_equal(theta[0], theta[1], size);
    assert_memory_not_equal(theta[0], theta[2], size);
  }
}

/* A start from which every prediction overflows: without a guard the first step
 * diverges; with one the prompts are counted and nothing moves. */
static void overflows_are_counted(void **state) {
  (void)state;
  const char *const families[] = {"model.weights=gd", "model.weights=full"};
  for (size_t f = 0; f < 2; ++f)
    for (int guarded = 0; guarded < 2; ++guarded) {
      const char *const overrides[] = {
          families[f],
          "model.layers=1",
          "model.loops=60",
          "model.init=gd:1e6",
          guarded ? "train.guard=1" : "train.guard=0",
          NULL};
      run r;
      start(&r, overrides, 2);
      iclgd_train_report report;
      double before[PARAMETERS];
      const size_t size = r.w.model.size * sizeof *before;
      memcpy(before, r.w.theta, size);
      const iclgd_status status = iclgd_trainer_step(r.trainer, &report);
      assert_int_equal(status, guarded ? ICLGD_OK : ICLGD_DIVERGED);
      assert_int_equal(report.dropped, guarded ? 40 : 0);
      assert_memory_equal(r.w.theta, before, size);
      stop(&r);
    }
}

/* By hand: 4 loops in 9 steps are 1 + floor(s * 3 / 9), all of them from 9 on.
 * The loss of a step is that of the loops which run at it. */
static void the_curriculum_grows_the_loops(void **state) {
  (void)state;
  const size_t expected[] = {1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4};
  const iclgd_train_options none = {.curriculum = 0};
  assert_int_equal(iclgd_loops_at(&none, 4, 0), 4);
  const char *const overrides[] = {
      "model.layers=2",      "model.loops=4",  "train.curriculum=0.75",
      "train.loss_window=2", "train.steps=12", NULL};
  run r;
  start(&r, overrides, 1);
  for (size_t s = 0; s < 12; ++s) {
    double c[9] = {0}, gradient[PARAMETERS];
    const size_t loops = iclgd_loops_at(&r.options, 4, s);
    assert_int_equal(loops, expected[s]);
    c[2 * loops] = loops == 1 ? 1 : 0.5;
    if (loops > 1) c[2 * loops - 2] = 0.5;
    const double loss = direct(&r, c, s * 48, 40, gradient);
    assert_close(step(&r).loss, loss, 0, 1e-12);
  }
  stop(&r);
}

/* The last update leaves the mean of the parameters after the last ones; the
 * steps before are those of a run without averaging. */
static void late_parameters_are_averaged(void **state) {
  (void)state;
  enum { STEPS = 9, SIZE = D * D };
  const struct {
    const char *key;
    size_t count;
  } averages[] = {{"train.average=0.45", 4},
                  {"train.average=0.1", 1},
                  {"train.average=1", STEPS}};
  double path[STEPS + 1][SIZE];
  for (size_t a = 0; a < 4; ++a) {
    const char *const overrides[] = {
        "model.weights=gd",
        "model.layers=1",
        "model.loops=3",
        "train.steps=9",
        a == 0 ? "train.average=0" : averages[a - 1].key,
        NULL};
    run r;
    start(&r, overrides, 1);
    const double *theta = r.w.theta;
    for (size_t s = 1; s <= STEPS; ++s) {
      step(&r);
      if (a == 0) memcpy(path[s], theta, sizeof path[s]);
      if (a > 0 && s < STEPS) assert_memory_equal(path[s], theta, sizeof *path);
    }
    for (size_t i = 0; a > 0 && i < SIZE; ++i) {
      const size_t count = averages[a - 1].count;
      double mean = 0;
      for (size_t s = STEPS - count + 1; s <= STEPS; ++s)
        mean += path[s][i] / (double)count;
      assert_close(theta[i], mean, 1e-15, 1e-13);
    }
    stop(&r);
  }
}

/* The steps that a run is watched at: all of them, at the parameters that the
 * batch was measured at. */
typedef struct diary {
  const run *r;
  size_t count, stop_at;
  double loss[64], theta[64][D * D];
} diary;

static iclgd_status write_diary(void *context,
                                const iclgd_train_report *report) {
  diary *d = context;
  assert_int_equal(report->step, d->count);
  assert_true(d->count < 64);
  memcpy(d->theta[d->count], d->r->w.theta, sizeof d->theta[0]);
  d->loss[d->count++] = report->loss;
  return d->count == d->stop_at ? ICLGD_STOPPED : ICLGD_OK;
}

static void a_run_is_watched_at_every_step(void **state) {
  (void)state;
  const char *const optimizers[] = {"train.optimizer=adam",
                                    "train.optimizer=lbfgs"};
  for (size_t o = 0; o < 2; ++o) {
    const char *const overrides[] = {"model.weights=gd", "model.loops=2",
                                     "train.steps=12", optimizers[o], NULL};
    const double c[] = {0, 0, 1};
    double gradient[PARAMETERS];
    iclgd_error err;
    run r;
    start(&r, overrides, 1);
    diary d = {.r = &r};
    assert_ok(iclgd_trainer_run(r.trainer, write_diary, &d, &err), err);
    assert_int_equal(d.count, 13);
    assert_memory_equal(d.theta[12], r.w.theta, sizeof d.theta[12]);
    for (size_t s = 0; s < 13; ++s) {
      memcpy(r.w.theta, d.theta[s], sizeof d.theta[s]);
      const uint64_t first = o == 0 ? s * 48 : 0; /* lbfgs keeps its batch */
      assert_close(d.loss[s], direct(&r, c, first, 40, gradient), 0, 1e-12);
    }
    stop(&r);
    start(&r, overrides, 1);
    diary cut = {.r = &r, .stop_at = 5};
    assert_int_equal(iclgd_trainer_run(r.trainer, write_diary, &cut, &err),
                     ICLGD_STOPPED);
    assert_int_equal(cut.count, 5);
    stop(&r);
  }
}

/* One layer: the loss of a batch is quadratic in A, so that differences of its
 * gradient are the Hessian and one solve gives the least loss. */
static double least_loss(run *r) {
  enum { SIZE = D * D };
  const double c[] = {0, 1};
  double H[SIZE * SIZE], g[SIZE], at[SIZE], kept[SIZE];
  double *theta = r->w.theta;
  memcpy(kept, theta, sizeof kept);
  memset(theta, 0, sizeof kept);
  direct(r, c, 0, 40, g);
  for (size_t i = 0; i < SIZE; ++i) {
    theta[i] = 1;
    direct(r, c, 0, 40, at);
    theta[i] = 0;
    for (size_t j = 0; j < SIZE; ++j) H[i * SIZE + j] = at[j] - g[j];
  }
  assert_true(iclgd_solve_positive(H, g, SIZE));
  for (size_t i = 0; i < SIZE; ++i) theta[i] = -g[i];
  const double least = direct(r, c, 0, 40, at);
  memcpy(theta, kept, sizeof kept);
  return least;
}

/* L-BFGS reaches it in steps in which Adam, on the same batch, does not; the
 * bits do not depend on the threads, and the end of the diary is the result. */
static void lbfgs_reaches_the_optimum_of_a_batch(void **state) {
  (void)state;
  const char *const optimizers[] = {
      "train.optimizer=adam", "train.optimizer=lbfgs", "train.optimizer=lbfgs"};
  double excess[3], theta[3][D * D];
  for (size_t o = 0; o < 3; ++o) {
    const char *const overrides[] = {"model.weights=gd",       "model.loops=1",
                                     "train.steps=50",         optimizers[o],
                                     "train.fresh_every=1000", NULL};
    iclgd_error err;
    run r;
    start(&r, overrides, o == 2 ? 3 : 1);
    const double least = least_loss(&r);
    diary d = {.r = &r};
    assert_ok(iclgd_trainer_run(r.trainer, write_diary, &d, &err), err);
    excess[o] = d.loss[50] / least - 1;
    memcpy(theta[o], r.w.theta, sizeof theta[o]);
    for (size_t s = 0; o > 0 && s < 50; ++s)
      assert_true(d.loss[s] >= d.loss[50]);
    stop(&r);
  }
  assert_close(excess[1], 0, 1e-10, 0);
  assert_true(excess[0] > 1e-3);
  assert_memory_equal(theta[1], theta[2], sizeof *theta);
}

/* From a start that overflows there is no search; the watch has seen it. */
static void no_search_from_an_overflow(void **state) {
  (void)state;
  const char *const overrides[] = {"model.weights=gd",      "model.loops=60",
                                   "train.steps=30",        "model.init=gd:1e6",
                                   "train.optimizer=lbfgs", NULL};
  iclgd_error err;
  run r;
  start(&r, overrides, 2);
  diary d = {.r = &r};
  assert_int_equal(iclgd_trainer_run(r.trainer, write_diary, &d, &err),
                   ICLGD_DIVERGED);
  assert_int_equal(d.count, 1);
  stop(&r);
}

static void a_search_has_one_function(void **state) {
  (void)state;
  const char *const keys[] = {"train.curriculum=0.3", "train.average=0.3",
                              "train.guard=3", "train.weight_decay=3"};
  for (size_t k = 0; k < 4; ++k) {
    run r;
    const char *const overrides[] = {keys[k], NULL};
    start(&r, overrides, 1);
    iclgd_error err;
    iclgd_trainer *trainer;
    r.options.optimizer = ICLGD_LBFGS;
    assert_int_equal(iclgd_trainer_create(&r.options, &r.w.model, r.w.theta,
                                          &r.source, r.pool, &trainer, &err),
                     ICLGD_EUSAGE);
    char name[32];
    snprintf(name, sizeof name, "%.*s ", (int)strcspn(keys[k], "="), keys[k]);
    assert_ptr_equal(strstr(err.text, name), err.text);
    stop(&r);
  }
}

/* Batches that fill no whole group of 16: the mean over exactly those, and
 * the next batch starts at the next group. */
static void a_batch_is_the_mean_of_its_prompts(void **state) {
  (void)state;
  const struct {
    const char *key;
    size_t count, stride;
  } batches[] = {{"train.batch=1", 1, 16},
                 {"train.batch=16", 16, 16},
                 {"train.batch=17", 17, 32},
                 {"train.batch=40", 40, 48}};
  for (size_t b = 0; b < 4; ++b) {
    const char *const overrides[] = {"model.weights=gdpp", "model.layers=2",
                                     "model.loops=1",      batches[b].key,
                                     "train.lr=0",         NULL};
    run r;
    start(&r, overrides, 2);
    double c[3] = {0, 0, 1}, gradient[PARAMETERS];
    for (size_t s = 0; s < 3; ++s) {
      const double loss =
          direct(&r, c, s * batches[b].stride, batches[b].count, gradient);
      double norm = 0;
      for (size_t i = 0; i < r.w.model.size; ++i)
        norm += gradient[i] * gradient[i];
      const iclgd_train_report report = step(&r);
      assert_int_equal(report.step, s);
      assert_close(report.loss, loss, 0, 1e-13);
      assert_close(report.grad_norm, sqrt(norm), 0, 1e-12);
    }
    stop(&r);
  }
}

/* A fixed set is gone through from end to end, whatever the batch. */
static void no_given_prompt_is_left_out(void **state) {
  (void)state;
  enum { COUNT = 24, BATCH = 5 };
  const char *const overrides[] = {"train.batch=5", "train.lr=0", NULL};
  run r;
  start(&r, overrides, 1);
  iclgd_error err;
  iclgd_prompts set;
  iclgd_trainer *trainer;
  const double c[] = {0, 1};
  double gradient[PARAMETERS];
  assert_ok(iclgd_prompts_create_for(&r.source, COUNT, &r.w.arena, &set, &err),
            err);
  iclgd_prompt_source_draw(&r.source, 0, &set);
  r.source.fixed = &set;
  assert_ok(iclgd_trainer_create(&r.options, &r.w.model, r.w.theta, &r.source,
                                 r.pool, &trainer, &err),
            err);
  for (size_t s = 0; s < COUNT; ++s) {
    iclgd_train_report report;
    assert_int_equal(iclgd_trainer_step(trainer, &report), ICLGD_OK);
    assert_close(report.loss, direct(&r, c, s * BATCH, BATCH, gradient), 0,
                 1e-13);
  }
  iclgd_trainer_free(trainer);
  stop(&r);
}

static void fresh_every_keeps_the_batch(void **state) {
  (void)state;
  const char *const overrides[] = {"train.fresh_every=3", "train.lr=0", NULL};
  run r;
  start(&r, overrides, 1);
  double loss[9];
  for (size_t s = 0; s < 9; ++s) loss[s] = step(&r).loss;
  for (size_t s = 0; s < 9; ++s)
    for (size_t t = 0; t < s; ++t)
      assert_int_equal(loss[s] == loss[t], s / 3 == t / 3);
  stop(&r);
}

/* Measuring is not stepping: the next step sees the same batch. */
static void measuring_changes_nothing(void **state) {
  (void)state;
  const char *const none[] = {NULL};
  run r;
  start(&r, none, 1);
  const double before = r.w.theta[0];
  iclgd_train_report a, b;
  iclgd_trainer_measure(r.trainer, &a);
  iclgd_trainer_measure(r.trainer, &b);
  assert_true(r.w.theta[0] == before);
  const iclgd_train_report c = step(&r);
  assert_true(a.loss == b.loss && b.loss == c.loss && c.step == 0);
  assert_true(r.w.theta[0] != before);
  assert_int_equal(step(&r).step, 1);
  stop(&r);
}

/* With sgd at rate 1 and no momentum the move is the clipped gradient. */
static void clipped_moves_have_the_limit(void **state) {
  (void)state;
  const char *const keys[] = {"train.clip_per=global", "train.clip_per=matrix"};
  for (size_t k = 0; k < 2; ++k) {
    const char *const overrides[] = {"model.weights=gdpp",
                                     "model.layers=2",
                                     "model.loops=2",
                                     "train.optimizer=sgd",
                                     "train.beta1=0",
                                     "train.lr=1",
                                     "train.schedule=constant",
                                     "train.clip=1e-4",
                                     keys[k],
                                     NULL};
    run r;
    start(&r, overrides, 1);
    const size_t size = r.w.model.size, block = D * D;
    const double c[] = {0, 0, 0, 0, 1};
    double gradient[PARAMETERS], before[PARAMETERS];
    memcpy(before, r.w.theta, size * sizeof *before);
    direct(&r, c, 0, 40, gradient);
    const iclgd_train_report report = step(&r);
    double total = 0, global = 0;
    for (size_t i = 0; i < size; ++i) global += gradient[i] * gradient[i];
    assert_close(report.grad_norm, sqrt(global), 0, 1e-12);
    assert_int_equal(size, 4 * block);
    for (size_t b = 0; b < 4; ++b) {
      double norm = 0, scale = 0;
      for (size_t i = b * block; i < (b + 1) * block; ++i)
        scale += gradient[i] * gradient[i];
      for (size_t i = b * block; i < (b + 1) * block; ++i) {
        const double move = before[i] - r.w.theta[i];
        const double limit = 1e-4 / sqrt(k == 0 ? global : scale);
        assert_close(move, gradient[i] * limit, 1e-15, 1e-9);
        norm += move * move;
      }
      if (k == 1) assert_close(sqrt(norm), 1e-4, 0, 1e-9);
      total += norm;
    }
    if (k == 0) assert_close(sqrt(total), 1e-4, 0, 1e-9);
    stop(&r);
  }
}

static void the_window_averages_last_loops(void **state) {
  (void)state;
  const char *const overrides[] = {"model.layers=2", "model.loops=3", NULL};
  world w;
  world_create(&w, overrides, 1, 1);
  const double expected[][7] = {{0, 0, 0, 0, 0, 0, 1},
                                {0, 0, 0, 0, .5, 0, .5},
                                {0, 0, 1. / 3, 0, 1. / 3, 0, 1. / 3},
                                {0, 0, 1. / 3, 0, 1. / 3, 0, 1. / 3}};
  for (size_t T = 1; T <= 4; ++T) {
    double c[7];
    iclgd_loss_weights(&w.model, 3, T, c);
    for (size_t l = 0; l < 7; ++l) assert_true(c[l] == expected[T - 1][l]);
  }
  world_free(&w);
}

static void divergence_is_reported(void **state) {
  (void)state;
  const char *const optimizers[] = {"train.optimizer=sgd",
                                    "train.optimizer=adam"};
  for (size_t o = 0; o < 2; ++o) {
    const char *const overrides[] = {"model.weights=gd",
                                     "model.layers=1",
                                     "model.loops=6",
                                     "train.schedule=constant",
                                     optimizers[o],
                                     "train.lr=1e6",
                                     NULL};
    run r;
    start(&r, overrides, 1);
    iclgd_train_report report;
    iclgd_status status = ICLGD_OK;
    size_t steps = 0;
    for (; status == ICLGD_OK && steps < 50; ++steps)
      status = iclgd_trainer_step(r.trainer, &report);
    assert_int_equal(status, ICLGD_DIVERGED);
    assert_true(steps > 1);
    double before[D * D];
    memcpy(before, r.w.theta, sizeof before);
    for (size_t i = 0; i < D * D; ++i) assert_true(isfinite(before[i]));
    assert_int_equal(iclgd_trainer_step(r.trainer, &report), ICLGD_DIVERGED);
    assert_memory_equal(before, r.w.theta, sizeof before);
    stop(&r);
  }
}

/* The update that ends a run may be the one that ruins it. */
static void measuring_reports_divergence(void **state) {
  (void)state;
  const char *const overrides[] = {
      "model.weights=gd",        "model.layers=1", "model.loops=60",
      "train.schedule=constant", "train.lr=1e6",   NULL};
  run r;
  start(&r, overrides, 1);
  iclgd_train_report report;
  assert_int_equal(iclgd_trainer_measure(r.trainer, &report), ICLGD_OK);
  step(&r);
  assert_int_equal(iclgd_trainer_measure(r.trainer, &report), ICLGD_DIVERGED);
  stop(&r);
}

/* A step of 1e4 on w has a loss that is huge but finite, and stays so at rate
 * zero: the tenth time in a row ends the run. */
static void patience_ends_after_ten_steps(void **state) {
  (void)state;
  const char *const overrides[] = {"model.weights=gd", "model.layers=1",
                                   "model.loops=1",    "model.init=gd:1e4",
                                   "train.lr=0",       NULL};
  run r;
  start(&r, overrides, 1);
  iclgd_train_report report;
  for (size_t s = 0; s < 9; ++s) assert_true(step(&r).loss > 1e6);
  assert_int_equal(iclgd_trainer_step(r.trainer, &report), ICLGD_DIVERGED);
  assert_true(isfinite(report.loss));
  stop(&r);
}

/* From zero weights, whose loss is E y_query^2, to well below half of it. */
static void training_lowers_the_loss(void **state) {
  (void)state;
  const char *const optimizers[] = {
      "train.optimizer=adam", "train.optimizer=adamw", "train.optimizer=sgd"};
  for (size_t o = 0; o < 3; ++o) {
    const char *const overrides[] = {"model.weights=gd",
                                     "model.layers=1",
                                     "model.loops=1",
                                     "model.init=zero",
                                     "train.steps=100",
                                     optimizers[o],
                                     NULL};
    run r;
    start(&r, overrides, 2);
    iclgd_error err;
    const iclgd_prompt_source eval = {.dist = &r.w.dist,
                                      .stream = ICLGD_STREAM_EVAL};
    double before, after;
    assert_ok(iclgd_held_out_loss(&r.w.model, r.w.theta, &eval, 0, 500, r.pool,
                                  NULL, &before, &err),
              err);
    for (size_t s = 0; s < 100; ++s) step(&r);
    assert_ok(iclgd_held_out_loss(&r.w.model, r.w.theta, &eval, 0, 500, r.pool,
                                  NULL, &after, &err),
              err);
    assert_close(before, 3, 0.5, 0);
    assert_true(after < 0.5 * before);
    stop(&r);
  }
}

static void the_held_out_loss_is_the_mean(void **state) {
  (void)state;
  const char *const overrides[] = {"model.layers=1", "model.loops=3", NULL};
  run r;
  start(&r, overrides, 3);
  iclgd_error err;
  const double c[] = {0, 0, 0, 1};
  double gradient[PARAMETERS], loss;
  r.source.stream = ICLGD_STREAM_EVAL;
  assert_ok(iclgd_held_out_loss(&r.w.model, r.w.theta, &r.source, 32, 37,
                                r.pool, NULL, &loss, &err),
            err);
  assert_close(loss, direct(&r, c, 32, 37, gradient), 0, 1e-13);
  stop(&r);
}

static void log_steps_ascend_to_both_ends(void **state) {
  (void)state;
  const size_t lasts[] = {0, 1, 2, 3, 7, 10, 99, 100, 1000, 99999, 1000000000};
  const size_t limits[] = {2, 3, 5, 20, 200, 1000};
  size_t *out = malloc(1000 * sizeof *out);
  assert_non_null(out);
  for (size_t a = 0; a < sizeof lasts / sizeof *lasts; ++a)
    for (size_t b = 0; b < sizeof limits / sizeof *limits; ++b) {
      const size_t last = lasts[a], limit = limits[b];
      const size_t count = iclgd_log_steps(last, limit, out);
      const size_t all = last + 1 < limit ? last + 1 : limit;
      assert_in_range(count, all < 2 ? 1 : 2, all);
      assert_int_equal(out[0], 0);
      assert_int_equal(out[count - 1], last);
      for (size_t i = 1; i < count; ++i) assert_true(out[i] > out[i - 1]);
      if (last + 1 <= limit / 10) assert_int_equal(count, last + 1);
    }
  const size_t decades[] = {0, 9, 99, 999}; /* even in log(step + 1) */
  assert_int_equal(iclgd_log_steps(999, 4, out), 4);
  assert_memory_equal(out, decades, sizeof decades);
  free(out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_goes_on),
      cmocka_unit_test(threads_change_no_bit),
      cmocka_unit_test(a_wide_guard_is_none),
      cmocka_unit_test(overflows_are_counted),
      cmocka_unit_test(the_curriculum_grows_the_loops),
      cmocka_unit_test(late_parameters_are_averaged),
      cmocka_unit_test(a_run_is_watched_at_every_step),
      cmocka_unit_test(lbfgs_reaches_the_optimum_of_a_batch),
      cmocka_unit_test(no_search_from_an_overflow),
      cmocka_unit_test(a_search_has_one_function),
      cmocka_unit_test(a_batch_is_the_mean_of_its_prompts),
      cmocka_unit_test(no_given_prompt_is_left_out),
      cmocka_unit_test(fresh_every_keeps_the_batch),
      cmocka_unit_test(measuring_changes_nothing),
      cmocka_unit_test(clipped_moves_have_the_limit),
      cmocka_unit_test(the_window_averages_last_loops),
      cmocka_unit_test(divergence_is_reported),
      cmocka_unit_test(measuring_reports_divergence),
      cmocka_unit_test(patience_ends_after_ten_steps),
      cmocka_unit_test(training_lowers_the_loss),
      cmocka_unit_test(the_held_out_loss_is_the_mean),
      cmocka_unit_test(log_steps_ascend_to_both_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
