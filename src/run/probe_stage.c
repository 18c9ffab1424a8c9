/* The probe stage: the model and every reference algorithm on the same
 * prompts, block by block; trajectories go to the file as they come. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/capabilities.h"
#include "run/notes.h"
#include "run/outside/outside.h"
#include "run/seed_losses.h"
#include "run/stages.h"
#include "run/theory/expected.h"

typedef struct active_probe {
  const iclgd_probe *probe;
  iclgd_arena arena;
  iclgd_probe_setup setup; /* with that arena */
  void *state;
} active_probe;

enum { PATHS_MAX = 32, PROBES_MAX = 64 };
enum { BLOCK_MAX = 256, GROUP_MAX = 16 }; /* prompts */

/* Everything the stage holds. */
typedef struct stage {
  iclgd_job *job;
  iclgd_prompt_source source; /* of the prompts that are probed */
  uint64_t source_from;       /* index of the first of them */
  size_t prompts, steps;
  size_t stored; /* of the prompts, from the first on */
  iclgd_prompts tune, block;
  iclgd_path paths[PATHS_MAX]; /* 0 is the model */
  iclgd_track tracks[PATHS_MAX];
  size_t n_paths;
  iclgd_problem *problems; /* of the block, in `problem_work` */
  double *problem_work;
  iclgd_thread *threads;
  iclgd_follower **followers; /* by thread; NULL: the model is brought */
  iclgd_outcome outcome;
  iclgd_seed_losses seeds;
  uint64_t at;  /* the first prompt of the block that is on */
  size_t group; /* prompts of it that one thread takes at a time */
  iclgd_probe_setup setup;
  active_probe probes[PROBES_MAX];
  size_t n_probes;
  iclgd_notes notes;  /* what did not apply */
  iclgd_history none; /* of what readouts were not fitted to */
} stage;

/* Of a file's prompts the first fifth (up to reference.tune_prompts) serves to
 * choose hyperparameters, the rest is probed. */
static iclgd_status split_given(stage *s, iclgd_error *err) {
  const iclgd_prompts *given = &s->job->given.to_probe;
  const size_t most =
      iclgd_get_size(s->job->settings, "reference.tune_prompts");
  const size_t fifth = given->count >= 10 ? given->count / 5 : 1;
  s->tune = iclgd_prompts_part(given, 0, fifth < most ? fifth : most);
  s->source = (iclgd_prompt_source){.fixed = given};
  s->source_from = s->tune.count;
  s->prompts = given->count - s->tune.count;
  const size_t wanted = iclgd_get_size(s->job->settings, "probe.prompts");
  if (iclgd_settings_is_set(s->job->settings, "probe.prompts") &&
      wanted < s->prompts)
    s->prompts = wanted;
  if (s->prompts >= 2) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: /entry/prompts: expected at least 3 prompts to choose "
                    "step sizes on some and probe the others, found %zu",
                    s->job->options->prompts, given->count);
}

static iclgd_status draw_tuning_prompts(stage *s, iclgd_error *err) {
  iclgd_job *job = s->job;
  if (job->given.there) return split_given(s, err);
  const iclgd_prompt_source tuning = {.dist = job->dist,
                                      .stream = ICLGD_STREAM_TUNE};
  s->source =
      (iclgd_prompt_source){.dist = job->dist, .stream = job->options->stream};
  s->prompts = iclgd_get_size(job->settings, "probe.prompts");
  TRY(iclgd_prompts_create_for(
      &tuning, iclgd_get_size(job->settings, "reference.tune_prompts"),
      &job->arena, &s->tune, err));
  iclgd_prompt_source_draw(&tuning, 0, &s->tune);
  return ICLGD_OK;
}

static size_t wanted_steps(const iclgd_job *job) {
  const iclgd_form form = iclgd_get_form(job->settings, "probe.steps");
  const size_t depth = iclgd_model_depth(&job->model);
  size_t steps = form.count ? (size_t)form.values[0] : 2 * depth;
  if (!form.count && steps < 10) steps = 10;
  return steps > depth ? steps : depth;
}

/* How many prompts the file is to have. */
static size_t wanted_stored(const stage *s) {
  enum { ALL, SAMPLE, SAMPLE_OF, SUMMARY, SAMPLE_PROMPTS = 1000 };
  const iclgd_form form = iclgd_get_form(s->job->settings, "probe.store");
  size_t stored = s->prompts;
  if (form.choice == SAMPLE) stored = SAMPLE_PROMPTS;
  if (form.choice == SAMPLE_OF) stored = (size_t)form.values[0];
  if (form.choice == SUMMARY) stored = 0;
  return stored < s->prompts ? stored : s->prompts;
}

