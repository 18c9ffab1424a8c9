/* The trainer: batches, gradient, clipping, update (see iclgd/train.h). */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/trainer.h"

enum { PATIENCE = 10 }; /* steps of a huge loss before it counts as diverged */
static const double huge_ratio = 1e6;

static iclgd_status set_up(iclgd_trainer *t, const iclgd_prompt_source *source,
                           iclgd_error *err) {
  const size_t size = t->model->size;
  t->c = iclgd_arena_reals(&t->arena, iclgd_model_depth(t->model) + 1, 1, 1);
  t->gradient = iclgd_arena_reals(&t->arena, size, 1, 1);
  t->mean = iclgd_arena_reals(&t->arena, size, 1, 1);
  t->state.m = iclgd_arena_reals(&t->arena, size, 1, 1);
  t->state.v = iclgd_arena_reals(&t->arena, size, 1, 1);
  t->state.power1 = t->state.power2 = 1;
  if (iclgd_arena_status(&t->arena, err, "the trainer")) return ICLGD_ENOMEM;
  /* Whole groups are drawn together; of a fixed set none may be left out. */
  const size_t group = source->fixed ? 1 : ICLGD_LANES;
  t->stride = (t->options.batch + group - 1) / group * group;
  iclgd_curriculum_begin(t, source);
  return iclgd_curriculum_fit(t, err);
}

/* A line search needs one function: the loss of one batch, of one depth, of
 * all its prompts. The mean of weights takes those of the full depth. */
static iclgd_status check_options(const iclgd_train_options *o,
                                  const iclgd_prompt_source *source,
                                  iclgd_error *err) {
  const struct {
    const char *key;
    bool set;
  } others[] = {{"train.curriculum", o->curriculum > 0},
                {"train.curriculum_d", o->features.every > 0},
                {"train.curriculum_n", o->points.every > 0},
                {"train.average", o->average > 0},
                {"train.guard", o->guard > 0},
                {"train.weight_decay", o->weight_decay > 0}};
  if (o->optimizer == ICLGD_LBFGS)
    for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
      if (others[i].set)
        return iclgd_fail(err, ICLGD_EUSAGE,
                          "%s does not go with train.optimizer = lbfgs; leave "
                          "it at its default",
                          others[i].key);
  if (o->prefixes && !source->fixed &&
      !iclgd_distribution_has_labels(source->dist))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "train.loss = prefixes: " ICLGD_NO_LABELS);
  if (o->curriculum > 0 && o->average > 0 &&
      o->curriculum + o->average > o->steps + 1)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "train.average: expected at most the share of the steps "
                      "that train.curriculum leaves (%zu of %zu), found %zu",
                      o->steps - o->curriculum, o->steps, o->average);
  return ICLGD_OK;
}

/* The options with what follows from them. */
static iclgd_train_options settled(const iclgd_train_options *options) {
  iclgd_train_options o = *options;
  if (o.average > o.steps) o.average = o.steps;
  if (o.optimizer != ICLGD_LBFGS) return o;
  o.fresh_every = SIZE_MAX;
  o.clip = 0;
  return o;
}

iclgd_status iclgd_trainer_create(const iclgd_train_options *options,
                                  const iclgd_model *model, double *theta,
                                  const iclgd_prompt_source *source,
                                  iclgd_pool *pool, iclgd_trainer **out,
                                  iclgd_error *err) {
  TRY(check_options(options, source, err));
  TRY(iclgd_curriculum_check(options, source, err));
  iclgd_trainer *t = calloc(1, sizeof *t);
  if (!t) return iclgd_fail_memory(err, "the trainer");
  t->options = settled(options);
  t->model = model;
  t->theta = theta;
  t->pool = pool;
  iclgd_status status = set_up(t, source, err);
  if (status)
    iclgd_trainer_free(t);
  else
    *out = t;
  return status;
}

void iclgd_trainer_free(iclgd_trainer *trainer) {
  if (!trainer) return;
  iclgd_arena_free(&trainer->arena);
  iclgd_arena_free(&trainer->batch_arena);
  free(trainer);
}

size_t iclgd_loops_at(const iclgd_train_options *options, size_t loops,
                      size_t s) {
  if (s >= options->curriculum) return loops;
  return 1 + s * (loops - 1) / options->curriculum;
}

void iclgd_loss_weights(const iclgd_model *model, size_t loops,
                        size_t loss_window, double *c) {
  const size_t window = loss_window < loops ? loss_window : loops;
  memset(c, 0, (iclgd_model_depth(model) + 1) * sizeof *c);
  for (size_t t = loops - window + 1; t <= loops; ++t)
    c[t * model->layers] = 1 / (double)window;
}

