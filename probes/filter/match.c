/* Which path explains the layers: the smallest distance of filters, or one with
 * fewer fitted parameters that is as close within errors. */
#include "probes/filter/match.h"

#include <math.h>
#include <stdio.h>

/* Arrays of filter_match; (path, layer) where there are two. */
typedef struct match {
  iclgd_filters *f;
  size_t rows; /* layers, 0 included */
  double *distance, *error, *best_distance, *best_error, *untrained;
  double *between;                 /* (path, other) */
  double *overall, *overall_error; /* (path) */
  int64_t *best_step, *parameters;
  int64_t *closest, *closest_any; /* (layer) */
  const char **name, **title;     /* (path) */
} match;

/* A path whose iterates have no filter anywhere, such as one without implied
 * weights, is compared with nothing. */
static bool has_filter(const match *m, size_t p, const int64_t *diverged,
                       size_t n_kept) {
  const filter_path *path = &m->f->paths[p];
  return path->steps == 0 || n_kept == 0 ||
         diverged[path->brief + 1] < (int64_t)n_kept;
}

static const iclgd_moments *distance_to(const match *m, size_t p, size_t l,
                                        size_t k) {
  const iclgd_filters *f = m->f;
  return &f->pairs[f->to_steps[p] + l * (f->paths[p].steps + 1) + k].distance;
}

static void fill_layer(match *m, size_t p, size_t l) {
  const size_t at = p * m->rows + l, steps = m->f->paths[p].steps;
  m->distance[at] = m->error[at] = NAN;
  m->best_distance[at] = m->best_error[at] = NAN;
  m->best_step[at] = -1;
  if (l <= steps) {
    m->distance[at] = iclgd_moments_mean(distance_to(m, p, l, l));
    m->error[at] = iclgd_moments_standard_error(distance_to(m, p, l, l));
  }
  for (size_t k = 1; k <= steps; ++k) {
    const double mean = iclgd_moments_mean(distance_to(m, p, l, k));
    if (isnan(mean) || mean >= m->best_distance[at]) continue;
    m->best_distance[at] = mean;
    m->best_error[at] = iclgd_moments_standard_error(distance_to(m, p, l, k));
    m->best_step[at] = (int64_t)k;
  }
}

static void fill_path(match *m, size_t p, bool comparable) {
  const iclgd_filters *f = m->f;
  m->name[p] = f->paths[p].name;
  m->title[p] = f->paths[p].title;
  m->parameters[p] = (int64_t)f->paths[p].parameters;
  m->overall[p] = comparable ? iclgd_moments_mean(&f->overall[p]) : NAN;
  m->overall_error[p] =
      comparable ? iclgd_moments_standard_error(&f->overall[p]) : NAN;
  for (size_t q = 0; q < f->n_paths; ++q)
    m->between[p * f->n_paths + q] = iclgd_moments_mean(
        &f->pairs[f->between_pairs + p * f->n_paths + q].distance);
  for (size_t l = 0; l < m->rows; ++l) {
    const size_t at = p * m->rows + l;
    fill_layer(m, p, l);
    if (f->n_paths > f->setup->n_paths)
      m->untrained[at] =
          iclgd_moments_mean(&f->pairs[f->untrained_pairs + at].distance);
    if (comparable) continue;
    m->distance[at] = m->best_distance[at] = m->untrained[at] = NAN;
    m->best_step[at] = -1;
  }
}

/* The smallest distance of the algorithms that may explain; -1 when none has
 * one. Entry p of an array stands at p * stride. */
static int64_t nearest(const match *m, const double *distance, size_t stride) {
  const size_t n = m->f->setup->n_paths;
  size_t best = 0;
  for (size_t p = 1; p < n; ++p)
    if (m->f->paths[p].explains && distance[p * stride] >= 0 &&
        (best == 0 || distance[p * stride] < distance[best * stride]))
      best = p;
  return best > 0 ? (int64_t)best : -1;
}

/* Of those that may explain the one with the fewest fitted parameters whose
 * distance is within the standard error of the smallest, or within 5% of it;
 * then the smallest distance. */
static int64_t closest(const match *m, const double *distance,
                       const double *error, size_t stride) {
  const size_t n = m->f->setup->n_paths;
  const int64_t first = nearest(m, distance, stride);
  if (first < 0) return -1;
  size_t best = (size_t)first;
  const double least = distance[best * stride], spread = error[best * stride];
  const double rounding = 1e-12;
  const double limit =
      least + fmax(fmax(isnan(spread) ? 0 : spread, 0.05 * least), rounding);
  for (size_t p = 1; p < n; ++p)
    if (m->f->paths[p].explains && distance[p * stride] <= limit &&
        (m->parameters[p] < m->parameters[best] ||
         (m->parameters[p] == m->parameters[best] &&
          distance[p * stride] < distance[best * stride])))
      best = p;
  return (int64_t)best;
}

