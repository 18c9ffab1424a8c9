/* Every architecture under some of its keys, for tests that hold for any, and
 * what derivatives are compared with. */
#ifndef ICLGD_TESTS_SUBJECTS_H
#define ICLGD_TESTS_SUBJECTS_H

#include <string.h>

#include "support/kernel_architecture.h"
#include "support/transformers.h"
#include "support/world.h"

enum { D = 3, N = 7, PROMPTS = 37, DEPTH_MAX = 8 };

/* An architecture under its keys, without "model." before them. */
typedef struct subject {
  const iclgd_architecture *architecture;
  const char *keys;
} subject;

static const subject few[] = {
    {&iclgd_linear_architecture, "weights=scalar loops=3"},
    {&iclgd_linear_architecture, "weights=diagonal layers=2"},
    {&iclgd_linear_architecture, "weights=gd layers=2"},
    {&iclgd_linear_architecture, "weights=gdpp layers=2 loops=2"},
    {&iclgd_linear_architecture, "weights=full loops=3"},
    {&kernel_architecture, "loops=3"},
    {&kernel_architecture, "layers=2 loops=2"},
};
enum { FEW = sizeof few / sizeof *few, SUBJECTS = FEW + TRANSFORMER_ROWS };

static inline subject subject_at(size_t k) {
  if (k < FEW) return few[k];
  return (subject){&iclgd_transformer_architecture, transformer_rows[k - FEW]};
}

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

/* A world whose model is subject k, away from its start. */
static inline void open_subject(world *w, size_t k) {
  const subject s = subject_at(k);
  const char *const overrides[] = {"prompt.d=3", "prompt.n=7",
                                   "prompt.noise=0.3", NULL};
  iclgd_error err;
  world_create(w, overrides, 3, PROMPTS);
  set_keys(w->settings, "init_scale=0.2");
  set_keys(w->settings, s.keys);
  assert_ok(iclgd_model_from_settings(w->settings, s.architecture, D, &w->model,
                                      &err),
            err);
  assert_ok(iclgd_model_initialise(&w->model, w->settings, 3, &w->arena,
                                   &w->theta, &err),
            err);
  for (size_t i = 0; k >= FEW && i < w->model.size; ++i)
    w->theta[i] += 0.2 * sin(7.0 * (double)(i + 1)); /* what begins as 0 or 1 */
  assert_ok(iclgd_tape_create(&w->model, N, &w->arena, &w->tape, &err), err);
}

static inline double *take(world *w, size_t size) {
  double *out = iclgd_arena_reals(&w->arena, size, 1, 1);
  assert_non_null(out);
  return out;
}

/* f'(0) by central differences, extrapolated once. */
static inline double slope_of(const double f[4], double h) {
  const double wide = (f[0] - f[1]) / (2 * h), narrow = (f[2] - f[3]) / h;
  return (4 * narrow - wide) / 3;
}
static const double offsets[4] = {1, -1, 0.5, -0.5};

#endif /* ICLGD_TESTS_SUBJECTS_H */
