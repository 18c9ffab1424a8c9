/* iclgd diff: what differs between two files. */
#include "report/diff.h"

#include <iclgd/report.h>
#include <stdio.h>
#include <string.h>

static bool is_in(char **names, size_t count, const char *name) {
  for (size_t i = 0; i < count; ++i)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

/* The children of a group, none when it is not there. */
static iclgd_status children(iclgd_reader *r, const char *group, char ***names,
                             size_t *count) {
  *count = 0;
  if (!iclgd_source_is_group(r->source, group)) return ICLGD_OK;
  return iclgd_source_children(r->source, group, &r->arena, names, count,
                               r->err);
}

iclgd_status iclgd_diff_shared(iclgd_pair *pair, const char *group,
                               char ***names, size_t *count) {
  char **others = NULL;
  size_t n = 0, m = 0;
  iclgd_status status = children(&pair->a, group, names, &n);
  if (!status) status = children(&pair->b, group, &others, &m);
  *count = 0;
  for (size_t i = 0; !status && i < n; ++i)
    if (is_in(others, m, (*names)[i])) (*names)[(*count)++] = (*names)[i];
  return status;
}

/* An attribute of any kind that iclgd writes. */
static json_t *attribute(iclgd_reader *r, const char *path, const char *name) {
  int64_t integer;
  double *reals;
  char **texts;
  size_t count = 0;
  iclgd_error unused;
  if (!iclgd_source_has_attr(r->source, path, name)) return json_null();
  if (!iclgd_source_attr_int(r->source, path, name, &integer, &unused))
    return json_integer((json_int_t)integer);
  if (!iclgd_source_attr_reals(r->source, path, name, &r->arena, &reals, &count,
                               &unused))
    return count == 1 ? iclgd_json_number(reals[0])
                      : iclgd_json_list(reals, count);
  if (iclgd_source_attr_texts(r->source, path, name, &r->arena, &texts, &count,
                              &unused))
    return json_null();
  if (count == 1) return json_string(texts[0]);
  json_t *list = json_array();
  for (size_t i = 0; i < count; ++i)
    json_array_append_new(list, json_string(texts[i]));
  return list;
}

static void compare_attribute(iclgd_pair *pair, const char *path,
                              const char *name, json_t *list) {
  json_t *a = attribute(&pair->a, path, name);
  json_t *b = attribute(&pair->b, path, name);
  if (json_equal(a, b)) {
    json_decref(a);
    json_decref(b);
  } else {
    json_array_append_new(
        list, json_pack("{s:s,s:o,s:o}", "key", name, "a", a, "b", b));
  }
}

/* The attributes of a group that differ, a missing one being null. */
static iclgd_status diff_attributes(iclgd_pair *pair, const char *path,
                                    json_t *list) {
  static const char *const labels[] = {"NX_class", "title", "description",
                                       "default"};
  char **names[2] = {NULL};
  size_t count[2] = {0};
  iclgd_reader *const readers[] = {&pair->a, &pair->b};
  for (size_t k = 0; k < 2; ++k) {
    iclgd_reader *r = readers[k];
    if (!iclgd_source_is_group(r->source, path)) continue;
    const iclgd_status status = iclgd_source_attributes(
        r->source, path, &r->arena, &names[k], &count[k], r->err);
    if (status) return status;
  }
  for (size_t k = 0; k < 2; ++k)
    for (size_t i = 0; i < count[k]; ++i) {
      bool skip = k == 1 && is_in(names[0], count[0], names[1][i]);
      for (size_t j = 0; j < sizeof labels / sizeof *labels; ++j)
        skip |= strcmp(names[k][i], labels[j]) == 0;
      skip |= strstr(names[k][i], "_indices") != NULL; /* of NXdata */
      if (!skip) compare_attribute(pair, path, names[k][i], list);
    }
  return ICLGD_OK;
}

static bool is_number(const json_t *value) {
  return json_is_number(value) || json_is_number(json_array_get(value, 0));
}

/* How the algorithms were set: the numbers among the attributes of their
 * trajectories, eta and the like. */
static iclgd_status diff_hyperparameters(iclgd_pair *pair, json_t *to) {
  char **names, path[160], key[320];
  size_t count, i;
  json_t *row, *list = json_array();
  json_object_set_new(to, "hyperparameters", list);
  iclgd_status status = iclgd_diff_shared(pair, "trajectories", &names, &count);
  for (size_t k = 0; !status && k < count; ++k) {
    json_t *all = json_array();
    snprintf(path, sizeof path, "trajectories/%.100s", names[k]);
    status = diff_attributes(pair, path, all);
    json_array_foreach(all, i, row) {
      if (!is_number(json_object_get(row, "a")) &&
          !is_number(json_object_get(row, "b")))
        continue;
      snprintf(key, sizeof key, "%.100s %.100s", names[k],
               json_string_value(json_object_get(row, "key")));
      json_object_set_new(row, "key", json_string(key));
      json_array_append(list, row);
      pair->equal = false;
    }
    json_decref(all);
  }
  return status;
}

/* Names and coordinates are none of what differs: the arrays that they belong
 * to are. */
static bool is_label(const iclgd_reader *r, const char *group,
                     const char *name) {
  char path[320];
  iclgd_shape shape;
  iclgd_error unused;
  snprintf(path, sizeof path, "%s%s%s", group, *group ? "/" : "", name);
  return !iclgd_source_is_group(r->source, path) &&
         !iclgd_source_shape(r->source, path, &shape, &unused) &&
         (shape.is_scale || shape.type == ICLGD_TEXT);
}

/* The children of a group that only one file has. */
static iclgd_status diff_names(iclgd_pair *pair, const char *group,
                               json_t *to) {
  char **names[2] = {NULL};
  size_t count[2];
  json_t *lists[] = {json_array(), json_array()};
  json_object_set_new(to, "a", lists[0]);
  json_object_set_new(to, "b", lists[1]);
  const iclgd_reader *files[] = {&pair->a, &pair->b};
  iclgd_status status = children(&pair->a, group, &names[0], &count[0]);
  if (!status) status = children(&pair->b, group, &names[1], &count[1]);
  for (size_t k = 0; !status && k < 2; ++k)
    for (size_t i = 0; i < count[k]; ++i)
      if (!is_in(names[1 - k], count[1 - k], names[k][i]) &&
          !is_label(files[k], group, names[k][i])) {
        json_array_append_new(lists[k], json_string(names[k][i]));
        pair->equal = false;
      }
  return status;
}

static iclgd_status diff_only(iclgd_pair *pair, json_t *to) {
  static const char *const rows[][2] = {
      {"groups", ""}, {"algorithms", "trajectories"}, {"weights", "model"}};
  json_t *only = json_object();
  json_object_set_new(to, "only", only);
  iclgd_status status = ICLGD_OK;
  for (size_t i = 0; !status && i < sizeof rows / sizeof *rows; ++i) {
    json_t *row = json_object();
    json_object_set_new(only, rows[i][0], row);
    if (iclgd_source_has(pair->a.source, rows[i][1]) &&
        iclgd_source_has(pair->b.source, rows[i][1]))
      status = diff_names(pair, rows[i][1], row);
  }
  return status;
}

/* Whether both were measured on the same prompts: labels of the queries and of
 * the contexts, which tell inputs, tasks and noise. */
static iclgd_status same_prompts(iclgd_pair *pair, json_t *to) {
  size_t a[1], b[1], n[2], m[2];
  double *query[2] = {NULL}, *y[2] = {NULL};
  iclgd_status status = iclgd_diff_read(pair, "prompts", "y_query", 1, a, b,
                                        &query[0], &query[1]);
  if (!status)
    status = iclgd_diff_read(pair, "prompts", "y", 2, n, m, &y[0], &y[1]);
  if (status || a[0] == 0 || b[0] == 0) return status;
  const bool same =
      a[0] == b[0] && memcmp(query[0], query[1], a[0] * sizeof **query) == 0 &&
      memcmp(n, m, sizeof n) == 0 &&
      (n[0] == 0 || memcmp(y[0], y[1], n[0] * n[1] * sizeof **y) == 0);
  json_object_set_new(to, "same_prompts", json_boolean(same));
  pair->same_prompts = same;
  if (!same) pair->equal = false;
  return ICLGD_OK;
}

static iclgd_status build(iclgd_pair *pair, json_t *diff) {
  json_t *settings = json_array(), *code = json_array();
  json_object_set_new(diff, "a",
                      json_string(iclgd_source_path(pair->a.source)));
  json_object_set_new(diff, "b",
                      json_string(iclgd_source_path(pair->b.source)));
  json_object_set_new(diff, "settings", settings);
  json_object_set_new(diff, "code", code);
  iclgd_status status = diff_attributes(pair, "config", settings);
  if (json_array_size(settings) > 0) pair->equal = false;
  if (!status) status = diff_attributes(pair, "code", code);
  if (!status) status = same_prompts(pair, diff);
  if (!status) status = diff_hyperparameters(pair, diff);
  if (!status) status = iclgd_diff_losses(pair, diff);
  if (!status) status = iclgd_diff_weights(pair, diff);
  if (!status) status = iclgd_diff_alignment(pair, diff);
  if (!status) status = diff_only(pair, diff);
  json_object_set_new(diff, "equal", json_boolean(pair->equal));
  return status;
}

static iclgd_status print(const json_t *diff, bool json, bool equal, FILE *out,
                          iclgd_error *err) {
  if (json) {
    json_dumpf(diff, out, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    fputc('\n', out);
  } else if (!equal) {
    iclgd_diff_print(diff, out);
  }
  if (fflush(out) == 0) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EIO, "cannot write what differs");
}

iclgd_status iclgd_report_diff(const char *a, const char *b, bool json,
                               bool *equal, FILE *out, iclgd_error *err) {
  iclgd_source *sources[2] = {NULL};
  iclgd_status status = iclgd_source_open(a, &sources[0], err);
  if (!status) status = iclgd_source_open(b, &sources[1], err);
  if (!status) {
    iclgd_pair pair = {.a = {.source = sources[0], .err = err},
                       .b = {.source = sources[1], .err = err},
                       .equal = true};
    json_t *diff = json_object();
    status = build(&pair, diff);
    *equal = pair.equal;
    if (!status) status = print(diff, json, pair.equal, out, err);
    json_decref(diff);
    iclgd_arena_free(&pair.a.arena);
    iclgd_arena_free(&pair.b.arena);
  }
  iclgd_source_close(sources[0]);
  iclgd_source_close(sources[1]);
  return status;
}
