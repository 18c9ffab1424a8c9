/* The same over training: of every snapshot the share of prompts whose
 * in-context loss falls at every layer, and, after the last layer, the memory
 * energy of the query's token and its distance to the nearest token of the
 * context, medians over prompts. */
#include <math.h>

#include <iclgd/comparisons.h>

#include "probes/energy/energy.h"

/* What the file is to have of a snapshot, */
enum { DESCENDS, LOW, HIGH, LOSS, MEMORY, NEAREST, REALS };

typedef struct training {
  const iclgd_probe_setup *setup;
  double unit; /* of tokens; 0: there are none */
  size_t snapshot, prompts;
  iclgd_energy_table loss;            /* of the snapshot that is on */
  double *memory, *nearest;           /* (prompts) of it */
  iclgd_path_scratch *path_scratches; /* (threads) */
  double *fits, *problems, *tokens;   /* (threads, ..) */
  iclgd_prompts drawn;
  double *out[REALS]; /* (snapshots) */
} training;

static size_t token_size(const training *t) {
  return (t->setup->n + 1) * iclgd_model_token_width(t->setup->model);
}

static void measure_tokens(const training *t, const double *theta,
                           const iclgd_prompt *prompt, size_t i,
                           size_t thread) {
  const iclgd_model *model = t->setup->model;
  const size_t D = iclgd_model_token_width(model), size = token_size(t);
  double *z = t->tokens + thread * size;
  const double *Z =
      iclgd_model_tokens(model, theta, prompt, t->path_scratches[thread].tape);
  for (size_t k = 0; k < size; ++k)
    z[k] = Z[t->setup->depth * size + k] / t->unit;
  t->memory[i] =
      iclgd_energy_memory(z + prompt->n * D, z, prompt->n, D, &t->nearest[i]);
}

static void run_prompt(void *context, size_t i, size_t thread) {
  const training *t = context;
  const iclgd_probe_setup *setup = t->setup;
  const size_t columns = setup->depth + 1;
  const double *theta =
      setup->history->theta + t->snapshot * setup->model->size;
  const iclgd_path path =
      iclgd_path_of_model(setup->model, theta, "model", "model");
  const iclgd_prompt prompt = iclgd_prompts_at(&t->drawn, i);
  double *fits = t->fits + thread * columns * (setup->n + 1);
  double *energy = fits + columns * setup->n;
  iclgd_problem problem;
  iclgd_problem_set(&prompt, false, t->path_scratches[thread].problem_work,
                    &problem);
  if (iclgd_energy_along(&path, &problem, &t->path_scratches[thread], 0, fits,
                         energy, NULL))
    for (size_t c = 0; c < columns; ++c)
      *iclgd_energy_at(&t->loss, 0, c, i) =
          isfinite(energy[c]) ? energy[c] : INFINITY;
  if (t->unit > 0) measure_tokens(t, theta, &prompt, i, thread);
}

static void judge(training *t) {
  const size_t s = t->snapshot;
  size_t falls = 0;
  for (size_t i = 0; i < t->prompts; ++i)
    falls += iclgd_energy_fate_of(&t->loss, 0, i).falls;
  t->out[DESCENDS][s] = (double)falls / (double)t->prompts;
  iclgd_share_interval(falls, t->prompts, &t->out[LOW][s], &t->out[HIGH][s]);
  t->out[LOSS][s] = iclgd_median(
      iclgd_energy_at(&t->loss, 0, t->setup->depth, 0), t->prompts);
  t->out[MEMORY][s] = t->unit > 0 ? iclgd_median(t->memory, t->prompts) : NAN;
  t->out[NEAREST][s] = t->unit > 0 ? iclgd_median(t->nearest, t->prompts) : NAN;
}

static iclgd_status take(training *t, iclgd_error *err) {
  const iclgd_probe_setup *setup = t->setup;
  const size_t threads = iclgd_pool_threads(setup->pool);
  const size_t columns = setup->depth + 1;
  iclgd_arena *arena = setup->arena;
  t->loss = (iclgd_energy_table){.series = 1,
                                 .columns = columns,
                                 .trained = setup->depth,
                                 .prompts = t->prompts,
                                 .rounding = 1e-12};
  TRY(iclgd_energy_table_create(arena, &t->loss, err));
  t->memory = iclgd_arena_reals(arena, t->prompts, 1, 1);
  t->nearest = iclgd_arena_reals(arena, t->prompts, 1, 1);
  t->fits = iclgd_arena_reals(arena, threads, columns, setup->n + 1);
  t->tokens = iclgd_arena_reals(arena, threads, token_size(t), 1);
  for (size_t k = 0; k < REALS; ++k)
    t->out[k] = iclgd_arena_reals(arena, setup->history->snapshots, 1, 1);
  TRY(iclgd_prompts_create_for(&setup->source, t->prompts, arena, &t->drawn,
                               err));
  iclgd_prompt_source_draw(&setup->source, setup->source_from, &t->drawn);
  TRY(iclgd_path_scratches_create(threads, setup->model, setup->n, setup->depth,
                                  arena, &t->path_scratches, err));
  return iclgd_arena_status(arena, err, "energy/training");
}

iclgd_status iclgd_energy_training_write(const iclgd_probe_setup *setup,
                                         double unit, iclgd_record *record,
                                         iclgd_error *err) {
  static const char group[] = "energy/training";
  const size_t count = setup->history->snapshots;
  training t = {.setup = setup,
                .unit = unit,
                .prompts = iclgd_probe_prompts(setup, "energy.training")};
  if (t.prompts == 0 || count == 0 || setup->model->size == 0) return ICLGD_OK;
  TRY(take(&t, err));
  for (t.snapshot = 0; t.snapshot < count; ++t.snapshot) {
    iclgd_pool_for(setup->pool, t.prompts, run_prompt, &t);
    judge(&t);
  }
  const iclgd_member members[] = {
      {"step", &count, setup->history->step},
      {"descends", &count, t.out[DESCENDS]},
      {"descends_low", &count, t.out[LOW]},
      {"descends_high", &count, t.out[HIGH]},
      {"loss", &count, t.out[LOSS]},
      {"memory", &count, unit > 0 ? t.out[MEMORY] : NULL},
      {"nearest", &count, unit > 0 ? t.out[NEAREST] : NULL},
  };
  iclgd_record_put_all(record, group, MEMBERS(members), err);
  return iclgd_record_attr_int(record, group, "prompts", (int64_t)t.prompts,
                               err);
}