static iclgd_status create(iclgd_filters *f, match *m, iclgd_error *err) {
  const size_t n = f->n_paths, rows = f->setup->depth + 1;
  iclgd_arena *arena = f->setup->arena;
  *m = (match){.f = f,
               .rows = rows,
               .distance = iclgd_arena_reals(arena, n, rows, 1),
               .error = iclgd_arena_reals(arena, n, rows, 1),
               .best_distance = iclgd_arena_reals(arena, n, rows, 1),
               .best_error = iclgd_arena_reals(arena, n, rows, 1),
               .untrained = iclgd_arena_reals(arena, n, rows, 1),
               .between = iclgd_arena_reals(arena, n, n, 1),
               .overall = iclgd_arena_reals(arena, n, 1, 1),
               .overall_error = iclgd_arena_reals(arena, n, 1, 1),
               .best_step = iclgd_arena_take(arena, n * rows, sizeof(int64_t)),
               .parameters = iclgd_arena_take(arena, n, sizeof(int64_t)),
               .closest = iclgd_arena_take(arena, rows, sizeof(int64_t)),
               .closest_any = iclgd_arena_take(arena, rows, sizeof(int64_t)),
               .name = iclgd_arena_take(arena, n, sizeof(char *)),
               .title = iclgd_arena_take(arena, n, sizeof(char *))};
  return iclgd_arena_status(arena, err, "filter");
}

/* Every layer beside every step of path p. */
static iclgd_status write_distances(const match *m, size_t p,
                                    iclgd_record *record, iclgd_error *err) {
  const iclgd_filters *f = m->f;
  const size_t pair[] = {m->rows, f->paths[p].steps + 1};
  const size_t count = pair[0] * pair[1];
  double *mean = iclgd_arena_reals(f->setup->arena, 2, count, 1);
  if (!mean) return iclgd_fail_memory(err, "filter");
  for (size_t i = 0; i < count; ++i) {
    const iclgd_moments *moments = &f->pairs[f->to_steps[p] + i].distance;
    mean[i] = iclgd_moments_mean(moments);
    mean[count + i] = iclgd_moments_standard_error(moments);
  }
  char group[64];
  snprintf(group, sizeof group, "filter_distance/%s", f->paths[p].name);
  iclgd_record_put_axis(record, group, "layer", 0, pair[0], err);
  iclgd_record_put_axis(record, group, "step", 0, pair[1], err);
  iclgd_record_put(record, group, "mean", pair, mean, err);
  return iclgd_record_put(record, group, "standard_error", pair, mean + count,
                          err);
}

static iclgd_status write_match(const match *m, iclgd_record *record,
                                iclgd_error *err) {
  const size_t n = m->f->n_paths;
  const size_t path[] = {n, m->rows}, pair[] = {n, n}, *layer = path + 1;
  const bool untrained = n > m->f->setup->n_paths;
  iclgd_record_put_axis(record, "filter_match", "path", 0, n, err);
  iclgd_record_put_axis(record, "filter_match", "layer", 0, m->rows, err);
  const iclgd_member members[] = {
      {"name", path, m->name},
      {"title", path, m->title},
      {"parameters", path, m->parameters},
      {"distance", path, m->distance},
      {"standard_error", path, m->error},
      {"best_distance", path, m->best_distance},
      {"best_step", path, m->best_step},
      {"overall", path, m->overall},
      {"overall_error", path, m->overall_error},
      {"closest", layer, m->closest},
      {"closest_at_any_step", layer, m->closest_any},
      {"between", pair, m->between},
      {"untrained", path, untrained ? m->untrained : NULL},
  };
  const iclgd_status status =
      iclgd_record_put_all(record, "filter_match", MEMBERS(members), err);
  const int64_t best = closest(m, m->overall, m->overall_error, 1);
  if (best < 0) return status;
  return iclgd_record_attr_text(record, "filter_match", "closest",
                                m->name[best], err);
}

iclgd_status iclgd_filter_write_match(iclgd_filters *f, const int64_t *diverged,
                                      size_t n_kept, iclgd_record *record,
                                      iclgd_error *err) {
  match m = {0};
  TRY(create(f, &m, err));
  for (size_t p = 0; p < f->n_paths; ++p)
    fill_path(&m, p, has_filter(&m, p, diverged, n_kept));
  m.closest[0] = m.closest_any[0] = -1; /* all start as the zero predictor */
  for (size_t l = 1; l < m.rows; ++l) {
    m.closest[l] = closest(&m, m.distance + l, m.error + l, m.rows);
    m.closest_any[l] =
        nearest(&m, m.best_distance + l, m.rows); /* the step is free already */
  }
  for (size_t p = 1; p < f->n_paths; ++p)
    TRY(write_distances(&m, p, record, err));
  return write_match(&m, record, err);
}