static iclgd_status path_of_model(stage *s, iclgd_error *err) {
  iclgd_job *job = s->job;
  if (job->outside) TRY(iclgd_outside_read_out(job, s->tune.count, err));
  s->paths[s->n_paths++] =
      job->outside
          ? iclgd_outside_path(job)
          : iclgd_path_of_model(&job->model, job->theta, "model",
                                job->program ? "the program" : "trained model");
  return ICLGD_OK;
}

/* Path 0 is the model; then every listed algorithm that applies. */
static iclgd_status choose_paths(stage *s, iclgd_error *err) {
  iclgd_job *job = s->job;
  const char *list = iclgd_get_text(job->settings, "reference.list");
  s->steps = wanted_steps(job);
  const iclgd_choice choice = {.settings = job->settings,
                               .dist = job->dist,
                               .model = &job->model,
                               .theta = job->theta,
                               .tune = &s->tune,
                               .steps = s->steps,
                               .arena = &job->arena,
                               .stop = job->options->stop};
  size_t count;
  const iclgd_algorithm *const *algorithms = iclgd_algorithms(&count);
  TRY(path_of_model(s, err));
  for (size_t i = 0; i < count; ++i) {
    if (!iclgd_listed(list, algorithms[i]->name)) continue;
    iclgd_path path = {.name = algorithms[i]->name,
                       .title = algorithms[i]->title,
                       .algorithm = algorithms[i]};
    iclgd_error why;
    const iclgd_status status =
        iclgd_algorithm_choose(algorithms[i], &choice, &path.hyper, &why);
    TRY(iclgd_report_done(job, "choosing step sizes", 0, i + 1, count, err));
    if (status == ICLGD_ERANGE) {
      iclgd_notes_add(&s->notes, path.name, &why);
      continue;
    }
    if (status) return iclgd_fail(err, status, "%s", why.text);
    path.steps = iclgd_algorithm_steps(algorithms[i], &path.hyper, s->steps);
    s->paths[s->n_paths++] = path;
  }
  return ICLGD_OK;
}

/* Blocks are a power of two, so that chunks of the file are made of whole ones,
 * and shrink for long contexts, so that they stay below some 30 MB. */
static size_t block_size(const stage *s) {
  size_t numbers = s->job->n * (s->job->d + 1) + iclgd_problem_work(s->job->d);
  size_t size = BLOCK_MAX;
  for (size_t p = 0; p < s->n_paths; ++p)
    numbers += 2 * (s->paths[p].steps + 1) * (s->job->d + 2);
  while (size > 1 && size * numbers > 4000000) size /= 2;
  return size < s->prompts ? size : s->prompts;
}

/* Neighbouring prompts go to one thread, as long as there is enough for all. */
static size_t group_size(size_t block, size_t threads) {
  const size_t size = block / (4 * threads);
  return size < 1 ? 1 : size < GROUP_MAX ? size : GROUP_MAX;
}

static iclgd_status take_memory(stage *s, iclgd_error *err) {
  iclgd_job *job = s->job;
  iclgd_arena *arena = &job->arena;
  const size_t block = block_size(s), threads = iclgd_pool_threads(job->pool);
  s->group = group_size(block, threads);
  s->problems = iclgd_arena_take(arena, block, sizeof *s->problems);
  s->problem_work =
      iclgd_arena_reals(arena, block, iclgd_problem_work(job->d), 1);
  for (size_t p = 0; p < s->n_paths; ++p) {
    const size_t rows = s->paths[p].steps + 1;
    s->tracks[p].w = iclgd_arena_reals(arena, block, rows, job->d);
    s->tracks[p].prediction = iclgd_arena_reals(arena, block, rows, 1);
  }
  TRY(iclgd_prompts_create_for(&s->source, block, arena, &s->block, err));
  TRY(iclgd_threads_create(job, s->paths, 1, &s->threads, err));
  TRY(iclgd_followers_create(job, &s->followers, err));
  TRY(iclgd_outcome_create(s->paths, s->n_paths, s->prompts, block, arena,
                           &s->outcome, err));
  return iclgd_seed_losses_create(job, &s->outcome, block, &s->seeds, err);
}

