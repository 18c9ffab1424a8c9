/* The model at every context length, on groups of prompts: its squared errors,
 * or risks where they are known. */
#include <string.h>

#include <iclgd/comparisons.h>

#include "probes/by_context/by_context.h"

bool by_context_is_exact(const by_context *s, const iclgd_path *path) {
  return s->losses->Sigma && s->prompts.w_star && !path->given &&
         iclgd_path_has_weights(path);
}

void by_context_errors(const iclgd_losses_scratch *losses, bool exact,
                       const iclgd_prompt *prompt, const double *w, size_t rows,
                       double *errors) {
  const size_t d = prompt->d;
  const double target = prompt->w_star
                            ? iclgd_dot(prompt->w_star, prompt->x_query, d)
                            : prompt->y_query;
  for (size_t l = 0; l < rows; ++l)
    errors[l] =
        exact ? iclgd_losses_risk(prompt, w + l * d, losses->Sigma, losses->off)
              : (errors[l] - target) * (errors[l] - target);
}

/* What was brought of a model elsewhere, out (n + 1, layers); the whole context
 * is that of its prediction at the query, where it stands nowhere else. */
static void copy_given(const iclgd_given_path *given,
                       const iclgd_prompt *prompt, size_t layers, double *out) {
  for (size_t l = 0; l < layers; ++l) {
    const size_t at = l * given->prompts + prompt->place;
    for (size_t k = 0; k < given->contexts; ++k)
      out[k * layers + l] = given->by_context[at * given->contexts + k];
    if (given->contexts == prompt->n)
      out[prompt->n * layers + l] = given->prediction[at];
  }
}

/* The model on prompt i at every context length, from its predictions at all of
 * them; weights one by one. */
static void run_prompt(by_context *s, size_t i, size_t thread, double *all) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t layers = setup->depth + 1;
  const bool exact = by_context_is_exact(s, &s->paths[0]);
  const iclgd_path_scratch *own = &s->path_scratches[thread];
  const iclgd_prompt prompt = iclgd_prompts_at(&s->prompts, i);
  if (s->paths[0].given) copy_given(s->paths[0].given, &prompt, layers, all);
  for (size_t at = 0; at < s->lengths; ++at) {
    const size_t k = by_context_length(s, at);
    const iclgd_prompt first = iclgd_prompt_first(&prompt, k);
    double *errors = s->of_model + (at * s->prompts.count + i) * layers;
    if (exact)
      iclgd_model_weights(setup->model, setup->theta, &first, own->tape,
                          own->w);
    memcpy(errors, all + k * layers, layers * sizeof *all);
    by_context_errors(&s->losses[thread], exact, &first, own->w, layers,
                      errors);
  }
}

/* A group of neighbouring prompts: predictions at once. */
static void run_group(void *context, size_t group, size_t thread) {
  by_context *s = context;
  const iclgd_probe_setup *setup = s->setup;
  const size_t first = group * ICLGD_FOLLOW_MAX;
  const size_t left = s->prompts.count - first;
  const size_t count = left < ICLGD_FOLLOW_MAX ? left : ICLGD_FOLLOW_MAX;
  const size_t size = (setup->n + 1) * (setup->depth + 1);
  double *all = s->at_all + thread * ICLGD_FOLLOW_MAX * size;
  if (s->followers && !by_context_is_exact(s, &s->paths[0]))
    iclgd_follow_by_context(s->followers[thread], setup->model, setup->theta,
                            &s->prompts, first, count, all);
  for (size_t i = 0; i < count; ++i)
    run_prompt(s, first + i, thread, all + i * size);
}

void by_context_run_model(by_context *s) {
  const size_t count = s->prompts.count;
  iclgd_pool_for(s->setup->pool,
                 (count + ICLGD_FOLLOW_MAX - 1) / ICLGD_FOLLOW_MAX, run_group,
                 s);
}

iclgd_status by_context_model_create(by_context *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t threads = iclgd_pool_threads(setup->pool);
  iclgd_arena *arena = setup->arena;
  s->at_all = iclgd_arena_reals(arena, threads * ICLGD_FOLLOW_MAX, setup->n + 1,
                                setup->depth + 1);
  if (s->paths[0].given) return ICLGD_OK;
  s->followers = iclgd_arena_take(arena, threads, sizeof(iclgd_follower *));
  for (size_t t = 0; s->followers && t < threads; ++t)
    TRY(iclgd_follower_create(setup->model, setup->n, true, arena,
                              &s->followers[t], err));
  return ICLGD_OK;
}
