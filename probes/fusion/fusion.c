/* Are two training runs one solution, once what no prediction sees is out of
 * the way? (Optimal-transport fusion: Imfeld et al. 2023, arXiv:2310.05719;
 * linear mode connectivity: Frankle et al. 2020, Entezari et al. 2022.)
 *
 *   loss of theta(t) = (1 - t) a + t b,  t = 0 .. 1, and its barrier, the
 *   largest of loss(t) - (1 - t) loss(0) - t loss(1),
 *
 * of the weights a of the first run and b of another: as they are (naive); both
 * balanced and b aligned with a by an exact assignment of units and by
 * Procrustes within them (aligned); and with the units of b mixed by a plan of
 * Sinkhorn's (soft), iclgd/symmetry.h. t = 1/2 is the average of both. Losses
 * are risks where predictions are linear in the query and Sigma is known, else
 * squared errors, on the same prompts; the error of a barrier is that of the
 * paired mean at its t, and holds where few prompts do not carry it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <iclgd/comparisons.h>
#include <iclgd/symmetry.h>
#include <iclgd/tail.h>

#include "probes/shared/losses.h"
#include "probes/views.h"

enum { POINTS = 21, MIDDLE = POINTS / 2 };
enum { NAIVE, ALIGNED, SOFT, PATHS };
static const char *const names[PATHS] = {"naive", "aligned", "soft"};

static const iclgd_key keys[] = {
    KEY_INT("fusion.prompts", "200", 2, 1e6,
            "prompts on which losses between training runs are measured"),
    KEY_REAL("fusion.temperature", "0.1", 1e-6, 1e3,
             "of the soft alignment, in units of the mean gain of a unit: the "
             "lower, the nearer to a permutation"),
    KEY_INT("fusion.parameters", "200000", 1, 1e9,
            "models of more parameters are not aligned"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP_PLOT_ON(
        "fusion", "naive", "seed,t", "lin lin log",
        "loss on the line between two training runs",
        "from the weights of the first run (t = 0) to those of another (t = "
        "1), as they are and aligned by their symmetries; attributes say which "
        "symmetries the model has and how many units they move"),
};

#define PATH(name, text)                                                    \
  DATA_REAL("fusion/" name, "seed,t", "loss, mean over prompts", text),     \
      DATA_REAL("fusion/" name "_errors", "seed,t", "standard error",       \
                "of " name ", from the spread over prompts"),               \
      DATA_REAL("fusion/" name "_average", "seed", "loss of the average",   \
                "at t = 1/2"),                                              \
      DATA_REAL("fusion/" name "_average_errors", "seed", "standard error", \
                "of " name "_average"),                                     \
      DATA_REAL("fusion/" name "_barrier", "seed", "barrier",               \
                "max over t of loss(t) - (1 - t) loss(0) - t loss(1)"),     \
      DATA_REAL("fusion/" name "_barrier_errors", "seed", "standard error", \
                "of the paired mean at the barrier's t"),                   \
      DATA_INT("fusion/" name "_measurable", "seed",                        \
               "whether the barrier's error holds",                         \
               "0 where rare prompts carry it (include/iclgd/tail.h)"),     \
      DATA_REAL("fusion/" name "_distance", "seed", "distance of the ends", \
                "|a - b| / sqrt(|a| |b|)")

static const iclgd_dataset datasets[] = {
    DATA_INT("fusion/seed", "seed", "seed of the other run", "that of t = 1"),
    DATA_REAL("fusion/t", "t", "position t on the line",
              "0 is the first run, 1 the other, 1/2 their average"),
    DATA_INT("fusion/moved", "seed", "units that changed places",
             "heads, hidden units and units of the states, by the alignment"),
    PATH("naive", "weights as they are"),
    PATH("aligned", "balanced, units assigned, bases turned"),
    PATH("soft", "balanced, units of the other run mixed by Sinkhorn's plan"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

typedef struct fusion {
  const iclgd_probe_setup *setup;
  iclgd_prompts prompts;
  iclgd_aligner *aligner;
  double *a[PATHS], *b[PATHS]; /* (size) the ends of each path */
  double *mix;                 /* (threads, size) */
  iclgd_losses_scratch *scratches;
  double *loss; /* (PATHS, POINTS, prompts) */
  size_t pairs;
  double *mean[PATHS], *error[PATHS];            /* (pairs, POINTS) */
  double *average[PATHS], *average_error[PATHS]; /* (pairs) */
  double *barrier[PATHS], *barrier_error[PATHS], *distance[PATHS];
  int64_t *measurable[PATHS];
  int64_t *moved, *seed;
  double *sizes; /* (prompts) scratch */
} fusion;

