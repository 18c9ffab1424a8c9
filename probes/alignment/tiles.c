/* What is summed over prompts, tile by tile (see tiles.h). */
#include "probes/alignment/tiles.h"

#include <math.h>
#include <string.h>

const struct iclgd_metric iclgd_metrics[METRICS] = {
    {"prediction_difference", true},
    {"spd", true},
    {"sensitivity_cosine", false},
    {"sensitivity_difference", true},
    {"ilwd", true},
    {"sime", false},
};

/* Numbers of one metric, or of all, in a tile. */
static size_t metric_size(const iclgd_alignment *a) {
  return (a->setup->depth + 1) * TILE;
}

static size_t tile_size(const iclgd_alignment *a) {
  return METRICS * metric_size(a);
}

/* Pairs of layers and steps are many for deep models, whatever the size of the
 * file that a model comes from: moments and a sample of each are in memory.
 * ICLGD_ERANGE leaves the probe out. */
static iclgd_status check_memory(const iclgd_alignment *a, iclgd_error *err) {
  const double most = 4e9, each = sizeof(double) * (3 * SIDES + 1);
  const double bytes = each * (double)a->n_tiles * METRICS * TILE *
                       ((double)a->setup->depth + 1);
  if (bytes <= most) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_ERANGE,
                    "%zu layers beside %zu steps in all need %.1f GB, expected "
                    "up to %.0f (probe.steps, model.loops)",
                    a->setup->depth, a->n_columns, bytes / 1e9, most / 1e9);
}

static iclgd_status set_columns(iclgd_alignment *a, iclgd_error *err) {
  const iclgd_probe_setup *s = a->setup;
  a->start = iclgd_arena_take(s->arena, s->n_paths, sizeof *a->start);
  if (!a->start) return iclgd_fail_memory(err, "alignment");
  for (size_t p = 1; p < s->n_paths; ++p) {
    a->start[p] = a->n_columns;
    a->n_columns += s->paths[p].steps + 1;
  }
  a->n_tiles = (a->n_columns + TILE - 1) / TILE;
  TRY(check_memory(a, err));
  a->steps = iclgd_arena_take(s->arena, a->n_columns + 1, sizeof *a->steps);
  if (!a->steps) return iclgd_fail_memory(err, "alignment");
  for (size_t p = 1; p < s->n_paths; ++p)
    for (size_t k = 0; k <= s->paths[p].steps; ++k)
      a->steps[a->start[p] + k] = (struct step){p, k};
  return ICLGD_OK;
}

static column_set take_columns(const iclgd_probe_setup *s, size_t count) {
  return (column_set){.w = iclgd_arena_reals(s->arena, s->d, count, 1),
                      .unit = iclgd_arena_reals(s->arena, s->d, count, 1),
                      .unit_norm = iclgd_arena_reals(s->arena, count, 1, 1),
                      .e = iclgd_arena_reals(s->arena, s->n, count, 1),
                      .e_norm = iclgd_arena_reals(s->arena, count, 1, 1)};
}

static iclgd_status take_memory(iclgd_alignment *a, iclgd_error *err) {
  const size_t count = a->n_tiles * tile_size(a) + 1;
  const size_t threads = iclgd_pool_threads(a->setup->pool);
  iclgd_arena *arena = a->setup->arena;
  for (size_t side = 0; side < SIDES; ++side) {
    iclgd_moments_row *moments = &a->moments[side];
    moments->count = iclgd_arena_reals(arena, count, 1, 1);
    moments->mean = iclgd_arena_reals(arena, count, 1, 1);
    moments->squares = iclgd_arena_reals(arena, count, 1, 1);
  }
  a->samples = iclgd_arena_reals(arena, count, a->n_samples, 1);
  a->threads = iclgd_arena_take(arena, threads, sizeof *a->threads);
  for (size_t t = 0; a->threads && t < threads; ++t)
    a->threads[t] =
        (struct thread){.tile = take_columns(a->setup, TILE),
                        .model = take_columns(a->setup, a->setup->depth + 1),
                        .prediction = iclgd_arena_reals(arena, TILE, 1, 1),
                        .values = iclgd_arena_reals(arena, METRICS, TILE, 1)};
  return iclgd_arena_status(arena, err, "alignment");
}

