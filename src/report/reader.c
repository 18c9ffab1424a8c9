/* Parts of a file as JSON. */
#include "report/reader.h"

#include <stdio.h>
#include <string.h>

#include "base/line.h"

json_t *iclgd_reader_set(iclgd_reader *r, json_t *to, const char *key,
                         json_t *value) {
  if (json_object_set_new(to, key, value) == 0) return value;
  r->lost = true;
  return NULL;
}

json_t *iclgd_reader_append(iclgd_reader *r, json_t *list, json_t *value) {
  if (json_array_append_new(list, value) == 0) return value;
  r->lost = true;
  return NULL;
}

iclgd_status iclgd_reader_status(const iclgd_reader *r, iclgd_status status) {
  if (status || !r->lost) return status;
  return iclgd_fail_memory(r->err, iclgd_source_path(r->source));
}

iclgd_status iclgd_reader_column(iclgd_reader *r, const char *group,
                                 const char *leaf, size_t rank, size_t *extents,
                                 double **out) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  *out = NULL;
  if (!iclgd_source_has(r->source, path)) return ICLGD_OK;
  return iclgd_source_reals(r->source, path, rank, extents, &r->arena, out,
                            r->err);
}

iclgd_status iclgd_reader_reals(iclgd_reader *r, const char *group,
                                const char *leaf, size_t rank, size_t *extents,
                                double **out) {
  memset(extents, 0, rank * sizeof *extents);
  return iclgd_reader_column(r, group, leaf, rank, extents, out);
}

iclgd_status iclgd_reader_texts(iclgd_reader *r, const char *group,
                                const char *leaf, size_t *count, char ***out) {
  char path[160];
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  *out = NULL;
  if (!iclgd_source_has(r->source, path)) return ICLGD_OK;
  const iclgd_status status =
      iclgd_source_texts(r->source, path, 1, count, &r->arena, out, r->err);
  for (size_t i = 0; !status && i < *count; ++i) iclgd_one_line((*out)[i]);
  return status;
}

void iclgd_reader_copy_text(iclgd_reader *r, const char *path,
                            const char *attribute, json_t *to,
                            const char *key) {
  char *text;
  iclgd_error unused;
  if (iclgd_source_has_attr(r->source, path, attribute) &&
      !iclgd_source_attr_text(r->source, path, attribute, &r->arena, &text,
                              &unused))
    iclgd_reader_set(r, to, key, iclgd_json_line(text));
}

void iclgd_reader_copy_int(iclgd_reader *r, const char *path,
                           const char *attribute, json_t *to, const char *key) {
  int64_t value;
  iclgd_error unused;
  if (iclgd_source_has_attr(r->source, path, attribute) &&
      !iclgd_source_attr_int(r->source, path, attribute, &value, &unused))
    iclgd_reader_set(r, to, key, json_integer(value));
}

void iclgd_reader_copy_real(iclgd_reader *r, const char *path,
                            const char *attribute, json_t *to,
                            const char *key) {
  double value;
  iclgd_error unused;
  if (iclgd_source_has_attr(r->source, path, attribute) &&
      !iclgd_source_attr_real(r->source, path, attribute, &value, &unused))
    iclgd_reader_set(r, to, key, iclgd_json_number(value));
}

iclgd_status iclgd_reader_copy_lists(iclgd_reader *r, const char *group,
                                     const char *const *names, size_t n_names,
                                     size_t *count, json_t *to) {
  iclgd_status status = ICLGD_OK;
  for (size_t i = 0; !status && i < n_names; ++i) {
    double *values;
    status = iclgd_reader_column(r, group, names[i], 1, count, &values);
    if (!status && values)
      iclgd_reader_set(r, to, names[i], iclgd_json_list(values, *count));
  }
  return status;
}

static void set_texts(iclgd_reader *r, char *const *texts, size_t count,
                      json_t *to, const char *key) {
  json_t *list = iclgd_reader_set(r, to, key, json_array());
  for (size_t i = 0; i < count; ++i)
    iclgd_reader_append(r, list, iclgd_json_line(texts[i]));
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
    set_texts(r, texts, count, to, key);
}

void iclgd_reader_copy_texts(iclgd_reader *r, const char *path, json_t *to,
                             const char *key) {
  char **texts;
  size_t count = 0;
  iclgd_error unused;
  if (iclgd_source_has(r->source, path) &&
      !iclgd_source_texts(r->source, path, 1, &count, &r->arena, &texts,
                          &unused))
    set_texts(r, texts, count, to, key);
}
