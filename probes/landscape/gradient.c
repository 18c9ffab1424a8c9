/* The gradient of the looped loss in A at every snapshot of training
 * (equations in landscape.c). What is differentiated: all of A (d, d), also
 * where a scalar or a diagonal was trained; A with B held, of gdpp; of full
 * weights Q[:d, :d] with P held, as A = sign P[d, d] Q^T. */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>
#include <iclgd/theory.h>

#include "probes/landscape/landscape.h"
#include "probes/shared/jackknife.h"
#include "probes/shared/losses.h"
#include "probes/shared/whitening.h"

/* Sums over prompts: of losses, of |g|^2, of g (d, d). */
typedef struct sums {
  double count, loss, squares, *gradient;
} sums;

typedef struct thread_scratch {
  double *theta; /* of `moved` at the snapshot, */
  iclgd_tape *tape;
  double *gradient;    /* and the gradient there */
  double *dA, *work;   /* (d, d) */
  double *whitened;    /* (d, d) */
  sums total, without; /* of all prompts, and but for a group */
  sums group[JACKKNIFE_GROUPS];
} thread_scratch;

typedef struct sweep {
  landscape *s;
  iclgd_model moved; /* what is differentiated: the model, or A alone */
  thread_scratch *threads;
  size_t snapshots;
  const double *theta;         /* (snapshots, size) */
  double *c;                   /* of the loss */
  double step_unit, loss_unit; /* A and loss in the units of the theorem */
  double *loss, *squared, *noise, *ratio, *errors, *scale, *skew;
  int64_t *step, *excluded; /* (snapshots), as the eight before */
} sweep;

static iclgd_status take_thread(const sweep *w, thread_scratch *scratch,
                                iclgd_error *err) {
  const size_t d = w->moved.d;
  iclgd_arena *arena = w->s->setup->arena;
  *scratch = (thread_scratch){
      .theta = iclgd_arena_reals(arena, w->moved.size, 1, 1),
      .gradient = iclgd_arena_reals(arena, w->moved.size, 1, 1),
      .dA = iclgd_arena_reals(arena, d, d, 1),
      .work = iclgd_arena_reals(arena, d, d, 1),
      .whitened = iclgd_arena_reals(arena, d, d, 1),
      .total.gradient = iclgd_arena_reals(arena, d, d, 1),
      .without.gradient = iclgd_arena_reals(arena, d, d, 1)};
  for (size_t k = 0; k < JACKKNIFE_GROUPS; ++k)
    scratch->group[k].gradient = iclgd_arena_reals(arena, d, d, 1);
  return iclgd_tape_create(&w->moved, w->s->setup->n, arena, &scratch->tape,
                           err);
}

static iclgd_status take_sweep(sweep *w, iclgd_error *err) {
  const iclgd_probe_setup *setup = w->s->setup;
  const size_t threads = iclgd_pool_threads(setup->pool);
  const size_t rows = w->snapshots;
  iclgd_arena *arena = setup->arena;
  double **const columns[] = {&w->loss,   &w->squared, &w->noise, &w->ratio,
                              &w->errors, &w->scale,   &w->skew};
  for (size_t i = 0; i < sizeof columns / sizeof *columns; ++i)
    *columns[i] = iclgd_arena_reals(arena, rows, 1, 1);
  w->moved = *setup->model;
  if (iclgd_model_descends(&w->moved))
    iclgd_linear_model(iclgd_linear_named("gd"), w->moved.d, 1, w->moved.loops,
                       &w->moved);
  w->c = iclgd_arena_reals(arena, setup->depth + 1, 1, 1);
  w->threads = iclgd_arena_take(arena, threads, sizeof *w->threads);
  w->step = iclgd_arena_take(arena, rows, sizeof *w->step);
  w->excluded = iclgd_arena_take(arena, rows, sizeof *w->excluded);
  TRY(iclgd_arena_status(arena, err, "landscape"));
  for (size_t t = 0; t < threads; ++t) TRY(take_thread(w, &w->threads[t], err));
  w->c[setup->depth] = 1;
  return ICLGD_OK;
}

