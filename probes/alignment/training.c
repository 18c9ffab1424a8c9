/* When did the model come to match an algorithm, do all training runs do so,
 * and how alike are the algorithms themselves?
 *
 * The metrics of alignment.c on the first `alignment_training.prompts` prompts,
 * with others in the place of the trained model:
 *   alignment_training   its snapshots over training, from the untrained one on
 *   alignment_seeds      the trained model of every training run
 *   alignment_baseline   gradient descent: its step l in the place of layer l,
 *                        so that a cosine of 0.99 has something to stand beside
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/alignment/bootstrap.h"
#include "probes/views.h"

static const iclgd_key keys[] = {
    KEY_INT("alignment_training.prompts", "200", 1, 1e6,
            "prompts behind alignment_training, _seeds and _baseline"),
    KEY_INT("alignment_training.snapshots", "10", 1, 10000,
            "snapshots that are aligned, spread evenly over those of training"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP_PLOT(
        "alignment_training/<who>", "prediction_difference",
        "update,layer,step", "alignment over training",
        "metrics between the model's layers and the steps of one algorithm at "
        "snapshots over training; update 0 is the untrained model"),
    GROUP_PLOT("alignment_seeds/<who>", "prediction_difference",
               "seed,layer,step", "alignment of every training run",
               "metrics between the layers of the trained models of all seeds "
               "and the steps of one algorithm"),
    GROUP_PLOT("alignment_baseline/<who>", "prediction_difference",
               "gd_step,step", "gradient descent in the place of the model",
               "metrics between the steps of gd and those of another "
               "algorithm: what a model that is exactly gd would show"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("alignment_training/<who>/update", "update", "training step",
             "updates done before the snapshot"),
    DATA_INT("alignment_training/<who>/layer", "layer", "layer",
             "layer l of the model"),
    DATA_INT("alignment_training/<who>/step", "step", "step",
             "step k of the algorithm"),
    DATA_INT("alignment_training/<who>/best_step", "update,layer",
             "best-matching step",
             "by prediction difference, over k >= 1; -1: undefined"),
    DATA_REAL("alignment_training/<who>/<metric>", "update,layer,step",
              "mean over prompts",
              "the metric of /entry/alignment at the snapshot"),
    DATA_INT("alignment_seeds/<who>/seed", "seed", "seed",
             "of the training run"),
    DATA_INT("alignment_seeds/<who>/layer", "layer", "layer",
             "layer l of the model"),
    DATA_INT("alignment_seeds/<who>/step", "step", "step",
             "step k of the algorithm"),
    DATA_INT("alignment_seeds/<who>/best_step", "seed,layer",
             "best-matching step",
             "by prediction difference, over k >= 1; -1: undefined"),
    DATA_REAL("alignment_seeds/<who>/<metric>", "seed,layer,step",
              "mean over prompts",
              "the metric of /entry/alignment of the training run"),
    DATA_INT("alignment_baseline/<who>/gd_step", "gd_step",
             "step of gradient descent", "in the place of the layer"),
    DATA_INT("alignment_baseline/<who>/step", "step", "step",
             "step k of the algorithm"),
    DATA_REAL("alignment_baseline/<who>/<metric>", "gd_step,step",
              "mean over prompts",
              "the metric of /entry/alignment with gd for a model"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

typedef struct watch {
  const iclgd_probe_setup *setup;
  iclgd_alignment alignment;
  size_t n_prompts, kept; /* that are wanted, that have come */
  iclgd_prompts prompts;
  iclgd_problem *problems;
  double *scratches; /* of the problems */
  struct track {
    double *w, *prediction;
  } * tracks; /* per path */
  iclgd_trajectory *views;
  iclgd_path_scratch *path_scratches; /* per thread */
  iclgd_path stand_in;                /* that is on */
} watch;

/* Room for the prompts and what the algorithms do on them. */
static iclgd_status take_memory(watch *s, iclgd_error *err) {
  const iclgd_probe_setup *u = s->setup;
  const size_t count = s->n_prompts, threads = iclgd_pool_threads(u->pool);
  iclgd_arena *arena = u->arena;
  s->problems = iclgd_arena_take(arena, count, sizeof *s->problems);
  s->scratches = iclgd_arena_reals(arena, count, iclgd_problem_work(u->d), 1);
  s->tracks = iclgd_arena_take(arena, u->n_paths, sizeof *s->tracks);
  s->views = iclgd_arena_take(arena, u->n_paths, sizeof *s->views);
  TRY(iclgd_path_scratches_create(threads, u->model, u->n, 0, arena,
                                  &s->path_scratches, err));
  TRY(iclgd_prompts_create(count, u->n, u->d, false, false, arena, &s->prompts,
                           err));
  s->prompts.place = iclgd_arena_take(arena, count, sizeof *s->prompts.place);
  for (size_t p = 0; p < u->n_paths; ++p) {
    const size_t rows = u->paths[p].steps + 1;
    s->tracks[p].w = iclgd_arena_reals(arena, count, rows, u->d);
    s->tracks[p].prediction = iclgd_arena_reals(arena, count, rows, 1);
    s->views[p] = (iclgd_trajectory){s->tracks[p].w, s->tracks[p].prediction};
  }
  return iclgd_alignment_open(&s->alignment, u, 0, err);
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  watch *s = state;
  s->setup = setup;
  s->n_prompts = iclgd_probe_prompts(setup, "alignment_training.prompts");
  return take_memory(s, err);
}

