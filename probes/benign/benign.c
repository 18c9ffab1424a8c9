/* Does it hurt to learn noisy labels by heart? (After Jiang et al. 2024,
 * arXiv:2409.19345, on vision transformers; here of in-context regression.)
 *
 * For every noise sigma, every number P of training prompts and every variant
 * of the model: trained, with the keys of the run, on P prompts that repeat,
 * whose labels, those of the queries too, have noise of standard deviation
 * sigma; then
 *   train   mean squared error on these prompts and labels
 *   fresh   the same on prompts that it has not seen
 *   gap     fresh - train, what was learned by heart
 *   clean   the error on fresh prompts without the label's noise
 * P = 0 is a training without end, no prompt twice: train and fresh are then
 * means of one law. (Its queries have no noise, which moves no mean gradient.)
 * Overfitting is benign where train is far below fresh, and fresh near that of
 * endless prompts. Signal to noise is the variance of w_star . x over sigma^2.
 */
#include <math.h>
#include <string.h>

#include "probes/benign/benign.h"
#include "probes/views.h"

static const iclgd_key keys[] = {
    KEY_REALS("benign.noise", "", 0, 1e6,
              "noises of the labels: for each, models are trained on few "
              "prompts; empty for none"),
    KEY_REALS("benign.pools", "64,0", 0, 1e6,
              "numbers of training prompts, which repeat; 0: no prompt twice"),
    KEY_TEXT("benign.models", "",
             "variants, keys model.* without model., several separated by '|': "
             "\"attention=linear | attention=softmax width=16\"; empty: the "
             "model of the run"),
    KEY_INT("benign.prompts", "1000", 2, 1e6,
            "fresh prompts behind a loss, and most of a pool"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP_PLOT("benign", "fresh", "noise,pool,variant",
               "loss on training prompts with noisy labels, and on fresh ones",
               "mean squared error against noisy labels, by their noise, the "
               "number of training prompts (0: endless) and the variant of the "
               "model, `words`"),
};

#define CELL(name, title, text)                                 \
  DATA_REAL("benign/" name, "noise,pool,variant", title, text), \
      DATA_REAL("benign/" name "_errors", "noise,pool,variant", \
                "standard error", "of " name ", over prompts")

static const iclgd_dataset datasets[] = {
    DATA_REAL("benign/noise", "noise", "noise of labels",
              "standard deviation sigma"),
    DATA_REAL("benign/snr", "noise", "signal to noise",
              "variance of w_star . x over sigma^2; infinite without noise"),
    DATA_INT("benign/pool", "pool", "training prompts", "0: endless"),
    DATA_INT("benign/parameters", "variant", "parameters", "of the variant"),
    DATA_TEXT("benign/words", "variant", "variant", "its keys model.*"),
    CELL("train", "loss on the training prompts", "against noisy labels"),
    CELL("fresh", "loss on fresh prompts", "against noisy labels"),
    CELL("clean", "loss on fresh prompts without noise",
         "against y_query, which has none"),
    DATA_REAL("benign/gap", "noise,pool,variant", "fresh - train",
              "what was learned by heart"),
    DATA_INT("benign/measurable", "noise,pool,variant",
             "whether the error of fresh holds",
             "0 where rare prompts carry it (include/iclgd/tail.h)"),
    DATA_INT("benign/diverged", "noise,pool,variant", "training diverged",
             "1 where it did"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

static iclgd_status check_list(const iclgd_probe_setup *setup, const char *key,
                               const double *values, size_t count,
                               iclgd_error *err) {
  if (count > ICLGD_BENIGN_MOST)
    return iclgd_settings_reject(setup->settings, key, err,
                                 "expected at most %d", ICLGD_BENIGN_MOST);
  for (size_t i = 1; i < count; ++i)
    for (size_t j = 0; j < i; ++j)
      if (values[i] == values[j])
        return iclgd_settings_reject(setup->settings, key, err,
                                     "%g stands there twice", values[i]);
  return ICLGD_OK;
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  const iclgd_settings *settings = setup->settings;
  iclgd_benign *s = state;
  s->setup = setup;
  s->noise = iclgd_get_reals(settings, "benign.noise", &s->noises);
  s->pool = iclgd_get_reals(settings, "benign.pools", &s->pools);
  s->prompts = iclgd_get_size(settings, "benign.prompts");
  if (s->noises == 0)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "set benign.noise=0,0.5 to train on noisy labels");
  if (!iclgd_distribution_draws(setup->dist))
    return iclgd_fail(err, ICLGD_ERANGE, "not for prompts of a file");
  if (!setup->model->architecture->backward)
    return iclgd_fail(err, ICLGD_ERANGE, "the architecture is not trained");
  TRY(check_list(setup, "benign.noise", s->noise, s->noises, err));
  TRY(check_list(setup, "benign.pools", s->pool, s->pools, err));
  for (size_t i = 0; i < s->pools; ++i)
    if (s->pool[i] != floor(s->pool[i]))
      return iclgd_settings_reject(settings, "benign.pools", err,
                                   "expected whole numbers");
  const iclgd_status status = iclgd_benign_models(s, err);
  iclgd_benign_close(s); /* they are read again when models begin */
  return status;
}

/* --- writing ------------------------------------------------------------- */

typedef struct columns {
  double *mean[3], *error[3], *gap;
  int64_t *measurable, *diverged;
} columns;

static void set_cell(columns *c, size_t at, const iclgd_benign_cell *cell) {
  const iclgd_moments *m[] = {&cell->train, &cell->fresh, &cell->clean};
  for (size_t k = 0; k < 3; ++k) {
    c->mean[k][at] = iclgd_moments_mean(m[k]);
    c->error[k][at] = iclgd_moments_standard_error(m[k]);
  }
  c->gap[at] = c->mean[1][at] - c->mean[0][at];
  c->measurable[at] = cell->measurable;
  c->diverged[at] = cell->diverged;
}

static iclgd_status run_all(const iclgd_benign *s, columns *c,
                            iclgd_error *err) {
  size_t at = 0;
  for (size_t i = 0; i < s->noises; ++i)
    for (size_t p = 0; p < s->pools; ++p)
      for (size_t v = 0; v < s->variants; ++v, ++at) {
        iclgd_benign_cell cell = {{0}, {0}, {0}, false, false};
        TRY(iclgd_benign_run(s, i, p, v, &cell, err));
        set_cell(c, at, &cell);
      }
  return ICLGD_OK;
}

static iclgd_status take_columns(const iclgd_benign *s, columns *c,
                                 iclgd_error *err) {
  iclgd_arena *arena = s->setup->arena;
  for (size_t k = 0; k < 3; ++k) {
    c->mean[k] = iclgd_arena_reals(arena, s->noises, s->pools, s->variants);
    c->error[k] = iclgd_arena_reals(arena, s->noises, s->pools, s->variants);
  }
  const size_t cells = s->noises * s->pools * s->variants;
  c->gap = iclgd_arena_reals(arena, cells, 1, 1);
  c->measurable = iclgd_arena_take(arena, cells, sizeof *c->measurable);
  c->diverged = iclgd_arena_take(arena, cells, sizeof *c->diverged);
  return iclgd_arena_status(arena, err, "benign");
}

/* tr(Sigma Omega) */
static iclgd_status signal_of(const iclgd_probe_setup *setup, double *out,
                              iclgd_error *err) {
  const size_t d = setup->d;
  double *Sigma = iclgd_arena_reals(setup->arena, d, d, 1);
  double *Omega = iclgd_arena_reals(setup->arena, d, d, 1);
  *out = NAN;
  if (!Sigma || !Omega) return iclgd_fail_memory(err, "benign");
  if (!iclgd_distribution_is_linear(setup->dist) ||
      !iclgd_distribution_knows_tasks(setup->dist))
    return ICLGD_OK;
  iclgd_distribution_covariance(setup->dist, Sigma);
  iclgd_distribution_task_covariance(setup->dist, Omega);
  *out = iclgd_dot(Sigma, Omega, d * d);
  return ICLGD_OK;
}

static iclgd_status write_axes(const iclgd_benign *s, iclgd_record *record,
                               iclgd_error *err) {
  double snr[ICLGD_BENIGN_MOST], signal;
  int64_t pool[ICLGD_BENIGN_MOST], parameters[ICLGD_BENIGN_MOST];
  TRY(signal_of(s->setup, &signal, err));
  for (size_t i = 0; i < s->noises; ++i)
    snr[i] = signal / (s->noise[i] * s->noise[i]);
  for (size_t i = 0; i < s->pools; ++i) pool[i] = (int64_t)s->pool[i];
  for (size_t i = 0; i < s->variants; ++i)
    parameters[i] = (int64_t)s->model[i].size;
  const iclgd_member members[] = {{"noise", &s->noises, s->noise},
                                  {"snr", &s->noises, snr},
                                  {"pool", &s->pools, pool},
                                  {"parameters", &s->variants, parameters},
                                  {"words", &s->variants, s->words}};
  return iclgd_record_put_all(record, "benign", MEMBERS(members), err);
}

static iclgd_status write(const iclgd_benign *s, iclgd_record *record,
                          iclgd_error *err) {
  static const char *const others[] = {"train", "clean"};
  const size_t extents[] = {s->noises, s->pools, s->variants};
  columns c;
  TRY(take_columns(s, &c, err));
  TRY(run_all(s, &c, err));
  TRY(write_axes(s, record, err));
  const iclgd_member members[] = {
      {"train", extents, c.mean[0]},    {"train_errors", extents, c.error[0]},
      {"fresh", extents, c.mean[1]},    {"fresh_errors", extents, c.error[1]},
      {"clean", extents, c.mean[2]},    {"clean_errors", extents, c.error[2]},
      {"gap", extents, c.gap},          {"measurable", extents, c.measurable},
      {"diverged", extents, c.diverged}};
  iclgd_record_put_all(record, "benign", MEMBERS(members), err);
  iclgd_record_attr_int(record, "benign", "prompts", (int64_t)s->prompts, err);
  return iclgd_record_attr_texts(record, "benign", "auxiliary_signals", others,
                                 2, err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  iclgd_benign *s = state;
  iclgd_status status = iclgd_benign_models(s, err);
  if (!status) status = write(s, record, err);
  iclgd_benign_close(s);
  return status;
}

const iclgd_probe iclgd_probe_benign = {
    .name = "benign",
    .question = "does it hurt to learn noisy labels by heart?",
    .needs = ICLGD_NEEDS_PARAMETERS | ICLGD_NEEDS_RERUN,
    .keys = &key_set,
    .schema = &schema,
    .view = &iclgd_view_benign,
    .state_size = sizeof(iclgd_benign),
    .begin = begin,
    .finish = finish,
};
