/* iclgd diff: what differs between two files. */
#include "diff/diff.h"

#include <iclgd/report.h>
#include <stdio.h>
#include <string.h>

#include "record/output/save.h"
#include "view/sweep_table.h"

/* A text as it is, so that texts are compared exactly; in one line where it is
 * no UTF-8, for which JSON has no word. */
static json_t *exact_text(const char *text) {
  json_t *string = json_string(text);
  return string ? string : iclgd_json_line(text);
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
  if (count == 1) return exact_text(texts[0]);
  json_t *list = json_array();
  for (size_t i = 0; i < count; ++i)
    iclgd_reader_append(r, list, exact_text(texts[i]));
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
    iclgd_reader_append(&pair->a, list,
                        json_pack("{s:o,s:o,s:o}", "key", iclgd_json_line(name),
                                  "a", a, "b", b));
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
    TRY(iclgd_source_attributes(r->source, path, &r->arena, &names[k],
                                &count[k], r->err));
  }
  for (size_t k = 0; k < 2; ++k)
    for (size_t i = 0; i < count[k]; ++i) {
      bool skip = k == 1 && iclgd_diff_is_in(names[0], count[0], names[1][i]);
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
  json_t *row,
      *list = iclgd_reader_set(&pair->a, to, "hyperparameters", json_array());
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
      iclgd_reader_set(&pair->a, row, "key", iclgd_json_line(key));
      iclgd_reader_append(&pair->a, list, json_incref(row));
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
  json_t *lists[] = {iclgd_reader_set(&pair->a, to, "a", json_array()),
                     iclgd_reader_set(&pair->a, to, "b", json_array())};
  const iclgd_reader *files[] = {&pair->a, &pair->b};
  iclgd_status status =
      iclgd_diff_children(&pair->a, group, &names[0], &count[0]);
  if (!status)
    status = iclgd_diff_children(&pair->b, group, &names[1], &count[1]);
  for (size_t k = 0; !status && k < 2; ++k)
    for (size_t i = 0; i < count[k]; ++i)
      if (!iclgd_diff_is_in(names[1 - k], count[1 - k], names[k][i]) &&
          !is_label(files[k], group, names[k][i])) {
        iclgd_reader_append(&pair->a, lists[k], iclgd_json_line(names[k][i]));
        pair->equal = false;
      }
  return status;
}

static iclgd_status diff_only(iclgd_pair *pair, json_t *to) {
  static const char *const rows[][2] = {
      {"groups", ""}, {"algorithms", "trajectories"}, {"weights", "model"}};
  json_t *only = iclgd_reader_set(&pair->a, to, "only", json_object());
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
    json_t *row = iclgd_reader_set(&pair->a, only, rows[i][0], json_object());
    if (iclgd_source_has(pair->a.source, rows[i][1]) &&
        iclgd_source_has(pair->b.source, rows[i][1]))
      TRY(diff_names(pair, rows[i][1], row));
  }
  return ICLGD_OK;
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
  iclgd_reader_set(&pair->a, to, "same_prompts", json_boolean(same));
  pair->same_prompts = same;
  if (!same) pair->equal = false;
  return ICLGD_OK;
}

static iclgd_status refuse_table(const iclgd_source *source, iclgd_error *err) {
  if (!iclgd_sweep_is_table(source)) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: expected a run, found the table of a sweep (`iclgd "
                    "export` makes CSV of it)",
                    iclgd_source_path(source));
}

static iclgd_status build(iclgd_pair *pair, json_t *diff) {
  iclgd_reader *const r = &pair->a;
  TRY(refuse_table(pair->a.source, r->err));
  TRY(refuse_table(pair->b.source, r->err));
  iclgd_reader_set(r, diff, "a",
                   iclgd_json_line(iclgd_source_path(pair->a.source)));
  iclgd_reader_set(r, diff, "b",
                   iclgd_json_line(iclgd_source_path(pair->b.source)));
  json_t *settings = iclgd_reader_set(r, diff, "settings", json_array());
  json_t *code = iclgd_reader_set(r, diff, "code", json_array());
  pair->shapes = iclgd_reader_set(r, diff, "shapes", json_array());
  TRY(diff_attributes(pair, "config", settings));
  if (json_array_size(settings) > 0) pair->equal = false;
  TRY(diff_attributes(pair, "code", code));
  TRY(same_prompts(pair, diff));
  TRY(diff_hyperparameters(pair, diff));
  TRY(iclgd_diff_losses(pair, diff));
  TRY(iclgd_diff_weights(pair, diff));
  TRY(iclgd_diff_alignment(pair, diff));
  TRY(diff_only(pair, diff));
  iclgd_reader_set(r, diff, "equal", json_boolean(pair->equal));
  return ICLGD_OK;
}

static iclgd_status print(const json_t *diff, bool json, bool equal, FILE *out,
                          iclgd_error *err) {
  iclgd_status status = ICLGD_OK;
  if (json)
    status = iclgd_json_print(diff, out, err);
  else if (!equal)
    status = iclgd_diff_print(diff, out, err);
  return status ? status : iclgd_check_written(out, "what differs", err);
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
    if (!status) status = pair.a.status ? pair.a.status : pair.b.status;
    if (!status) status = iclgd_source_check_read(sources[0], err);
    if (!status) status = iclgd_source_check_read(sources[1], err);
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
