/* Which datasets of a file make one table: those of a group that share the dims
 * of its signal, or one alone. */
#include "export/frame.h"

#include <stdio.h>
#include <string.h>

#include "base/line.h"
#include "record/schema.h"

enum { PATH_SIZE = 512 };

/* What is needed while the columns are collected. */
typedef struct builder {
  const iclgd_source *source;
  iclgd_arena *arena;
  iclgd_frame *frame;
  iclgd_error *err;
  iclgd_shape shape; /* of the values */
  bool found;        /* shape is known */
} builder;

/* A text of the file as it is printed; NULL when memory is out. */
static char *printed(const builder *b, const char *text) {
  char *copy = iclgd_arena_text(b->arena, text);
  if (copy && b->frame->one_line) iclgd_one_line(copy);
  return copy;
}

/* An attribute as text; NULL when it is not there or is no text. */
static const char *label(builder *b, const char *path, const char *name) {
  char *text;
  iclgd_error unused;
  if (iclgd_source_attr_text(b->source, path, name, b->arena, &text, &unused))
    return NULL;
  return printed(b, text);
}

static iclgd_status add(builder *b, const char *path, const char *name,
                        iclgd_column column) {
  column.path = path ? iclgd_arena_text(b->arena, path) : NULL;
  column.name = printed(b, name);
  if (!column.name || (path && !column.path))
    return iclgd_fail_memory(b->err, "the columns");
  if (path) {
    column.units = label(b, path, "units");
    column.long_name = label(b, path, "long_name");
  }
  b->frame->columns[b->frame->n_columns++] = column;
  return ICLGD_OK;
}

/* Dims without a scale: as the group's axes say, where they fit, else by
 * number. A name that comes twice gets its number too. */
static void complete_dims(builder *b, const char *group, iclgd_shape *shape) {
  char **axes = NULL;
  size_t count = 0;
  iclgd_error unused;
  bool whole = true;
  for (size_t i = 0; i < shape->rank; ++i) whole &= shape->dims[i][0] != '\0';
  if (!whole && iclgd_source_attr_texts(b->source, group, "axes", b->arena,
                                        &axes, &count, &unused))
    count = 0;
  for (size_t i = 0; i < shape->rank; ++i) {
    char *name = shape->dims[i];
    bool taken = *name == '\0';
    if (taken && count == shape->rank && strcmp(axes[i], ".") != 0 &&
        strlen(axes[i]) < ICLGD_DIM_NAME_MAX) {
      strcpy(name, axes[i]);
      taken = *name == '\0';
    }
    for (size_t j = 0; j < i; ++j) taken |= strcmp(name, shape->dims[j]) == 0;
    if (taken) snprintf(name, ICLGD_DIM_NAME_MAX, "dim_%zu", i);
  }
}

/* Coordinates of dim i: the scale of that name in the group, else indices. */
static iclgd_status add_coordinate(builder *b, const char *group, size_t i) {
  char path[PATH_SIZE];
  iclgd_shape scale;
  iclgd_error unused;
  const char *name = b->shape.dims[i];
  iclgd_column column = {.is_coordinate = true, .dim = i, .type = ICLGD_I64};
  snprintf(path, sizeof path, "%s%s%s", group, *group ? "/" : "", name);
  if (iclgd_source_shape(b->source, path, &scale, &unused) || scale.rank != 1 ||
      scale.extents[0] != b->shape.extents[i])
    return add(b, NULL, name, column);
  column.type = scale.type;
  return add(b, path, name, column);
}

static iclgd_status set_shape(builder *b, const char *group) {
  iclgd_frame *frame = b->frame;
  frame->rank = b->shape.rank;
  frame->rows = 1;
  for (size_t i = 0; i < frame->rank; ++i) {
    frame->extents[i] = b->shape.extents[i];
    if (__builtin_mul_overflow(frame->rows, frame->extents[i], &frame->rows))
      return iclgd_fail(b->err, ICLGD_EINPUT, "%s: %s: too many elements",
                        iclgd_source_path(b->source), frame->path);
  }
  for (size_t i = 0; i < frame->rank; ++i) TRY(add_coordinate(b, group, i));
  return ICLGD_OK;
}

static bool same_dims(const iclgd_shape *a, const iclgd_shape *b) {
  if (a->rank != b->rank) return false;
  for (size_t i = 0; i < a->rank; ++i)
    if (a->extents[i] != b->extents[i] || strcmp(a->dims[i], b->dims[i]) != 0)
      return false;
  return true;
}

/* The shape of a dataset that can be a column of values. */
static bool shape_of(builder *b, const char *group, const char *name,
                     char *path, iclgd_shape *out) {
  iclgd_error unused;
  snprintf(path, PATH_SIZE, "%s%s%s", group, *group ? "/" : "", name);
  if (iclgd_source_shape(b->source, path, out, &unused) || out->is_scale)
    return false;
  for (size_t i = 0; i < out->rank; ++i)
    if (out->extents[i] == 0) return false;
  complete_dims(b, group, out);
  return out->rank != 1 || strcmp(out->dims[0], name) != 0;
}

/* The dim of the table that a list of names belongs to: its rank when none. */
static size_t named_dim(const builder *b, const iclgd_shape *list) {
  size_t i = 0;
  if (list->type != ICLGD_TEXT || list->rank != 1) return b->shape.rank;
  while (i < b->shape.rank && (list->extents[0] != b->shape.extents[i] ||
                               strcmp(list->dims[0], b->shape.dims[i]) != 0))
    ++i;
  return i;
}

