/* The trainer: batches, gradient, clipping, update (see iclgd/train.h). */
#include <iclgd/train.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/gradient.h"
#include "train/optimizer.h"

static const iclgd_key keys[] = {
    {"seed", ICLGD_KEY_INT, "1", NULL, 0, 9e15, "", "the seed of everything",
     false},
    {"seeds", ICLGD_KEY_INT, "1", NULL, 1, 1000, "",
     "how many training runs, with seeds from `seed` on", false},
    {"train.steps", ICLGD_KEY_INT, "1000", NULL, 0, 1e9, "", "updates", false},
    {"train.batch", ICLGD_KEY_INT, "256", NULL, 1, 1e7, "",
     "prompts of an update", false},
    {"train.optimizer", ICLGD_KEY_FORM, "adam", "adam|adamw|sgd", 0, 0, "",
     "update rule", false},
    {"train.lr", ICLGD_KEY_REAL, "0.01", NULL, 0, 1e6, "", "learning rate",
     false},
    {"train.beta1", ICLGD_KEY_REAL, "0.9", NULL, 0, 0.999999, "",
     "decay of the first moment; momentum of sgd", false},
    {"train.beta2", ICLGD_KEY_REAL, "0.99", NULL, 0, 0.999999999, "",
     "decay of the second moment", false},
    {"train.epsilon", ICLGD_KEY_REAL, "1e-12", NULL, 1e-300, 1, "",
     "added to the root of the second moment", false},
    {"train.weight_decay", ICLGD_KEY_REAL, "0", NULL, 0, 1e3, "",
     "weight decay (in the gradient for adam, apart for adamw)", false},
    {"train.clip", ICLGD_KEY_REAL, "0", NULL, 0, 1e12, "",
     "largest gradient norm; 0 for no clipping", false},
    {"train.clip_per", ICLGD_KEY_FORM, "global", "global|matrix", 0, 0, "",
     "clip the norm of all parameters or of each matrix", false},
    {"train.schedule", ICLGD_KEY_FORM, "cosine",
     "constant|linear|cosine|halve:int", 1, 1e9, "",
     "learning rate over the steps", false},
    {"train.warmup", ICLGD_KEY_INT, "0", NULL, 0, 1e9, "",
     "steps of linear warm-up", false},
    {"train.loss_window", ICLGD_KEY_INT, "1", NULL, 1, 4096, "",
     "T: the loss is the mean over the last T loops", false},
    {"train.fresh_every", ICLGD_KEY_INT, "1", NULL, 1, 1e9, "",
     "steps for which a batch is kept", false},
    {"train.snapshots", ICLGD_KEY_INT, "20", NULL, 2, 10000, "",
     "log-spaced steps at which all parameters are stored", false},
    {"train.log_points", ICLGD_KEY_INT, "200", NULL, 2, 100000, "",
     "log-spaced steps at which losses are stored", false},
    {"train.eval_prompts", ICLGD_KEY_INT, "1000", NULL, 1, 1e8, "",
     "held-out prompts behind the loss stored during training", false},
    {"train.precision", ICLGD_KEY_FORM, "single", "single|double", 0, 0, "",
     "arithmetic of losses and gradients in training; weights are double",
     false},
    {"train.threads", ICLGD_KEY_INT, "1", NULL, 1, 256, "",
     "threads; the result does not depend on it", true},
};

const iclgd_key_set iclgd_train_keys = {keys, sizeof keys / sizeof *keys};

iclgd_train_options iclgd_train_options_from(const iclgd_settings *s) {
  const iclgd_form schedule = iclgd_get_form(s, "train.schedule");
  return (iclgd_train_options){
      .steps = iclgd_get_size(s, "train.steps"),
      .batch = iclgd_get_size(s, "train.batch"),
      .fresh_every = iclgd_get_size(s, "train.fresh_every"),
      .warmup = iclgd_get_size(s, "train.warmup"),
      .loss_window = iclgd_get_size(s, "train.loss_window"),
      .optimizer = (iclgd_optimizer)iclgd_get_form(s, "train.optimizer").choice,
      .lr = iclgd_get_real(s, "train.lr"),
      .beta1 = iclgd_get_real(s, "train.beta1"),
      .beta2 = iclgd_get_real(s, "train.beta2"),
      .epsilon = iclgd_get_real(s, "train.epsilon"),
      .weight_decay = iclgd_get_real(s, "train.weight_decay"),
      .clip = iclgd_get_real(s, "train.clip"),
      .clip_per = (iclgd_clip)iclgd_get_form(s, "train.clip_per").choice,
      .schedule = (iclgd_schedule)schedule.choice,
      .halve_every = schedule.count ? (size_t)schedule.values[0] : 1,
      .precision = (iclgd_precision)iclgd_get_form(s, "train.precision").choice,
  };
}

enum { PATIENCE = 10 }; /* steps of a huge loss before it counts as diverged */
static const double huge_ratio = 1e6;

struct iclgd_trainer {
  iclgd_arena arena;
  iclgd_train_options options;
  iclgd_model *model;
  iclgd_batch *batch;
  size_t step, huge_steps;
  uint64_t stride;  /* from the first prompt of a batch to that of the next */
  double *c;        /* (depth + 1) */
  double *gradient; /* (size) */
  iclgd_optimizer_state state;
};