static void keep_prompt(watch *s, const iclgd_probe_block *block, size_t i,
                        size_t to) {
  const size_t n = s->setup->n, d = s->setup->d;
  const iclgd_prompt p = iclgd_prompts_at(block->prompts, i);
  memcpy(s->prompts.x + to * n * d, p.x, n * d * sizeof *p.x);
  memcpy(s->prompts.y + to * n, p.y, n * sizeof *p.y);
  memcpy(s->prompts.x_query + to * d, p.x_query, d * sizeof *p.x_query);
  s->prompts.y_query[to] = p.y_query;
  s->prompts.place[to] = p.place;
  const iclgd_prompt kept = iclgd_prompts_at(&s->prompts, to);
  iclgd_problem_set(&kept, true, s->scratches + to * iclgd_problem_work(d),
                    &s->problems[to]);
  for (size_t k = 0; k < s->setup->n_paths; ++k) {
    const size_t rows = s->setup->paths[k].steps + 1;
    memcpy(s->tracks[k].w + to * rows * d, block->paths[k].w + i * rows * d,
           rows * d * sizeof(double));
    memcpy(s->tracks[k].prediction + to * rows,
           block->paths[k].prediction + i * rows, rows * sizeof(double));
  }
}

static iclgd_status feed(void *state, const iclgd_probe_block *block,
                         iclgd_error *err) {
  (void)err;
  watch *s = state;
  for (size_t i = 0; i < block->prompts->count && s->kept < s->n_prompts; ++i)
    keep_prompt(s, block, i, s->kept++);
  return ICLGD_OK;
}

static void walk_model(void *context, size_t i, size_t thread) {
  const watch *s = context;
  const size_t rows = s->setup->depth + 1;
  iclgd_path_follow(&s->stand_in, &s->problems[i], &s->path_scratches[thread],
                    s->tracks[0].w + i * rows * s->setup->d,
                    s->tracks[0].prediction + i * rows);
}

/* The first depth steps of gd as layers. */
static void walk_gd(watch *s, size_t gd) {
  const size_t rows = s->setup->depth + 1, d = s->setup->d;
  const size_t all = s->setup->paths[gd].steps + 1;
  for (size_t i = 0; i < s->kept; ++i) {
    memcpy(s->tracks[0].w + i * rows * d, s->tracks[gd].w + i * all * d,
           rows * d * sizeof(double));
    memcpy(s->tracks[0].prediction + i * rows,
           s->tracks[gd].prediction + i * all, rows * sizeof(double));
  }
}

/* All comparisons with the stand-in whose trajectories are in tracks[0]. */
static iclgd_status align(watch *s, iclgd_error *err) {
  const iclgd_probe_block block = {0, &s->prompts, s->views, s->problems};
  iclgd_alignment_reset(&s->alignment);
  return iclgd_alignment_feed(&s->alignment, &block, err);
}

/* Stand-ins of one kind, and the name of their dim, if they have one. */
typedef struct kind {
  const char *name, *axis;
  size_t count;
  const int64_t *label;    /* (count) along the axis */
  const double *theta;     /* (count, size) of models; */
  const iclgd_path *paths; /* or (count) that were brought; neither: gd */
} kind;

static bool has_layers(const kind *k) {
  return k->theta || k->paths;
}

static iclgd_status begin_group(watch *s, const kind *k, size_t p,
                                iclgd_record *record, iclgd_error *err) {
  const size_t rows = s->setup->depth + 1;
  const size_t columns = s->setup->paths[p].steps + 1;
  const size_t extents[] = {k->count, rows, columns};
  char group[96], path[160];
  snprintf(group, sizeof group, "%s/%s", k->name, s->setup->paths[p].name);
  if (k->axis)
    iclgd_record_put(record, group, k->axis, &k->count, k->label, err);
  iclgd_record_put_axis(record, group, has_layers(k) ? "layer" : "gd_step", 0,
                        rows, err);
  iclgd_record_put_axis(record, group, "step", 0, columns, err);
  for (size_t m = 0; m < METRICS; ++m) {
    snprintf(path, sizeof path, "%s/%s", group, iclgd_metrics[m].name);
    iclgd_record_begin(record, path, extents + !has_layers(k), err);
  }
  snprintf(path, sizeof path, "%s/best_step", group);
  if (has_layers(k)) iclgd_record_begin(record, path, extents, err);
  return iclgd_record_attr_int(record, group, "prompts", (int64_t)s->kept, err);
}