/* Deep models have many pairs: the samples behind the quantiles are kept below
 * 160 MB. The attribute quantile_prompts says how many there were. */
static size_t samples_that_fit(const iclgd_alignment *a) {
  const size_t budget = 20000000, each = a->n_tiles * tile_size(a) + 1;
  return budget / each > 1 ? budget / each : 1;
}

iclgd_status iclgd_alignment_open(iclgd_alignment *a,
                                  const iclgd_probe_setup *setup,
                                  size_t n_samples, iclgd_error *err) {
  a->setup = setup;
  a->threshold = INFINITY;
  const size_t gd = iclgd_path_of_descent(setup->paths, setup->n_paths);
  if (gd > 0) a->threshold = 2 / setup->paths[gd].hyper.eta[0];
  TRY(set_columns(a, err));
  const size_t fit = samples_that_fit(a);
  a->n_samples = n_samples < fit ? n_samples : fit;
  return take_memory(a, err);
}

/* Residuals e (n, count) below 2^-44 of the largest label are rounding, which
 * has no direction: they become 0, and a cosine with them NaN. */
static void drop_rounding(const double *y, size_t n, size_t count, double *e) {
  double largest = 0;
  for (size_t j = 0; j < n; ++j) largest = fmax(largest, fabs(y[j]));
  for (size_t k = 0; k < count; ++k) {
    double most = 0;
    for (size_t j = 0; j < n; ++j) most = fmax(most, fabs(e[j * count + k]));
    for (size_t j = 0; most < 0x1p-44 * largest && j < n; ++j)
      e[j * count + k] = 0;
  }
}

/* From the weights c->w: themselves and e = y - X w, both to unit scale. */
static void fill_columns(const iclgd_prompt *prompt, size_t count,
                         column_set *c) {
  const size_t n = prompt->n, d = prompt->d;
  for (size_t j = 0; j < n; ++j) {
    double *e = c->e + j * count;
    iclgd_dots(e, prompt->x + j * d, c->w, d, count);
    for (size_t k = 0; k < count; ++k) e[k] = prompt->y[j] - e[k];
  }
  drop_rounding(prompt->y, n, count, c->e);
  memcpy(c->unit, c->w, d * count * sizeof *c->w);
  iclgd_scale_columns(c->unit, c->unit_norm, d, count);
  iclgd_scale_columns(c->e, c->e_norm, n, count);
}

/* out (columns, rows) = in (rows, columns), transposed */
static void transpose(double *out, const double *in, size_t rows,
                      size_t columns) {
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j)
      out[j * rows + i] = in[i * columns + j];
}

/* The side of 2 / eta on which the largest eigenvalue of a problem is. */
static size_t side_of(const iclgd_alignment *a, const iclgd_problem *problem) {
  double largest = 0;
  for (size_t j = 0; j < problem->prompt.d; ++j)
    largest = fmax(largest, problem->lambda[j]);
  return largest > a->threshold ? ABOVE : BELOW;
}

/* All layers of the model on one prompt of the block. */
static void prepare_layers(void *context, size_t i, size_t thread) {
  const iclgd_alignment *a = context;
  const size_t count = a->setup->depth + 1, n = a->setup->n, d = a->setup->d;
  const iclgd_prompt prompt = iclgd_prompts_at(a->block->prompts, i);
  column_set *c = &a->threads[thread].model;
  transpose(c->w, a->block->paths[0].w + i * count * d, count, d);
  fill_columns(&prompt, count, c);
  for (size_t l = 0; l < count; ++l) /* no residuals: cosines NaN */
    if (!iclgd_path_has_weights(&a->setup->paths[0])) c->e_norm[l] = NAN;
  transpose(a->layers.unit + i * count * d, c->unit, d, count);
  transpose(a->layers.e + i * count * n, c->e, n, count);
  memcpy(a->layers.unit_norm + i * count, c->unit_norm, count * sizeof(double));
  memcpy(a->layers.e_norm + i * count, c->e_norm, count * sizeof(double));
  a->layers.side[i] = side_of(a, &a->block->problems[i]);
}

