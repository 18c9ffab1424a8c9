/* All points of a folder as one table: /entry/points, a row per point, and
 * /entry/layers. The attribute `swept` lists the columns that are settings. */
#include <iclgd/keys.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "summary/summary.h"
#include "sweep/columns.h"
#include "sweep/rows.h"
#include "sweep/sweep.h"

typedef struct table {
  const char *folder;
  iclgd_arena arena;
  iclgd_settings *settings; /* of one point after the other */
  iclgd_points points;
  json_t *manifest;    /* what the points are, where their settings are lost */
  json_t *kept;        /* rows by identifier */
  const json_t **runs; /* (points) the row of each, or NULL */
  size_t depth;        /* the largest */
  const char **named;
  size_t n_named;
  bool *is_column;     /* by key */
  const char **values; /* (keys, points) */
  const char **first;  /* by key: its value at the first point */
} table;

/* The settings of a point, in the place of those of another. */
static bool load_settings(table *t, iclgd_point *point) {
  iclgd_settings *settings;
  if (!iclgd_point_settings(t->folder, point, &settings)) return false;
  iclgd_settings_free(t->settings);
  t->settings = settings;
  return true;
}

/* The values of all keys at a point, "" for what is lost of its settings. A key
 * whose values differ is a column, named or not, as where a grid grew by other
 * settings. */
static void read_values(table *t, size_t k) {
  iclgd_point *point = &t->points.point[k];
  const json_t *said =
      json_object_get(json_object_get(t->manifest, "points"), point->id);
  const bool is_read = load_settings(t, point);
  for (size_t i = 0; i < iclgd_settings_count(t->settings); ++i) {
    const char *name = iclgd_settings_key(t->settings, i)->name;
    const char *value = is_read ? iclgd_settings_value(t->settings, i)
                                : iclgd_json_text(said, name);
    const char **at = &t->values[i * t->points.count + k];
    const bool same = t->first[i] && strcmp(value, t->first[i]) == 0;
    *at = same ? t->first[i] : iclgd_arena_text(&t->arena, value);
    if (!is_read) continue;
    t->is_column[i] |= t->first[i] && !same;
    if (!t->first[i]) t->first[i] = *at;
  }
}

/* Of every point once; keys that the sweep names are columns, too. */
static iclgd_status find_columns(table *t, iclgd_error *err) {
  const size_t keys = iclgd_settings_count(t->settings);
  t->values =
      iclgd_arena_take(&t->arena, keys * t->points.count, sizeof *t->values);
  TRY(iclgd_arena_status(&t->arena, err, "the table"));
  for (size_t k = 0; k < t->points.count; ++k) read_values(t, k);
  for (size_t i = 0; i < keys; ++i) {
    const iclgd_key *key = iclgd_settings_key(t->settings, i);
    for (size_t j = 0; j < t->n_named; ++j)
      t->is_column[i] |= strcmp(t->named[j], key->name) == 0;
    if (key->cosmetic) t->is_column[i] = false;
  }
  return iclgd_arena_status(&t->arena, err, "the table");
}

/* A file that no summary can be made of is damaged, which the next sweep has to
 * know, and the rest goes on. */
static void take(table *t, size_t k, const char *path,
                 const struct stat *found) {
  iclgd_point *point = &t->points.point[k];
  iclgd_source *source;
  json_t *summary = NULL;
  iclgd_error err;
  iclgd_status status = iclgd_source_open(path, &source, &err);
  if (!status) {
    status = iclgd_summary_build(source, &summary, &err);
    iclgd_source_close(source);
  }
  if (!status) {
    t->runs[k] = iclgd_rows_take(t->kept, point->id, found, summary);
    if (!t->runs[k]) status = iclgd_fail_memory(&err, path);
  }
  json_decref(summary);
  if (status) {
    point->state = ICLGD_POINT_DAMAGED;
    iclgd_point_explain(point, err.text);
    if (status == ICLGD_EINPUT) iclgd_point_save(t->folder, point, &err);
  }
}

