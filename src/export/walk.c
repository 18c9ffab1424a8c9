/* All names of a file, and the one that was probably meant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "export/frame.h"
#include "record/read/source.h"

/* Groups can have several names, and links can form a circle: a group is walked
 * once, under the name that comes first. */
enum { DEPTH_MAX = 32, OBJECTS_MAX = 100000, PATH_SIZE = 400 };

typedef struct walk {
  const iclgd_source *source;
  iclgd_visit *visit;
  void *context;
  iclgd_error *err;
  size_t objects;
  uint64_t *known; /* addresses of groups that have several names */
  size_t n_known;
} walk;

/* Whether a group was walked before. */
static iclgd_status meet(walk *w, const char *path, bool *again) {
  uint64_t address;
  *again = false;
  if (iclgd_source_links(w->source, path, &address) < 2) return ICLGD_OK;
  for (size_t i = 0; i < w->n_known; ++i)
    if (w->known[i] == address) *again = true;
  if (*again) return ICLGD_OK;
  uint64_t *known = realloc(w->known, (w->n_known + 1) * sizeof *known);
  if (!known) return iclgd_fail_memory(w->err, path);
  w->known = known;
  known[w->n_known++] = address;
  return ICLGD_OK;
}

static iclgd_status too_much(const walk *w, const char *what, int most) {
  return iclgd_fail(w->err, ICLGD_EINPUT,
                    "%s: expected up to %d %s, found more",
                    iclgd_source_path(w->source), most, what);
}

static iclgd_status walk_group(walk *w, const char *group, int depth) {
  iclgd_arena arena = {0};
  char **names, path[PATH_SIZE];
  size_t count = 0;
  bool again;
  iclgd_status status = meet(w, group, &again);
  if (status || again) return status;
  if (depth > DEPTH_MAX) return too_much(w, "groups in one another", DEPTH_MAX);
  status =
      iclgd_source_children(w->source, group, &arena, &names, &count, w->err);
  for (size_t i = 0; !status && i < count; ++i) {
    const int length = snprintf(path, sizeof path, "%s%s%s", group,
                                *group ? "/" : "", names[i]);
    if (length >= PATH_SIZE)
      status = too_much(w, "bytes in a path", PATH_SIZE);
    else if (++w->objects > OBJECTS_MAX)
      status = too_much(w, "objects", OBJECTS_MAX);
    if (status) break;
    const bool is_group = iclgd_source_is_group(w->source, path);
    status = w->visit(w->context, path, is_group, w->err);
    if (!status && is_group) status = walk_group(w, path, depth + 1);
  }
  iclgd_arena_free(&arena);
  return status;
}

iclgd_status iclgd_walk_file(const iclgd_source *source, iclgd_visit *visit,
                             void *context, iclgd_error *err) {
  walk w = {source, visit, context, err, .objects = 0};
  const iclgd_status status = walk_group(&w, "", 0);
  free(w.known);
  return status;
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
  TRY(iclgd_walk_file(source, consider, &near, err));
  iclgd_shape shape;
  if (strcmp(near.word, path) == 0) /* a link that is not followed */
    return iclgd_source_shape(source, path, &shape, err);
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: holds no '%s'%s (see `iclgd export "
                    "%s --list`)",
                    file, path, iclgd_nearest_phrase(&near), file);
}
