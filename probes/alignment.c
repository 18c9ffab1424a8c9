/* Which step of which algorithm does each layer match, and how closely?
 *
 * For the model's layer l and step k of an algorithm, over prompts:
 *   prediction_difference  mean |yhat_l - yhat_k|      von Oswald et al. 2023
 *   spd                    mean (yhat_l - yhat_k)^2    Akyurek et al. 2023
 *   sensitivity_cosine     mean cos(w_l, w_k)          von Oswald et al. 2023
 *   ilwd                   mean |w_l - w_k|^2          Akyurek et al. 2023
 *   sime                   mean cos(e_l, e_k)          Fu et al. 2023
 * with w the gradient of the prediction in x_query and e = y - X w the
 * residuals on the context. A zero vector gives NaN, which is counted and left
 * out. Quantiles come from the first `probe.quantile_prompts` prompts.
 *
 * The steps of all algorithms stand side by side as columns, in tiles. A tile
 * goes through the prompts of a block in order, so that what it sums does not
 * depend on which thread has it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <iclgd/comparisons.h>
#include <iclgd/probe.h>

enum { METRICS = 5 };

static const struct {
  const char *name;
  bool distance; /* the best match is the smallest, else the largest */
} metrics[METRICS] = {
    {"prediction_difference", true},
    {"spd", true},
    {"sensitivity_cosine", false},
    {"ilwd", true},
    {"sime", false},
};

enum { CHOSEN_BY = 0 }; /* the metric behind best_step */

static const iclgd_key keys[] = {
    {"probe.quantile_prompts", ICLGD_KEY_INT, "1000", NULL, 1, 1e6, "",
     "prompts behind the quantiles of the alignment metrics", false},
};
static const iclgd_key_set key_set = {keys, sizeof keys / sizeof *keys};

static const iclgd_group groups[] = {
    {"alignment/<who>/<metric>", "NXdata", "mean", "layer,step", "",
     "alignment of layers with steps",
     "one metric between the model's layers and the steps of one algorithm"},
    {"alignment/<who>/best_match", "NXdata", "best_step", "layer", "",
     "step that matches each layer best",
     "over steps k >= 1; the attribute `metric` says by which metric best_step "
     "was chosen, the other datasets give the choice by each metric"},
};

static const iclgd_dataset datasets[] = {
    {"alignment/<who>/<metric>/layer", ICLGD_I64, "layer", "1", "layer",
     "layer l of the model, 0 is the zero predictor"},
    {"alignment/<who>/<metric>/step", ICLGD_I64, "step", "1", "step",
     "step k of the algorithm, 0 is the zero predictor"},
    {"alignment/<who>/<metric>/mean", ICLGD_F64, "layer,step", "1",
     "mean over prompts", "the metric's mean over prompts"},
    {"alignment/<who>/<metric>/standard_error", ICLGD_F64, "layer,step", "1",
     "standard error of the mean", "from the spread over prompts"},
    {"alignment/<who>/<metric>/excluded", ICLGD_I64, "layer,step", "1",
     "prompts left out", "prompts where the metric is not defined (NaN)"},
    {"alignment/<who>/<metric>/quantile", ICLGD_F64, "quantile", "1",
     "quantile level", "the levels of `quantiles`"},
    {"alignment/<who>/<metric>/quantiles", ICLGD_F64, "quantile,layer,step",
     "1", "quantiles over prompts", "the metric's quantiles over prompts"},
    {"alignment/<who>/best_match/layer", ICLGD_I64, "layer", "1", "layer",
     "layer l of the model"},
    {"alignment/<who>/best_match/best_step", ICLGD_I64, "layer", "1",
     "best-matching step",
     "the step that matches best by the metric named in the attribute "
     "`metric`; -1 where the metric is not defined"},
    {"alignment/<who>/best_match/<metric>", ICLGD_I64, "layer", "1",
     "best-matching step by this metric",
     "argmin of a distance, argmax of a cosine, over k >= 1; -1: undefined"},
};

static const iclgd_schema schema = {groups, sizeof groups / sizeof *groups,
                                    datasets,
                                    sizeof datasets / sizeof *datasets};

enum { TILE = 32 }; /* columns that are compared at a time */

/* Weights as columns, and what comparing them takes. */
typedef struct column_set {
  double *w, *unit, *unit_norm; /* (d, count), (d, count), (count) */
  double *e, *e_norm;           /* (n, count), (count): unit residuals */
} column_set;

/* The model's layers on the prompts of a block, as rows. */
typedef struct layers {
  double *unit, *unit_norm; /* (prompts, depth + 1, d), (.., depth + 1) */
  double *e, *e_norm;       /* (prompts, depth + 1, n), (.., depth + 1) */
} layers;

