/* One probe on the prompts of a world, beside algorithms of the test's choice;
 * what it wrote is read back from a file that has been validated. */
#ifndef ICLGD_TESTS_PROBING_H
#define ICLGD_TESTS_PROBING_H

#include <iclgd/probe.h>
#include <iclgd/schemas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/reference.h"

enum { PROBING_PATHS = 32, PROBING_BLOCK = 64 };

typedef struct probing {
  world *w;
  iclgd_pool *pool;
  iclgd_history history; /* may be filled in before probing_run */
  size_t n_paths, steps; /* of the algorithms */
  iclgd_path paths[PROBING_PATHS];
  iclgd_trajectory tracks[PROBING_PATHS];
  iclgd_prompts tune, block;
  iclgd_problem problems[PROBING_BLOCK];
  double *rooms;
  iclgd_arena arena; /* of the probe */
  iclgd_probe_setup setup;
  char path[64];
  iclgd_source *source; /* the file, after probing_run */
} probing;

static inline const iclgd_probe *probe_of(const char *name) {
  size_t count;
  const iclgd_probe *const *all = iclgd_probes(&count);
  for (size_t i = 0; i < count; ++i)
    if (strcmp(all[i]->name, name) == 0) return all[i];
  fail_msg("no probe '%s'", name);
  return NULL;
}

/* The model of the world as path 0; half of its prompts are for fitting. */
static inline void probing_open(probing *p, world *w, size_t steps) {
  iclgd_error err;
  *p = (probing){.w = w, .n_paths = 1, .steps = steps};
  p->paths[0] =
      iclgd_path_of_model(&w->model, w->theta, "model", "trained model");
  const size_t half = w->prompts.count / 2;
  p->tune = iclgd_prompts_part(&w->prompts, 0, half);
  assert_ok(iclgd_pool_create(2, &p->pool, &err), err);
}

/* Add an algorithm with hyperparameters chosen on the tuning prompts. */
static inline iclgd_path *probing_add(probing *p, const char *name) {
  const iclgd_choice choice = {.settings = p->w->settings,
                               .dist = &p->w->dist,
                               .model = &p->w->model,
                               .theta = p->w->theta,
                               .tune = &p->tune,
                               .arena = &p->w->arena};
  iclgd_path *path = &p->paths[p->n_paths++];
  iclgd_error err;
  *path = (iclgd_path){.name = name, .algorithm = algorithm_of(name)};
  path->title = path->algorithm->title;
  assert_ok(
      iclgd_algorithm_choose(path->algorithm, &choice, &path->hyper, &err),
      err);
  path->steps = iclgd_algorithm_steps(path->algorithm, &path->hyper, p->steps);
  return path;
}

static inline void probing_walk(probing *p,
                                const iclgd_path_scratch *path_scratch,
                                const iclgd_prompts *block) {
  const size_t d = block->d;
  p->block = *block;
  for (size_t i = 0; i < block->count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(block, i);
    iclgd_problem *problem = &p->problems[i];
    iclgd_problem_set(&prompt, true, p->rooms + i * iclgd_problem_work(d),
                      problem);
    for (size_t k = 0; k < p->n_paths; ++k) {
      const size_t rows = p->paths[k].steps + 1;
      iclgd_path_follow(
          &p->paths[k], problem, path_scratch,
          (double *)(uintptr_t)p->tracks[k].w + i * rows * d,
          (double *)(uintptr_t)p->tracks[k].prediction + i * rows);
    }
  }
}