static void take_paths(fusion *s) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t size = setup->model->size;
  iclgd_arena *arena = setup->arena;
  for (size_t k = 0; k < PATHS; ++k) {
    double **rows[] = {&s->average[k], &s->average_error[k], &s->barrier[k],
                       &s->barrier_error[k], &s->distance[k]};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
      *rows[i] = iclgd_arena_reals(arena, s->pairs, 1, 1);
    s->measurable[k] =
        iclgd_arena_take(arena, s->pairs, sizeof *s->measurable[k]);
    s->mean[k] = iclgd_arena_reals(arena, s->pairs, POINTS, 1);
    s->error[k] = iclgd_arena_reals(arena, s->pairs, POINTS, 1);
    s->a[k] = iclgd_arena_reals(arena, size, 1, 1);
    s->b[k] = iclgd_arena_reals(arena, size, 1, 1);
  }
}

static iclgd_status take_memory(fusion *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t threads = iclgd_pool_threads(setup->pool);
  iclgd_arena *arena = setup->arena;
  take_paths(s);
  s->mix = iclgd_arena_reals(arena, threads, setup->model->size, 1);
  s->loss = iclgd_arena_reals(arena, PATHS, POINTS, s->prompts.count);
  s->sizes = iclgd_arena_reals(arena, s->prompts.count, 1, 1);
  s->moved = iclgd_arena_take(arena, s->pairs, sizeof *s->moved);
  s->seed = iclgd_arena_take(arena, s->pairs, sizeof *s->seed);
  TRY(iclgd_losses_scratches(setup, setup->model, &s->scratches, err));
  for (size_t t = 0; !setup->model->linear && t < threads; ++t)
    s->scratches[t].Sigma = NULL; /* a gradient at the query is no weight */
  return iclgd_aligner_create(setup->model, arena, &s->aligner, err);
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  const size_t most = iclgd_get_size(setup->settings, "fusion.parameters");
  const size_t size = setup->model->size;
  fusion *s = state;
  s->setup = setup;
  if (setup->history->runs < 2)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "needs two training runs or more, found %zu: set seeds=2",
                      setup->history->runs);
  if (size > most)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "%zu parameters, fusion.parameters = %zu", size, most);
  s->pairs = setup->history->runs - 1;
  TRY(iclgd_losses_prompts(setup, "fusion.prompts", &s->prompts, err));
  return take_memory(s, err);
}

/* --- one pair ------------------------------------------------------------ */

static bool is_finite(const double *theta, size_t size) {
  for (size_t i = 0; i < size; ++i)
    if (!isfinite(theta[i])) return false;
  return true;
}