typedef struct alignment {
  iclgd_arena arena;
  const iclgd_probe_setup *setup;
  size_t n_samples, n_columns, n_tiles;
  size_t *start; /* per path: its first column; the model has none */
  /* Step k of path p is column start[p] + k. */
  struct step {
    size_t path, step;
  } * steps;
  iclgd_moments_row moments; /* (tile, metric, layer, TILE) */
  double *samples;           /* (tile, n_samples, metric, layer, TILE) */
  struct thread {
    column_set tile, model;
    double *prediction, *values; /* (TILE), (metric, TILE) */
  } * threads;
  size_t room; /* prompts that `layers` holds */
  layers layers;
  const iclgd_probe_block *block; /* the block that is on */
} alignment;

/* Numbers of one metric, or of all, in a tile. */
static size_t sheet_size(const alignment *a) {
  return (a->setup->depth + 1) * TILE;
}

static size_t tile_size(const alignment *a) {
  return METRICS * sheet_size(a);
}

static iclgd_status set_columns(alignment *a, iclgd_error *err) {
  const iclgd_probe_setup *s = a->setup;
  a->start = iclgd_arena_take(&a->arena, s->n_paths, sizeof *a->start);
  if (!a->start) return iclgd_fail_memory(err, "alignment");
  for (size_t p = 1; p < s->n_paths; ++p) {
    a->start[p] = a->n_columns;
    a->n_columns += s->paths[p].steps + 1;
  }
  a->n_tiles = (a->n_columns + TILE - 1) / TILE;
  a->steps = iclgd_arena_take(&a->arena, a->n_columns + 1, sizeof *a->steps);
  if (!a->steps) return iclgd_fail_memory(err, "alignment");
  for (size_t p = 1; p < s->n_paths; ++p)
    for (size_t k = 0; k <= s->paths[p].steps; ++k)
      a->steps[a->start[p] + k] = (struct step){p, k};
  return ICLGD_OK;
}

static bool room_for_columns(alignment *a, size_t count, column_set *out) {
  const size_t n = a->setup->n, d = a->setup->d;
  out->w = iclgd_arena_reals(&a->arena, d, count, 1);
  out->unit = iclgd_arena_reals(&a->arena, d, count, 1);
  out->unit_norm = iclgd_arena_reals(&a->arena, count, 1, 1);
  out->e = iclgd_arena_reals(&a->arena, n, count, 1);
  out->e_norm = iclgd_arena_reals(&a->arena, count, 1, 1);
  return out->w && out->unit && out->unit_norm && out->e && out->e_norm;
}

static iclgd_status take_memory(alignment *a, iclgd_error *err) {
  const size_t count = a->n_tiles * tile_size(a) + 1;
  const size_t threads = iclgd_pool_threads(a->setup->pool);
  a->moments.count = iclgd_arena_reals(&a->arena, count, 1, 1);
  a->moments.mean = iclgd_arena_reals(&a->arena, count, 1, 1);
  a->moments.squares = iclgd_arena_reals(&a->arena, count, 1, 1);
  a->samples = iclgd_arena_reals(&a->arena, count, a->n_samples, 1);
  a->threads = iclgd_arena_take(&a->arena, threads, sizeof *a->threads);
  if (!a->moments.count || !a->moments.mean || !a->moments.squares ||
      !a->samples || !a->threads)
    return iclgd_fail_memory(err, "alignment");
  for (size_t t = 0; t < threads; ++t) {
    struct thread *thread = &a->threads[t];
    thread->prediction = iclgd_arena_reals(&a->arena, TILE, 1, 1);
    thread->values = iclgd_arena_reals(&a->arena, METRICS, TILE, 1);
    if (!room_for_columns(a, TILE, &thread->tile) ||
        !room_for_columns(a, a->setup->depth + 1, &thread->model) ||
        !thread->prediction || !thread->values)
      return iclgd_fail_memory(err, "alignment");
  }
  return ICLGD_OK;
}

/* Deep models have many pairs: the samples behind the quantiles are kept below
 * 160 MB. The attribute quantile_prompts says how many there were. */
static size_t samples_that_fit(const alignment *a) {
  const size_t budget = 20000000, each = a->n_tiles * tile_size(a) + 1;
  return budget / each > 1 ? budget / each : 1;
}

