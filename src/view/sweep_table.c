/* Which columns of the table of a sweep are its axes, and which is y. */
#include "view/sweep_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/line.h"
#include "view/sweep_axis.h"
#include "view/sweep_cells.h"

enum { GROUPS_MAX = 12, CELLS_MAX = 1 << 21, PATH = 160 };

static const char layers_prefix[] = "layers/";

typedef struct reading {
  const iclgd_source *source;
  const iclgd_sweep_choice *choice;
  iclgd_arena *arena;
  iclgd_sweep_table *t;
  iclgd_sweep_axis *keys;
  iclgd_sweep_axis none, group, facet; /* as they are given, else none */
  iclgd_sweep_values values;           /* of y */
  iclgd_error *err;
} reading;

static bool is_given(const char *name) {
  return name && *name;
}

static bool is_none(const char *name) {
  return is_given(name) && strcmp(name, "none") == 0;
}

static iclgd_status read_texts(reading *r, const char *leaf, char ***out) {
  char path[PATH];
  snprintf(path, sizeof path, "points/%s", leaf);
  TRY(iclgd_source_texts(r->source, path, 1, &r->t->points, r->arena, out,
                         r->err));
  for (size_t k = 0; k < r->t->points; ++k) iclgd_one_line((*out)[k]);
  return ICLGD_OK;
}

static iclgd_status read_keys(reading *r) {
  char **names = NULL;
  size_t n = 0;
  if (iclgd_source_has_attr(r->source, "points", "swept"))
    TRY(iclgd_source_attr_texts(r->source, "points", "swept", r->arena, &names,
                                &n, r->err));
  r->keys = iclgd_arena_take(r->arena, n, sizeof *r->keys);
  r->t->follows = iclgd_arena_take(r->arena, n, sizeof *r->t->follows);
  r->t->with_group = iclgd_arena_take(r->arena, n, sizeof *r->t->with_group);
  TRY(iclgd_arena_status(r->arena, r->err, "the table"));
  for (size_t i = 0; i < n; ++i)
    TRY(iclgd_sweep_axis_read(r->source, names[i], r->t->points, r->arena,
                              &r->keys[i], r->err));
  r->t->keys = r->keys;
  r->t->n_keys = n;
  return ICLGD_OK;
}

/* --- which columns ------------------------------------------------------ */

/* One column is one axis: else all is on a diagonal. */
static iclgd_status check_once(const reading *r) {
  const iclgd_sweep_choice *c = r->choice;
  const struct {
    const char *option, *name;
  } given[] = {{"x", c->x}, {"group", c->group}, {"facet", c->facet}};
  for (size_t i = 1; i < 3; ++i)
    for (size_t j = 0; j < i; ++j)
      if (is_given(given[i].name) && !is_none(given[i].name) &&
          is_given(given[j].name) && strcmp(given[i].name, given[j].name) == 0)
        return iclgd_fail(r->err, ICLGD_EUSAGE,
                          "%s and %s: expected different columns, found '%s' "
                          "twice",
                          given[j].option, given[i].option, given[i].name);
  return ICLGD_OK;
}

static iclgd_status read_given(reading *r, const char *name,
                               iclgd_sweep_axis *out) {
  *out = r->none;
  if (!is_given(name) || is_none(name)) return ICLGD_OK;
  return iclgd_sweep_axis_read(r->source, name, r->t->points, r->arena, out,
                               r->err);
}

static bool is_same(const iclgd_sweep_axis *a, const iclgd_sweep_axis *b) {
  return strcmp(a->name, b->name) == 0;
}

/* A setting that more than the seed tells apart, for an axis of its own. */
static bool is_free(const reading *r, const iclgd_sweep_axis *axis,
                    const iclgd_sweep_axis *a, const iclgd_sweep_axis *b) {
  return axis->count > 1 && !iclgd_sweep_axis_is_seed(axis) &&
         !iclgd_sweep_axis_follows(axis, a, b, r->t->points, r->arena);
}

/* The one with most levels, of equal ones the first. */
static const iclgd_sweep_axis *longest(const reading *r, bool numeric) {
  const iclgd_sweep_axis *best = NULL;
  for (size_t i = 0; i < r->t->n_keys; ++i) {
    const iclgd_sweep_axis *axis = &r->keys[i];
    if (is_free(r, axis, &r->group, &r->facet) &&
        (axis->is_numeric || !numeric) && (!best || axis->count > best->count))
      best = axis;
  }
  return best;
}

/* Of a sweep without other settings the seed; of one point its name. */
static const char *name_x(const reading *r) {
  const iclgd_sweep_axis *best = longest(r, true);
  if (!best && !r->choice->numeric) best = longest(r, false);
  if (best) return best->name;
  for (size_t turn = 0; turn < 2; ++turn)
    for (size_t i = 0; i < r->t->n_keys; ++i)
      if ((r->keys[i].is_numeric || turn > 0) &&
          !is_same(&r->keys[i], &r->group) && !is_same(&r->keys[i], &r->facet))
        return r->keys[i].name;
  return "id";
}