/* dL/dA from the gradient in the parameters. */
static void gradient_in_A(const iclgd_model *m, const thread_scratch *scratch) {
  const size_t d = m->d, D = d + 1;
  if (!m->linear->whole) {
    memcpy(scratch->dA, scratch->gradient, d * d * sizeof *scratch->dA);
    return;
  }
  const double *dQ = scratch->gradient + D * D;
  const double gauge = m->sign * scratch->theta[D * D - 1];
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j)
      scratch->dA[i * d + j] = dQ[j * D + i] / gauge;
}

static void add(sums *to, const sums *from, double sign, size_t size) {
  to->count += sign * from->count;
  to->loss += sign * from->loss;
  to->squares += sign * from->squares;
  for (size_t i = 0; i < size; ++i) to->gradient[i] += sign * from->gradient[i];
}

static void clear(sums *s, size_t size) {
  double *gradient = s->gradient;
  memset(gradient, 0, size * sizeof *gradient);
  *s = (sums){.gradient = gradient};
}

/* Loss and whitened gradient of one prompt, in the units of the theorem. */
static bool add_prompt(const sweep *w, const thread_scratch *scratch, size_t i,
                       sums *to) {
  const iclgd_probe_setup *setup = w->s->setup;
  const size_t d = setup->d;
  const iclgd_prompt prompt = iclgd_prompts_at(&w->s->prompts, i);
  const iclgd_loss loss = {.c = w->c};
  memset(scratch->gradient, 0, w->moved.size * sizeof *scratch->gradient);
  sums one = {.count = 1, .gradient = scratch->whitened};
  one.loss = iclgd_model_gradient(&w->moved, scratch->theta, &prompt, &loss,
                                  scratch->tape, scratch->gradient) /
             w->loss_unit;
  gradient_in_A(&w->moved, scratch);
  iclgd_whiten_gradient(setup->dist, scratch->dA, d, scratch->work,
                        scratch->whitened);
  for (size_t j = 0; j < d * d; ++j)
    scratch->whitened[j] *= w->step_unit / w->loss_unit;
  one.squares = iclgd_dot(scratch->whitened, scratch->whitened, d * d);
  if (!isfinite(one.loss) || !isfinite(one.squares)) return false;
  add(to, &one, 1, d * d);
  return true;
}

/* |E g|^2 without bias. */
static double squared_gradient(const sums *s, size_t size) {
  return (iclgd_dot(s->gradient, s->gradient, size) - s->squares) /
         (s->count * (s->count - 1));
}

static double ratio(const sums *s, size_t size, double loops) {
  return squared_gradient(s, size) /
         pow(s->loss / s->count, (2 * loops - 1) / loops);
}

/* What stands in the file, back in real units. */
static void judge_sums(sweep *w, thread_scratch *scratch, size_t k) {
  const size_t size = w->s->setup->d * w->s->setup->d;
  const double loops = (double)w->s->setup->model->loops;
  const double unit = w->loss_unit / w->step_unit;
  double values[JACKKNIFE_GROUPS];
  sums *total = &scratch->total, *without = &scratch->without;
  clear(total, size);
  for (size_t g = 0; g < JACKKNIFE_GROUPS; ++g)
    add(total, &scratch->group[g], 1, size);
  for (size_t g = 0; g < JACKKNIFE_GROUPS; ++g) {
    clear(without, size);
    add(without, total, 1, size);
    add(without, &scratch->group[g], -1, size);
    values[g] = ratio(without, size, loops);
  }
  const double squared = squared_gradient(total, size);
  const double plain = iclgd_dot(total->gradient, total->gradient, size) /
                       (total->count * total->count);
  w->loss[k] = total->loss / total->count * w->loss_unit;
  w->squared[k] = squared * unit * unit;
  w->noise[k] = (plain - squared) * unit * unit;
  w->ratio[k] = ratio(total, size, loops);
  w->errors[k] = sqrt(jackknife_variance(values));
}