static iclgd_status begin_probe(const stage *s, active_probe *active,
                                iclgd_error *err) {
  const iclgd_probe *probe = active->probe;
  active->setup = s->setup;
  active->setup.arena = &active->arena;
  active->state = iclgd_arena_take(&active->arena, 1, probe->state_size);
  iclgd_status status = iclgd_check_needs(&s->setup, probe->needs, err);
  if (!status) status = iclgd_arena_status(&active->arena, err, probe->name);
  if (!status) status = probe->begin(active->state, &active->setup, err);
  if (!status) status = iclgd_arena_status(&active->arena, err, probe->name);
  if (status) iclgd_arena_free(&active->arena);
  return status;
}

static iclgd_status begin_probes(stage *s, iclgd_error *err) {
  iclgd_job *job = s->job;
  s->setup = (iclgd_probe_setup){
      .settings = job->settings,
      .dist = job->dist,
      .model = &job->model,
      .theta = job->theta,
      .history = job->model.readouts ? &s->none : &job->history,
      .tune = &s->tune,
      .source = s->source,
      .source_from = s->source_from,
      .pool = job->pool,
      .prompts = s->prompts,
      .n = job->n,
      .d = job->d,
      .depth = iclgd_model_depth(&job->model),
      .n_paths = s->n_paths,
      .paths = s->paths,
  };
  const char *list = iclgd_get_text(job->settings, "probe.list");
  size_t count;
  const iclgd_probe *const *probes = iclgd_probes(&count);
  for (size_t i = 0; i < count; ++i) {
    if (!iclgd_listed(list, probes[i]->name)) continue;
    iclgd_error why;
    active_probe *active = &s->probes[s->n_probes];
    active->probe = probes[i];
    const iclgd_status status = begin_probe(s, active, &why);
    if (status == ICLGD_ERANGE)
      iclgd_notes_add(&s->notes, probes[i]->name, &why);
    else if (status)
      return iclgd_fail(err, status, "%s", why.text);
    else
      ++s->n_probes;
  }
  return iclgd_report_done(job, "beginning probes", 0, 1, 1, err);
}

/* The model on prompts of the block that were drawn. */
static void run_model(stage *s, size_t first, size_t count, size_t thread) {
  const iclgd_path *path = &s->paths[0];
  const iclgd_track *track = &s->tracks[0];
  const size_t rows = path->steps + 1;
  iclgd_follow(s->followers[thread], path->model, path->theta, &s->block, first,
               count, track->w + first * rows * s->job->d,
               track->prediction + first * rows);
}

/* The other paths on prompt i of the block. */
static void run_prompt(stage *s, size_t i, const iclgd_thread *own) {
  iclgd_problem *problem = &s->problems[i];
  *problem = iclgd_problem_of(
      &s->block, i, true, s->problem_work + i * iclgd_problem_work(s->job->d));
  for (size_t p = s->followers ? 1 : 0; p < s->n_paths; ++p) {
    const size_t rows = s->paths[p].steps + 1;
    iclgd_path_follow(&s->paths[p], problem, &own->path_scratch,
                      s->tracks[p].w + i * rows * s->job->d,
                      s->tracks[p].prediction + i * rows);
  }
  iclgd_seed_losses_measure(s->job, &s->seeds, problem, i, own);
}

/* Draw a group of neighbouring prompts of the block and run all paths. */
static void run_group(void *context, size_t group, size_t thread) {
  stage *s = context;
  const size_t first = group * s->group, left = s->block.count - first;
  const size_t count = left < s->group ? left : s->group;
  iclgd_prompts part = iclgd_prompts_part(&s->block, first, count);
  iclgd_prompt_source_draw(&s->source, s->source_from + s->at + first, &part);
  if (s->followers) run_model(s, first, count, thread);
  for (size_t i = 0; i < count; ++i)
    run_prompt(s, first + i, &s->threads[thread]);
  for (size_t p = 0; p < s->n_paths; ++p)
    iclgd_fill_stored_part(s->job, &s->paths[p], &s->tracks[p], &s->block,
                           first, count, s->threads[thread].v);
}

static iclgd_status feed_probes(stage *s, size_t first, iclgd_error *err) {
  iclgd_trajectory views[PATHS_MAX];
  for (size_t p = 0; p < s->n_paths; ++p)
    views[p] = (iclgd_trajectory){s->tracks[p].w, s->tracks[p].prediction};
  const iclgd_probe_block block = {first, &s->block, views, s->problems};
  for (size_t i = 0; i < s->n_probes; ++i)
    if (s->probes[i].probe->feed)
      TRY(s->probes[i].probe->feed(s->probes[i].state, &block, err));
  return ICLGD_OK;
}

