/* iclgd/train.h - training: create, step, free.
 *
 * Minimises the in-context loss, mean over prompts of sum_l c_l (yhat_l -
 * y_query)^2, where c puts equal weights on the last T loops (Yang et al.
 * 2023; T = 1 is the loss of the last layer), or, with `prefixes`, its mean
 * over the context lengths 0..n (iclgd_model_gradient_by_context). Step s sees
 * the prompts s' B .. s' B + batch - 1 of the prompt source, s' = s /
 * fresh_every, B the batch, rounded up to a multiple of 16 where prompts are
 * drawn. Blocks of prompts, whose size depends on the batch alone, are summed
 * in a fixed tree, so the thread count never changes a bit, nor does the number
 * of processes where a team shares the batches (iclgd/team.h).
 */
#ifndef ICLGD_TRAIN_H
#define ICLGD_TRAIN_H

#include <stddef.h>
#include <stdint.h>

#include "iclgd/model.h"
#include "iclgd/parallel.h"
#include "iclgd/prompt.h"
#include "iclgd/settings.h"
#include "iclgd/team.h"

/* In the order of the forms of train.optimizer, .schedule and .clip_per. */
typedef enum iclgd_optimizer {
  ICLGD_ADAM,
  ICLGD_ADAMW,
  ICLGD_SGD,
  ICLGD_LBFGS /* NLopt's, on the first batch; only iclgd_trainer_run has it */
} iclgd_optimizer;
typedef enum iclgd_schedule {
  ICLGD_CONSTANT,
  ICLGD_LINEAR, /* to zero at the last step */
  ICLGD_COSINE, /* likewise, along half a cosine */
  ICLGD_HALVE   /* halved every k steps */
} iclgd_schedule;
typedef enum iclgd_clip {
  ICLGD_CLIP_GLOBAL, /* one norm over all parameters */
  ICLGD_CLIP_MATRIX  /* a norm for each array of each layer */
} iclgd_clip;

/* A number that grows: `from`, and `by` more after every `every` steps, up to
 * the whole. */
typedef struct iclgd_ramp {
  size_t from, by, every; /* every = 0: the whole from step 0 on */
} iclgd_ramp;

typedef struct iclgd_train_options {
  size_t steps, batch, fresh_every, warmup, loss_window;
  bool prefixes; /* the loss is the mean over all context lengths 0..n */
  iclgd_optimizer optimizer;
  double lr, beta1, beta2, epsilon, weight_decay;
  double clip; /* largest gradient norm; 0: none */
  iclgd_clip clip_per;
  iclgd_schedule schedule;
  size_t halve_every;
  size_t curriculum; /* steps over which the loops grow from 1; 0: none */
  iclgd_ramp features, points; /* of the prompts that are trained on */
  double guard;                /* of the loss (iclgd/model.h); 0: none */
  size_t average; /* last steps whose parameters are averaged; 0: none */
  iclgd_precision precision; /* of losses and gradients; weights are double */
  iclgd_team *team;          /* shares every batch; NULL: this process alone */
} iclgd_train_options;

/* What one step saw: the batch at the parameters after `step` updates. */
typedef struct iclgd_train_report {
  size_t step;
  double loss, grad_norm, learning_rate;
  size_t dropped; /* prompts left out because they overflow (guard) */
} iclgd_train_report;

/* The keys train.*, seed and seeds. */
extern const iclgd_key_set iclgd_train_keys;

iclgd_train_options iclgd_train_options_from(const iclgd_settings *settings);

typedef struct iclgd_trainer iclgd_trainer;

/* theta (model->size) is updated in place; it, model, source and pool
 * are borrowed until the trainer is freed. ICLGD_EUSAGE: options that do not go
 * together, or prompts that cannot grow. */
iclgd_status iclgd_trainer_create(const iclgd_train_options *options,
                                  const iclgd_model *model, double *theta,
                                  const iclgd_prompt_source *source,
                                  iclgd_pool *pool, iclgd_trainer **out,
                                  iclgd_error *err);
