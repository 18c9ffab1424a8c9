/* A program as the model (iclgd/program.h): started once for a run, when the
 * prompts are known, and ended with it. Nothing is trained. Its weights are
 * fitted at 4 d queries of the law of the inputs, which come from prompts that
 * nobody else sees; of given prompts from their contexts. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "run/stages.h"

static const char key[] = "model.program";

bool iclgd_has_program(const iclgd_settings *settings) {
  return *iclgd_get_text(settings, key) != '\0';
}

/* Whether a key was set where the program was: in the same file, or on the
 * command line. What a preset says of a model of its own does not count. */
static bool is_set_with_program(const iclgd_settings *s, const char *name) {
  return iclgd_is_set_with(s, name, key);
}

iclgd_status iclgd_check_program(const iclgd_settings *s, unsigned stages,
                                 const iclgd_run_options *options,
                                 iclgd_error *err) {
  const char *command = iclgd_get_text(s, key);
  if (!iclgd_settings_is_accepted(s, key) && !iclgd_settings_is_set(s, key))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: %s = %s: a program that a file names is not started "
                      "unasked: say %s='%s' to use it",
                      iclgd_settings_inherited(s, key), key, command, key,
                      command);
  if (!(stages & ICLGD_STAGE_PROBE))
    return iclgd_settings_reject(s, key, err,
                                 "a program is probed as it is: it cannot be "
                                 "trained here");
  const char *other = options->model ? options->model : options->trajectories;
  if (other)
    return iclgd_settings_reject(
        s, key, err, "expected one model, found %s beside it", other);
  const char *named = iclgd_get_text(s, "model.architecture");
  if (is_set_with_program(s, "model.architecture") &&
      strcmp(named, iclgd_program_architecture.name) != 0)
    return iclgd_settings_reject(s, "model.architecture", err,
                                 "%s is set, which makes it 'program'", key);
  if (is_set_with_program(s, "model.loops") &&
      iclgd_get_int(s, "model.loops") != 1)
    return iclgd_settings_reject(s, "model.loops", err,
                                 "a program is not looped from outside: "
                                 "expected 1 beside %s",
                                 key);
  return ICLGD_OK;
}

iclgd_status iclgd_settle_program(iclgd_settings *settings, iclgd_error *err) {
  const char *const rows[][2] = {
      {"model.architecture", iclgd_program_architecture.name},
      {"model.loops", "1"}};
  if (!iclgd_has_program(settings)) return ICLGD_OK;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    if (!is_set_with_program(settings, rows[i][0]))
      TRY(iclgd_settings_set(settings, rows[i][0], rows[i][1], "program", err));
  return ICLGD_OK;
}

iclgd_status iclgd_resolve_program(const iclgd_job *job, iclgd_settings *out,
                                   iclgd_error *err) {
  char layers[32];
  snprintf(layers, sizeof layers, "%zu", job->model.layers);
  const char *const rows[][2] = {
      {"model.architecture", job->model.architecture->name},
      {"model.layers", layers},
      {"model.loops", "1"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    TRY(iclgd_settings_set(out, rows[i][0], rows[i][1], "program", err));
  return ICLGD_OK;
}

/* Query k of the pairs, in the frame of its prompt: x = U q. */
static void take_query(const iclgd_prompts *from, size_t k, double *q) {
  const size_t d = from->d, i = k % from->count;
  const double *x = from->x + (i * from->n + k % from->n) * d;
  const double *U = from->U ? from->U + i * d * d : NULL;
  for (size_t j = 0; j < d; ++j) q[j] = U ? 0 : x[j];
  for (size_t l = 0; U && l < d; ++l)
    for (size_t j = 0; j < d; ++j) q[j] += U[l * d + j] * x[l];
}

static iclgd_status take_queries(iclgd_job *job, iclgd_error *err) {
  static const uint64_t unseen = (uint64_t)1 << 41;
  const size_t d = job->d, K = 4 * d;
  iclgd_prompts from = job->given.to_probe;
  if (!job->given.there) {
    const iclgd_prompt_source source = {.dist = job->dist,
                                        .stream = ICLGD_STREAM_PROBE};
    TRY(iclgd_prompts_create_for(&source, K / 2, &job->arena, &from, err));
    iclgd_prompt_source_draw(&source, unseen, &from);
  }
  double *queries = iclgd_arena_reals(&job->arena, K, d, 1);
  TRY(iclgd_arena_status(&job->arena, err, "the queries of the program"));
  for (size_t k = 0; k < K / 2; ++k) {
    double *q = queries + 2 * k * d;
    take_query(&from, k, q);
    for (size_t j = 0; j < d; ++j) q[d + j] = -q[j];
  }
  job->model.n_queries = K;
  job->model.queries = queries;
  return ICLGD_OK;
}

iclgd_status iclgd_open_program(iclgd_job *job, iclgd_error *err) {
  const iclgd_settings *s = job->settings;
  const iclgd_program_options options = {
      .command = iclgd_get_text(s, key),
      .seconds = iclgd_get_real(s, "model.program_seconds"),
      .n = job->n,
      .d = job->d,
      .stop = job->options->stop};
  TRY(iclgd_report_done(job, "starting the program", 0, 0, 1, err));
  TRY(iclgd_program_open(&options, &job->program, err));
  job->model = iclgd_program_model(job->program, job->d);
  const size_t layers = iclgd_get_size(s, "model.layers");
  /* 1 is the default, which files of all keys say of every program. */
  if (is_set_with_program(s, "model.layers") && layers != 1 &&
      layers != job->model.layers)
    return iclgd_settings_reject(s, "model.layers", err, "the program has %zu",
                                 job->model.layers);
  job->theta = iclgd_arena_reals(&job->arena, job->model.size, 1, 1);
  return take_queries(job, err);
}
