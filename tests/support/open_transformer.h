/* A world with a transformer of any keys. */
#ifndef ICLGD_TESTS_OPEN_TRANSFORMER_H
#define ICLGD_TESTS_OPEN_TRANSFORMER_H

#include <iclgd/transformer.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "support/world.h"

static inline void set_keys(iclgd_settings *settings, const char *keys) {
  iclgd_error err;
  while (*keys) {
    char one[64] = "model.";
    const size_t length = strcspn(keys, " ");
    assert_true(length < sizeof one - 6);
    memcpy(one + 6, keys, length);
    assert_ok(iclgd_settings_override(settings, one, &err), err);
    keys += length;
    keys += strspn(keys, " ");
  }
}

/* A world with the transformer of `keys`. */
static inline void open_world(world *w, const char *keys, size_t n) {
  char points[32];
  snprintf(points, sizeof points, "prompt.n=%zu", n);
  const char *const overrides[] = {"prompt.d=3", points, "prompt.noise=0.3",
                                   NULL};
  iclgd_error err;
  world_create(w, overrides, 3, ICLGD_LANES);
  set_keys(w->settings, "init_scale=0.1");
  set_keys(w->settings, keys);
  assert_ok(
      iclgd_model_from_settings(w->settings, &iclgd_transformer_architecture,
                                w->dist.d, &w->model, &err),
      err);
}

/* The same, away from its start. */
static inline void open_transformer(world *w, const char *keys, size_t n) {
  iclgd_error err;
  open_world(w, keys, n);
  assert_ok(iclgd_model_initialise(&w->model, w->settings, 3, &w->arena,
                                   &w->theta, &err),
            err);
  for (size_t i = 0; i < w->model.size; ++i)
    w->theta[i] += 0.1 * sin(7.0 * (double)(i + 1)); /* what begins as 0 or 1 */
  assert_ok(iclgd_tape_create(&w->model, n, &w->arena, &w->tape, &err), err);
}

#endif /* ICLGD_TESTS_OPEN_TRANSFORMER_H */
