/* Do the hidden tokens descend energies of attention? After every layer, of the
 * tokens in units of a width h, z = token / h:
 *   interaction, one   E_int and E_1 of all of them (Yang, Huang, Wipf 2022)
 *   memory, nearest    -log sum_i exp(-|z_q - z_i|) and min_i |z_q - z_i| of
 *                      the query's among those of the context (Niu et al. 2024)
 *
 * with the cosine of what a layer adds with minus the gradient of the energy
 * before it, and whether one step of each kind (iclgd/energy.h, a = 1) would
 * lower E_int and E_1 from there. What a trained layer does is measured: no
 * theorem says that it falls, since its matrices are not symmetric and the
 * width is ours. Of alternating tokens those of x and of the query take part.
 */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "probes/energy/energy.h"

enum { INTERACTION, ONE, MEMORY, NEAREST, MEASURES, CHANGES = NEAREST };

struct iclgd_energy_tokens {
  const iclgd_probe_setup *setup;
  size_t T, D;
  double unit;
  iclgd_energy_table table;
  double *cosine;                     /* (CHANGES, columns, prompts) */
  unsigned char *lowers;              /* (ICLGD_STEPS, 2, columns, prompts) */
  iclgd_path_scratch *path_scratches; /* (threads) */
  double *work;                       /* (threads, work_size) */
  const iclgd_probe_block *block;     /* the block that is on */
};

/* Tokens now, after a step, the gradient, and a row of scores. */
static size_t work_size(const iclgd_energy_tokens *p) {
  return 3 * p->T * p->D + p->T;
}

/* Median distance between tokens, over layers, of some prompts. */
static double median_distance(const iclgd_energy_tokens *p, double *values) {
  enum { PROMPTS = 8 };
  const iclgd_prompts *tune = p->setup->tune;
  const size_t prompts = tune->count < PROMPTS ? tune->count : PROMPTS;
  size_t count = 0;
  for (size_t i = 0; i < prompts; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(tune, i);
    const double *Z = iclgd_model_tokens(p->setup->model, p->setup->theta,
                                         &prompt, p->path_scratches[0].tape);
    for (size_t l = 0; l < p->table.columns; ++l, Z += p->T * p->D)
      for (size_t t = 0; t < p->T; ++t) {
        const double *other = Z + (t + 1) % p->T * p->D;
        values[count++] =
            sqrt(iclgd_squared_distance(Z + t * p->D, other, p->D));
      }
  }
  const double median = iclgd_median(values, count);
  return median > 0 && isfinite(median) ? median : 1;
}

static iclgd_status set_unit(iclgd_energy_tokens *p, iclgd_error *err) {
  const iclgd_form form =
      iclgd_get_form(p->setup->settings, "energy.bandwidth");
  if (form.count) {
    p->unit = form.values[0];
    return ICLGD_OK;
  }
  double *values =
      iclgd_arena_reals(p->setup->arena, 8, p->table.columns, p->T);
  TRY(iclgd_arena_status(p->setup->arena, err, "energy"));
  p->unit = median_distance(p, values);
  return ICLGD_OK;
}

/* Pairs of many wide tokens are slow: then fewer prompts. */
static size_t affordable(const iclgd_energy_tokens *p, size_t wanted) {
  const double budget = 1e8, least = 10;
  const double each =
      (double)(p->T * p->T) * (double)p->D * (double)p->table.columns;
  const double most = fmax(least, budget / each);
  return (double)wanted < most ? wanted : (size_t)most;
}