/* The ends of all paths of a pair. */
static void set_ends(fusion *s, size_t pair) {
  const size_t size = s->setup->model->size;
  const double *finals = s->setup->history->finals;
  for (size_t k = 0; k < PATHS; ++k) {
    memcpy(s->a[k], finals, size * sizeof *finals);
    memcpy(s->b[k], finals + (pair + 1) * size, size * sizeof *finals);
  }
  if (is_finite(s->a[0], size) && is_finite(s->b[0], size)) {
    iclgd_balance(s->aligner, s->a[ALIGNED]);
    iclgd_balance(s->aligner, s->b[ALIGNED]);
    s->moved[pair] =
        (int64_t)iclgd_align(s->aligner, s->a[ALIGNED], s->b[ALIGNED]);
    memcpy(s->a[SOFT], s->a[ALIGNED], size * sizeof *finals);
    iclgd_align_softly(s->aligner, s->a[ALIGNED], s->b[ALIGNED],
                       iclgd_get_real(s->setup->settings, "fusion.temperature"),
                       s->b[SOFT]);
  }
  for (size_t k = 0; k < PATHS; ++k)
    s->distance[k][pair] = sqrt(iclgd_squared_distance(s->a[k], s->b[k], size) /
                                sqrt(iclgd_dot(s->a[k], s->a[k], size) *
                                     iclgd_dot(s->b[k], s->b[k], size)));
}

static double position(size_t i) {
  return (double)i / (POINTS - 1);
}

/* One point of one path. */
static void measure_point(void *context, size_t round, size_t thread) {
  fusion *s = context;
  const iclgd_model *model = s->setup->model;
  const double *a = s->a[round / POINTS], *b = s->b[round / POINTS];
  const double t = position(round % POINTS);
  double *mix = s->mix + thread * model->size;
  for (size_t i = 0; i < model->size; ++i)
    mix[i] = t < 1 ? a[i] + t * (b[i] - a[i]) : b[i];
  iclgd_losses_fill(model, mix, &s->prompts, &s->scratches[thread],
                    s->loss + round * s->prompts.count);
}

/* How far the loss lies above the line between the ends, by prompt: exactly 0
 * at the ends, and between equal ones. */
static double above(const fusion *s, size_t path, size_t i, size_t p) {
  const size_t count = s->prompts.count;
  const double *loss = s->loss + path * POINTS * count, t = position(i);
  const double here = loss[i * count + p];
  return (1 - t) * (here - loss[p]) +
         t * (here - loss[(POINTS - 1) * count + p]);
}

/* Whether few prompts do not carry its mean. */
static bool is_measurable(const fusion *s, size_t path, size_t i) {
  const iclgd_tail_of kind =
      s->scratches->Sigma ? ICLGD_TAIL_RISK : ICLGD_TAIL_SQUARED;
  for (size_t p = 0; p < s->prompts.count; ++p)
    s->sizes[p] = fabs(above(s, path, i, p));
  return iclgd_tail_is_light(iclgd_tail_index(s->sizes, s->prompts.count),
                             kind);
}

/* Unknown, NaN, where one loss on the line is not finite. */
static void judge_barrier(fusion *s, size_t path, size_t pair) {
  double *barrier = &s->barrier[path][pair];
  size_t at = 0;
  *barrier = -INFINITY;
  for (size_t i = 0; i < POINTS && !isnan(*barrier); ++i) {
    iclgd_moments m = {0};
    for (size_t p = 0; p < s->prompts.count; ++p)
      iclgd_moments_add(&m, above(s, path, i, p));
    const double mean = iclgd_moments_mean(&m);
    const bool known = m.excluded == 0 && isfinite(mean);
    if (known && mean <= *barrier) continue;
    at = i;
    *barrier = known ? mean : NAN;
    s->barrier_error[path][pair] =
        known ? iclgd_moments_standard_error(&m) : NAN;
  }
  s->measurable[path][pair] = *barrier == 0 || is_measurable(s, path, at);
}

static void judge_path(fusion *s, size_t path, size_t pair) {
  const size_t count = s->prompts.count;
  for (size_t i = 0; i < POINTS; ++i) {
    const size_t at = pair * POINTS + i;
    iclgd_moments m = {0};
    for (size_t p = 0; p < count; ++p)
      iclgd_moments_add(&m, s->loss[(path * POINTS + i) * count + p]);
    s->mean[path][at] = iclgd_moments_mean(&m);
    s->error[path][at] = iclgd_moments_standard_error(&m);
  }
  judge_barrier(s, path, pair);
  s->average[path][pair] = s->mean[path][pair * POINTS + MIDDLE];
  s->average_error[path][pair] = s->error[path][pair * POINTS + MIDDLE];
}

