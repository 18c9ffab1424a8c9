/* The points of a grid, and their folders; the manifest lists them. */
#include <errno.h>
#include <iclgd/keys.h>
#include <iclgd/run.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <iclgd/json.h>

#include "record/output/save.h"
#include "sweep/sweep.h"

static void manifest_path(const char *folder, char out[ICLGD_PATH_SIZE]) {
  snprintf(out, ICLGD_PATH_SIZE, "%s/manifest.json", folder);
}

static int by_id(const void *a, const void *b) {
  const iclgd_point *const *p = a, *const *q = b;
  const int order = strcmp((*p)->id, (*q)->id);
  return order ? order : (*p > *q) - (*p < *q);
}

/* Of points with equal settings the first one stays. */
static iclgd_status keep_first(iclgd_points *points, iclgd_arena *arena,
                               iclgd_error *err) {
  iclgd_point **order = iclgd_arena_take(arena, points->count, sizeof *order);
  size_t kept = 0;
  if (!order) return iclgd_fail_memory(err, "the points");
  for (size_t k = 0; k < points->count; ++k) order[k] = &points->point[k];
  qsort(order, points->count, sizeof *order, by_id);
  for (size_t k = points->count; k-- > 1;)
    if (strcmp(order[k]->id, order[k - 1]->id) == 0) order[k]->id[0] = '\0';
  for (size_t k = 0; k < points->count; ++k)
    if (*points->point[k].id) points->point[kept++] = points->point[k];
  points->count = kept;
  return ICLGD_OK;
}

/* What a point trains on, all its training runs together. */
static double prompts_of(const iclgd_settings *s) {
  if (*iclgd_get_text(s, "model.program")) return 0;
  return (double)iclgd_get_size(s, "seeds") *
         (double)iclgd_get_size(s, "train.steps") *
         (double)iclgd_get_size(s, "train.batch");
}

iclgd_status iclgd_points_of_grid(iclgd_grid *grid, iclgd_arena *arena,
                                  iclgd_points *out, iclgd_error *err) {
  out->count = grid->count;
  out->point = iclgd_arena_take(arena, grid->count, sizeof *out->point);
  if (!out->point) return iclgd_fail_memory(err, "the points");
  for (size_t k = 0; k < grid->count; ++k) {
    TRY(iclgd_grid_set(grid, k, err));
    out->point[k].place = k;
    iclgd_settings_identify(grid->settings, out->point[k].id);
    out->point[k].prompts = prompts_of(grid->settings);
  }
  return keep_first(out, arena, err);
}

static iclgd_status make_folder(const char *path, iclgd_error *err) {
  if (mkdir(path, 0777) == 0 || errno == EEXIST) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EIO, "%s: cannot make the folder: %s", path,
                    strerror(errno));
}

iclgd_status iclgd_sweep_make(const char *folder, iclgd_error *err) {
  return make_folder(folder, err);
}

static iclgd_status write_text(const void *what, FILE *out, iclgd_error *err) {
  (void)err; /* whoever closes the file sees what failed */
  fputs(what, out);
  return ICLGD_OK;
}

/* Whether it says these settings, whatever release wrote it. */
static bool says(const char *path, const iclgd_settings *wanted) {
  char own[ICLGD_ID_SIZE], id[ICLGD_ID_SIZE] = "";
  iclgd_settings *found;
  iclgd_error unused;
  iclgd_settings_identify(wanted, own);
  if (access(path, F_OK) != 0 || iclgd_settings_defaults(&found, &unused))
    return false;
  if (!iclgd_settings_load(found, path, &unused))
    iclgd_settings_identify(found, id);
  iclgd_settings_free(found);
  return strcmp(own, id) == 0;
}

/* One that is damaged is written again. */
static iclgd_status write_point(const char *folder, const iclgd_grid *grid,
                                const char *id, iclgd_error *err) {
  char path[ICLGD_PATH_SIZE];
  iclgd_point point = {.state = ICLGD_POINT_WAITING};
  memcpy(point.id, id, sizeof point.id);
  iclgd_point_path(folder, &point, "", path);
  TRY(make_folder(path, err));
  iclgd_point_path(folder, &point, "point.ini", path);
  if (says(path, grid->settings)) return ICLGD_OK;
  char *text = iclgd_settings_ini(grid->settings);
  if (!text) return iclgd_fail_memory(err, "the settings");
  const iclgd_status status = iclgd_save(path, write_text, text, err);
  free(text);
  return status;
}

/* {"points": {ID: {key: value}}, "keys": [..]}; jansson keeps the order. */
static iclgd_status load(const char *folder, bool needed, json_t **out,
                         iclgd_error *err) {
  char path[ICLGD_PATH_SIZE];
  json_error_t fault;
  manifest_path(folder, path);
  if (!needed && access(path, F_OK) != 0) {
    *out = json_pack("{s:s, s:[], s:{}}", "version", iclgd_version(), "keys",
                     "points");
    return *out ? ICLGD_OK : iclgd_fail_memory(err, "the manifest");
  }
  if (access(path, F_OK) != 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: no such file: expected the folder of a sweep", path);
  *out = json_load_file(path, JSON_REJECT_DUPLICATES, &fault);
  if (*out && json_is_array(json_object_get(*out, "keys")) &&
      json_is_object(json_object_get(*out, "points")))
    return ICLGD_OK;
  const char *found = *out ? "other JSON" : fault.text;
  json_decref(*out);
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: expected the list of points of a sweep, found %s "
                    "(without it, `iclgd sweep` makes it again; runs stay)",
                    path, found);
}

