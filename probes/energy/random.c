/* Random tokens through layers of attention and linear steps, the setting of
 * Yang, Huang, Wipf 2022 (include/iclgd/energy.h): how many runs fall at every
 * layer, by the scale of the tokens, for each kind of layer beside its energy.
 * Where theory gives that the energy never rises it is a check (`provable`). */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "probes/energy/energy.h"

/* Which energy is followed: of attention, of the linear step, or their sum. */
typedef enum followed { E_INT, E_ONE, E_TWO, E_SUM } followed;

typedef struct variant {
  const char *name;
  bool attends, linear, damped, projects, provable;
  iclgd_attention_step step;
  followed energy;
} variant;

#define ATTENTION .attends = true
#define LAYER .attends = true, .linear = true, .energy = E_SUM

static const variant variants[] = {
    {"beta: E_int", ATTENTION, .provable = true},
    {"others: E_1", ATTENTION, .step = ICLGD_STEP_OTHERS, .energy = E_ONE,
     .provable = true},
    {"linear: E_2", .linear = true, .energy = E_TWO, .provable = true},
    {"linear, ReLU: E_2", .linear = true, .projects = true, .energy = E_TWO,
     .provable = true},
    {"beta: E_1", ATTENTION, .energy = E_ONE},
    {"softmax: E_1", ATTENTION, .step = ICLGD_STEP_SOFTMAX, .energy = E_ONE},
    {"beta, linear: sum", LAYER},
    {"others, linear: sum", LAYER, .step = ICLGD_STEP_OTHERS},
    {"softmax, linear: sum", LAYER, .step = ICLGD_STEP_SOFTMAX},
    {"beta, linear, ReLU: sum", LAYER, .projects = true},
    {"beta, linear, short: sum", LAYER, .damped = true},
    {"beta, linear, ReLU, short: sum", LAYER, .damped = true, .projects = true},
};
enum { VARIANTS = sizeof variants / sizeof *variants, SCALES_MAX = 32 };

typedef struct runs {
  const iclgd_probe_setup *setup;
  size_t n, d, layers, count, scales;
  const double *scale; /* (scales) */
  uint64_t seed;
  double damped;  /* a1 and a2 of short steps */
  double *energy; /* (VARIANTS, scales, layers + 1, count) */
  double *work;   /* (threads, work_size) */
} runs;

static iclgd_energy_walk walk_of(const runs *r, const variant *v) {
  const double a = v->damped ? r->damped : 1;
  return (iclgd_energy_walk){.n = r->n,
                             .d = r->d,
                             .layers = r->layers,
                             .step = v->step,
                             .a1 = v->attends ? a : 0,
                             .a2 = v->linear ? a : 0,
                             .projects = v->projects};
}

/* Y at the start and now, B, room of the walk; W and room to draw it; energies.
 */
static size_t work_size(const runs *r) {
  return 4 * r->n * r->d + r->n + 3 * r->d * r->d + r->d +
         (r->layers + 1) * ICLGD_ENERGIES;
}

static double follow(followed which, const double e[ICLGD_ENERGIES]) {
  if (which == E_SUM) return e[E_ONE] + e[E_TWO];
  return e[which];
}

/* Run i of every kind of layer, from the same tokens, of those that project
 * from their magnitudes. */
static void run(void *context, size_t round, size_t thread) {
  const runs *r = context;
  const size_t i = round % r->count, s = round / r->count;
  const size_t size = r->n * r->d, square = r->d * r->d;
  double *start = r->work + thread * work_size(r), *Y = start + size;
  double *B = Y + size, *W = B + size, *room = W + square;
  double *energies = start + work_size(r) - (r->layers + 1) * ICLGD_ENERGIES;
  iclgd_energy_walk walk = walk_of(r, &variants[0]);
  walk.projects = false;
  iclgd_energy_draw(&walk, r->seed, i, r->scale[s], start, B, W, room);
  for (size_t v = 0; v < VARIANTS; ++v) {
    walk = walk_of(r, &variants[v]);
    for (size_t k = 0; k < size; ++k)
      Y[k] = walk.projects ? fabs(start[k]) : start[k];
    iclgd_energy_walk_run(&walk, W, B, Y, room, energies);
    for (size_t l = 0; l <= r->layers; ++l)
      r->energy[((v * r->scales + s) * (r->layers + 1) + l) * r->count + i] =
          follow(variants[v].energy, energies + l * ICLGD_ENERGIES);
  }
}

/* What is written: (VARIANTS, scales), the median by layer behind. */
typedef struct outcome {
  double *descends, *low, *high, *first_two, *rising, *largest, *median;
} outcome;

