/* What the probe `identify` found in a path that is a known algorithm with
 * known parameters, which nothing tells it. */
#ifndef ICLGD_TESTS_IDENTIFIED_H
#define ICLGD_TESTS_IDENTIFIED_H

#include "support/probing.h"

enum { IDENTIFIED_PROMPTS = 240 }; /* half of them are fitted on */

static inline void expect_text(probing *p, const char *name,
                               const char *expected) {
  char *found;
  iclgd_error err;
  assert_ok(iclgd_source_attr_text(p->source, "identify", name, &p->w->arena,
                                   &found, &err),
            err);
  if (strcmp(found, expected) != 0)
    fail_msg("%s: '%s' is not '%s'", name, found, expected);
}

static inline size_t index_of(probing *p, const char *name) {
  size_t count = 0;
  char **names;
  iclgd_error err;
  assert_ok(iclgd_source_texts(p->source, "identify/name", 1, &count,
                               &p->w->arena, &names, &err),
            err);
  for (size_t i = 0; i < count; ++i)
    if (strcmp(names[i], name) == 0) return i;
  fail_msg("no hypothesis '%s'", name);
  return 0;
}

static inline double of(probing *p, const char *leaf, const char *name) {
  char path[64];
  size_t extents[1];
  snprintf(path, sizeof path, "identify/%s", leaf);
  return probing_reals(p, path, 1, extents)[index_of(p, name)];
}

static inline double apart(probing *p, const char *name, const char *other) {
  size_t extents[2];
  const double *values = probing_reals(p, "identify/apart", 2, extents);
  return values[index_of(p, name) * extents[1] + index_of(p, other)];
}

static inline const double *fit_of(probing *p, const char *name,
                                   const char *leaf, size_t *count) {
  char path[96];
  snprintf(path, sizeof path, "identify_fit/%s/%s", name, leaf);
  return probing_reals(p, path, 1, count);
}

/* Exactly this, and the parameters. */
static inline void expect_exact(probing *p, const char *name,
                                const double *values, size_t count) {
  size_t found;
  expect_text(p, "chosen", name);
  expect_text(p, "kind", "exact");
  assert_true(of(p, "overall", name) < 1e-10);
  assert_close(of(p, "parameters", name), (double)count, 0, 0);
  if (count == 0) return;
  const double *value = fit_of(p, name, "value", &found);
  const double *low = fit_of(p, name, "low", &found);
  const double *high = fit_of(p, name, "high", &found);
  assert_int_equal(found, count);
  for (size_t i = 0; values && i < count; ++i) {
    assert_close(value[i], values[i], 1e-6, 1e-6);
    assert_true(low[i] <= value[i] && value[i] <= high[i]);
  }
}

static inline void run_probe(probing *p) {
  iclgd_error err;
  assert_ok(probing_run(p, "identify", &err), err);
}

/* A world, and its path 0 an algorithm. */
static inline void open_algorithm(world *w, probing *p, const char *const *law,
                                  const iclgd_algorithm *algorithm,
                                  iclgd_hyper hyper) {
  world_create(w, law, 3, IDENTIFIED_PROMPTS);
  probing_open(p, w, iclgd_model_depth(&w->model));
  p->paths[0] = (iclgd_path){.name = "model",
                             .title = algorithm->title,
                             .algorithm = algorithm,
                             .hyper = hyper,
                             .steps = p->steps};
}

static inline void expect_algorithm(const char *const *law,
                                    const iclgd_algorithm *algorithm,
                                    iclgd_hyper hyper, const char *name,
                                    const double *values, size_t count) {
  world w;
  probing p;
  open_algorithm(&w, &p, law, algorithm, hyper);
  run_probe(&p);
  expect_exact(&p, name, values, count);
  probing_close(&p);
  world_free(&w);
}

#endif /* ICLGD_TESTS_IDENTIFIED_H */
