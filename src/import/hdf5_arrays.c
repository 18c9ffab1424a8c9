/* The datasets of a group and of the groups below it. */
#include "import/hdf5_arrays.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 16, NAME_SIZE = 512 };

typedef struct listing {
  iclgd_tensors *out;
  iclgd_arena *arena;
  size_t room; /* rows that there is memory for */
} listing;

static iclgd_status full_name(const iclgd_tensors *t, const char *name,
                              char out[NAME_SIZE], iclgd_error *err) {
  const bool is_check = strncmp(name, "check/", 6) == 0;
  const bool is_root = strcmp(t->group, "/") == 0;
  const int length = is_root ? snprintf(out, NAME_SIZE, "/%s", name)
                     : is_check
                         ? snprintf(out, NAME_SIZE, "%s", name)
                         : snprintf(out, NAME_SIZE, "%s/%s", t->group, name);
  if (length < NAME_SIZE) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT, "%s: %.64s...: expected shorter names",
                    t->path, name);
}

/* Twice the room when it is full; the old rows stay in the arena. */
static iclgd_status make_room(listing *l, iclgd_error *err) {
  iclgd_tensors *t = l->out;
  if (t->count < l->room) return ICLGD_OK;
  if (t->count >= ICLGD_TENSORS_MAX)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: expected at most %d arrays",
                      t->path, ICLGD_TENSORS_MAX);
  l->room = l->room ? 2 * l->room : 64;
  iclgd_tensor *rows = iclgd_arena_take(l->arena, l->room, sizeof *rows);
  if (!rows) return iclgd_fail_memory(err, t->path);
  if (t->count) memcpy(rows, t->rows, t->count * sizeof *rows);
  t->rows = rows;
  return ICLGD_OK;
}

/* A dataset; texts and the coordinates of dims are no parameters. */
static iclgd_status add_dataset(listing *l, const char *path, const char *name,
                                iclgd_error *err) {
  iclgd_shape shape;
  TRY(iclgd_source_shape(l->out->source, path, &shape, err));
  if (shape.type == ICLGD_TEXT || shape.is_scale) return ICLGD_OK;
  TRY(make_room(l, err));
  iclgd_tensor *t = &l->out->rows[l->out->count++];
  *t = (iclgd_tensor){.name = iclgd_arena_text(l->arena, name),
                      .type = shape.type == ICLGD_F64 ? "float" : "integer",
                      .rank = shape.rank,
                      .size = 1};
  if (!t->name) return iclgd_fail_memory(err, path);
  for (size_t i = 0; i < shape.rank; ++i) {
    t->extents[i] = shape.extents[i];
    t->size *= shape.extents[i];
  }
  return ICLGD_OK;
}

static iclgd_status add_group(listing *l, const char *path, const char *prefix,
                              size_t depth, iclgd_error *err) {
  iclgd_tensors *t = l->out;
  char **names, name[NAME_SIZE], full[NAME_SIZE];
  size_t count;
  if (depth > DEPTH_MAX)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: %s: expected groups at most %d "
                      "deep",
                      t->path, path, DEPTH_MAX);
  TRY(iclgd_source_children(t->source, path, l->arena, &names, &count, err));
  for (size_t i = 0; i < count; ++i) {
    if (snprintf(name, sizeof name, "%s%s", prefix, names[i]) >= NAME_SIZE)
      return iclgd_fail(err, ICLGD_EINPUT, "%s: %.64s: expected shorter names",
                        t->path, names[i]);
    TRY(full_name(t, name, full, err));
    if (!iclgd_source_is_group(t->source, full)) {
      TRY(add_dataset(l, full, name, err));
      continue;
    }
    char inner[NAME_SIZE + 1];
    snprintf(inner, sizeof inner, "%s/", name);
    TRY(add_group(l, full, inner, depth + 1, err));
  }
  return ICLGD_OK;
}

/* Attributes of a group that are texts or whole numbers, as texts. */
static iclgd_status add_remarks(listing *l, iclgd_error *err) {
  iclgd_tensors *t = l->out;
  char **names;
  size_t count;
  TRY(iclgd_source_attributes(t->source, t->group, l->arena, &names, &count,
                              err));
  t->remarks = iclgd_arena_take(l->arena, count, sizeof *t->remarks);
  if (!t->remarks) return iclgd_fail_memory(err, t->path);
  for (size_t i = 0; i < count; ++i) {
    iclgd_error unused;
    char *text, number[32];
    int64_t value;
    if (iclgd_source_attr_text(t->source, t->group, names[i], l->arena, &text,
                               &unused)) {
      if (iclgd_source_attr_int(t->source, t->group, names[i], &value, &unused))
        continue;
      snprintf(number, sizeof number, "%lld", (long long)value);
      text = iclgd_arena_text(l->arena, number);
    }
    t->remarks[t->n_remarks++] = (iclgd_remark){names[i], text};
  }
  return iclgd_arena_status(l->arena, err, t->path);
}

iclgd_status iclgd_hdf5_arrays_read(iclgd_arena *arena, iclgd_tensors *out,
                                    iclgd_error *err) {
  listing l = {.out = out, .arena = arena};
  TRY(iclgd_source_open(out->path, &out->source, err));
  if (iclgd_source_has(out->source, "config/text"))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected weights of another program, found a file "
                      "of iclgd: `iclgd probe %s` takes its model as it is, "
                      "`iclgd export %s --weights FILE.safetensors` writes it",
                      out->path, out->path, out->path);
  out->group = iclgd_source_is_group(out->source, "model") ? "model" : "/";
  TRY(add_group(&l, out->group, "", 0, err));
  if (strcmp(out->group, "model") == 0 &&
      iclgd_source_is_group(out->source, "check"))
    TRY(add_group(&l, "check", "check/", 0, err));
  return add_remarks(&l, err);
}

iclgd_status iclgd_hdf5_array_read(const iclgd_tensors *t,
                                   const iclgd_tensor *tensor,
                                   iclgd_arena *arena, double **out,
                                   iclgd_error *err) {
  char full[NAME_SIZE];
  size_t extents[ICLGD_RANK_MAX] = {0};
  TRY(full_name(t, tensor->name, full, err));
  memcpy(extents, tensor->extents, tensor->rank * sizeof *extents);
  return iclgd_source_reals(t->source, full, tensor->rank, extents, arena, out,
                            err);
}
