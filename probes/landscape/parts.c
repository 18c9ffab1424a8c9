/* Losses at the trained A: by the number of loops, and of the parts of A
 * (equations in landscape.c). */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>
#include <iclgd/theory.h>

#include "probes/landscape/landscape.h"
#include "probes/shared/losses.h"
#include "probes/shared/whitening.h"

enum { MODEL, PLAIN, SYMMETRIC, DIAGONAL, SCALAR, PARTS };

/* Ratios of each part to the one before, from losses (PARTS, count). */
static void judge_steps(const double *loss, size_t count, double *ratio,
                        double *error) {
  ratio[0] = error[0] = NAN;
  for (size_t k = 1; k < PARTS; ++k) {
    iclgd_pairs pairs = {0};
    iclgd_pairs_add(&pairs, loss + k * count, loss + (k - 1) * count, count);
    iclgd_pairs_ratio(&pairs, &ratio[k], &error[k]);
  }
}

typedef struct looping {
  const landscape *s;
  iclgd_model longer; /* the model, looped twice as often */
  iclgd_losses_scratch *scratches;
  double *loss; /* (2 loops + 1, prompts) */
} looping;

static void run_prompt(void *context, size_t i, size_t thread) {
  const looping *w = context;
  const iclgd_losses_scratch *scratch = &w->scratches[thread];
  const iclgd_prompt prompt = iclgd_prompts_at(&w->s->prompts, i);
  iclgd_losses_along(&w->longer, w->s->setup->theta, &prompt, scratch,
                     scratch->loss);
  for (size_t k = 0; k <= w->longer.loops; ++k)
    w->loss[k * w->s->prompts.count + i] = scratch->loss[k];
}

iclgd_status iclgd_landscape_write_loops(landscape *s, iclgd_record *record,
                                         iclgd_error *err) {
  static const char group[] = "landscape/loops";
  const size_t count = s->prompts.count, rows = 2 * s->setup->model->loops;
  looping w = {.s = s, .longer = iclgd_model_looped(s->setup->model, rows)};
  const iclgd_losses_table out = iclgd_losses_table_take(s->setup->arena, rows);
  w.loss = iclgd_arena_reals(s->setup->arena, rows + 1, count, 1);
  const iclgd_status status =
      iclgd_losses_scratches(s->setup, &w.longer, &w.scratches, err);
  if (status) return status;
  iclgd_pool_for(s->setup->pool, count, run_prompt, &w);
  for (size_t k = 0; k < rows; ++k)
    iclgd_losses_judge(&out, k, w.loss, w.loss + (k + 1) * count, count);
  iclgd_record_put_axis(record, group, "loop", 1, rows, err);
  const iclgd_member members[] = {{"loss", &rows, out.mean},
                                  {"loss_errors", &rows, out.error},
                                  {"loss_median", &rows, out.median}};
  return iclgd_record_put_all(record, group, MEMBERS(members), err);
}

typedef struct parting {
  landscape *s;
  iclgd_model plain;   /* A alone, looped as the model */
  double *part[PARTS]; /* (d, d) of plain, but for MODEL */
  iclgd_losses_search *search;
  double *A, *whitened, *work;                    /* (d, d) */
  double *loss;                                   /* (PARTS, prompts) */
  double *model;                                  /* (prompts) */
  iclgd_losses_table table;                       /* (PARTS) */
  double previous[PARTS], previous_errors[PARTS]; /* ratios to the row before */
  double eta;                                     /* the best scalar */
  const char *how;                                /* it was found */
} parting;

static iclgd_status take_parting(parting *w, iclgd_error *err) {
  const iclgd_probe_setup *setup = w->s->setup;
  const size_t d = setup->d, count = w->s->prompts.count;
  iclgd_arena *arena = setup->arena;
  w->A = iclgd_arena_reals(arena, d, d, 1);
  w->whitened = iclgd_arena_reals(arena, d, d, 1);
  w->work = iclgd_arena_reals(arena, d, d, 1);
  w->loss = iclgd_arena_reals(arena, PARTS, count, 1);
  w->model = iclgd_arena_reals(arena, count, 1, 1);
  w->table = iclgd_losses_table_take(arena, PARTS);
  iclgd_linear_model(iclgd_linear_named("gd"), d, 1, setup->model->loops,
                     &w->plain);
  for (size_t k = PLAIN; k < PARTS; ++k)
    w->part[k] = iclgd_arena_reals(arena, d, d, 1);
  return iclgd_losses_search_open(setup, &w->plain, w->part[DIAGONAL],
                                  &w->search, err);
}

