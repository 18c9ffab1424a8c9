/* The trajectories of all points as arrays (point, ..) that stand in their
 * runs: DIR/trajectories.h5, whose points are those of the table, in its
 * order. */
#include <stdio.h>
#include <string.h>

#include "record/write/virtual.h"
#include "sweep/sweep.h"

enum { ARRAYS_MAX = 256 };

static const struct leaf {
  const char *name, *dims;
  size_t rank;
} leaves[] = {{"prediction", "point,index,prompt", 2},
              {"risk", "point,index,prompt", 2},
              {"weight", "point,index,prompt,feature", 3}};

typedef struct collection {
  const char *folder;
  iclgd_arena arena;
  iclgd_points points;
  iclgd_virtual_array arrays[ARRAYS_MAX];
  iclgd_virtual_part *parts[ARRAYS_MAX]; /* (points) of each */
  size_t count;
} collection;

/* The array of a path; a new one has room for every point.
 * ARRAYS_MAX: none left. */
static size_t array_of(collection *c, const char *path,
                       const struct leaf *leaf) {
  for (size_t i = 0; i < c->count; ++i)
    if (strcmp(c->arrays[i].path, path) == 0) return i;
  if (c->count == ARRAYS_MAX) return ARRAYS_MAX;
  c->parts[c->count] =
      iclgd_arena_take(&c->arena, c->points.count, sizeof(iclgd_virtual_part));
  c->arrays[c->count] =
      (iclgd_virtual_array){.path = iclgd_arena_text(&c->arena, path),
                            .dims = leaf->dims,
                            .rank = leaf->rank,
                            .parts = c->parts[c->count]};
  return c->count++;
}

static iclgd_status add_part(collection *c, const iclgd_source *source,
                             size_t place, const char *file, const char *path,
                             const struct leaf *leaf, iclgd_error *err) {
  iclgd_shape shape;
  TRY(iclgd_source_shape(source, path, &shape, err));
  if (shape.rank != leaf->rank) return ICLGD_OK;
  const size_t at = array_of(c, path, leaf);
  if (at == ARRAYS_MAX) return ICLGD_OK;
  TRY(iclgd_arena_status(&c->arena, err, "the trajectories"));
  iclgd_virtual_array *array = &c->arrays[at];
  iclgd_virtual_part *part = &c->parts[at][array->count++];
  *part = (iclgd_virtual_part){.file = file, .place = place};
  for (size_t i = 0; i < leaf->rank; ++i) {
    part->extents[i] = shape.extents[i];
    if (shape.extents[i] > array->extents[i])
      array->extents[i] = shape.extents[i];
  }
  return ICLGD_OK;
}

static iclgd_status add_run(collection *c, const iclgd_source *source,
                            size_t place, iclgd_error *err) {
  char file[64], path[160];
  char **who;
  size_t n = 0;
  if (!iclgd_source_has(source, "trajectories")) return ICLGD_OK;
  TRY(iclgd_source_children(source, "trajectories", &c->arena, &who, &n, err));
  snprintf(file, sizeof file, "runs/%s/run.h5", c->points.point[place].id);
  const char *kept = iclgd_arena_text(&c->arena, file);
  TRY(iclgd_arena_status(&c->arena, err, "the trajectories"));
  for (size_t i = 0; i < n; ++i)
    for (size_t l = 0; l < sizeof leaves / sizeof *leaves; ++l) {
      snprintf(path, sizeof path, "trajectories/%.100s/%s", who[i],
               leaves[l].name);
      if (iclgd_source_has(source, path))
        TRY(add_part(c, source, place, kept, path, &leaves[l], err));
    }
  return ICLGD_OK;
}

/* Points that are not done have none. */
static iclgd_status add_runs(collection *c, iclgd_error *err) {
  for (size_t k = 0; k < c->points.count; ++k) {
    char path[ICLGD_PATH_SIZE];
    iclgd_source *source;
    iclgd_point *point = &c->points.point[k];
    iclgd_error unused;
    iclgd_point_look(c->folder, point);
    iclgd_point_path(c->folder, point, "run.h5", path);
    if ((point->state != ICLGD_POINT_DONE &&
         point->state != ICLGD_POINT_DIVERGED) ||
        iclgd_source_open(path, &source, &unused))
      continue;
    const iclgd_status status = add_run(c, source, k, err);
    iclgd_source_close(source);
    if (status) return status;
  }
  return ICLGD_OK;
}

static iclgd_status write(collection *c, iclgd_error *err) {
  char path[ICLGD_PATH_SIZE + 32];
  const char **ids = iclgd_arena_take(&c->arena, c->points.count, sizeof *ids);
  TRY(iclgd_arena_status(&c->arena, err, "the trajectories"));
  if (c->count == 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: no run has trajectories (probe.store=all keeps "
                      "them)",
                      c->folder);
  for (size_t k = 0; k < c->points.count; ++k) ids[k] = c->points.point[k].id;
  snprintf(path, sizeof path, "%s/trajectories.h5", c->folder);
  return iclgd_virtual_write(path, c->arrays, c->count, ids, c->points.count,
                             err);
}

iclgd_status iclgd_sweep_trajectories(const char *folder, iclgd_error *err) {
  collection c = {.folder = folder};
  const char **keys;
  size_t n_keys;
  iclgd_status status =
      iclgd_manifest_read(folder, &c.arena, &c.points, &keys, &n_keys, err);
  if (!status) status = add_runs(&c, err);
  if (!status) status = write(&c, err);
  iclgd_arena_free(&c.arena);
  return status;
}