static iclgd_status set_up(iclgd_trainer *t, const iclgd_supply *supply,
                           iclgd_pool *pool, iclgd_error *err) {
  const size_t size = iclgd_model_size(t->model);
  t->c = iclgd_arena_reals(&t->arena, iclgd_model_depth(t->model) + 1, 1, 1);
  t->gradient = iclgd_arena_reals(&t->arena, size, 1, 1);
  t->state.m = iclgd_arena_reals(&t->arena, size, 1, 1);
  t->state.v = iclgd_arena_reals(&t->arena, size, 1, 1);
  t->state.power1 = t->state.power2 = 1;
  if (!t->c || !t->gradient || !t->state.m || !t->state.v)
    return iclgd_fail_memory(err, "the trainer");
  iclgd_loss_weights(t->model, t->options.loss_window, t->c);
  /* Whole groups are drawn together; of a fixed set none may be left out. */
  const size_t group = supply->fixed ? 1 : ICLGD_LANES;
  t->stride = (t->options.batch + group - 1) / group * group;
  return iclgd_batch_create(t->model, supply, t->options.batch, false,
                            t->options.precision, pool, &t->arena, &t->batch,
                            err);
}

iclgd_status iclgd_trainer_create(const iclgd_train_options *options,
                                  iclgd_model *model,
                                  const iclgd_supply *supply, iclgd_pool *pool,
                                  iclgd_trainer **out, iclgd_error *err) {
  iclgd_trainer *t = calloc(1, sizeof *t);
  if (!t) return iclgd_fail_memory(err, "the trainer");
  t->options = *options;
  t->model = model;
  const iclgd_status status = set_up(t, supply, pool, err);
  if (status)
    iclgd_trainer_free(t);
  else
    *out = t;
  return status;
}

void iclgd_trainer_free(iclgd_trainer *trainer) {
  if (!trainer) return;
  iclgd_arena_free(&trainer->arena);
  free(trainer);
}

void iclgd_loss_weights(const iclgd_model *model, size_t loss_window,
                        double *c) {
  const size_t loops = model->loops;
  const size_t window = loss_window < loops ? loss_window : loops;
  memset(c, 0, (iclgd_model_depth(model) + 1) * sizeof *c);
  for (size_t t = loops - window + 1; t <= loops; ++t)
    c[t * model->layers] = 1 / (double)window;
}

/* Clip by matrix or over all; the global norm before clipping. */
static double clip(iclgd_trainer *t) {
  const iclgd_model *model = t->model;
  const double norm = iclgd_clip_norm(
      t->gradient, iclgd_model_size(model),
      t->options.clip_per == ICLGD_CLIP_GLOBAL ? t->options.clip : 0);
  if (t->options.clip_per == ICLGD_CLIP_MATRIX)
    for (size_t l = 0; l < model->layers; ++l)
      for (size_t k = 0; k < model->n_blocks; ++k) {
        const iclgd_block *block = &model->blocks[k];
        iclgd_clip_norm(t->gradient + l * model->layer_size + block->offset,
                        block->rows * block->columns, t->options.clip);
      }
  return norm;
}

/* The gradient of the next batch, clipped; the ratio to the zero loss. */
static double measure(iclgd_trainer *t, iclgd_train_report *report) {
  const uint64_t first = t->step / t->options.fresh_every * t->stride;
  double zero_loss;
  report->step = t->step;
  report->loss =
      iclgd_batch_gradient(t->batch, t->c, first, t->gradient, &zero_loss);
  report->grad_norm = clip(t);
  report->learning_rate = iclgd_learning_rate(&t->options, t->step);
  return report->loss / zero_loss;
}

static bool is_finite(const iclgd_train_report *report) {
  return isfinite(report->loss) && isfinite(report->grad_norm);
}

iclgd_status iclgd_trainer_measure(iclgd_trainer *trainer,
                                   iclgd_train_report *report) {
  const double ratio = measure(trainer, report);
  return is_finite(report) && !(ratio > huge_ratio) ? ICLGD_OK : ICLGD_DIVERGED;
}

iclgd_status iclgd_trainer_step(iclgd_trainer *t, iclgd_train_report *report) {
  const double ratio = measure(t, report);
  if (!is_finite(report)) return ICLGD_DIVERGED;
  t->huge_steps = ratio > huge_ratio ? t->huge_steps + 1 : 0;
  if (t->huge_steps >= PATIENCE) return ICLGD_DIVERGED;
  iclgd_optimizer_step(&t->options, report->learning_rate, &t->state,
                       t->gradient, t->model->theta,
                       iclgd_model_size(t->model));
  ++t->step;
  return ICLGD_OK;
}

iclgd_status iclgd_held_out_loss(const iclgd_model *model,
                                 const iclgd_supply *supply, uint64_t first,
                                 size_t count, iclgd_pool *pool, double *loss,
                                 iclgd_error *err) {
  iclgd_arena arena = {0};
  iclgd_batch *batch;
  iclgd_status status = iclgd_batch_create(
      model, supply, count, true, ICLGD_DOUBLE, pool, &arena, &batch, err);
  double *c = iclgd_arena_reals(&arena, iclgd_model_depth(model) + 1, 1, 1);
  if (!status && !c) status = iclgd_fail_memory(err, "the held-out loss");
  if (!status) {
    double zero_loss;
    iclgd_loss_weights(model, 1, c);
    *loss = iclgd_batch_gradient(batch, c, first, NULL, &zero_loss);
  }
  iclgd_arena_free(&arena);
  return status;
}

size_t iclgd_log_steps(size_t last, size_t limit, size_t *out) {
  size_t count = 0;
  for (size_t k = 0; k < limit; ++k) {
    const double share = (double)k / (double)(limit - 1);
    const double spaced = exp(share * log((double)last + 1)) - 1;
    size_t step = k + 1 == limit ? last : (size_t)(spaced + 0.5);
    if (count > 0 && step <= out[count - 1]) step = out[count - 1] + 1;
    if (step > last) break;
    out[count++] = step;
  }
  return count;
}
