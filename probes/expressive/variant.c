/* One variant: its settings, its law and model, training, its loss. It starts
 * from the defaults of all keys, so that a table is the same in every run. */
#include <stdio.h>

#include <iclgd/architecture.h>
#include <iclgd/train.h>

#include "probes/expressive/expressive.h"
#include "probes/shared/words.h"

static iclgd_status set_all(iclgd_settings *settings,
                            const iclgd_variant_row *row,
                            const iclgd_variant_setup *setup,
                            iclgd_error *err) {
  char word[64];
  TRY(iclgd_words_set(settings, "", iclgd_table_keys(row->table), err));
  TRY(iclgd_words_set(settings, "", row->keys, err));
  snprintf(word, sizeof word, "prompt.seed=%llu",
           (unsigned long long)setup->seed);
  TRY(iclgd_settings_override(settings, word, err));
  if (setup->steps == 0 || row->exact) return ICLGD_OK;
  snprintf(word, sizeof word, "train.steps=%zu", setup->steps);
  return iclgd_settings_override(settings, word, err);
}

/* What diverges stays where it was. */
static iclgd_status train(const iclgd_workpiece *piece, iclgd_error *err) {
  const iclgd_train_options options = iclgd_train_options_from(piece->settings);
  const iclgd_prompt_source source = {.dist = &piece->dist,
                                      .stream = ICLGD_STREAM_TRAIN};
  iclgd_trainer *trainer;
  TRY(iclgd_trainer_create(&options, &piece->model, piece->theta, &source,
                           piece->setup->pool, &trainer, err));
  const iclgd_status status = iclgd_trainer_run(trainer, NULL, NULL, err);
  iclgd_trainer_free(trainer);
  return status > 0 ? ICLGD_OK : status;
}

static double variance_of(const double *y, size_t count) {
  double mean = 0, sum = 0;
  for (size_t i = 0; i < count; ++i) mean += y[i] / (double)count;
  for (size_t i = 0; i < count; ++i) sum += (y[i] - mean) * (y[i] - mean);
  return sum / (double)count;
}

/* The loss on held-out prompts, and the variance of their labels. */
static iclgd_status hold_out(const iclgd_workpiece *piece, iclgd_variant *out,
                             iclgd_error *err) {
  const iclgd_prompt_source source = {.dist = &piece->dist,
                                      .stream = ICLGD_STREAM_EVAL};
  const size_t count = piece->setup->prompts;
  iclgd_prompts prompts;
  TRY(iclgd_prompts_create_for(&source, count, piece->arena, &prompts, err));
  iclgd_prompt_source_draw(&source, 0, &prompts);
  out->variance = variance_of(prompts.y_query, count);
  return iclgd_held_out_loss(&piece->model, piece->theta, &source, 0, count,
                             piece->setup->pool, NULL, &out->sampled, err);
}

static iclgd_status make(iclgd_workpiece *piece, bool exact, iclgd_variant *out,
                         iclgd_error *err) {
  const uint64_t seed = piece->setup->seed + piece->setup->later;
  TRY(iclgd_distribution_create(piece->settings, seed, piece->arena,
                                &piece->dist, err));
  TRY(iclgd_model_from_settings(piece->settings, NULL, piece->dist.d,
                                &piece->model, err));
  TRY(iclgd_model_initialise(&piece->model, piece->settings, seed, piece->arena,
                             &piece->theta, err));
  const iclgd_transformer *shape = &piece->model.transformer;
  *out = (iclgd_variant){.parameters = piece->model.size,
                         .layers = piece->model.layers,
                         .heads = shape->heads,
                         .hidden = shape->mlp_width,
                         .dot_product = shape->dot_product};
  if (!exact) {
    TRY(train(piece, err));
    TRY(hold_out(piece, out, err));
    out->loss = out->sampled;
    return ICLGD_OK;
  }
  TRY(iclgd_workpiece_decay(piece, out, err));
  const double variance = out->variance;
  TRY(hold_out(piece, out, err));
  out->variance = variance;
  return ICLGD_OK;
}

iclgd_status iclgd_variant_run(const iclgd_variant_row *row,
                               const iclgd_variant_setup *setup,
                               iclgd_variant *out, iclgd_error *err) {
  const iclgd_key_set sets[] = {
      iclgd_prompt_keys, iclgd_model_keys, *iclgd_linear_architecture.keys,
      *iclgd_transformer_architecture.keys, iclgd_train_keys};
  iclgd_settings *settings;
  iclgd_arena arena = {0};
  TRY(iclgd_settings_create(sets, sizeof sets / sizeof *sets, &settings, err));
  iclgd_status status = set_all(settings, row, setup, err);
  iclgd_workpiece piece = {
      .setup = setup, .settings = settings, .arena = &arena};
  if (!status) status = make(&piece, row->exact, out, err);
  iclgd_arena_free(&arena);
  iclgd_settings_free(settings);
  return status;
}