static void join_key(json_t *keys, const char *name) {
  for (size_t i = 0; i < json_array_size(keys); ++i) {
    const char *key = json_string_value(json_array_get(keys, i));
    if (key && strcmp(key, name) == 0) return;
  }
  json_array_append_new(keys, json_string(name));
}

/* The values that the lists gave it. */
static json_t *swept(const iclgd_grid *grid) {
  json_t *out = json_object();
  for (size_t i = 0; i < iclgd_settings_count(grid->settings); ++i) {
    const char *name = iclgd_settings_key(grid->settings, i)->name;
    for (size_t a = 0; a < grid->n_axes; ++a)
      for (size_t j = 0; j < grid->axes[a].n_keys; ++j)
        if (strcmp(grid->axes[a].keys[j], name) == 0)
          json_object_set_new(
              out, name, json_string(iclgd_settings_value(grid->settings, i)));
  }
  return out;
}

static iclgd_status join(const char *folder, iclgd_grid *grid,
                         iclgd_points points, json_t *manifest,
                         iclgd_error *err) {
  json_t *keys = json_object_get(manifest, "keys");
  json_t *list = json_object_get(manifest, "points");
  for (size_t a = 0; a < grid->n_axes; ++a)
    for (size_t j = 0; j < grid->axes[a].n_keys; ++j)
      join_key(keys, grid->axes[a].keys[j]);
  for (size_t k = 0; k < points.count; ++k) {
    const char *id = points.point[k].id;
    TRY(iclgd_grid_set(grid, points.point[k].place, err));
    TRY(write_point(folder, grid, id, err));
    if (!json_object_get(list, id) &&
        json_object_set_new(list, id, swept(grid)) != 0)
      return iclgd_fail_memory(err, "the manifest");
  }
  return ICLGD_OK;
}

static iclgd_status write_manifest(const void *what, FILE *out,
                                   iclgd_error *err) {
  return json_dumpf(what, out, JSON_INDENT(1)) == 0 || ferror(out)
             ? ICLGD_OK
             : iclgd_fail_memory(err, "the manifest");
}

/* The points by the names that they have in the folder. */
static iclgd_status join_all(const char *folder, iclgd_grid *grid,
                             json_t *manifest, iclgd_error *err) {
  iclgd_arena arena = {0};
  iclgd_points points;
  iclgd_status status = iclgd_points_of_grid(grid, &arena, &points, err);
  if (!status) status = iclgd_points_find(folder, &points, err);
  if (!status) status = join(folder, grid, points, manifest, err);
  iclgd_arena_free(&arena);
  return status;
}

iclgd_status iclgd_sweep_plan(const char *folder, iclgd_grid *grid,
                              iclgd_error *err) {
  char path[ICLGD_PATH_SIZE];
  json_t *manifest;
  TRY(load(folder, false, &manifest, err));
  snprintf(path, sizeof path, "%s/runs", folder);
  iclgd_status status = make_folder(path, err);
  if (!status) status = join_all(folder, grid, manifest, err);
  manifest_path(folder, path);
  if (!status) status = iclgd_save(path, write_manifest, manifest, err);
  json_decref(manifest);
  return status;
}

static iclgd_status read_points(json_t *manifest, iclgd_arena *arena,
                                iclgd_points *points, const char ***keys,
                                size_t *n_keys, iclgd_error *err) {
  json_t *list = json_object_get(manifest, "keys");
  json_t *object = json_object_get(manifest, "points");
  *points =
      (iclgd_points){.point = iclgd_arena_take(arena, json_object_size(object),
                                               sizeof *points->point)};
  *keys = iclgd_arena_take(arena, json_array_size(list), sizeof **keys);
  *n_keys = 0;
  TRY(iclgd_arena_status(arena, err, "the points"));
  for (size_t i = 0; i < json_array_size(list); ++i) {
    const char *key = json_string_value(json_array_get(list, i));
    if (key) (*keys)[(*n_keys)++] = iclgd_arena_text(arena, key);
  }
  for (void *at = json_object_iter(object); at;
       at = json_object_iter_next(object, at))
    if (iclgd_is_identifier(json_object_iter_key(at)))
      memcpy(points->point[points->count++].id, json_object_iter_key(at),
             ICLGD_ID_SIZE);
  return iclgd_arena_status(arena, err, "the points");
}

iclgd_status iclgd_manifest_check(const char *folder, iclgd_error *err) {
  json_t *manifest;
  TRY(load(folder, false, &manifest, err));
  json_decref(manifest);
  return ICLGD_OK;
}

iclgd_status iclgd_manifest_load(const char *folder, json_t **out,
                                 iclgd_error *err) {
  return load(folder, true, out, err);
}

iclgd_status iclgd_manifest_read(const char *folder, iclgd_arena *arena,
                                 iclgd_points *points, const char ***keys,
                                 size_t *n_keys, iclgd_error *err) {
  json_t *manifest;
  TRY(load(folder, true, &manifest, err));
  const iclgd_status status =
      read_points(manifest, arena, points, keys, n_keys, err);
  json_decref(manifest);
  return status;
}