void iclgd_trainer_free(iclgd_trainer *trainer);

/* Loss and gradient of the next batch, without an update; ICLGD_DIVERGED when
 * they are not finite or the loss is a million times that of the zero
 * predictor; ICLGD_ENOMEM as iclgd_trainer_step. */
iclgd_status iclgd_trainer_measure(iclgd_trainer *trainer,
                                   iclgd_train_report *report);

/* Called at a step with what its batch says of the parameters before the
 * update; another status than ICLGD_OK ends the run with it. */
typedef iclgd_status (*iclgd_train_watch)(void *context,
                                          const iclgd_train_report *report);

/* All steps, watched at 0, 1, .. options.steps; at the last, which has no
 * update, the parameters are the result. ICLGD_DIVERGED as iclgd_trainer_step;
 * the step it happened at has been watched. An L-BFGS search that ends early
 * is watched to the end at its result. watch may be NULL: nobody looks. */
iclgd_status iclgd_trainer_run(iclgd_trainer *trainer, iclgd_train_watch watch,
                               void *context, iclgd_error *err);

/* One update. ICLGD_DIVERGED, and the parameters stay as they were, when loss
 * or gradient is not finite, or when the loss has been a million times that of
 * the zero predictor for ten steps running; ICLGD_ENOMEM where points grow and
 * there is no room for a batch of them. */
iclgd_status iclgd_trainer_step(iclgd_trainer *trainer,
                                iclgd_train_report *report);

/* In a follower of the team: its share of the leader's batch at step s, at the
 * leader's parameters. ICLGD_ENOMEM as iclgd_trainer_step. */
iclgd_status iclgd_trainer_follow(iclgd_trainer *trainer, size_t s,
                                  iclgd_error *err);

/* The learning rate of step s. */
double iclgd_learning_rate(const iclgd_train_options *options, size_t s);

/* The state of a trainer at a step that has been watched and not yet used for
 * an update: what another one, made of the same options, needs to go on from
 * there with the same bits. (iclgd_trainer_state_size) numbers; 0: this
 * optimiser's search goes on from its start alone (L-BFGS). Restored numbers
 * that no trainer has are ICLGD_EINPUT, and the trainer stays as it was. */
size_t iclgd_trainer_state_size(const iclgd_trainer *trainer);
void iclgd_trainer_save(const iclgd_trainer *trainer, double *state);
iclgd_status iclgd_trainer_restore(iclgd_trainer *trainer, const double *state,
                                   iclgd_error *err);

/* The loops that run at step s: all of them, or by the curriculum from 1 at
 * step 0 to all of them at step `curriculum`, evenly. */
size_t iclgd_loops_at(const iclgd_train_options *options, size_t loops,
                      size_t s);

/* The number at step s. */
size_t iclgd_ramp_at(const iclgd_ramp *ramp, size_t whole, size_t s);

/* The weights c (depth + 1) of the layers in the loss of the first `loops`
 * loops: the last loss_window of them, equally. */
void iclgd_loss_weights(const iclgd_model *model, size_t loops,
                        size_t loss_window, double *c);

/* Mean over prompts first .. first + count - 1 of the prompt source of the
 * squared error of the last layer, in double: the held-out loss. With a team,
 * or NULL, all of whose processes are in this call: theta is the leader's, and
 * the loss known there. */
iclgd_status iclgd_held_out_loss(const iclgd_model *model, const double *theta,
                                 const iclgd_prompt_source *source,
                                 uint64_t first, size_t count, iclgd_pool *pool,
                                 iclgd_team *team, double *loss,
                                 iclgd_error *err);

/* Up to `limit` distinct steps from 0 to `last`, both included, spaced evenly
 * in log(step + 1); their number. */
size_t iclgd_log_steps(size_t last, size_t limit, size_t *out);

#endif /* ICLGD_TRAIN_H */