iclgd_status iclgd_energy_tokens_create(const iclgd_probe_setup *setup,
                                        iclgd_energy_tokens **out,
                                        iclgd_error *err) {
  static const char *const names[] = {"interaction", "one", "memory",
                                      "nearest"};
  const size_t threads = iclgd_pool_threads(setup->pool);
  iclgd_arena *arena = setup->arena;
  const size_t D = iclgd_model_token_width(setup->model);
  *out = NULL;
  if (setup->paths[0].given || D == 0) return ICLGD_OK;
  iclgd_energy_tokens *p = iclgd_arena_take(arena, 1, sizeof *p);
  if (!p) return iclgd_fail_memory(err, "energy");
  *out = p;
  p->setup = setup;
  p->T = setup->n + 1;
  p->D = D;
  p->table = (iclgd_energy_table){.series = MEASURES,
                                  .columns = setup->depth + 1,
                                  .trained = setup->depth,
                                  .rounding = 1e-12};
  p->table.prompts =
      affordable(p, iclgd_probe_prompts(setup, "energy.prompts"));
  TRY(iclgd_energy_table_create(arena, &p->table, err));
  for (size_t k = 0; k < MEASURES; ++k) p->table.names[k] = names[k];
  const size_t cells = p->table.columns * p->table.prompts;
  p->cosine = iclgd_arena_reals(arena, CHANGES, cells, 1);
  p->lowers = iclgd_arena_take(arena, ICLGD_STEPS * 2, cells);
  p->work = iclgd_arena_reals(arena, threads, work_size(p), 1);
  TRY(iclgd_path_scratches_create(threads, setup->model, setup->n, 0, arena,
                                  &p->path_scratches, err));
  TRY(iclgd_arena_status(arena, err, "energy"));
  return set_unit(p, err);
}

double iclgd_energy_tokens_unit(const iclgd_energy_tokens *p) {
  return p ? p->unit : 0;
}

/* --- one prompt ---------------------------------------------------------- */

static void measure_energies(const iclgd_energy_tokens *p, const double *z,
                             double out[MEASURES]) {
  const size_t n = p->T - 1;
  out[INTERACTION] = iclgd_energy_interaction(z, p->T, p->D);
  out[ONE] = out[INTERACTION] + iclgd_dot(z, z, p->T * p->D) / 2;
  out[MEMORY] = iclgd_energy_memory(z + n * p->D, z, n, p->D, &out[NEAREST]);
}

/* cos(change, -gradient); the query's token alone has a memory. */
static void measure_changes(const iclgd_energy_tokens *p, const double *z,
                            const double *change, double *slope,
                            double out[CHANGES]) {
  const size_t n = p->T - 1, size = p->T * p->D;
  iclgd_energy_interaction_slope(z, p->T, p->D, slope);
  out[INTERACTION] = -iclgd_cosine(change, slope, size);
  for (size_t i = 0; i < size; ++i) slope[i] += z[i]; /* now that of E_1 */
  out[ONE] = -iclgd_cosine(change, slope, size);
  iclgd_energy_memory_slope(z + n * p->D, z, n, p->D, slope);
  out[MEMORY] = -iclgd_cosine(change + n * p->D, slope, p->D);
}

/* Whether one step of each kind from z lowers E_int and E_1. */
static void try_steps(const iclgd_energy_tokens *p, size_t column,
                      size_t prompt, const double *z, double *next,
                      double *score) {
  const double before[] = {
      *iclgd_energy_at(&p->table, INTERACTION, column, prompt),
      *iclgd_energy_at(&p->table, ONE, column, prompt)};
  const size_t cells = p->table.columns * p->table.prompts;
  for (size_t k = 0; k < ICLGD_STEPS; ++k) {
    double after[MEASURES];
    iclgd_attention_step_take((iclgd_attention_step)k, 1, z, p->T, p->D, score,
                              next);
    measure_energies(p, next, after);
    for (size_t e = 0; e < 2; ++e)
      p->lowers[(k * 2 + e) * cells + column * p->table.prompts + prompt] =
          after[e] - before[e] <=
          p->table.rounding * (fabs(after[e]) + fabs(before[e]));
  }
}

static void run_layer(iclgd_energy_tokens *p, size_t l, size_t prompt,
                      const double *Z, double *work) {
  const size_t size = p->T * p->D, columns = p->table.columns;
  double *z = work, *next = z + size, *slope = next + size;
  double energies[MEASURES], cosines[CHANGES];
  for (size_t i = 0; i < size; ++i) z[i] = Z[i] / p->unit;
  measure_energies(p, z, energies);
  for (size_t k = 0; k < MEASURES; ++k)
    *iclgd_energy_at(&p->table, k, l, prompt) =
        isfinite(energies[k]) ? energies[k] : INFINITY;
  try_steps(p, l, prompt, z, next, slope + size);
  if (l + 1 == columns) return;
  for (size_t i = 0; i < size; ++i) next[i] = Z[size + i] - Z[i];
  measure_changes(p, z, next, slope, cosines);
  for (size_t k = 0; k < CHANGES; ++k)
    p->cosine[(k * columns + l + 1) * p->table.prompts + prompt] = cosines[k];
}