/* --- writing ------------------------------------------------------------- */

static iclgd_status write_path(const fusion *s, size_t k, iclgd_record *record,
                               iclgd_error *err) {
  const size_t extents[] = {s->pairs, POINTS};
  const struct {
    const char *suffix;
    const double *values;
  } rows[] = {{"", s->mean[k]},
              {"_errors", s->error[k]},
              {"_average", s->average[k]},
              {"_average_errors", s->average_error[k]},
              {"_barrier", s->barrier[k]},
              {"_barrier_errors", s->barrier_error[k]},
              {"_distance", s->distance[k]}};
  char leaf[64];
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
    snprintf(leaf, sizeof leaf, "%s%s", names[k], rows[i].suffix);
    iclgd_record_put(record, "fusion", leaf, extents, rows[i].values, err);
  }
  snprintf(leaf, sizeof leaf, "%s_measurable", names[k]);
  iclgd_record_put(record, "fusion", leaf, extents, s->measurable[k], err);
  return iclgd_record_status(record, err);
}

/* "heads", ..: every name once, and how many units all have. */
static void write_symmetries(const fusion *s, iclgd_record *record,
                             iclgd_error *err) {
  enum { MOST = 8 };
  const iclgd_symmetries *all = iclgd_aligner_symmetries(s->aligner);
  const char *list[MOST];
  size_t count = 0, units = 0;
  for (size_t r = 0; r < all->count; ++r) {
    size_t at = 0;
    while (at < count && strcmp(list[at], all->rows[r].name) != 0) ++at;
    if (at == count && count < MOST) list[count++] = all->rows[r].name;
    units += all->rows[r].units;
  }
  iclgd_record_attr_int(record, "fusion", "movable", (int64_t)units, err);
  if (count > 0)
    iclgd_record_attr_texts(record, "fusion", "symmetries", list, count, err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  static const char *const others[] = {"aligned", "soft"};
  fusion *s = state;
  const iclgd_history *h = s->setup->history;
  const size_t points = POINTS;
  double t[POINTS];
  for (size_t i = 0; i < POINTS; ++i) t[i] = position(i);
  for (size_t pair = 0; pair < s->pairs; ++pair) {
    s->seed[pair] = h->seed[pair + 1];
    set_ends(s, pair);
    iclgd_pool_for(s->setup->pool, (size_t)PATHS * POINTS, measure_point, s);
    for (size_t k = 0; k < PATHS; ++k) judge_path(s, k, pair);
  }
  const iclgd_member members[] = {{"seed", &s->pairs, s->seed},
                                  {"t", &points, t},
                                  {"moved", &s->pairs, s->moved}};
  iclgd_record_put_all(record, "fusion", MEMBERS(members), err);
  for (size_t k = 0; k < PATHS; ++k) TRY(write_path(s, k, record, err));
  write_symmetries(s, record, err);
  iclgd_record_attr_int(record, "fusion", "first_seed", h->seed[0], err);
  iclgd_record_attr_real(record, "fusion", "first_loss", s->mean[NAIVE][0],
                         err);
  iclgd_record_attr_int(record, "fusion", "prompts", (int64_t)s->prompts.count,
                        err);
  return iclgd_record_attr_texts(record, "fusion", "auxiliary_signals", others,
                                 2, err);
}

const iclgd_probe iclgd_probe_fusion = {
    .name = "fusion",
    .question = "are two training runs one solution, once aligned?",
    .needs = ICLGD_NEEDS_PARAMETERS | ICLGD_NEEDS_RERUN,
    .keys = &key_set,
    .schema = &schema,
    .view = &iclgd_view_fusion,
    .state_size = sizeof(fusion),
    .begin = begin,
    .finish = finish,
};
