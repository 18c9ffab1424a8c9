/* Groups: declared, of their class, and drawable where they are plots. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "record/handle.h"

static void join(const char *group, const char *name,
                 char out[ICLGD_FULL_PATH_MAX]) {
  snprintf(out, ICLGD_FULL_PATH_MAX, "%s%s%s", group, *group ? "/" : "", name);
}

/* A numeric child of the group; what is wrong with it is reported as a fault
 * of the attribute that names it. */
static bool open_child(iclgd_check *check, const char *group,
                       const char *attribute, const char *name,
                       iclgd_object *object) {
  char path[ICLGD_FULL_PATH_MAX];
  iclgd_error err;
  join(group, name, path);
  if (strchr(name, '/') ||
      iclgd_object_dataset(check->source, path, object, &err)) {
    iclgd_fault(check,
                "/entry/%s, attribute %s: names \"%s\", which is no "
                "dataset of the group",
                group, attribute, name);
    return false;
  }
  const H5T_class_t type = object->type_class;
  if (type == H5T_FLOAT || type == H5T_INTEGER) return true;
  iclgd_fault(check,
              "/entry/%s, attribute %s: names \"%s\", which is "
              "not numeric",
              group, attribute, name);
  return false;
}

/* `row` is NULL for a group that no schema declares. An axis of one element may
 * be none ("."). */
static void check_axes(iclgd_check *check, const char *path,
                       const iclgd_group *row, const iclgd_object *signal,
                       iclgd_arena *arena) {
  iclgd_word declared[ICLGD_RANK_MAX];
  size_t count;
  if (signal->rank == 0) return;
  char **axes = iclgd_check_list(check, path, "axes", 1, arena, &count);
  if (!axes) return;
  if (count != signal->rank) {
    iclgd_fault(check, "/entry/%s, attribute axes: expected %zu, found %zu",
                path, signal->rank, count);
    return;
  }
  const size_t named =
      row ? iclgd_schema_words(row->axes, declared, ICLGD_RANK_MAX) : 0;
  for (size_t i = 0; i < count; ++i) {
    SCOPED_OBJECT axis = {.id = -1, .type = -1, .space = -1};
    if (signal->extents[i] == 1 && strcmp(axes[i], ".") == 0) continue;
    if (named == count && strcmp(axes[i], declared[i]) != 0)
      iclgd_fault(check,
                  "/entry/%s, attribute axes: expected \"%s\", found \"%s\"",
                  path, declared[i], axes[i]);
    if (!open_child(check, path, "axes", axes[i], &axis)) continue;
    if (axis.rank != 1 || axis.extents[0] != signal->extents[i])
      iclgd_fault(check,
                  "/entry/%s, attribute axes: \"%s\" does not have the "
                  "extent of the signal",
                  path, axes[i]);
  }
}

static void check_auxiliary(iclgd_check *check, const char *path,
                            const iclgd_object *signal, iclgd_arena *arena) {
  static const char name[] = "auxiliary_signals";
  size_t count;
  if (!iclgd_source_has_attr(check->source, path, name)) return;
  char **names = iclgd_check_list(check, path, name, 1, arena, &count);
  for (size_t i = 0; i < count; ++i) {
    SCOPED_OBJECT other = {.id = -1, .type = -1, .space = -1};
    if (!open_child(check, path, name, names[i], &other)) continue;
    if (other.rank != signal->rank ||
        memcmp(other.extents, signal->extents,
               signal->rank * sizeof *signal->extents) != 0)
      iclgd_fault(check,
                  "/entry/%s, attribute %s: \"%s\" does not have the "
                  "shape of the signal",
                  path, name, names[i]);
  }
}

static void check_plot(iclgd_check *check, const char *path,
                       const iclgd_group *row, iclgd_arena *arena) {
  const char *name = iclgd_check_text(check, path, "signal", arena);
  if (!name) return;
  if (row && strcmp(name, row->signal) != 0)
    iclgd_fault(check,
                "/entry/%s, attribute signal: expected \"%s\", "
                "found \"%s\"",
                path, row->signal, name);
  SCOPED_OBJECT signal = {.id = -1, .type = -1, .space = -1};
  if (!open_child(check, path, "signal", name, &signal)) return;
  check_axes(check, path, row, &signal, arena);
  check_auxiliary(check, path, &signal, arena);
}

static void check_default(iclgd_check *check, const char *path,
                          iclgd_arena *arena) {
  char child[ICLGD_FULL_PATH_MAX];
  if (!iclgd_source_has_attr(check->source, path, "default")) return;
  const char *name = iclgd_check_text(check, path, "default", arena);
  if (!name) return;
  join(path, name, child);
  if (!iclgd_source_has(check->source, child))
    iclgd_fault(check,
                "/entry%s%s, attribute default: names \"%s\", which is "
                "not there",
                *path ? "/" : "", path, name);
}

/* A declared plot whose signal was not written is a plain collection. */
static const char *expected_class(const iclgd_check *check, const char *path,
                                  const iclgd_group *row) {
  char signal[ICLGD_FULL_PATH_MAX];
  if (!row) return "NXcollection";
  if (*row->signal == '\0') return row->nx_class;
  join(path, row->signal, signal);
  return iclgd_source_has(check->source, signal) ? row->nx_class
                                                 : "NXcollection";
}

bool iclgd_check_group(iclgd_check *check, const char *path) {
  iclgd_arena arena = {0};
  const iclgd_group *row = iclgd_schema_group(check->set, path);
  if (!row && !iclgd_schema_is_parent(check->set, path)) {
    iclgd_fault(check, "/entry/%s: no schema declares this group", path);
    return false;
  }
  const char *expected = expected_class(check, path, row);
  const char *found = iclgd_check_text(check, path, "NX_class", &arena);
  if (found && strcmp(found, expected) != 0)
    iclgd_fault(check,
                "/entry%s%s, attribute NX_class: expected \"%s\", "
                "found \"%s\"",
                *path ? "/" : "", path, expected, found);
  if (found && strcmp(found, "NXdata") == 0)
    check_plot(check, path, row, &arena);
  check_default(check, path, &arena);
  iclgd_arena_free(&arena);
  return true;
}