/* What the file is to have of the block that is on. */
static iclgd_status store(const stage *s, iclgd_error *err) {
  const size_t width = s->block.count;
  if (s->at >= s->stored) return ICLGD_OK;
  const size_t left = s->stored - s->at, count = left < width ? left : width;
  const iclgd_prompts part = iclgd_prompts_part(&s->block, 0, count);
  TRY(iclgd_write_prompts(s->job, &part, s->at, err));
  return iclgd_write_trajectories(s->job, s->paths, s->tracks, s->n_paths,
                                  width, count, s->at, err);
}

static iclgd_status run_blocks(stage *s, iclgd_error *err) {
  iclgd_job *job = s->job;
  const size_t size = s->block.count;
  for (size_t first = 0; first < s->prompts; first += size) {
    const size_t left = s->prompts - first;
    s->block.count = left < size ? left : size;
    s->at = first;
    iclgd_pool_for(job->pool, (s->block.count + s->group - 1) / s->group,
                   run_group, s);
    iclgd_outcome_add(&s->outcome, s->tracks, &s->block, first, job->pool);
    iclgd_seed_losses_add(&s->seeds, s->block.count);
    TRY(store(s, err));
    TRY(feed_probes(s, first, err));
    TRY(iclgd_report_done(job, "probing", 1, first + s->block.count, s->prompts,
                          err));
  }
  return ICLGD_OK;
}

/* Some probes compute much at their end. Who wants to stop need not wait for
 * it: the loops are cut short, and nothing of them is kept. */
static iclgd_status finish_probes(stage *s, iclgd_error *err) {
  iclgd_job *job = s->job;
  iclgd_status status = ICLGD_OK;
  iclgd_pool_heed(job->pool, job->options->stop);
  for (size_t i = 0; !status && i < s->n_probes; ++i) {
    iclgd_error why;
    const iclgd_status done =
        s->probes[i].probe->finish(s->probes[i].state, job->record, &why);
    status =
        iclgd_report_done(job, "finishing probes", 0, i + 1, s->n_probes, err);
    if (!status && done) status = iclgd_fail(err, done, "%s", why.text);
  }
  iclgd_pool_heed(job->pool, NULL);
  return status;
}

static iclgd_status finish(stage *s, iclgd_error *err) {
  iclgd_expected expected;
  TRY(iclgd_expect(s->job, s->paths, s->n_paths, &expected, err));
  TRY(iclgd_write_losses(s->job, &s->outcome, &expected, s->paths, s->steps,
                         err));
  TRY(iclgd_seed_losses_write(s->job, &s->seeds, err));
  TRY(iclgd_write_tuning(s->job, s->tune.count, err));
  TRY(iclgd_notes_write(&s->notes, s->job->record, err));
  TRY(iclgd_write_readouts(s->job, err));
  TRY(iclgd_write_held_out(s->job, s->paths, s->n_paths, err));
  if (s->job->outside) TRY(iclgd_outside_write(s->job, err));
  if (s->job->program) TRY(iclgd_write_linearity(s->job, &s->tune, err));
  TRY(finish_probes(s, err));
  TRY(iclgd_write_theory(s->job, &s->outcome, &expected, err));
  return iclgd_model_status(&s->job->model, err);
}

static void note_no_training(stage *s) {
  iclgd_error why;
  iclgd_fail(&why, ICLGD_ERANGE, "the model is a program, taken as it is");
  iclgd_notes_add(&s->notes, "training", &why);
}

static iclgd_status run_stage(stage *s, iclgd_error *err) {
  TRY(draw_tuning_prompts(s, err));
  if (s->job->program) note_no_training(s);
  s->stored = wanted_stored(s);
  TRY(iclgd_fit_readouts(s->job, &s->tune, err));
  TRY(choose_paths(s, err));
  TRY(take_memory(s, err));
  TRY(iclgd_begin_prompts(s->job, &s->block, s->prompts, s->stored, err));
  TRY(iclgd_begin_trajectories(s->job, s->paths, s->tracks, s->n_paths,
                               &s->block, s->stored, err));
  TRY(begin_probes(s, err));
  TRY(run_blocks(s, err));
  return finish(s, err);
}

iclgd_status iclgd_stage_probe(iclgd_job *job, iclgd_error *err) {
  stage *s = iclgd_arena_take(&job->arena, 1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "the probe stage");
  s->job = job;
  const iclgd_status status = run_stage(s, err);
  for (size_t i = 0; i < s->n_probes; ++i)
    iclgd_arena_free(&s->probes[i].arena);
  return status;
}