static inline void probing_begin(probing *p) {
  world *w = p->w;
  const size_t first = p->tune.count, d = w->prompts.d;
  for (size_t k = 0; k < p->n_paths; ++k) {
    const size_t rows = p->paths[k].steps + 1;
    p->tracks[k].w = iclgd_arena_reals(&w->arena, PROBING_BLOCK, rows, d);
    p->tracks[k].prediction =
        iclgd_arena_reals(&w->arena, PROBING_BLOCK, rows, 1);
    assert_true(p->tracks[k].w && p->tracks[k].prediction);
  }
  p->rooms =
      iclgd_arena_reals(&w->arena, PROBING_BLOCK, iclgd_problem_work(d), 1);
  assert_non_null(p->rooms);
  p->setup = (iclgd_probe_setup){
      .settings = w->settings,
      .dist = &w->dist,
      .model = &w->model,
      .theta = w->theta,
      .history = &p->history,
      .tune = &p->tune,
      .source = {.dist = &w->dist, .stream = ICLGD_STREAM_PROBE},
      .source_from = first,
      .pool = p->pool,
      .prompts = w->prompts.count - first,
      .n = w->prompts.n,
      .d = d,
      .depth = iclgd_model_depth(&w->model),
      .n_paths = p->n_paths,
      .paths = p->paths,
      .arena = &p->arena,
  };
}

/* Begin, feed the second half of the world's prompts, finish, validate. The
 * status is that of begin. */
static inline iclgd_status probing_run(probing *p, const char *name,
                                       iclgd_error *err) {
  const iclgd_probe *probe = probe_of(name);
  iclgd_schema schemas[ICLGD_SCHEMAS_MAX];
  const size_t n_schemas = iclgd_schemas(schemas);
  const iclgd_record_options options = {.reproducible = true, .title = name};
  iclgd_record *record;
  iclgd_path_scratch path_scratch;
  probing_begin(p);
  void *state = iclgd_arena_take(&p->arena, 1, probe->state_size);
  const iclgd_status status = probe->begin(state, &p->setup, err);
  if (status) {
    iclgd_arena_free(&p->arena);
    return status;
  }
  assert_ok(iclgd_arena_status(&p->arena, err, name), *err);
  strcpy(p->path, "/tmp/iclgd_probing_XXXXXX");
  const int descriptor = mkstemp(p->path);
  assert_true(descriptor >= 0 && close(descriptor) == 0);
  unlink(p->path);
  assert_ok(
      iclgd_record_create(p->path, schemas, n_schemas, &options, &record, err),
      *err);
  assert_ok(iclgd_path_scratch_create(&p->w->model, p->w->prompts.n,
                                      &p->w->arena, &path_scratch, err),
            *err);
  for (size_t i = 0; i < p->setup.prompts; i += PROBING_BLOCK) {
    const size_t left = p->setup.prompts - i;
    const iclgd_prompts block =
        iclgd_prompts_part(&p->w->prompts, p->tune.count + i,
                           left < PROBING_BLOCK ? left : PROBING_BLOCK);
    probing_walk(p, &path_scratch, &block);
    const iclgd_probe_block fed = {i, &p->block, p->tracks, p->problems};
    if (probe->feed) assert_ok(probe->feed(state, &fed, err), *err);
  }
  assert_ok(probe->finish(state, record, err), *err);
  iclgd_arena_free(&p->arena);
  assert_ok(iclgd_record_commit(record, err), *err);
  assert_ok(iclgd_validate(p->path, schemas, n_schemas, NULL, NULL, err), *err);
  assert_ok(iclgd_source_open(p->path, &p->source, err), *err);
  return ICLGD_OK;
}

/* A whole dataset of what was written; extents (rank) are filled in. */
static inline double *probing_reals(probing *p, const char *path, size_t rank,
                                    size_t *extents) {
  double *values;
  iclgd_error err;
  memset(extents, 0, rank * sizeof *extents);
  assert_ok(iclgd_source_reals(p->source, path, rank, extents, &p->w->arena,
                               &values, &err),
            err);
  return values;
}

static inline void probing_close(probing *p) {
  if (p->source) {
    iclgd_source_close(p->source);
    unlink(p->path);
  }
  iclgd_pool_free(p->pool);
}

#endif /* ICLGD_TESTS_PROBING_H */