/* The steps of a tile on prompt i. */
static void fill_tile(const iclgd_alignment *a, size_t i,
                      const struct step *steps, size_t count,
                      struct thread *t) {
  const size_t d = a->setup->d;
  const iclgd_prompt prompt = iclgd_prompts_at(a->block->prompts, i);
  for (size_t k = 0; k < count; ++k) {
    const iclgd_trajectory *path = &a->block->paths[steps[k].path];
    const size_t at =
        i * (a->setup->paths[steps[k].path].steps + 1) + steps[k].step;
    t->prediction[k] = path->prediction[at];
    for (size_t j = 0; j < d; ++j)
      t->tile.w[j * count + k] = path->w[at * d + j];
  }
  fill_columns(&prompt, count, &t->tile);
  for (size_t k = 0; k < count; ++k) /* no residuals: cosines NaN */
    if (steps[k].step > 0 &&
        !iclgd_path_has_weights(&a->setup->paths[steps[k].path]))
      t->tile.e_norm[k] = NAN;
}

/* cos = product / (norm * norms) */
static void cosines(double *products, double norm, const double *norms,
                    size_t count) {
  for (size_t k = 0; k < count; ++k) products[k] /= norm * norms[k];
}

/* All metrics between layer `at` (counted through the block) and the tile. */
static void compare(const iclgd_alignment *a, size_t at, size_t count,
                    struct thread *t) {
  const size_t n = a->setup->n, d = a->setup->d;
  const iclgd_trajectory *model = &a->block->paths[0];
  double *out[METRICS];
  for (size_t m = 0; m < METRICS; ++m) out[m] = t->values + m * TILE;
  for (size_t k = 0; k < count; ++k) {
    const double off = model->prediction[at] - t->prediction[k];
    out[0][k] = fabs(off);
    out[1][k] = off * off;
  }
  iclgd_dots(out[2], a->layers.unit + at * d, t->tile.unit, d, count);
  cosines(out[2], a->layers.unit_norm[at], t->tile.unit_norm, count);
  iclgd_squared_distances(out[4], model->w + at * d, t->tile.w, d, count);
  for (size_t k = 0; k < count; ++k) out[3][k] = sqrt(out[4][k]);
  iclgd_dots(out[5], a->layers.e + at * n, t->tile.e, n, count);
  cosines(out[5], a->layers.e_norm[at], t->tile.e_norm, count);
}

/* Add the values of layer l on prompt i of the block to the tile's moments and
 * samples. */
static void keep(const iclgd_alignment *a, size_t tile, size_t l, size_t i,
                 size_t count, const struct thread *t) {
  const iclgd_moments_row *to = &a->moments[a->layers.side[i]];
  const size_t prompt = a->block->first + i;
  for (size_t m = 0; m < METRICS; ++m) {
    const size_t row = m * metric_size(a) + l * TILE;
    const size_t at = tile * tile_size(a) + row;
    const iclgd_moments_row moments = {to->count + at, to->mean + at,
                                       to->squares + at};
    const double *values = t->values + m * TILE;
    iclgd_moments_row_add(&moments, values, count);
    if (prompt < a->n_samples)
      memcpy(a->samples + (tile * a->n_samples + prompt) * tile_size(a) + row,
             values, count * sizeof *values);
  }
}

/* One tile beside every layer, prompts in order. */
static void compare_tile(void *context, size_t tile, size_t thread) {
  const iclgd_alignment *a = context;
  struct thread *t = &a->threads[thread];
  const size_t first = tile * TILE, rows = a->setup->depth + 1;
  const size_t left = a->n_columns - first, count = left < TILE ? left : TILE;
  for (size_t i = 0; i < a->block->prompts->count; ++i) {
    fill_tile(a, i, a->steps + first, count, t);
    for (size_t l = 0; l < rows; ++l) {
      compare(a, i * rows + l, count, t);
      keep(a, tile, l, i, count, t);
    }
  }
}

/* Blocks are of one size but for the last, so this allocates once. */
static iclgd_status room_for_layers(iclgd_alignment *a, size_t count,
                                    iclgd_error *err) {
  const size_t rows = a->setup->depth + 1;
  iclgd_arena *arena = a->setup->arena;
  if (count <= a->scratch) return ICLGD_OK;
  a->scratch = count;
  a->layers =
      (layers){.unit = iclgd_arena_reals(arena, count, rows, a->setup->d),
               .unit_norm = iclgd_arena_reals(arena, count, rows, 1),
               .e = iclgd_arena_reals(arena, count, rows, a->setup->n),
               .e_norm = iclgd_arena_reals(arena, count, rows, 1),
               .side = iclgd_arena_take(arena, count, sizeof(size_t))};
  return iclgd_arena_status(arena, err, "alignment");
}