static outcome take(const runs *r, size_t places) {
  iclgd_arena *arena = r->setup->arena;
  outcome out = {0};
  double **const cells[] = {&out.descends,  &out.low,    &out.high,
                            &out.first_two, &out.rising, &out.largest};
  for (size_t k = 0; k < sizeof cells / sizeof *cells; ++k)
    *cells[k] = iclgd_arena_reals(arena, places, 1, 1);
  out.median = iclgd_arena_reals(arena, places, r->layers + 1, 1);
  return out;
}

/* One kind of layer at one scale is a table of a single series. */
static void judge(const runs *r, size_t place, double *values,
                  const outcome *out) {
  const size_t columns = r->layers + 1;
  const iclgd_energy_table t = {
      .series = 1,
      .columns = columns,
      .prompts = r->count,
      .trained = r->layers,
      .rounding = 1e-12,
      .energy = r->energy + place * columns * r->count};
  iclgd_energy_table two = t;
  two.columns = columns < 3 ? columns : 3;
  size_t falls = 0, first = 0, rises = 0;
  out->largest[place] = 0;
  for (size_t i = 0; i < r->count; ++i) {
    const iclgd_energy_fate fate = iclgd_energy_fate_of(&t, 0, i);
    falls += fate.falls;
    first += iclgd_energy_fate_of(&two, 0, i).falls;
    rises += fate.rises;
    out->largest[place] = fmax(out->largest[place], fate.rise);
  }
  const double count = (double)r->count;
  out->descends[place] = (double)falls / count;
  out->first_two[place] = (double)first / count;
  out->rising[place] = (double)rises / (count * (double)r->layers);
  iclgd_share_interval(falls, r->count, &out->low[place], &out->high[place]);
  for (size_t l = 0; l < columns; ++l) {
    memcpy(values, t.energy + l * r->count, r->count * sizeof *values);
    out->median[place * columns + l] = iclgd_median(values, r->count);
  }
}

static iclgd_status write(const runs *r, iclgd_record *record,
                          iclgd_error *err) {
  static const char group[] = "energy/random";
  iclgd_arena *arena = r->setup->arena;
  const size_t places = VARIANTS * r->scales;
  double *values = iclgd_arena_reals(arena, r->count, 1, 1);
  const outcome out = take(r, places);
  const char *names[VARIANTS];
  int64_t provable[VARIANTS];
  TRY(iclgd_arena_status(arena, err, group));
  for (size_t p = 0; p < places; ++p) judge(r, p, values, &out);
  for (size_t v = 0; v < VARIANTS; ++v) {
    names[v] = variants[v].name;
    provable[v] = variants[v].provable;
  }
  const size_t extents[] = {VARIANTS, r->scales, r->layers + 1};
  const iclgd_member members[] = {
      {"layers_name", extents, names},
      {"provable", extents, provable},
      {"scale", &extents[1], r->scale},
      {"descends", extents, out.descends},
      {"descends_low", extents, out.low},
      {"descends_high", extents, out.high},
      {"first_two", extents, out.first_two},
      {"rising", extents, out.rising},
      {"largest_rise", extents, out.largest},
      {"median", extents, out.median},
  };
  iclgd_record_put_axis(record, group, "layer", 0, r->layers + 1, err);
  iclgd_record_put_all(record, group, MEMBERS(members), err);
  iclgd_record_attr_int(record, group, "runs", (int64_t)r->count, err);
  iclgd_record_attr_int(record, group, "tokens", (int64_t)r->n, err);
  iclgd_record_attr_int(record, group, "width", (int64_t)r->d, err);
  return iclgd_record_attr_real(record, group, "short", r->damped, err);
}

iclgd_status iclgd_energy_random_write(const iclgd_probe_setup *setup,
                                       iclgd_record *record, iclgd_error *err) {
  const iclgd_settings *settings = setup->settings;
  iclgd_arena *arena = setup->arena;
  runs r = {.setup = setup,
            .count = iclgd_get_size(settings, "energy.runs"),
            .n = iclgd_get_size(settings, "energy.tokens"),
            .d = iclgd_get_size(settings, "energy.width"),
            .layers = iclgd_get_size(settings, "energy.layers"),
            .seed = (uint64_t)iclgd_get_int(settings, "seed"),
            .damped = iclgd_get_real(settings, "energy.short")};
  r.scale = iclgd_get_reals(settings, "energy.scales", &r.scales);
  if (r.count == 0 || r.scales == 0) return ICLGD_OK;
  r.energy =
      iclgd_arena_reals(arena, VARIANTS * r.scales, r.layers + 1, r.count);
  r.work = iclgd_arena_reals(arena, iclgd_pool_threads(setup->pool),
                             work_size(&r), 1);
  TRY(iclgd_arena_status(arena, err, "energy/random"));
  iclgd_pool_for(setup->pool, r.scales * r.count, run, &r);
  return write(&r, record, err);
}