/* A' of a part -> the model that has it. */
static void set_part(parting *w, size_t k, const double *whitened) {
  const iclgd_probe_setup *setup = w->s->setup;
  iclgd_unwhiten(setup->dist, whitened, setup->d, w->work, w->part[k]);
}

static void set_scalar(parting *w, size_t k, double eta) {
  const size_t d = w->s->setup->d;
  for (size_t i = 0; i < d * d; ++i) w->A[i] = i / d == i % d ? eta : 0;
  set_part(w, k, w->A);
}

static void set_parts(parting *w) {
  const iclgd_probe_setup *setup = w->s->setup;
  const size_t d = setup->d;
  iclgd_linear_A(setup->model, setup->theta, 0, w->A, NULL);
  memcpy(w->part[PLAIN], w->A, d * d * sizeof *w->A);
  const double scale = iclgd_whitened_scale(setup->dist, w->A, d);
  iclgd_whiten(setup->dist, w->A, d, w->work, w->whitened);
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j)
      w->A[i * d + j] = (w->whitened[i * d + j] + w->whitened[j * d + i]) / 2;
  set_part(w, SYMMETRIC, w->A);
  set_scalar(w, DIAGONAL, scale);
  w->eta = scale;
}

/* The closed form where there is one (O5), else the best multiple of the mean
 * diagonal on the tuning prompts. */
static void set_best_scalar(parting *w) {
  const iclgd_probe_setup *setup = w->s->setup;
  iclgd_theory theory;
  iclgd_error unreached;
  double eta, loss;
  if (setup->dist &&
      iclgd_theory_of(setup->dist, !setup->dist->isotropic, &theory) &&
      iclgd_oracle_tied(theory.setting, setup->model->loops, &eta, &loss,
                        &unreached) == ICLGD_OK) {
    w->eta = eta * theory.step_unit;
    w->how = "closed form O5";
  } else {
    w->eta *= iclgd_losses_search_best(w->search, &w->s->tune);
    w->how = "search on tuning prompts";
  }
  set_scalar(w, SCALAR, w->eta);
}

static iclgd_status write_parting(const parting *w, iclgd_record *record,
                                  iclgd_error *err) {
  const size_t rows = PARTS;
  const iclgd_losses_table *out = &w->table;
  static const char group[] = "landscape/parts";
  iclgd_record_put_axis(record, group, "part", 1, rows, err);
  const iclgd_member members[] = {
      {"loss", &rows, out->mean},
      {"loss_errors", &rows, out->error},
      {"ratio", &rows, out->ratio},
      {"ratio_errors", &rows, out->ratio_error},
      {"ratio_to_previous", &rows, w->previous},
      {"ratio_to_previous_errors", &rows, w->previous_errors}};
  iclgd_record_put_all(record, group, MEMBERS(members), err);
  iclgd_record_attr_real(record, group, "best_scalar", w->eta, err);
  return iclgd_record_attr_text(record, group, "how_chosen", w->how, err);
}

iclgd_status iclgd_landscape_write_parts(landscape *s, iclgd_record *record,
                                         iclgd_error *err) {
  const size_t count = s->prompts.count;
  parting w = {.s = s};
  iclgd_losses_scratch *whole, *plain;
  TRY(take_parting(&w, err));
  TRY(iclgd_losses_scratches(s->setup, s->setup->model, &whole, err));
  TRY(iclgd_losses_scratches(s->setup, &w.plain, &plain, err));
  set_parts(&w);
  set_best_scalar(&w);
  iclgd_losses_fill(s->setup->model, s->setup->theta, &s->prompts, &whole[0],
                    w.loss);
  for (size_t k = PLAIN; k < PARTS; ++k)
    iclgd_losses_fill(&w.plain, w.part[k], &s->prompts, &plain[0],
                      w.loss + k * count);
  memcpy(w.model, w.loss, count * sizeof *w.model);
  judge_steps(w.loss, count, w.previous, w.previous_errors);
  for (size_t k = 0; k < PARTS; ++k) /* which reorders the losses */
    iclgd_losses_judge(&w.table, k, w.model, w.loss + k * count, count);
  return write_parting(&w, record, err);
}
