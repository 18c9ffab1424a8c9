/* Reference algorithms by name, run on one prompt of a world. */
#ifndef ICLGD_TESTS_REFERENCE_H
#define ICLGD_TESTS_REFERENCE_H

#include <string.h>

#include "support/world.h"

static inline const iclgd_algorithm *algorithm_of(const char *name) {
  const iclgd_algorithm *found = iclgd_algorithm_named(name);
  if (!found) fail_msg("no algorithm '%s'", name);
  return found;
}

/* The problem of a prompt, spectrum included. */
static inline iclgd_problem problem_of(const iclgd_prompt *prompt,
                                       iclgd_arena *arena) {
  iclgd_problem problem;
  double *room = iclgd_arena_reals(arena, iclgd_problem_work(prompt->d), 1, 1);
  assert_non_null(room);
  iclgd_problem_set(prompt, true, room, &problem);
  return problem;
}

/* w (steps + 1, d) of the world's prompt i, in its arena. */
static inline const double *iterates(world *w, const char *name,
                                     const iclgd_hyper *hyper, size_t i,
                                     size_t steps) {
  const size_t n = w->prompts.n, d = w->prompts.d;
  double *work = iclgd_arena_reals(&w->arena, iclgd_algorithm_work(n, d), 1, 1);
  double *out = iclgd_arena_reals(&w->arena, steps + 1, d, 1);
  assert_true(work && out);
  const iclgd_prompt prompt = iclgd_prompts_at(&w->prompts, i);
  const iclgd_problem p = problem_of(&prompt, &w->arena);
  algorithm_of(name)->iterate(hyper, &p, steps, work, out);
  return out;
}

/* Choose hyperparameters on the world's own prompts. */
static inline iclgd_status choose(world *w, const char *name, iclgd_hyper *out,
                                  iclgd_error *err) {
  const iclgd_choice choice = {.settings = w->settings,
                               .dist = &w->dist,
                               .model = &w->model,
                               .theta = w->theta,
                               .tune = &w->prompts,
                               .arena = &w->arena};
  return iclgd_algorithm_choose(algorithm_of(name), &choice, out, err);
}

#endif /* ICLGD_TESTS_REFERENCE_H */
