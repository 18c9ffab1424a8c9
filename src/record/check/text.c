/* Texts of a file, in datasets and attributes: UTF-8, as they are declared. */
#include "base/utf8.h"
#include "check.h"
#include "record/handle.h"

#include <stdio.h>
#include <string.h>

/* `text` is one of those that `where` has. */
static void check_utf8(iclgd_check *check, const char *where,
                       const char *text) {
  const size_t length = strlen(text), valid = iclgd_utf8_valid(text, length);
  if (valid == length) return;
  size_t line = 1;
  for (size_t i = 0; i < valid; ++i) line += text[i] == '\n';
  iclgd_fault(check,
              "%s, line %zu: expected text in UTF-8, found the byte 0x%x",
              where, line, (unsigned)(unsigned char)text[valid]);
}

/* A text that nobody can read is none. */
static void check_values(iclgd_check *check, iclgd_object *object,
                         const char *where) {
  iclgd_arena arena = {0};
  iclgd_error err;
  size_t extents[H5S_MAX_RANK] = {0};
  if (object->type_class != H5T_STRING) return;
  char **texts = NULL;
  iclgd_status status =
      iclgd_object_expect(object, ICLGD_KIND_TEXT, object->rank, extents, &err);
  if (!status)
    texts = iclgd_object_values(object, ICLGD_KIND_TEXT, &arena, &status, &err);
  if (status) iclgd_fault_of(check, status, &err);
  for (size_t i = 0; texts && i < object->count; ++i)
    check_utf8(check, where, texts[i]);
  iclgd_arena_free(&arena);
}

static void check_attribute(iclgd_check *check, const char *path,
                            const char *full, const char *name) {
  char where[ICLGD_FULL_PATH_MAX + 100];
  iclgd_error err;
  SCOPED_OBJECT object;
  snprintf(where, sizeof where, "%s, attribute %.64s", full, name);
  if (!iclgd_object_attribute(check->source, path, name, &object, &err))
    check_values(check, &object, where);
}

void iclgd_check_texts(iclgd_check *check, const char *path) {
  char full[ICLGD_FULL_PATH_MAX];
  iclgd_arena arena = {0};
  iclgd_error err;
  char **names;
  size_t count;
  if (!iclgd_source_full_path(path, full)) return;
  if (!iclgd_source_attributes(check->source, path, &arena, &names, &count,
                               &err))
    for (size_t i = 0; i < count; ++i)
      check_attribute(check, path, full, names[i]);
  iclgd_arena_free(&arena);
  if (iclgd_source_is_group(check->source, path)) return;
  SCOPED_OBJECT object;
  if (!iclgd_object_dataset(check->source, path, &object, &err))
    check_values(check, &object, full);
}