/* A dataset of the group: a column of values where it has the dims of the
 * table, of names where it has the names along one of them. */
static iclgd_status add_member(builder *b, const char *path, const char *name,
                               const iclgd_shape *shape) {
  const size_t dim = named_dim(b, shape);
  if (same_dims(shape, &b->shape))
    return add(b, path, name, (iclgd_column){.type = shape->type});
  if (dim == b->shape.rank) return ICLGD_OK;
  return add(
      b, path, name,
      (iclgd_column){.type = ICLGD_TEXT, .is_coordinate = true, .dim = dim});
}

static iclgd_status ambiguous(const builder *b, const char *group,
                              const char *first, const char *other) {
  return iclgd_fail(b->err, ICLGD_EUSAGE,
                    "%s: %s: %s and %s have different dims, name one: --what "
                    "%s/%s",
                    iclgd_source_path(b->source), group, first, other, group,
                    first);
}

static iclgd_status describe_group(builder *b, const char *group) {
  char **names, path[PATH_SIZE], *signal = NULL;
  const char *first = NULL;
  size_t count;
  iclgd_shape shape;
  iclgd_status status =
      iclgd_source_children(b->source, group, b->arena, &names, &count, b->err);
  if (status) return status;
  b->frame->columns = iclgd_arena_take(b->arena, count + ICLGD_RANK_MAX,
                                       sizeof *b->frame->columns);
  if (!b->frame->columns) return iclgd_fail_memory(b->err, group);
  if (iclgd_source_has_attr(b->source, group, "signal") &&
      !iclgd_source_attr_text(b->source, group, "signal", b->arena, &signal,
                              b->err))
    b->found = shape_of(b, group, signal, path, &b->shape);
  const bool told = b->found;
  if (told) status = set_shape(b, group);
  for (size_t i = 0; !status && i < count; ++i) {
    if (!shape_of(b, group, names[i], path, &shape)) continue;
    if (!b->found) {
      b->shape = shape;
      b->found = true;
      first = names[i];
      status = set_shape(b, group);
    }
    if (!told && !same_dims(&shape, &b->shape) &&
        named_dim(b, &shape) == b->shape.rank)
      return ambiguous(b, group, first, names[i]);
    if (!status) status = add_member(b, path, names[i], &shape);
  }
  if (status || b->found) return status;
  return iclgd_fail(b->err, ICLGD_EUSAGE,
                    "%s: %s: holds no arrays itself%s%s (see `iclgd export "
                    "%s --list`)",
                    iclgd_source_path(b->source), *group ? group : "/entry",
                    count > 0 ? ", but has " : "", count > 0 ? names[0] : "",
                    iclgd_source_path(b->source));
}

/* The names along dim i, where the group has them: `feature_name` of `feature`.
 */
static iclgd_status add_names(builder *b, const char *group, size_t i) {
  char path[PATH_SIZE];
  iclgd_shape list;
  iclgd_error unused;
  const int length = snprintf(path, sizeof path, "%s%s%s_name", group,
                              *group ? "/" : "", b->shape.dims[i]);
  if (length >= (int)sizeof path ||
      iclgd_source_shape(b->source, path, &list, &unused) ||
      list.type != ICLGD_TEXT || list.rank != 1 ||
      list.extents[0] != b->shape.extents[i])
    return ICLGD_OK;
  return add(
      b, path, iclgd_path_leaf(path),
      (iclgd_column){.type = ICLGD_TEXT, .is_coordinate = true, .dim = i});
}

static iclgd_status describe_dataset(builder *b, const char *path) {
  char group[PATH_SIZE];
  const char *leaf = iclgd_path_leaf(path);
  const size_t length = (size_t)(leaf - path);
  TRY(iclgd_source_shape(b->source, path, &b->shape, b->err));
  snprintf(group, sizeof group, "%.*s", (int)(length > 0 ? length - 1 : 0),
           path);
  b->frame->columns = iclgd_arena_take(b->arena, 2 * ICLGD_RANK_MAX + 1,
                                       sizeof *b->frame->columns);
  if (!b->frame->columns) return iclgd_fail_memory(b->err, path);
  complete_dims(b, group, &b->shape);
  iclgd_status status = set_shape(b, group);
  const bool is_own_coordinate =
      b->shape.rank == 1 && strcmp(b->shape.dims[0], leaf) == 0;
  for (size_t i = 0; !status && !is_own_coordinate && i < b->shape.rank; ++i)
    status = add_names(b, group, i);
  if (status || is_own_coordinate) return status;
  return add(b, path, leaf, (iclgd_column){.type = b->shape.type});
}

iclgd_status iclgd_frame_describe(const iclgd_source *source, const char *path,
                                  bool one_line, iclgd_arena *arena,
                                  iclgd_frame *out, iclgd_error *err) {
  *out = (iclgd_frame){.source = source, .one_line = one_line};
  builder b = {.source = source, .arena = arena, .frame = out, .err = err};
  out->path = printed(&b, path);
  if (!out->path) return iclgd_fail_memory(err, path);
  if (!iclgd_source_has(source, path))
    return iclgd_export_unknown(source, path, err);
  return iclgd_source_is_group(source, path) ? describe_group(&b, path)
                                             : describe_dataset(&b, path);
}
