/* One case: a trainer as `iclgd train` makes it, timed step by step in rounds.
 */
#include <iclgd/comparisons.h>
#include <iclgd/keys.h>
#include <iclgd/linear.h>
#include <string.h>
#include <time.h>

#include "bench/bench.h"
#include "engine/engine.h"

double iclgd_bench_clock(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct burning {
  const iclgd_engine_form *form;
  double flops[256]; /* per thread of a pool; train.threads ends there */
} burning;

static void burn(void *context, size_t round, size_t thread) {
  (void)thread;
  burning *b = context;
  enum { ROUNDS = 1000000 };
  b->flops[round] = b->form->burn(ROUNDS);
}

iclgd_status iclgd_bench_peak(iclgd_precision precision, size_t threads,
                              double *out, iclgd_error *err) {
  iclgd_pool *pool;
  TRY(iclgd_pool_create(threads, &pool, err));
  burning b = {.form =
                   iclgd_engine_best(&iclgd_linear_architecture, precision)};
  *out = 0;
  for (int trial = 0; trial < 3; ++trial) {
    double flops = 0;
    const double start = iclgd_bench_clock();
    iclgd_pool_for(pool, threads, burn, &b);
    const double seconds = iclgd_bench_clock() - start;
    for (size_t t = 0; t < threads; ++t) flops += b.flops[t];
    if (flops / seconds > *out) *out = flops / seconds;
  }
  iclgd_pool_free(pool);
  return ICLGD_OK;
}

double iclgd_bench_normals(void) {
  enum { ROWS = 256, CALLS = 2000 };
  static const uint64_t seed = 1;
  float out[ROWS * ICLGD_LANES];
  iclgd_lanes lanes;
  double best = 0;
  iclgd_lanes_seed(&lanes, seed, ICLGD_STREAM_TRAIN, 0);
  for (int trial = 0; trial < 3; ++trial) {
    const double start = iclgd_bench_clock();
    for (int call = 0; call < CALLS; ++call)
      iclgd_lanes_normals(out, &lanes, ROWS);
    const double rate =
        (double)CALLS * ROWS * ICLGD_LANES / (iclgd_bench_clock() - start);
    if (rate > best) best = rate;
  }
  return best;
}

/* Everything that a trainer borrows. */
typedef struct bench {
  iclgd_arena arena;
  iclgd_settings *settings;
  iclgd_distribution dist;
  iclgd_model model;
  double *theta;
  iclgd_prompt_source source;
  iclgd_pool *pool;
  iclgd_trainer *trainer;
} bench;

static iclgd_status read_settings(bench *b, const char *assignments,
                                  iclgd_error *err) {
  iclgd_status status = iclgd_settings_defaults(&b->settings, err);
  if (!status)
    status = iclgd_settings_override(b->settings, "train.lr=1e-4", err);
  while (!status && *assignments) {
    char one[64];
    const size_t length = strcspn(assignments, " ");
    if (length >= sizeof one)
      return iclgd_fail(err, ICLGD_EUSAGE, "a setting of %zu bytes", length);
    memcpy(one, assignments, length);
    one[length] = '\0';
    status = iclgd_settings_override(b->settings, one, err);
    assignments += length + strspn(assignments + length, " ");
  }
  return status;
}

static iclgd_status set_up(bench *b, const iclgd_bench_case *what,
                           size_t threads, iclgd_error *err) {
  const uint64_t seed = 1;
  iclgd_status status = read_settings(b, what->settings, err);
  if (!status)
    status =
        iclgd_distribution_create(b->settings, seed, &b->arena, &b->dist, err);
  if (!status)
    status =
        iclgd_model_from_settings(b->settings, NULL, b->dist.d, &b->model, err);
  if (!status)
    status = iclgd_model_use_sampler(
        &b->model, iclgd_train_options_from(b->settings).prefixes, b->settings,
        &b->arena, &b->dist, err);
  if (!status)
    status = iclgd_model_initialise(&b->model, b->settings, seed, &b->arena,
                                    &b->theta, err);
  if (!status) status = iclgd_pool_create(threads, &b->pool, err);
  if (status) return status;
  iclgd_train_options options = iclgd_train_options_from(b->settings);
  options.schedule = ICLGD_CONSTANT;
  b->source =
      (iclgd_prompt_source){.dist = &b->dist, .stream = ICLGD_STREAM_TRAIN};
  return iclgd_trainer_create(&options, &b->model, b->theta, &b->source,
                              b->pool, &b->trainer, err);
}

static void tear_down(bench *b) {
  iclgd_trainer_free(b->trainer);
  iclgd_pool_free(b->pool);
  iclgd_settings_free(b->settings);
  iclgd_arena_free(&b->arena);
}

static double processor_clock(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds that one of `steps` steps takes, of the clock and of processors. */
typedef struct seconds_of {
  double clock, processors;
} seconds_of;

static seconds_of time_steps(bench *b, size_t steps) {
  iclgd_train_report report;
  const double start = iclgd_bench_clock(), used = processor_clock();
  for (size_t s = 0; s < steps; ++s) iclgd_trainer_step(b->trainer, &report);
  return (seconds_of){(iclgd_bench_clock() - start) / (double)steps,
                      (processor_clock() - used) / (double)steps};
}

static seconds_of median_step(bench *b, double seconds) {
  enum { ROUNDS = 5 };
  double round[ROUNDS], used[ROUNDS];
  time_steps(b, 2); /* caches and threads are warm */
  const double wanted = seconds / ROUNDS / time_steps(b, 3).clock;
  const size_t steps = wanted > 1 ? (size_t)wanted : 1;
  for (int k = 0; k < ROUNDS; ++k) {
    const seconds_of step = time_steps(b, steps);
    round[k] = step.clock;
    used[k] = step.processors;
  }
  iclgd_sort(round, ROUNDS);
  iclgd_sort(used, ROUNDS);
  return (seconds_of){round[ROUNDS / 2], used[ROUNDS / 2]};
}

static void fill_result(const bench *b, seconds_of step,
                        iclgd_bench_result *out) {
  out->d = b->dist.d;
  out->n = b->dist.n;
  out->depth = iclgd_model_depth(&b->model);
  out->batch = iclgd_get_size(b->settings, "train.batch");
  out->family = b->model.linear ? b->model.linear->name : "transformer";
  out->sampler = b->dist.sampler == ICLGD_WISHART ? "wishart" : "tokens";
  out->ms_per_step = 1e3 * step.clock;
  out->cpu_ms_per_step = 1e3 * step.processors;
  out->prompts_per_s = (double)out->batch / step.clock;
  out->flops_per_prompt = iclgd_bench_flops(
      &b->model, &b->dist, iclgd_train_options_from(b->settings).prefixes);
  out->gflops = 1e-9 * out->flops_per_prompt * out->prompts_per_s;
  out->peak_fraction = out->gflops / out->peak_gflops;
}

iclgd_status iclgd_bench_measure(const iclgd_bench_case *what, size_t threads,
                                 double seconds, iclgd_bench_result *out,
                                 iclgd_error *err) {
  bench b = {0};
  *out = (iclgd_bench_result){.what = what, .threads = threads};
  iclgd_status status = set_up(&b, what, threads, err);
  if (!status) {
    const iclgd_precision precision =
        (iclgd_precision)iclgd_get_form(b.settings, "train.precision").choice;
    double peak;
    out->precision = precision == ICLGD_SINGLE ? "single" : "double";
    status = iclgd_bench_peak(precision, threads, &peak, err);
    out->peak_gflops = 1e-9 * peak;
  }
  if (!status) fill_result(&b, median_step(&b, seconds), out);
  tear_down(&b);
  return status;
}