void iclgd_alignment_reset(iclgd_alignment *a) {
  const size_t size = (a->n_tiles * tile_size(a) + 1) * sizeof(double);
  for (size_t side = 0; side < SIDES; ++side) {
    a->fed[side] = 0;
    memset(a->moments[side].count, 0, size);
    memset(a->moments[side].mean, 0, size);
    memset(a->moments[side].squares, 0, size);
  }
}

iclgd_status iclgd_alignment_feed(iclgd_alignment *a,
                                  const iclgd_probe_block *block,
                                  iclgd_error *err) {
  TRY(room_for_layers(a, block->prompts->count, err));
  a->block = block;
  iclgd_pool_for(a->setup->pool, block->prompts->count, prepare_layers, a);
  iclgd_pool_for(a->setup->pool, a->n_tiles, compare_tile, a);
  for (size_t i = 0; i < block->prompts->count; ++i)
    ++a->fed[a->layers.side[i]];
  return ICLGD_OK;
}

iclgd_moments iclgd_alignment_side(const iclgd_alignment *a, size_t side,
                                   size_t p, size_t m, size_t l, size_t k) {
  const size_t column = a->start[p] + k;
  const size_t at = column / TILE * tile_size(a) + m * metric_size(a) +
                    l * TILE + column % TILE;
  return iclgd_moments_row_at(&a->moments[side], at, a->fed[side]);
}

iclgd_moments iclgd_alignment_moments(const iclgd_alignment *a, size_t p,
                                      size_t m, size_t l, size_t k) {
  const iclgd_moments below = iclgd_alignment_side(a, BELOW, p, m, l, k);
  const iclgd_moments above = iclgd_alignment_side(a, ABOVE, p, m, l, k);
  return above.count + above.excluded ? iclgd_moments_merged(&below, &above)
                                      : below;
}

void iclgd_alignment_sample(const iclgd_alignment *a, size_t p, size_t m,
                            size_t l, size_t i, double *values) {
  for (size_t k = 0; k <= a->setup->paths[p].steps; ++k) {
    const size_t column = a->start[p] + k;
    values[k] = a->samples[(column / TILE * a->n_samples + i) * tile_size(a) +
                           m * metric_size(a) + l * TILE + column % TILE];
  }
}

/* What the threads share: a row of layers at a time is for one. */
typedef struct quantile_job {
  const iclgd_alignment *a;
  size_t p, m;
  double *out;     /* (quantile, layer, step) */
  double *scratch; /* (threads, n_samples) */
} quantile_job;

static void quantiles_of_layer(void *context, size_t l, size_t thread) {
  const quantile_job *job = context;
  const iclgd_alignment *a = job->a;
  const size_t steps = a->setup->paths[job->p].steps + 1;
  const size_t pairs = (a->setup->depth + 1) * steps;
  double *values = job->scratch + thread * a->n_samples;
  for (size_t k = 0; k < steps; ++k) {
    const size_t column = a->start[job->p] + k;
    const double *from = a->samples +
                         column / TILE * a->n_samples * tile_size(a) +
                         job->m * metric_size(a) + l * TILE + column % TILE;
    double quantiles[ICLGD_QUANTILES];
    for (size_t i = 0; i < a->n_samples; ++i)
      values[i] = from[i * tile_size(a)];
    iclgd_quantiles(values, a->n_samples, quantiles);
    for (size_t q = 0; q < ICLGD_QUANTILES; ++q)
      job->out[q * pairs + l * steps + k] = quantiles[q];
  }
}

void iclgd_alignment_quantiles(const iclgd_alignment *a, size_t p, size_t m,
                               double *out, double *scratch) {
  quantile_job job = {a, p, m, out, scratch};
  iclgd_pool_for(a->setup->pool, a->setup->depth + 1, quantiles_of_layer, &job);
}