static iclgd_status choose_x(reading *r) {
  const char *name = is_given(r->choice->x) ? r->choice->x : name_x(r);
  if (r->t->by_layer)
    return iclgd_sweep_axis_layers(r->t->layers, r->arena, &r->t->x, r->err);
  return iclgd_sweep_axis_read(r->source, name, r->t->points, r->arena,
                               &r->t->x, r->err);
}

/* The one with most values of what x and the facet leave. */
static void choose_group(reading *r, const iclgd_sweep_axis *x) {
  const iclgd_sweep_axis *best = &r->group;
  for (size_t i = 0; i < r->t->n_keys && !is_given(r->choice->group); ++i)
    if (is_free(r, &r->keys[i], x, &r->facet) &&
        r->keys[i].count <= GROUPS_MAX && r->keys[i].count > best->count)
      best = &r->keys[i];
  r->t->group = *best;
}

/* What follows from an axis, which is a setting of the sweep. */
static bool comes_with(const reading *r, const iclgd_sweep_axis *key,
                       const iclgd_sweep_axis *axis) {
  bool is_key = false;
  for (size_t i = 0; i < r->t->n_keys; ++i)
    is_key |= is_same(&r->keys[i], axis);
  return is_key && key->count > 1 && !iclgd_sweep_axis_is_seed(key) &&
         !is_same(key, axis) && !is_same(key, &r->t->x) &&
         iclgd_sweep_axis_follows(key, axis, &r->none, r->t->points, r->arena);
}

/* What is left over, or what is given and what comes with it: all of it
 * together. */
static iclgd_status choose_facet(reading *r, const iclgd_sweep_axis *x) {
  const iclgd_sweep_axis **left =
      iclgd_arena_take(r->arena, r->t->n_keys + 1, sizeof *left);
  const bool given = is_given(r->choice->facet);
  iclgd_sweep_axis all;
  size_t count = 0;
  r->t->facet = r->none;
  if (!left || is_none(r->choice->facet)) return ICLGD_OK;
  if (given) left[count++] = &r->facet;
  for (size_t i = 0; i < r->t->n_keys; ++i)
    if (given ? comes_with(r, &r->keys[i], &r->facet)
              : is_free(r, &r->keys[i], x, &r->t->group))
      left[count++] = &r->keys[i];
  if (count == 0) return ICLGD_OK;
  TRY(iclgd_sweep_axis_join(left, count, r->t->points, r->arena, &all, r->err));
  if (given || r->choice->most_facets == 0 ||
      all.count <= r->choice->most_facets)
    r->t->facet = all;
  return ICLGD_OK;
}

/* Settings that stand beside x, or beside the group. */
static void mark_followers(reading *r) {
  for (size_t i = 0; i < r->t->n_keys; ++i) {
    const iclgd_sweep_axis *key = &r->keys[i], *x = &r->t->x;
    r->t->follows[i] =
        !iclgd_sweep_axis_is_seed(key) && key->count > 1 && !is_same(key, x) &&
        !r->t->by_layer &&
        iclgd_sweep_axis_follows(key, x, &r->none, r->t->points, r->arena);
    r->t->with_group[i] = !r->t->follows[i] && comes_with(r, key, &r->t->group);
  }
}

static iclgd_status choose_axes(reading *r) {
  TRY(check_once(r));
  TRY(iclgd_sweep_axis_none(r->t->points, r->arena, &r->none, r->err));
  TRY(read_given(r, r->choice->group, &r->group));
  TRY(read_given(r, r->choice->facet, &r->facet));
  TRY(choose_x(r));
  /* x as it tells points apart; by layer it does not. */
  const iclgd_sweep_axis *x = r->t->by_layer ? &r->none : &r->t->x;
  choose_group(r, x);
  TRY(choose_facet(r, x));
  mark_followers(r);
  const double cells = (double)r->t->x.count * (double)r->t->group.count *
                       (double)r->t->facet.count;
  if (cells <= CELLS_MAX) return iclgd_arena_status(r->arena, r->err, "cells");
  return iclgd_fail(r->err, ICLGD_ERANGE,
                    "%s by %s: %.3g cells, more than can be shown",
                    r->t->x.name, r->t->group.name, cells);
}

/* --- y ------------------------------------------------------------------ */

/* Of half of the points that are done, or more. */
static bool mostly_known(const reading *r) {
  size_t done = 0, known = 0;
  for (size_t k = 0; k < r->t->points; ++k) {
    const bool is_done = strcmp(r->t->state[k], "done") == 0;
    done += is_done;
    known += is_done && isfinite(r->values.y[k]);
  }
  return known > 0 && 2 * known >= done;
}

