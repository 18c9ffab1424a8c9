/* Parts of a file as JSON. */
#include <iclgd/reader.h>
#include <jansson.h>
#include <stdio.h>

#include "base/line.h"

bool iclgd_reader_has(const iclgd_reader *r, const char *path) {
  return !r->status && iclgd_source_has(r->source, path);
}

static void *lose(iclgd_reader *r) {
  if (!r->status)
    r->status = iclgd_fail_memory(r->err, iclgd_source_path(r->source));
  return NULL;
}

json_t *iclgd_reader_set(iclgd_reader *r, json_t *to, const char *key,
                         json_t *value) {
  return json_object_set_new(to, key, value) == 0 ? value : lose(r);
}

json_t *iclgd_reader_append(iclgd_reader *r, json_t *list, json_t *value) {
  return json_array_append_new(list, value) == 0 ? value : lose(r);
}

double *iclgd_reader_reals(iclgd_reader *r, const char *group, const char *leaf,
                           size_t rank, size_t *extents) {
  char path[160];
  double *values = NULL;
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  if (!iclgd_reader_has(r, path)) return NULL;
  r->status = iclgd_source_reals(r->source, path, rank, extents, &r->arena,
                                 &values, r->err);
  return r->status ? NULL : values;
}

char **iclgd_reader_texts(iclgd_reader *r, const char *group, const char *leaf,
                          size_t *count) {
  char path[160], **texts = NULL;
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  if (!iclgd_reader_has(r, path)) return NULL;
  r->status =
      iclgd_source_texts(r->source, path, 1, count, &r->arena, &texts, r->err);
  if (r->status) return NULL;
  for (size_t i = 0; i < *count; ++i) iclgd_one_line(texts[i]);
  return texts;
}

void iclgd_reader_lists(iclgd_reader *r, const char *group,
                        const char *const *names, size_t *count, json_t *to) {
  for (; *names; ++names) {
    const double *values = iclgd_reader_reals(r, group, *names, 1, count);
    if (values)
      iclgd_reader_set(r, to, *names, iclgd_json_list(values, *count));
  }
}

void iclgd_reader_words(iclgd_reader *r, const char *path,
                        const char *attribute, json_t *to, const char *key) {
  char **texts;
  size_t count = 0;
  iclgd_error unused;
  const bool there =
      attribute
          ? iclgd_source_has_attr(r->source, path, attribute) &&
                !iclgd_source_attr_texts(r->source, path, attribute, &r->arena,
                                         &texts, &count, &unused)
          : iclgd_source_has(r->source, path) &&
                !iclgd_source_texts(r->source, path, 1, &count, &r->arena,
                                    &texts, &unused);
  if (!there) return;
  json_t *list = iclgd_reader_set(r, to, key, json_array());
  for (size_t i = 0; i < count; ++i)
    iclgd_reader_append(r, list, iclgd_json_line(texts[i]));
}

void iclgd_reader_attribute(iclgd_reader *r, const char *path,
                            const char *attribute, json_t *to,
                            const char *key) {
  char *text;
  int64_t whole;
  double real;
  iclgd_error unused;
  const iclgd_source *source = r->source;
  if (!iclgd_source_has_attr(source, path, attribute)) return;
  if (!iclgd_source_attr_text(source, path, attribute, &r->arena, &text,
                              &unused))
    iclgd_reader_set(r, to, key, iclgd_json_line(text));
  else if (!iclgd_source_attr_int(source, path, attribute, &whole, &unused))
    iclgd_reader_set(r, to, key, json_integer(whole));
  else if (!iclgd_source_attr_real(source, path, attribute, &real, &unused))
    iclgd_reader_set(r, to, key, iclgd_json_number(real));
}

void iclgd_reader_attributes(iclgd_reader *r, const char *path,
                             const char *const *names, json_t *to) {
  for (; *names; ++names) iclgd_reader_attribute(r, path, *names, to, *names);
}
