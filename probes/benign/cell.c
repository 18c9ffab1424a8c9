/* One model trained on noisy labels, and its losses (see benign.c). */
#include <iclgd/architecture.h>
#include <iclgd/tail.h>
#include <iclgd/train.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/benign/benign.h"
#include "probes/shared/words.h"

/* Fresh prompts, beside those of pools and shifted laws. */
static const uint64_t fresh_prompt = (uint64_t)1 << 42;

/* --- variants ------------------------------------------------------------ */

enum { SETS = 16 };

static bool has_key(const iclgd_key_set *sets, size_t count, const char *name) {
  for (size_t i = 0; i < count; ++i)
    for (size_t k = 0; k < sets[i].count; ++k)
      if (strcmp(sets[i].keys[k].name, name) == 0) return true;
  return false;
}

/* The keys of models, of every architecture, and prompt.n at their values. */
static iclgd_status copy_settings(const iclgd_settings *from,
                                  iclgd_settings **out, iclgd_error *err) {
  iclgd_key_set sets[SETS] = {iclgd_model_keys, iclgd_prompt_keys};
  size_t count = 2, all;
  const iclgd_architecture *const *rows = iclgd_architectures(&all);
  for (size_t i = 0; i < all && count < SETS; ++i)
    if (rows[i]->keys) sets[count++] = *rows[i]->keys;
  TRY(iclgd_settings_create(sets, count, out, err));
  for (size_t i = 0; i < iclgd_settings_count(from); ++i) {
    const char *name = iclgd_settings_key(from, i)->name;
    const bool wanted = strncmp(name, "model.", 6) == 0
                            ? iclgd_settings_is_set(from, name)
                            : strcmp(name, "prompt.n") == 0;
    if (wanted && has_key(sets, count, name))
      TRY(iclgd_settings_set(*out, name, iclgd_settings_value(from, i),
                             iclgd_settings_source(from, name), err));
  }
  return ICLGD_OK;
}

static iclgd_status add_variant(iclgd_benign *s, const char *text,
                                size_t length, iclgd_error *err) {
  const size_t v = s->variants++;
  char *words = iclgd_arena_take(s->setup->arena, length + 1, 1);
  if (!words) return iclgd_fail_memory(err, "benign");
  memcpy(words, text, length);
  while (length > 0 && words[length - 1] == ' ') words[--length] = '\0';
  words += strspn(words, " ");
  s->words[v] = *words ? words : "as the run";
  TRY(copy_settings(s->setup->settings, &s->settings[v], err));
  TRY(iclgd_words_set(s->settings[v], "model.", words, err));
  return iclgd_model_from_settings(s->settings[v], NULL, s->setup->d,
                                   &s->model[v], err);
}

iclgd_status iclgd_benign_models(iclgd_benign *s, iclgd_error *err) {
  const iclgd_settings *settings = s->setup->settings;
  const char *list = iclgd_get_text(settings, "benign.models");
  s->variants = 0;
  do {
    const size_t length = strcspn(list, "|");
    if (s->variants == ICLGD_BENIGN_MOST)
      return iclgd_settings_reject(settings, "benign.models", err,
                                   "expected at most %d", ICLGD_BENIGN_MOST);
    TRY(add_variant(s, list, length, err));
    list += length;
  } while (*list++ == '|');
  return ICLGD_OK;
}

void iclgd_benign_close(iclgd_benign *s) {
  for (size_t v = 0; v < s->variants; ++v) {
    iclgd_settings_free(s->settings[v]);
    s->settings[v] = NULL;
  }
}

/* --- prompts ------------------------------------------------------------- */

static iclgd_status create_law(const iclgd_benign *s, double noise,
                               iclgd_arena *arena, iclgd_distribution *out,
                               iclgd_error *err) {
  char text[32];
  iclgd_settings *law;
  iclgd_status status = iclgd_law_copy(s->setup->settings, &law, err);
  snprintf(text, sizeof text, "%.17g", noise);
  if (!status)
    status = iclgd_settings_set(law, "prompt.noise", text, "benign.noise", err);
  if (!status)
    status =
        iclgd_distribution_create(law, s->setup->dist->seed, arena, out, err);
  iclgd_settings_free(law);
  return status;
}

/* Noise for the query's label of prompt i of a stream. */
static double noise_of(const iclgd_distribution *law, iclgd_stream_id stream,
                       uint64_t i) {
  iclgd_stream own;
  iclgd_stream_seed(&own, law->seed,
                    ICLGD_STREAM_LABELS + 256 * (uint32_t)stream, i);
  return law->noise * (double)iclgd_stream_normal(&own);
}

/* `count` prompts from `first` on, with the noise of their queries' labels. */
static iclgd_status draw(const iclgd_distribution *law, iclgd_stream_id stream,
                         uint64_t first, size_t count, iclgd_arena *arena,
                         iclgd_prompts *out, double **noise, iclgd_error *err) {
  const iclgd_prompt_source source = {.dist = law, .stream = stream};
  TRY(iclgd_prompts_create_for(&source, count, arena, out, err));
  iclgd_prompt_source_draw(&source, first, out);
  *noise = iclgd_arena_reals(arena, count, 1, 1);
  if (!*noise) return iclgd_fail_memory(err, "benign");
  for (size_t i = 0; i < count; ++i)
    (*noise)[i] = noise_of(law, stream, first + i);
  return ICLGD_OK;
}