static void run_prompt(void *context, size_t i, size_t thread) {
  iclgd_energy_tokens *p = context;
  const iclgd_prompt prompt = iclgd_prompts_at(p->block->prompts, i);
  const double *Z = iclgd_model_tokens(p->setup->model, p->setup->theta,
                                       &prompt, p->path_scratches[thread].tape);
  for (size_t l = 0; l < p->table.columns; ++l)
    run_layer(p, l, p->block->first + i, Z + l * p->T * p->D,
              p->work + thread * work_size(p));
}

void iclgd_energy_tokens_feed(iclgd_energy_tokens *p,
                              const iclgd_probe_block *block) {
  p->block = block;
  iclgd_pool_for(p->setup->pool, iclgd_block_within(block, p->table.prompts),
                 run_prompt, p);
}

/* --- writing ------------------------------------------------------------- */

/* (MEASURES, columns): mean cosines at the layer that is arrived at; the most
 * prompts that one of them is without. */
static int64_t fill_cosines(const iclgd_energy_tokens *p, double *out) {
  const size_t columns = p->table.columns, prompts = p->table.prompts;
  size_t excluded = 0;
  for (size_t at = 0; at < MEASURES * columns; ++at) {
    iclgd_moments moments = {0};
    const bool there = at < CHANGES * columns && at % columns > 0;
    for (size_t i = 0; there && i < prompts; ++i)
      iclgd_moments_add(&moments, p->cosine[at * prompts + i]);
    out[at] = iclgd_moments_mean(&moments);
    if (moments.count > 0 && moments.excluded > excluded)
      excluded = moments.excluded;
  }
  return (int64_t)excluded;
}

/* (ICLGD_STEPS, columns) of energy e: the share of prompts that it lowers. */
static void fill_steps(const iclgd_energy_tokens *p, size_t e, double *out) {
  const size_t columns = p->table.columns, prompts = p->table.prompts;
  for (size_t k = 0; k < ICLGD_STEPS; ++k)
    for (size_t l = 0; l < columns; ++l) {
      size_t count = 0;
      for (size_t i = 0; i < prompts; ++i)
        count += p->lowers[((k * 2 + e) * columns + l) * prompts + i];
      out[k * columns + l] = (double)count / (double)prompts;
    }
}

iclgd_status iclgd_energy_tokens_write(iclgd_energy_tokens *p,
                                       iclgd_record *record, iclgd_error *err) {
  static const char group[] = "energy/tokens", steps[] = "energy/steps";
  const size_t pair[] = {MEASURES, p->table.columns};
  const size_t step_pair[] = {ICLGD_STEPS, p->table.columns};
  iclgd_arena *arena = p->setup->arena;
  const char *names[ICLGD_STEPS];
  double *cosine = iclgd_arena_reals(arena, MEASURES, p->table.columns, 1);
  double *share = iclgd_arena_reals(arena, 2, ICLGD_STEPS, p->table.columns);
  TRY(iclgd_arena_status(arena, err, group));
  const int64_t excluded = fill_cosines(p, cosine);
  for (size_t e = 0; e < 2; ++e)
    fill_steps(p, e, share + e * ICLGD_STEPS * p->table.columns);
  for (size_t k = 0; k < ICLGD_STEPS; ++k)
    names[k] = iclgd_attention_step_name((iclgd_attention_step)k);
  iclgd_energy_table_write(&p->table, group, arena, record, err);
  iclgd_record_put(record, group, "cosine", pair, cosine, err);
  iclgd_record_attr_int(record, group, "excluded", excluded, err);
  iclgd_record_attr_real(record, group, "bandwidth", p->unit, err);
  iclgd_record_put_axis(record, steps, "index", 0, p->table.columns, err);
  iclgd_record_put(record, steps, "step_name", step_pair, names, err);
  iclgd_record_put(record, steps, "lowers_interaction", step_pair, share, err);
  return iclgd_record_put(record, steps, "lowers_one", step_pair,
                          share + ICLGD_STEPS * p->table.columns, err);
}