static iclgd_status begin(const iclgd_probe_setup *setup, void **state,
                          iclgd_error *err) {
  alignment *a = calloc(1, sizeof *a);
  if (!a) return iclgd_fail_memory(err, "alignment");
  a->setup = setup;
  a->n_samples = iclgd_get_size(setup->settings, "probe.quantile_prompts");
  if (a->n_samples > setup->prompts) a->n_samples = setup->prompts;
  iclgd_status status = set_columns(a, err);
  const size_t fit = samples_that_fit(a);
  if (a->n_samples > fit) a->n_samples = fit;
  if (!status) status = take_memory(a, err);
  if (status) {
    iclgd_arena_free(&a->arena);
    free(a);
    return status;
  }
  *state = a;
  return ICLGD_OK;
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

/* All layers of the model on one prompt of the block. */
static void prepare_layers(void *context, size_t i, size_t thread) {
  const alignment *a = context;
  const size_t count = a->setup->depth + 1, n = a->setup->n, d = a->setup->d;
  const iclgd_prompt prompt = iclgd_prompts_at(a->block->prompts, i);
  column_set *c = &a->threads[thread].model;
  transpose(c->w, a->block->paths[0].w + i * count * d, count, d);
  fill_columns(&prompt, count, c);
  transpose(a->layers.unit + i * count * d, c->unit, d, count);
  transpose(a->layers.e + i * count * n, c->e, n, count);
  memcpy(a->layers.unit_norm + i * count, c->unit_norm, count * sizeof(double));
  memcpy(a->layers.e_norm + i * count, c->e_norm, count * sizeof(double));
}

/* The steps of a tile on prompt i. */
static void fill_tile(const alignment *a, size_t i, const struct step *steps,
                      size_t count, struct thread *t) {
  const size_t d = a->setup->d;
  const iclgd_prompt prompt = iclgd_prompts_at(a->block->prompts, i);
  for (size_t k = 0; k < count; ++k) {
    const iclgd_path *path = &a->block->paths[steps[k].path];
    const size_t at =
        i * (a->setup->paths[steps[k].path].steps + 1) + steps[k].step;
    t->prediction[k] = path->prediction[at];
    for (size_t j = 0; j < d; ++j)
      t->tile.w[j * count + k] = path->w[at * d + j];
  }
  fill_columns(&prompt, count, &t->tile);
}

/* cos = product / (norm * norms) */
static void cosines(double *products, double norm, const double *norms,
                    size_t count) {
  for (size_t k = 0; k < count; ++k) products[k] /= norm * norms[k];
}

/* All metrics between layer `at` (counted through the block) and the tile. */
static void compare(const alignment *a, size_t at, size_t count,
                    struct thread *t) {
  const size_t n = a->setup->n, d = a->setup->d;
  const iclgd_path *model = &a->block->paths[0];
  double *out[METRICS];
  for (size_t m = 0; m < METRICS; ++m) out[m] = t->values + m * TILE;
  for (size_t k = 0; k < count; ++k) {
    const double off = model->prediction[at] - t->prediction[k];
    out[0][k] = fabs(off);
    out[1][k] = off * off;
  }
  iclgd_dots(out[2], a->layers.unit + at * d, t->tile.unit, d, count);
  cosines(out[2], a->layers.unit_norm[at], t->tile.unit_norm, count);
  iclgd_squared_distances(out[3], model->w + at * d, t->tile.w, d, count);
  iclgd_dots(out[4], a->layers.e + at * n, t->tile.e, n, count);
  cosines(out[4], a->layers.e_norm[at], t->tile.e_norm, count);
}

/* Add the values of layer l on a prompt to the tile's moments and samples. */
static void keep(const alignment *a, size_t tile, size_t l, size_t prompt,
                 size_t count, const struct thread *t) {
  for (size_t m = 0; m < METRICS; ++m) {
    const size_t row = m * sheet_size(a) + l * TILE;
    const size_t at = tile * tile_size(a) + row;
    const iclgd_moments_row moments = {
        a->moments.count + at, a->moments.mean + at, a->moments.squares + at};
    const double *values = t->values + m * TILE;
    iclgd_moments_row_add(&moments, values, count);
    if (prompt < a->n_samples)
      memcpy(a->samples + (tile * a->n_samples + prompt) * tile_size(a) + row,
             values, count * sizeof *values);
  }
}

/* One tile beside every layer, prompts in order. */
static void compare_tile(void *context, size_t tile, size_t thread) {
  const alignment *a = context;
  struct thread *t = &a->threads[thread];
  const size_t first = tile * TILE, rows = a->setup->depth + 1;
  const size_t left = a->n_columns - first, count = left < TILE ? left : TILE;
  for (size_t i = 0; i < a->block->prompts->count; ++i) {
    fill_tile(a, i, a->steps + first, count, t);
    for (size_t l = 0; l < rows; ++l) {
      compare(a, i * rows + l, count, t);
      keep(a, tile, l, a->block->first + i, count, t);
    }
  }
}

/* Blocks are of one size but for the last, so this allocates once. */
static iclgd_status room_for_layers(alignment *a, size_t count,
                                    iclgd_error *err) {
  const size_t rows = a->setup->depth + 1;
  layers *m = &a->layers;
  if (count <= a->room) return ICLGD_OK;
  a->room = count;
  m->unit = iclgd_arena_reals(&a->arena, count, rows, a->setup->d);
  m->unit_norm = iclgd_arena_reals(&a->arena, count, rows, 1);
  m->e = iclgd_arena_reals(&a->arena, count, rows, a->setup->n);
  m->e_norm = iclgd_arena_reals(&a->arena, count, rows, 1);
  return m->unit && m->unit_norm && m->e && m->e_norm
             ? ICLGD_OK
             : iclgd_fail_memory(err, "alignment");
}

static iclgd_status feed(void *state, const iclgd_probe_block *block,
                         iclgd_error *err) {
  alignment *a = state;
  const iclgd_status status = room_for_layers(a, block->prompts->count, err);
  if (status) return status;
  a->block = block;
  iclgd_pool_for(a->setup->pool, block->prompts->count, prepare_layers, a);
  iclgd_pool_for(a->setup->pool, a->n_tiles, compare_tile, a);
  return ICLGD_OK;
}

/* Metric m between layer l and step k of path p, over all prompts. */
static iclgd_moments moments_at(const alignment *a, size_t p, size_t m,
                                size_t l, size_t k) {
  const size_t column = a->start[p] + k;
  const size_t at = column / TILE * tile_size(a) + m * sheet_size(a) +
                    l * TILE + column % TILE;
  return iclgd_moments_row_at(&a->moments, at, a->setup->prompts);
}

/* Arrays of one metric, ready to be written. */
typedef struct sheet {
  double *mean, *standard_error, *quantiles;
  double *scratch; /* (threads, n_samples) */
  int64_t *excluded, *index;
} sheet;

/* A row of layers at a time: quantiles of metric m between layer l and every
 * step of path p. */
typedef struct quantile_job {
  const alignment *a;
  size_t p, m;
  double *out;     /* (quantile, layer, step) */
  double *scratch; /* (threads, n_samples) */
} quantile_job;

static void quantiles_of_layer(void *context, size_t l, size_t thread) {
  const quantile_job *job = context;
  const alignment *a = job->a;
  const size_t steps = a->setup->paths[job->p].steps + 1;
  const size_t pairs = (a->setup->depth + 1) * steps;
  double *values = job->scratch + thread * a->n_samples;
  for (size_t k = 0; k < steps; ++k) {
    const size_t column = a->start[job->p] + k;
    const double *from = a->samples +
                         column / TILE * a->n_samples * tile_size(a) +
                         job->m * sheet_size(a) + l * TILE + column % TILE;
    double quantiles[ICLGD_QUANTILES];
    for (size_t i = 0; i < a->n_samples; ++i)
      values[i] = from[i * tile_size(a)];
    iclgd_quantiles(values, a->n_samples, quantiles);
    for (size_t q = 0; q < ICLGD_QUANTILES; ++q)
      job->out[q * pairs + l * steps + k] = quantiles[q];
  }
}

static void fill_sheet(const alignment *a, size_t p, size_t m, sheet *out) {
  const size_t rows = a->setup->depth + 1, steps = a->setup->paths[p].steps + 1;
  for (size_t i = 0; i < rows * steps; ++i) {
    const iclgd_moments moments = moments_at(a, p, m, i / steps, i % steps);
    out->mean[i] = iclgd_moments_mean(&moments);
    out->standard_error[i] = iclgd_moments_standard_error(&moments);
    out->excluded[i] = (int64_t)moments.excluded;
  }
  quantile_job job = {a, p, m, out->quantiles, out->scratch};
  iclgd_pool_for(a->setup->pool, rows, quantiles_of_layer, &job);
}

/* Write dataset `leaf` of a group. */
static iclgd_status put(iclgd_record *record, const char *group,
                        const char *leaf, const size_t *extents,
                        const void *data, iclgd_error *err) {
  char path[256];
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  return iclgd_record_write(record, path, extents, data, err);
}

static iclgd_status write_metric(const alignment *a, size_t p, size_t m,
                                 sheet *s, iclgd_record *record,
                                 iclgd_error *err) {
  const size_t rows = a->setup->depth + 1,
               columns = a->setup->paths[p].steps + 1;
  const size_t pair[] = {rows, columns}, levels[] = {ICLGD_QUANTILES};
  const size_t triple[] = {ICLGD_QUANTILES, rows, columns};
  char group[128];
  snprintf(group, sizeof group, "alignment/%s/%s", a->setup->paths[p].name,
           metrics[m].name);
  fill_sheet(a, p, m, s);
  iclgd_status status = put(record, group, "layer", &rows, s->index, err);
  if (!status) status = put(record, group, "step", &columns, s->index, err);
  if (!status) status = put(record, group, "mean", pair, s->mean, err);
  if (!status)
    status = put(record, group, "standard_error", pair, s->standard_error, err);
  if (!status) status = put(record, group, "excluded", pair, s->excluded, err);
  if (!status)
    status = put(record, group, "quantile", levels, iclgd_quantile_levels, err);
  if (!status)
    status = put(record, group, "quantiles", triple, s->quantiles, err);
  if (!status)
    status = iclgd_record_attr_int(record, group, "quantile_prompts",
                                   (int64_t)a->n_samples, err);
  return status;
}

/* The best step >= 1 of each layer by metric m. */
static void best_steps(const alignment *a, size_t p, size_t m, int64_t *best) {
  const size_t columns = a->setup->paths[p].steps + 1;
  for (size_t l = 0; l <= a->setup->depth; ++l) {
    double best_value = 0;
    best[l] = -1;
    for (size_t k = 1; k < columns; ++k) {
      const iclgd_moments moments = moments_at(a, p, m, l, k);
      double value = iclgd_moments_mean(&moments);
      if (metrics[m].distance) value = -value;
      if (isnan(value) || (best[l] >= 0 && value <= best_value)) continue;
      best[l] = (int64_t)k;
      best_value = value;
    }
  }
}

static iclgd_status write_best_match(const alignment *a, size_t p, sheet *s,
                                     iclgd_record *record, iclgd_error *err) {
  const size_t rows = a->setup->depth + 1;
  char group[128];
  snprintf(group, sizeof group, "alignment/%s/best_match",
           a->setup->paths[p].name);
  iclgd_status status = put(record, group, "layer", &rows, s->index, err);
  best_steps(a, p, CHOSEN_BY, s->excluded);
  if (!status)
    status = put(record, group, "best_step", &rows, s->excluded, err);
  if (!status)
    status = iclgd_record_attr_text(record, group, "metric",
                                    metrics[CHOSEN_BY].name, err);
  for (size_t m = 0; !status && m < METRICS; ++m) {
    best_steps(a, p, m, s->excluded);
    status = put(record, group, metrics[m].name, &rows, s->excluded, err);
  }
  return status;
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  alignment *a = state;
  size_t longest = a->setup->depth;
  for (size_t p = 1; p < a->setup->n_paths; ++p)
    if (a->setup->paths[p].steps > longest) longest = a->setup->paths[p].steps;
  const size_t count = (a->setup->depth + 1) * (longest + 1);
  sheet s = {
      .mean = iclgd_arena_reals(&a->arena, count, 1, 1),
      .standard_error = iclgd_arena_reals(&a->arena, count, 1, 1),
      .quantiles = iclgd_arena_reals(&a->arena, count, ICLGD_QUANTILES, 1),
      .scratch = iclgd_arena_reals(
          &a->arena, iclgd_pool_threads(a->setup->pool), a->n_samples, 1),
      .excluded = iclgd_arena_take(&a->arena, count, sizeof *s.excluded),
      .index = iclgd_arena_take(&a->arena, longest + 1, sizeof *s.index),
  };
  if (!s.mean || !s.standard_error || !s.quantiles || !s.scratch ||
      !s.excluded || !s.index)
    return iclgd_fail_memory(err, "alignment");
  for (size_t i = 0; i <= longest; ++i) s.index[i] = (int64_t)i;
  iclgd_status status = ICLGD_OK;
  for (size_t p = 1; !status && p < a->setup->n_paths; ++p) {
    for (size_t m = 0; !status && m < METRICS; ++m)
      status = write_metric(a, p, m, &s, record, err);
    if (!status) status = write_best_match(a, p, &s, record, err);
  }
  return status;
}

static void end(void *state) {
  alignment *a = state;
  iclgd_arena_free(&a->arena);
  free(a);
}

const iclgd_probe iclgd_probe_alignment = {
    .name = "alignment",
    .question = "which step of which algorithm does each layer match?",
    .keys = &key_set,
    .schema = &schema,
    .begin = begin,
    .feed = feed,
    .finish = finish,
    .end = end,
};