/* A run that was read before, and has not changed, is not read again. */
static void read_run(table *t, size_t k) {
  iclgd_point *point = &t->points.point[k];
  char path[ICLGD_PATH_SIZE];
  struct stat found;
  iclgd_point_path(t->folder, point, "run.h5", path);
  const bool is_there = stat(path, &found) == 0;
  if (is_there) t->runs[k] = iclgd_rows_find(t->kept, point->id, &found);
  if (t->runs[k])
    iclgd_point_recall(t->folder, point);
  else
    iclgd_point_look(t->folder, point);
  if (is_there && !t->runs[k] &&
      (point->state == ICLGD_POINT_DONE ||
       point->state == ICLGD_POINT_DIVERGED))
    take(t, k, path, &found);
  if (t->runs[k] && iclgd_json_whole(t->runs[k], "depth") > (long)t->depth)
    t->depth = (size_t)iclgd_json_whole(t->runs[k], "depth");
}

static iclgd_status open_table(table *t, const char *folder, iclgd_error *err) {
  t->folder = folder;
  TRY(iclgd_settings_defaults(&t->settings, err));
  TRY(iclgd_manifest_read(folder, &t->arena, &t->points, &t->named, &t->n_named,
                          err));
  TRY(iclgd_manifest_load(folder, &t->manifest, err));
  if (t->points.count == 0)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: a sweep without points", folder);
  const size_t keys = iclgd_settings_count(t->settings);
  t->runs = iclgd_arena_take(&t->arena, t->points.count, sizeof *t->runs);
  t->is_column = iclgd_arena_take(&t->arena, keys, sizeof *t->is_column);
  t->first = iclgd_arena_take(&t->arena, keys, sizeof *t->first);
  TRY(iclgd_arena_status(&t->arena, err, "the table"));
  t->kept = iclgd_rows_load(folder);
  if (!t->kept) return iclgd_fail_memory(err, "the table");
  for (size_t k = 0; k < t->points.count; ++k) read_run(t, k);
  iclgd_rows_save(folder, t->kept);
  return find_columns(t, err);
}

static void put(table *t, iclgd_record *r, const char *group, const char *name,
                const void *values, iclgd_error *err) {
  const size_t extents[] = {t->points.count, t->depth + 1};
  iclgd_record_put(r, group, name, extents, values, err);
}

/* Columns of texts share one array, as those of numbers do. */
typedef struct scratch {
  double *reals; /* (points, depth + 1) */
  int64_t *wholes;
  const char **texts; /* (points) */
} scratch;

static void put_key(table *t, iclgd_record *r, size_t i, scratch s,
                    iclgd_error *err) {
  const iclgd_key *key = iclgd_settings_key(t->settings, i);
  for (size_t k = 0; k < t->points.count; ++k) {
    const char *value = t->values[i * t->points.count + k];
    s.wholes[k] = (int64_t)strtod(value, NULL);
    s.reals[k] = *value ? strtod(value, NULL) : NAN;
    s.texts[k] = value;
  }
  put(t, r, "points", key->name,
      key->type == ICLGD_KEY_INT    ? (const void *)s.wholes
      : key->type == ICLGD_KEY_REAL ? (const void *)s.reals
                                    : (const void *)s.texts,
      err);
}

/* How each point stands. */
static void put_states(table *t, iclgd_record *r, scratch s, iclgd_error *err) {
  const size_t n = t->points.count;
  const iclgd_point *p = t->points.point;
  for (size_t k = 0; k < n; ++k) s.texts[k] = p[k].id;
  put(t, r, "points", "id", s.texts, err);
  for (size_t k = 0; k < n; ++k)
    s.texts[k] = iclgd_point_state_name(p[k].state);
  put(t, r, "points", "state", s.texts, err);
  for (size_t k = 0; k < n; ++k) s.texts[k] = p[k].reason;
  put(t, r, "points", "reason", s.texts, err);
  for (size_t k = 0; k < n; ++k)
    s.wholes[k] = p[k].state == ICLGD_POINT_DIVERGED;
  put(t, r, "points", "diverged", s.wholes, err);
  for (size_t k = 0; k < n; ++k) s.reals[k] = p[k].seconds;
  put(t, r, "points", "seconds", s.reals, err);
}