/* --- training ------------------------------------------------------------ */

static iclgd_status train(const iclgd_benign *s, size_t variant,
                          const iclgd_prompt_source *source, double *theta,
                          bool *diverged, iclgd_error *err) {
  const iclgd_train_options options =
      iclgd_train_options_from(s->setup->settings);
  iclgd_trainer *trainer;
  TRY(iclgd_trainer_create(&options, &s->model[variant], theta, source,
                           s->setup->pool, &trainer, err));
  const iclgd_status status = iclgd_trainer_run(trainer, NULL, NULL, err);
  iclgd_trainer_free(trainer);
  *diverged = status == ICLGD_DIVERGED;
  return *diverged ? ICLGD_OK : status;
}

/* --- losses -------------------------------------------------------------- */

typedef struct measure {
  const iclgd_model *model;
  const double *theta;
  const iclgd_prompts *prompts;
  iclgd_tape **tapes; /* (threads) */
  double *prediction; /* (threads, depth + 1) */
  double *last;       /* (count) of the last layer */
} measure;

static void predict(void *context, size_t i, size_t thread) {
  const measure *m = context;
  const size_t rows = iclgd_model_depth(m->model) + 1;
  const iclgd_prompt prompt = iclgd_prompts_at(m->prompts, i);
  double *own = m->prediction + thread * rows;
  iclgd_model_predict(m->model, m->theta, &prompt, m->tapes[thread], own);
  m->last[i] = own[rows - 1];
}

/* Errors against labels with their noise, and without; whether few prompts do
 * not carry the first (clean and measurable may be NULL). */
static iclgd_status add_losses(const iclgd_benign *s, const iclgd_model *model,
                               const double *theta,
                               const iclgd_prompts *prompts,
                               const double *noise, iclgd_arena *arena,
                               iclgd_moments *noisy, iclgd_moments *clean,
                               bool *measurable, iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(s->setup->pool);
  measure m = {.model = model, .theta = theta, .prompts = prompts};
  m.tapes = iclgd_arena_take(arena, threads, sizeof *m.tapes);
  m.prediction =
      iclgd_arena_reals(arena, threads, iclgd_model_depth(model) + 1, 1);
  m.last = iclgd_arena_reals(arena, prompts->count, 1, 1);
  TRY(iclgd_arena_status(arena, err, "benign"));
  for (size_t t = 0; t < threads; ++t)
    TRY(iclgd_tape_create(model, prompts->n, arena, &m.tapes[t], err));
  iclgd_pool_for(s->setup->pool, prompts->count, predict, &m);
  for (size_t i = 0; i < prompts->count; ++i) {
    const double off = m.last[i] - prompts->y_query[i];
    m.last[i] = (off - noise[i]) * (off - noise[i]);
    iclgd_moments_add(noisy, m.last[i]);
    if (clean) iclgd_moments_add(clean, off * off);
  }
  if (measurable)
    *measurable = iclgd_tail_is_light(iclgd_tail_index(m.last, prompts->count),
                                      ICLGD_TAIL_SQUARED);
  return ICLGD_OK;
}

/* --- one cell ------------------------------------------------------------ */

static iclgd_status run(const iclgd_benign *s, const iclgd_distribution *law,
                        size_t pool, size_t variant, iclgd_arena *arena,
                        iclgd_benign_cell *out, iclgd_error *err) {
  const iclgd_model *model = &s->model[variant];
  const uint64_t seed = (uint64_t)iclgd_get_int(s->setup->settings, "seed");
  const size_t count = pool > 0 ? pool : s->prompts;
  iclgd_prompts seen, fresh;
  double *seen_noise, *fresh_noise, *theta;
  TRY(draw(law, ICLGD_STREAM_TRAIN, 0, count, arena, &seen, &seen_noise, err));
  TRY(draw(law, ICLGD_STREAM_PROBE, fresh_prompt, s->prompts, arena, &fresh,
           &fresh_noise, err));
  iclgd_prompts noisy = seen;
  noisy.y_query = iclgd_arena_reals(arena, count, 1, 1);
  if (!noisy.y_query) return iclgd_fail_memory(err, "benign");
  for (size_t i = 0; i < count; ++i)
    noisy.y_query[i] = seen.y_query[i] + seen_noise[i];
  const iclgd_prompt_source source = {.dist = pool > 0 ? NULL : law,
                                      .fixed = pool > 0 ? &noisy : NULL,
                                      .stream = ICLGD_STREAM_TRAIN};
  TRY(iclgd_model_initialise(model, s->settings[variant], seed, arena, &theta,
                             err));
  TRY(train(s, variant, &source, theta, &out->diverged, err));
  TRY(add_losses(s, model, theta, &seen, seen_noise, arena, &out->train, NULL,
                 NULL, err));
  return add_losses(s, model, theta, &fresh, fresh_noise, arena, &out->fresh,
                    &out->clean, &out->measurable, err);
}

iclgd_status iclgd_benign_run(const iclgd_benign *s, size_t noise, size_t pool,
                              size_t variant, iclgd_benign_cell *out,
                              iclgd_error *err) {
  iclgd_arena arena = {0};
  iclgd_distribution law;
  iclgd_status status = create_law(s, s->noise[noise], &arena, &law, err);
  if (!status)
    status = run(s, &law, (size_t)s->pool[pool], variant, &arena, out, err);
  iclgd_arena_free(&arena);
  return status;
}
