/* All names of a file, and the one that was probably meant. */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "report/export_frame.h"

/* Links may form a circle, so the walk is bounded. */
enum { DEPTH_MAX = 8, OBJECTS_MAX = 100000, PATH_SIZE = 400 };

typedef struct walk {
  const iclgd_source *source;
  iclgd_visit *visit;
  void *context;
  iclgd_error *err;
  size_t objects;
} walk;

static iclgd_status walk_group(walk *w, const char *group, int depth) {
  iclgd_arena arena = {0};
  char **names, path[PATH_SIZE];
  size_t count = 0;
  iclgd_status status =
      iclgd_source_children(w->source, group, &arena, &names, &count, w->err);
  for (size_t i = 0; !status && i < count; ++i) {
    const int length = snprintf(path, sizeof path, "%s%s%s", group,
                                *group ? "/" : "", names[i]);
    if (length >= PATH_SIZE || ++w->objects > OBJECTS_MAX) break;
    const bool is_group = iclgd_source_is_group(w->source, path);
    status = w->visit(w->context, path, is_group, w->err);
    if (!status && is_group && depth < DEPTH_MAX)
      status = walk_group(w, path, depth + 1);
  }
  iclgd_arena_free(&arena);
  return status;
}

iclgd_status iclgd_walk_file(const iclgd_source *source, iclgd_visit *visit,
                             void *context, iclgd_error *err) {
  walk w = {source, visit, context, err, 0};
  return walk_group(&w, "", 0);
}

static iclgd_status consider(void *context, const char *path, bool is_group,
                             iclgd_error *err) {
  const char *leaf = strrchr(path, '/');
  (void)is_group;
  (void)err;
  iclgd_nearest_try(context, path);
  if (leaf) iclgd_nearest_try_as(context, leaf + 1, path);
  return ICLGD_OK;
}

iclgd_status iclgd_export_unknown(const iclgd_source *source, const char *path,
                                  iclgd_error *err) {
  iclgd_nearest near = iclgd_nearest_to(path);
  const char *file = iclgd_source_path(source);
  const iclgd_status status = iclgd_walk_file(source, consider, &near, err);
  if (status) return status;
  iclgd_shape shape;
  if (strcmp(near.word, path) == 0) /* a link that is not followed */
    return iclgd_source_shape(source, path, &shape, err);
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: holds no '%s'%s (see `iclgd export "
                    "%s --list`)",
                    file, path, iclgd_nearest_phrase(&near), file);
}