/* Stand-in i of its kind beside path p. */
static iclgd_status write_part(watch *s, const kind *k, size_t i, size_t p,
                               double *mean, int64_t *best,
                               iclgd_record *record, iclgd_error *err) {
  const size_t rows = s->setup->depth + 1;
  const size_t columns = s->setup->paths[p].steps + 1;
  const size_t start[] = {i, 0, 0}, count[] = {1, rows, columns};
  const size_t skip = !has_layers(k);
  const char *who = s->setup->paths[p].name;
  char path[160];
  for (size_t m = 0; m < METRICS; ++m) {
    for (size_t j = 0; j < rows * columns; ++j) {
      const iclgd_moments moments = iclgd_alignment_moments(
          &s->alignment, p, m, j / columns, j % columns);
      mean[j] = iclgd_moments_mean(&moments);
    }
    snprintf(path, sizeof path, "%s/%s/%s", k->name, who,
             iclgd_metrics[m].name);
    iclgd_record_part(record, path, start + skip, count + skip, mean, err);
  }
  if (!has_layers(k)) return iclgd_record_status(record, err);
  iclgd_match_best(&s->alignment, p, 0, mean, best);
  snprintf(path, sizeof path, "%s/%s/best_step", k->name, who);
  return iclgd_record_part(record, path, start, count, best, err);
}

static iclgd_status write_kind(watch *s, const kind *k, size_t gd,
                               iclgd_record *record, iclgd_error *err) {
  const size_t rows = s->setup->depth + 1, size = s->setup->model->size;
  size_t longest = 0;
  for (size_t p = 1; p < s->setup->n_paths; ++p) {
    if (s->setup->paths[p].steps > longest) longest = s->setup->paths[p].steps;
    TRY(begin_group(s, k, p, record, err));
  }
  double *mean = iclgd_arena_reals(s->setup->arena, rows, longest + 1, 1);
  int64_t *best = iclgd_arena_take(s->setup->arena, rows, sizeof *best);
  TRY(iclgd_arena_status(s->setup->arena, err, k->name));
  for (size_t i = 0; i < k->count; ++i) {
    if (has_layers(k)) {
      s->stand_in = k->paths ? k->paths[i]
                             : iclgd_path_of_model(s->setup->model,
                                                   k->theta + i * size, "", "");
      iclgd_pool_for(s->setup->pool, s->kept, walk_model, s);
    } else {
      walk_gd(s, gd);
    }
    TRY(align(s, err));
    for (size_t p = 1; p < s->setup->n_paths; ++p)
      TRY(write_part(s, k, i, p, mean, best, record, err));
  }
  return ICLGD_OK;
}

/* Some of the snapshots: the first, the last and others between them. */
static iclgd_status choose_snapshots(watch *s, kind *out, iclgd_error *err) {
  const iclgd_history *h = s->setup->history;
  const size_t size = s->setup->model->size;
  const size_t most =
      iclgd_get_size(s->setup->settings, "alignment_training.snapshots");
  const size_t all = h->given > 0 ? h->given : h->snapshots;
  const size_t count = all < most ? all : most;
  iclgd_arena *arena = s->setup->arena;
  int64_t *label = iclgd_arena_take(arena, count + 1, sizeof *label);
  double *theta = iclgd_arena_reals(arena, count + 1, size, 1);
  iclgd_path *paths = iclgd_arena_take(arena, count + 1, sizeof *paths);
  if (!label || !theta || !paths) return iclgd_fail_memory(err, "snapshots");
  for (size_t i = 0; i < count; ++i) {
    const size_t at = count > 1 ? i * (all - 1) / (count - 1) : all - 1;
    label[i] = h->given > 0 ? h->given_step[at] : h->step[at];
    if (h->given > 0)
      paths[i] = h->given_paths[at];
    else
      memcpy(theta + i * size, h->theta + at * size, size * sizeof *theta);
  }
  *out = (kind){.name = "alignment_training",
                .axis = "update",
                .count = count,
                .label = label,
                .theta = h->given > 0 ? NULL : theta,
                .paths = h->given > 0 ? paths : NULL};
  return ICLGD_OK;
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  watch *s = state;
  const iclgd_history *h = s->setup->history;
  const kind seeds = {.name = "alignment_seeds",
                      .axis = "seed",
                      .count = h->runs,
                      .label = h->seed,
                      .theta = h->finals};
  const kind baseline = {.name = "alignment_baseline", .count = 1};
  kind training = {0};
  const size_t gd = iclgd_path_of_descent(s->setup->paths, s->setup->n_paths);
  s->prompts.count = s->kept;
  TRY(choose_snapshots(s, &training, err));
  if (training.count > 0) TRY(write_kind(s, &training, gd, record, err));
  if (h->runs > 1) TRY(write_kind(s, &seeds, gd, record, err));
  if (gd > 0) TRY(write_kind(s, &baseline, gd, record, err));
  return ICLGD_OK;
}

const iclgd_probe iclgd_probe_alignment_training = {
    .name = "alignment_training",
    .question = "when does the model come to match, and do all seeds?",
    .needs = ICLGD_NEEDS_SNAPSHOTS,
    .keys = &key_set,
    .schema = &schema,
    .view = &iclgd_view_alignment_training,
    .state_size = sizeof(watch),
    .begin = begin,
    .feed = feed,
    .finish = finish,
};