static void put_scalars(table *t, iclgd_record *r, scratch s,
                        iclgd_error *err) {
  for (size_t c = 0; c < iclgd_sweep_n_scalars; ++c) {
    for (size_t k = 0; k < t->points.count; ++k)
      s.reals[k] = iclgd_json_at(t->runs[k], "scalars", c);
    put(t, r, "points", iclgd_sweep_scalars[c].name, s.reals, err);
  }
  for (size_t c = 0; c < iclgd_sweep_n_namings; ++c) {
    for (size_t k = 0; k < t->points.count; ++k) {
      const json_t *list = json_object_get(t->runs[k], "namings");
      s.texts[k] = list ? json_string_value(json_array_get(list, c)) : "";
    }
    put(t, r, "points", iclgd_sweep_namings[c].name, s.texts, err);
  }
}

static void put_curves(table *t, iclgd_record *r, scratch s, iclgd_error *err) {
  const size_t rows = t->depth + 1;
  for (size_t c = 0; c < iclgd_sweep_n_curves; ++c) {
    for (size_t k = 0; k < t->points.count; ++k) {
      const json_t *curves = json_object_get(t->runs[k], "curves");
      for (size_t l = 0; l < rows; ++l)
        s.reals[k * rows + l] =
            iclgd_json_element(json_array_get(curves, c), l);
    }
    put(t, r, "layers", iclgd_sweep_curves[c].name, s.reals, err);
  }
}

/* Columns that are settings, in the order of the lists, then others; how many.
 */
static size_t name_columns(const table *t, const char **out) {
  const size_t keys = iclgd_settings_count(t->settings);
  size_t count = 0;
  for (size_t turn = 0; turn <= t->n_named; ++turn)
    for (size_t i = 0; i < keys; ++i) {
      const char *name = iclgd_settings_key(t->settings, i)->name;
      size_t j = 0;
      while (j < t->n_named && strcmp(t->named[j], name) != 0) ++j;
      if (j == turn && t->is_column[i]) out[count++] = name;
    }
  return count;
}

static iclgd_status fill(table *t, iclgd_record *r, iclgd_error *err) {
  const size_t n = t->points.count;
  const scratch s = {
      .reals = iclgd_arena_reals(&t->arena, n, t->depth + 1, 1),
      .wholes = iclgd_arena_take(&t->arena, n, sizeof(int64_t)),
      .texts = iclgd_arena_take(&t->arena, n, sizeof(const char *))};
  TRY(iclgd_arena_status(&t->arena, err, "the table"));
  for (size_t i = 0; i < iclgd_settings_count(t->settings); ++i)
    if (t->is_column[i]) put_key(t, r, i, s, err);
  put_scalars(t, r, s, err);
  put_states(t, r, s, err);
  put_curves(t, r, s, err);
  const size_t columns = name_columns(t, t->first);
  return columns > 0 ? iclgd_record_attr_texts(r, "points", "swept", t->first,
                                               columns, err)
                     : iclgd_record_status(r, err);
}

/* "Sweep of model.loops, seed". */
static void write_title(table *t, char *out, size_t size) {
  const size_t columns = name_columns(t, t->first);
  for (size_t i = 0; i < columns; ++i) {
    const size_t used = strlen(out);
    snprintf(out + used, size - used, "%s%s", i ? ", " : " of ", t->first[i]);
  }
}

static iclgd_status write_table(table *t, const char *output,
                                iclgd_error *err) {
  iclgd_schema schema;
  iclgd_record *record;
  char title[160] = "Sweep";
  const iclgd_record_options options = {.force = true, .title = title};
  write_title(t, title, sizeof title);
  TRY(iclgd_sweep_schema(t->settings, &t->arena, &schema, err));
  TRY(iclgd_record_create(output, &schema, 1, &options, &record, err));
  const iclgd_status status = fill(t, record, err);
  if (!status) return iclgd_record_commit(record, err);
  iclgd_record_discard(record);
  return status;
}

iclgd_status iclgd_sweep_collect(const char *folder, const char *output,
                                 size_t *n_bad, iclgd_error *err) {
  table t = {.folder = folder};
  iclgd_status status = open_table(&t, folder, err);
  if (!status) status = write_table(&t, output, err);
  *n_bad = 0;
  for (size_t k = 0; k < t.points.count; ++k)
    *n_bad += t.points.point[k].state == ICLGD_POINT_FAILED ||
              t.points.point[k].state == ICLGD_POINT_DAMAGED;
  json_decref(t.manifest);
  json_decref(t.kept);
  if (t.settings) iclgd_settings_free(t.settings);
  iclgd_arena_free(&t.arena);
  return status;
}
