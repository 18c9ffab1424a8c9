/* Training for claims about trained models, as `iclgd train` does it. */
#include "verify.h"

static iclgd_status ignore(void *context, const iclgd_train_report *report) {
  (void)context;
  (void)report;
  return ICLGD_OK;
}

iclgd_status iclgd_trial_run(iclgd_trial *trial, const iclgd_training *how,
                             iclgd_subject *model, iclgd_error *err) {
  iclgd_trainer *trainer;
  TRY(iclgd_trainer_create(&how->options, &model->model, model->theta,
                           how->source, trial->options->pool, &trainer, err));
  const iclgd_status status =
      iclgd_trainer_run(trainer, how->watch, how->context, err);
  iclgd_trainer_free(trainer);
  return status == ICLGD_DIVERGED ? ICLGD_OK : status;
}

iclgd_status iclgd_trial_train_from(iclgd_trial *trial, iclgd_subject *model,
                                    iclgd_error *err) {
  iclgd_distribution law = trial->dist;
  const iclgd_train_options options = iclgd_train_options_from(trial->settings);
  TRY(iclgd_model_use_sampler(&model->model, options.prefixes, trial->settings,
                              &trial->arena, &law, err));
  const iclgd_prompt_source source = {.dist = &law,
                                      .stream = ICLGD_STREAM_TRAIN};
  const iclgd_training how = {
      .options = options, .source = &source, .watch = ignore};
  return iclgd_trial_run(trial, &how, model, err);
}

iclgd_status iclgd_trial_start(iclgd_trial *trial, size_t later,
                               iclgd_subject *out, iclgd_error *err) {
  TRY(iclgd_model_from_settings(trial->settings, NULL, trial->dist.d,
                                &out->model, err));
  return iclgd_model_initialise(&out->model, trial->settings,
                                trial->options->seed + later, &trial->arena,
                                &out->theta, err);
}

iclgd_status iclgd_trial_train(iclgd_trial *trial, iclgd_subject *model,
                               iclgd_error *err) {
  TRY(iclgd_trial_start(trial, 0, model, err));
  return iclgd_trial_train_from(trial, model, err);
}