/* Clip by matrix or over all; the global norm before clipping. */
static double clip(iclgd_trainer *t) {
  const iclgd_model *model = t->model;
  const double norm = iclgd_clip_norm(
      t->gradient, model->size,
      t->options.clip_per == ICLGD_CLIP_GLOBAL ? t->options.clip : 0);
  if (t->options.clip_per == ICLGD_CLIP_MATRIX)
    for (size_t k = 0; k < model->n_arrays; ++k) {
      const iclgd_array *array = &model->arrays[k];
      for (size_t l = 0; l < (array->by_layer ? model->layers : 1); ++l)
        iclgd_clip_norm(t->gradient + array->offset + l * array->stride,
                        iclgd_array_size(array), t->options.clip);
    }
  return norm;
}

/* Loss and gradient of the next batch at the leader's parameters. */
static iclgd_batch_loss run_batch(iclgd_trainer *t) {
  const iclgd_train_options *o = &t->options;
  const uint64_t first = t->step / o->fresh_every * t->stride;
  const iclgd_loss loss = {t->c, o->guard};
  iclgd_loss_weights(t->model, iclgd_loops_at(o, t->model->loops, t->step),
                     o->loss_window, t->c);
  iclgd_team_share(o->team, t->theta, t->model->size);
  return iclgd_batch_gradient(t->batch, t->theta, &loss, first, t->gradient);
}

/* The gradient of the next batch, clipped; the ratio to the zero loss, which is
 * infinite where the guard left out more than half of the prompts. */
static double measure(iclgd_trainer *t, iclgd_train_report *report) {
  const iclgd_train_options *o = &t->options;
  iclgd_team_announce(o->team, ICLGD_TEAM_STEP, t->step);
  const iclgd_batch_loss seen = run_batch(t);
  report->step = t->step;
  report->loss = seen.loss;
  report->dropped = seen.dropped;
  report->grad_norm = clip(t);
  report->learning_rate =
      o->optimizer == ICLGD_LBFGS ? NAN : iclgd_learning_rate(o, t->step);
  return 2 * seen.dropped > o->batch ? INFINITY : report->loss / seen.zero;
}

iclgd_status iclgd_trainer_follow(iclgd_trainer *t, size_t s,
                                  iclgd_error *err) {
  t->step = s;
  TRY(iclgd_curriculum_fit(t, err));
  run_batch(t);
  return ICLGD_OK;
}

static bool is_finite(const iclgd_train_report *report) {
  return isfinite(report->loss) && isfinite(report->grad_norm);
}

iclgd_status iclgd_trainer_measure(iclgd_trainer *trainer,
                                   iclgd_train_report *report) {
  TRY(iclgd_curriculum_fit(trainer, &trainer->error));
  const double ratio = measure(trainer, report);
  return is_finite(report) && !(ratio > huge_ratio) ? ICLGD_OK : ICLGD_DIVERGED;
}

/* After update t->step: the mean over the last `average` updates takes the
 * place of the parameters at the end. */
static void average(iclgd_trainer *t) {
  const size_t first = t->options.steps + 1 - t->options.average;
  const size_t size = t->model->size;
  if (t->options.average == 0 || t->step < first) return;
  const double share = 1 / (double)(t->step - first + 1);
  for (size_t i = 0; i < size; ++i)
    t->mean[i] += share * (t->theta[i] - t->mean[i]);
  if (t->step == t->options.steps)
    memcpy(t->theta, t->mean, size * sizeof *t->mean);
}

iclgd_status iclgd_trainer_examine(iclgd_trainer *t,
                                   iclgd_train_report *report) {
  TRY(iclgd_curriculum_fit(t, &t->error));
  const double ratio = measure(t, report);
  t->huge_before = t->huge_steps;
  if (!is_finite(report)) return ICLGD_DIVERGED;
  t->huge_steps = ratio > huge_ratio ? t->huge_steps + 1 : 0;
  return t->huge_steps >= PATIENCE ? ICLGD_DIVERGED : ICLGD_OK;
}

void iclgd_trainer_update(iclgd_trainer *t, double learning_rate) {
  ++t->step;
  iclgd_optimizer_step(&t->options, learning_rate, &t->state, t->gradient,
                       t->theta, t->model->size);
  average(t);
}

iclgd_status iclgd_trainer_step(iclgd_trainer *t, iclgd_train_report *report) {
  assert(t->options.optimizer != ICLGD_LBFGS);
  TRY(iclgd_trainer_examine(t, report));
  iclgd_trainer_update(t, report->learning_rate);
  return ICLGD_OK;
}
