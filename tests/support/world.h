/* Settings, laws, prompts and models for tests, in one line each; whatever
 * fails here fails the test. */
#ifndef ICLGD_TESTS_WORLD_H
#define ICLGD_TESTS_WORLD_H

#include <iclgd/algorithm.h>
#include <iclgd/keys.h>
#include <iclgd/linear.h>
#include <iclgd/train.h>

#include "support/close.h"

typedef struct world {
  iclgd_arena arena;
  iclgd_settings *settings;
  iclgd_distribution dist;
  iclgd_prompts prompts;
  iclgd_model model;
  double *theta;
  iclgd_tape *tape;
} world;

static inline void world_settings(world *w, const char *const *overrides) {
  iclgd_error err;
  *w = (world){0};
  assert_ok(iclgd_settings_defaults(&w->settings, &err), err);
  for (; *overrides; ++overrides)
    assert_ok(iclgd_settings_override(w->settings, *overrides, &err), err);
}

/* `overrides` ends with NULL; `count` prompts of the stream PROBE. */
static inline void world_create(world *w, const char *const *overrides,
                                uint64_t seed, size_t count) {
  iclgd_error err;
  world_settings(w, overrides);
  assert_ok(
      iclgd_distribution_create(w->settings, seed, &w->arena, &w->dist, &err),
      err);
  const iclgd_prompt_source source = {.dist = &w->dist,
                                      .stream = ICLGD_STREAM_PROBE};
  assert_ok(
      iclgd_prompts_create_for(&source, count, &w->arena, &w->prompts, &err),
      err);
  iclgd_prompt_source_draw(&source, 0, &w->prompts);
  assert_ok(
      iclgd_model_from_settings(w->settings, NULL, w->dist.d, &w->model, &err),
      err);
  assert_ok(iclgd_model_initialise(&w->model, w->settings, seed, &w->arena,
                                   &w->theta, &err),
            err);
  assert_ok(iclgd_tape_create(&w->model, w->dist.n, &w->arena, &w->tape, &err),
            err);
}

static inline void world_free(world *w) {
  iclgd_arena_free(&w->arena);
  iclgd_settings_free(w->settings);
}

#endif /* ICLGD_TESTS_WORLD_H */
