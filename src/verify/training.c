/* Training for claims about trained models, as `iclgd train` does it. */
#include "verify.h"

static iclgd_status ignore(void *context, const iclgd_train_report *report) {
  (void)context;
  (void)report;
  return ICLGD_OK;
}

iclgd_status iclgd_trial_train_from(iclgd_trial *trial, iclgd_subject *model,
                                    iclgd_error *err) {
  const iclgd_train_options options = iclgd_train_options_from(trial->settings);
  iclgd_distribution law = trial->dist;
  iclgd_trainer *trainer;
  iclgd_status status = iclgd_model_use_sampler(&model->model, trial->settings,
                                                &trial->arena, &law, err);
  if (status) return status;
  const iclgd_supply supply = {.dist = &law, .stream = ICLGD_STREAM_TRAIN};
  status = iclgd_trainer_create(&options, &model->model, model->theta, &supply,
                                trial->options->pool, &trainer, err);
  if (status) return status;
  status = iclgd_trainer_run(trainer, ignore, NULL, err);
  iclgd_trainer_free(trainer);
  return status == ICLGD_DIVERGED ? ICLGD_OK : status;
}

iclgd_status iclgd_trial_start(iclgd_trial *trial, size_t later,
                               iclgd_subject *out, iclgd_error *err) {
  const iclgd_status status = iclgd_model_from_settings(
      trial->settings, NULL, trial->dist.d, &out->model, err);
  return status ? status
                : iclgd_model_initialise(&out->model, trial->settings,
                                         trial->options->seed + later,
                                         &trial->arena, &out->theta, err);
}

iclgd_status iclgd_trial_train(iclgd_trial *trial, iclgd_subject *model,
                               iclgd_error *err) {
  const iclgd_status status = iclgd_trial_start(trial, 0, model, err);
  return status ? status : iclgd_trial_train_from(trial, model, err);
}
