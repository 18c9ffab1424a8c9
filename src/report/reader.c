/* Parts of a file as JSON. */
#include "report/reader.h"

#include <stdio.h>
#include <string.h>

json_t *iclgd_json_list(const double *values, size_t count) {
  json_t *list = json_array();
  for (size_t i = 0; i < count; ++i)
    json_array_append_new(list, iclgd_json_number(values[i]));
  return list;
}

iclgd_status iclgd_reader_reals(iclgd_reader *r, const char *group,
                                const char *leaf, size_t rank, size_t *extents,
                                double **out) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  memset(extents, 0, rank * sizeof *extents);
  if (!iclgd_source_has(r->source, path)) return ICLGD_OK;
  return iclgd_source_reals(r->source, path, rank, extents, &r->arena, out,
                            r->err);
}

void iclgd_reader_copy_text(iclgd_reader *r, const char *path,
                            const char *attribute, json_t *to,
                            const char *key) {
  char *text;
  iclgd_error unused;
  if (iclgd_source_has_attr(r->source, path, attribute) &&
      !iclgd_source_attr_text(r->source, path, attribute, &r->arena, &text,
                              &unused))
    json_object_set_new(to, key, json_string(text));
}

void iclgd_reader_copy_int(iclgd_reader *r, const char *path,
                           const char *attribute, json_t *to, const char *key) {
  int64_t value;
  iclgd_error unused;
  if (iclgd_source_has_attr(r->source, path, attribute) &&
      !iclgd_source_attr_int(r->source, path, attribute, &value, &unused))
    json_object_set_new(to, key, json_integer(value));
}

void iclgd_reader_copy_real(iclgd_reader *r, const char *path,
                            const char *attribute, json_t *to,
                            const char *key) {
  double value;
  iclgd_error unused;
  if (iclgd_source_has_attr(r->source, path, attribute) &&
      !iclgd_source_attr_real(r->source, path, attribute, &value, &unused))
    json_object_set_new(to, key, iclgd_json_number(value));
}

iclgd_status iclgd_reader_copy_list(iclgd_reader *r, const char *group,
                                    const char *leaf, json_t *to,
                                    const char *key) {
  size_t count[1];
  double *values = NULL;
  const iclgd_status status =
      iclgd_reader_reals(r, group, leaf, 1, count, &values);
  if (!status && count[0] > 0)
    json_object_set_new(to, key, iclgd_json_list(values, count[0]));
  return status;
}

static void set_texts(char *const *texts, size_t count, json_t *to,
                      const char *key) {
  json_t *list = json_array();
  for (size_t i = 0; i < count; ++i)
    json_array_append_new(list, json_string(texts[i]));
  json_object_set_new(to, key, list);
}

void iclgd_reader_copy_attr_texts(iclgd_reader *r, const char *path,
                                  const char *attribute, json_t *to,
                                  const char *key) {
  char **texts;
  size_t count;
  iclgd_error unused;
  if (iclgd_source_has_attr(r->source, path, attribute) &&
      !iclgd_source_attr_texts(r->source, path, attribute, &r->arena, &texts,
                               &count, &unused))
    set_texts(texts, count, to, key);
}

void iclgd_reader_copy_texts(iclgd_reader *r, const char *path, json_t *to,
                             const char *key) {
  char **texts;
  size_t count = 0;
  iclgd_error unused;
  if (iclgd_source_has(r->source, path) &&
      !iclgd_source_texts(r->source, path, 1, &count, &r->arena, &texts,
                          &unused))
    set_texts(texts, count, to, key);
}
