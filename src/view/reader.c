/* Parts of a file as JSON. */
#include <iclgd/reader.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

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

void iclgd_reader_attribute(iclgd_reader *r, const char *path,
                            const char *attribute, json_t *to,
                            const char *key) {
  char *text;
  int64_t whole;
  double *reals;
  size_t count;
  iclgd_error unused;
  const iclgd_source *source = r->source;
  if (!iclgd_source_has_attr(source, path, attribute)) return;
  if (!iclgd_source_attr_text(source, path, attribute, &r->arena, &text,
                              &unused))
    iclgd_reader_set(r, to, key, iclgd_json_line(text));
  else if (!iclgd_source_attr_int(source, path, attribute, &whole, &unused))
    iclgd_reader_set(r, to, key, json_integer(whole));
  else if (!iclgd_source_attr_reals(source, path, attribute, &r->arena, &reals,
                                    &count, &unused))
    iclgd_reader_set(
        r, to, key,
        count == 1 ? iclgd_json_number(*reals) : iclgd_json_list(reals, count));
}

static void set_texts(iclgd_reader *r, char **texts, size_t count, json_t *to,
                      const char *key) {
  json_t *list = iclgd_reader_set(r, to, key, json_array());
  for (size_t i = 0; i < count; ++i)
    iclgd_reader_append(r, list, iclgd_json_line(texts[i]));
}

static void read_attribute_texts(iclgd_reader *r, const char *path,
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

/* --- lists of members ---------------------------------------------------- */

/* One of them, "#leaf=key". */
typedef struct member {
  char kind; /* a sign, or '\0' */
  char leaf[64], key[64];
} member;

/* The next one; false at the end. */
static bool next(const char **rest, member *out) {
  const char *word = *rest + strspn(*rest, " ");
  const size_t length = strcspn(word, " ");
  const size_t sign = length && strchr("@%$#*", *word) ? 1 : 0;
  const size_t leaf = strcspn(word, " =") - (length ? sign : 0);
  const size_t skip = word[sign + leaf] == '=' ? sign + leaf + 1 : sign;
  *rest = word + length;
  *out = (member){.kind = sign ? *word : '\0'};
  snprintf(out->leaf, sizeof out->leaf, "%.*s", (int)leaf, word + sign);
  snprintf(out->key, sizeof out->key, "%.*s", (int)(length - skip),
           word + skip);
  return length > 0;
}

void iclgd_reader_members(iclgd_reader *r, const char *group,
                          const char *members, size_t *count, json_t *to) {
  member m;
  size_t any = 0;
  if (!count) count = &any;
  while (next(&members, &m)) {
    if (m.kind == '@') {
      iclgd_reader_attribute(r, group, m.leaf, to, m.key);
    } else if (m.kind == '%') {
      read_attribute_texts(r, group, m.leaf, to, m.key);
    } else if (m.kind == '$') {
      char **values = iclgd_reader_texts(r, group, m.leaf, count);
      if (values) set_texts(r, values, *count, to, m.key);
    } else {
      const double *values = iclgd_reader_reals(r, group, m.leaf, 1, count);
      if (values)
        iclgd_reader_set(r, to, m.key,
                         (m.kind == '#' ? iclgd_json_counts : iclgd_json_list)(
                             values, *count));
    }
  }
}

json_t *iclgd_reader_part(iclgd_reader *r, const char *group, const char *leaf,
                          const char *members, json_t *to, const char *key) {
  char path[160];
  size_t count = 0;
  snprintf(path, sizeof path, "%s/%s", group, leaf);
  if (!iclgd_reader_has(r, path)) return NULL;
  json_t *part = iclgd_reader_set(r, to, key, json_object());
  iclgd_reader_members(r, group, members, &count, part);
  return part;
}

/* The member of row i. */
static json_t *value_of(const member *m, char **texts, const double *reals,
                        size_t i, size_t width) {
  if (texts) return iclgd_json_line(texts[i]);
  if (m->kind == '#') return iclgd_json_count(reals[i]);
  if (m->kind == '*') return iclgd_json_list(reals + i * width, width);
  return iclgd_json_number(reals[i]);
}

void iclgd_reader_rows(iclgd_reader *r, const char *group, const char *members,
                       size_t *width, json_t *rows) {
  member m;
  while (next(&members, &m)) {
    size_t extents[] = {json_array_size(rows), *width};
    char **texts = NULL;
    double *reals = NULL;
    if (m.kind == '$')
      texts = iclgd_reader_texts(r, group, m.leaf, extents);
    else
      reals =
          iclgd_reader_reals(r, group, m.leaf, m.kind == '*' ? 2 : 1, extents);
    if (!texts && !reals) continue;
    *width = extents[1];
    while (json_array_size(rows) < extents[0] && !r->status)
      iclgd_reader_append(r, rows, json_object());
    for (size_t i = 0; i < extents[0]; ++i)
      iclgd_reader_set(r, json_array_get(rows, i), m.key,
                       value_of(&m, texts, reals, i, *width));
  }
}