/* Scale and antisymmetric share of A, and A itself to what is moved. */
static void set_snapshot(sweep *w, thread_scratch *scratch, size_t k) {
  const iclgd_model *model = w->s->setup->model;
  const size_t d = model->d, size = model->size;
  const iclgd_distribution *dist = w->s->setup->dist;
  double *A = scratch->dA, *whitened = scratch->whitened;
  iclgd_linear_A(model, w->theta + k * size, 0, A, NULL);
  if (iclgd_model_descends(model))
    memcpy(scratch->theta, A, d * d * sizeof *A);
  else
    memcpy(scratch->theta, w->theta + k * size, size * sizeof *w->theta);
  w->scale[k] = iclgd_whitened_scale(dist, A, d);
  iclgd_whiten(dist, A, d, scratch->work, whitened);
  w->skew[k] = iclgd_antisymmetric_share(whitened, d);
}

static void measure_snapshot(void *context, size_t k, size_t thread) {
  sweep *w = context;
  thread_scratch *scratch = &w->threads[thread];
  const size_t count = w->s->prompts.count, d = w->s->setup->d;
  set_snapshot(w, scratch, k);
  for (size_t g = 0; g < JACKKNIFE_GROUPS; ++g) {
    clear(&scratch->group[g], d * d);
    for (size_t i = jackknife_first(count, g);
         i < jackknife_first(count, g + 1); ++i)
      w->excluded[k] += !add_prompt(w, scratch, i, &scratch->group[g]);
  }
  judge_sums(w, scratch, k);
}

static iclgd_status write_attributes(const sweep *w, bool theirs,
                                     iclgd_record *record, iclgd_error *err) {
  const iclgd_model *model = w->s->setup->model;
  const char *moved = iclgd_model_descends(model) ? "A"
                      : model->linear->whole      ? "A, P held"
                                                  : "A, B held";
  const double L = (double)model->loops, d = (double)model->d;
  static const char group[] = "landscape";
  iclgd_record_attr_text(record, group, "differentiated", moved, err);
  iclgd_record_attr_text(
      record, group, "setting",
      theirs ? "that of the theorem"
             : "not that of the theorem: the bound need not hold",
      err);
  iclgd_record_attr_real(record, group, "bound", 1.0 / 16, err);
  iclgd_record_attr_real(record, group, "ratio_on_the_line_alpha_I",
                         4 * L * L * pow(d, 1 / L - 1), err);
  iclgd_record_attr_int(record, group, "loops", (int64_t)model->loops, err);
  return iclgd_record_attr_int(record, group, "prompts",
                               (int64_t)w->s->prompts.count, err);
}

static iclgd_status write_rows(const sweep *w, iclgd_record *record,
                               iclgd_error *err) {
  const size_t *count = &w->snapshots;
  const iclgd_member members[] = {
      {"step", count, w->step},
      {"loss", count, w->loss},
      {"gradient_squared", count, w->squared},
      {"gradient_noise", count, w->noise},
      {"ratio", count, w->ratio},
      {"ratio_errors", count, w->errors},
      {"scale", count, w->scale},
      {"antisymmetric_share", count, w->skew},
      {"excluded", count, w->excluded},
  };
  return iclgd_record_put_all(record, "landscape", MEMBERS(members), err);
}

iclgd_status iclgd_landscape_write_gradient(landscape *s, iclgd_record *record,
                                            iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  const iclgd_history *history = setup->history;
  const bool known = history->snapshots > 0;
  sweep w = {.s = s,
             .snapshots = known ? history->snapshots : 1,
             .theta = known ? history->theta : setup->theta,
             .step_unit = 1,
             .loss_unit = 1};
  iclgd_theory theory;
  bool theirs = setup->dist &&
                iclgd_theory_of(setup->dist, !setup->dist->isotropic, &theory);
  if (theirs) {
    w.step_unit = theory.step_unit;
    w.loss_unit = theory.loss_unit;
    theirs = theory.setting.sigma2 == 0 && iclgd_model_descends(setup->model);
  }
  TRY(take_sweep(&w, err));
  for (size_t k = 0; k < w.snapshots; ++k)
    w.step[k] = known ? history->step[k] : -1;
  iclgd_pool_for(setup->pool, w.snapshots, measure_snapshot, &w);
  write_rows(&w, record, err);
  return write_attributes(&w, theirs, record, err);
}