/* y_error: NaN beside a number where rare prompts carry that. */
static iclgd_status read_error(reading *r, const char *group) {
  char path[PATH];
  size_t extents[] = {r->t->points, r->t->layers};
  snprintf(path, sizeof path, "%s/%.120s_error", group, r->t->y);
  r->values.error = NULL;
  if (!iclgd_source_has(r->source, path)) return ICLGD_OK;
  return iclgd_source_reals(r->source, path, r->t->by_layer ? 2 : 1, extents,
                            r->arena, &r->values.error, r->err);
}

static iclgd_status read_names(reading *r, const char *leaf) {
  TRY(read_texts(r, leaf, &r->values.words));
  return iclgd_sweep_axis_read(r->source, leaf, r->t->points, r->arena,
                               &r->values.names, r->err);
}

static iclgd_status read_y_at(reading *r, const char *group, const char *leaf) {
  char path[PATH];
  iclgd_shape shape;
  iclgd_error unused;
  char *label = NULL;
  size_t extents[] = {r->t->points, 0};
  const size_t rank = r->t->by_layer ? 2 : 1;
  snprintf(path, sizeof path, "%s/%.120s", group, leaf);
  if (!*leaf || strchr(leaf, '/') || !iclgd_source_has(r->source, path))
    return iclgd_sweep_no_column(r->source, group, leaf, r->arena, r->err);
  r->t->y = iclgd_arena_text(r->arena, leaf);
  if (iclgd_source_attr_text(r->source, path, "long_name", r->arena, &label,
                             &unused))
    label = iclgd_arena_text(r->arena, leaf);
  TRY(iclgd_arena_status(r->arena, r->err, "the table"));
  iclgd_one_line(label);
  r->t->y_label = label;
  TRY(iclgd_source_shape(r->source, path, &shape, r->err));
  r->t->is_text = shape.type == ICLGD_TEXT;
  if (r->t->is_text) return read_names(r, leaf);
  TRY(iclgd_source_reals(r->source, path, rank, extents, r->arena, &r->values.y,
                         r->err));
  r->t->layers = rank == 2 ? extents[1] : 1;
  return read_error(r, group);
}

/* The ratio to gradient descent, that of medians where rare prompts hide it
 * from most points, and the loss where neither is known. */
static iclgd_status read_y(reading *r) {
  const char *name = r->choice->y;
  const size_t prefix = sizeof layers_prefix - 1;
  const bool layers = is_given(name) && !strncmp(name, layers_prefix, prefix);
  r->t->by_layer =
      layers || (is_given(r->choice->x) && strcmp(r->choice->x, "layer") == 0);
  if (layers && is_given(r->choice->x) && strcmp(r->choice->x, "layer") != 0)
    return iclgd_fail(r->err, ICLGD_EUSAGE,
                      "%s is a curve over layers: expected no x, or layer, "
                      "found '%s'",
                      name, r->choice->x);
  if (r->t->by_layer)
    return read_y_at(r, "layers",
                     layers           ? name + prefix
                     : is_given(name) ? name
                                      : "loss");
  if (is_given(name)) return read_y_at(r, "points", name);
  TRY(read_y_at(r, "points", "ratio_to_gd"));
  if (mostly_known(r)) return ICLGD_OK;
  TRY(read_y_at(r, "points", "median_ratio_to_gd"));
  return mostly_known(r) ? ICLGD_OK : read_y_at(r, "points", "loss");
}

iclgd_status iclgd_sweep_table_read(const iclgd_source *source,
                                    const iclgd_sweep_choice *choice,
                                    iclgd_arena *arena, iclgd_sweep_table *out,
                                    iclgd_error *err) {
  *out = (iclgd_sweep_table){.layers = 1};
  reading r = {source, choice, arena, out, .err = err};
  TRY(read_texts(&r, "id", &out->id));
  TRY(read_texts(&r, "state", &out->state));
  TRY(read_texts(&r, "reason", &out->reason));
  TRY(read_keys(&r));
  TRY(read_y(&r));
  TRY(choose_axes(&r));
  return iclgd_sweep_cells_fill(out, &r.values, arena, err);
}

const iclgd_sweep_cell *iclgd_sweep_cell_at(const iclgd_sweep_table *t,
                                            size_t facet, size_t group,
                                            size_t x) {
  return &t->cells[(facet * t->group.count + group) * t->x.count + x];
}

const char *iclgd_sweep_beside(const iclgd_sweep_table *t,
                               const iclgd_sweep_axis *axis, size_t level,
                               size_t key) {
  const iclgd_sweep_axis *other = &t->keys[key];
  for (size_t k = 0; k < t->points; ++k)
    if (axis->of[k] == level) return other->level[other->of[k]];
  return "";
}

bool iclgd_sweep_is_table(const iclgd_source *source) {
  return iclgd_source_has(source, "points/id") &&
         iclgd_source_has(source, "points/state");
}
