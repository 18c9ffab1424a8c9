/* The table of a sweep as JSON.
 *   sweep: {points, done, diverged, failed, swept [..], x, group, facet, y,
 *           label, over, is_text, intervals, mixed, hidden, is_drawn,
 *           troubled [{id, state, reason}], matches [{name, count}],
 *           pivots [pivot], more [pivot]}
 *   pivot: {y, label, is_text, hidden, rows [..], beside [{name, words [..]}],
 *           columns [..], with_columns [{name, words [..]}],
 *           parts [{name, cells [[a cell per column] per row]}]}, of those in
 *           `more` also brief: whether `show` has it without --all
 *   cell:  {mean, half_width, count, points, done, diverged, failed, mixed,
 *           hidden}, of a column of names {most, votes, ..}; `beyond` of layers
 *           alone. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "summary/sweep_view.h"
#include "summary/views.h"

enum { TROUBLED_MAX = 1000 };

static void set(iclgd_reader *r, json_t *to, const char *key, json_t *value) {
  iclgd_reader_set(r, to, key, value);
}

static void set_text(iclgd_reader *r, json_t *to, const char *key,
                     const char *text) {
  set(r, to, key, iclgd_json_line(text));
}

static void set_count(iclgd_reader *r, json_t *to, const char *key,
                      size_t count) {
  set(r, to, key, json_integer((json_int_t)count));
}

static json_t *words_of(const iclgd_sweep_axis *axis) {
  json_t *list = json_array();
  for (size_t i = 0; i < axis->count; ++i)
    json_array_append_new(list, iclgd_json_line(axis->level[i]));
  return list;
}

static json_t *read_cell(iclgd_reader *r, const iclgd_sweep_table *t,
                         const iclgd_sweep_cell *c) {
  json_t *cell = json_object();
  if (!cell) return NULL;
  if (t->is_text) {
    set_text(r, cell, "most", c->most ? c->most : "");
    set_count(r, cell, "votes", c->votes);
  } else {
    set(r, cell, "mean", iclgd_json_number(c->mean));
    set(r, cell, "half_width", iclgd_json_number(c->half_width));
  }
  set_count(r, cell, "count", c->count);
  set_count(r, cell, "points", c->points);
  set_count(r, cell, "done", c->done);
  set_count(r, cell, "diverged", c->diverged);
  set_count(r, cell, "failed", c->failed);
  set(r, cell, "mixed", json_boolean(c->mixed));
  set(r, cell, "hidden", json_boolean(c->hidden));
  if (t->by_layer && c->count == 0) set(r, cell, "beyond", json_true());
  return cell;
}

static json_t *read_part(iclgd_reader *r, const iclgd_sweep_table *t,
                         size_t facet) {
  json_t *part = json_object(), *rows = json_array();
  for (size_t x = 0; x < t->x.count && !r->status; ++x) {
    json_t *row = iclgd_reader_append(r, rows, json_array());
    for (size_t g = 0; row && g < t->group.count; ++g)
      iclgd_reader_append(r, row,
                          read_cell(r, t, iclgd_sweep_cell_at(t, facet, g, x)));
  }
  set_text(r, part, "name", t->facet.level[facet]);
  set(r, part, "cells", rows);
  return part;
}

/* Settings whose value follows from that of an axis, as of zip:. */
static json_t *read_beside(iclgd_reader *r, const iclgd_sweep_table *t,
                           const iclgd_sweep_axis *axis, const bool *follows) {
  json_t *list = json_array();
  for (size_t i = 0; i < t->n_keys && !r->status; ++i) {
    if (!follows[i]) continue;
    json_t *words = json_array();
    for (size_t x = 0; x < axis->count; ++x)
      json_array_append_new(words,
                            iclgd_json_line(iclgd_sweep_beside(t, axis, x, i)));
    json_t *one = iclgd_reader_append(r, list, json_object());
    if (!one) {
      json_decref(words);
      break;
    }
    set_text(r, one, "name", t->keys[i].name);
    set(r, one, "words", words);
  }
  return list;
}

static json_t *read_pivot(iclgd_reader *r, const iclgd_sweep_table *t) {
  json_t *pivot = json_object(), *parts = json_array();
  for (size_t f = 0; f < t->facet.count && !r->status; ++f)
    iclgd_reader_append(r, parts, read_part(r, t, f));
  set_text(r, pivot, "y", t->y);
  set_text(r, pivot, "label", t->y_label);
  set(r, pivot, "is_text", json_boolean(t->is_text));
  set(r, pivot, "hidden", json_boolean(t->has_hidden));
  set(r, pivot, "rows", words_of(&t->x));
  set(r, pivot, "beside", read_beside(r, t, &t->x, t->follows));
  set(r, pivot, "columns", words_of(&t->group));
  set(r, pivot, "with_columns", read_beside(r, t, &t->group, t->with_group));
  set(r, pivot, "parts", parts);
  return pivot;
}

static void read_states(iclgd_reader *r, const iclgd_sweep_table *t,
                        json_t *sweep) {
  size_t done = 0, diverged = 0, failed = 0;
  json_t *troubled = json_array();
  for (size_t k = 0; k < t->points; ++k) {
    const char *state = t->state[k];
    const bool is_done = strcmp(state, "done") == 0;
    done += is_done;
    diverged += strcmp(state, "diverged") == 0;
    failed += strcmp(state, "failed") == 0 || strcmp(state, "damaged") == 0;
    if (is_done || json_array_size(troubled) == TROUBLED_MAX) continue;
    json_t *one = iclgd_reader_append(r, troubled, json_object());
    if (!one) break;
    set_text(r, one, "id", t->id[k]);
    set_text(r, one, "state", state);
    set_text(r, one, "reason", t->reason[k]);
  }
  set_count(r, sweep, "points", t->points);
  set_count(r, sweep, "done", done);
  set_count(r, sweep, "diverged", diverged);
  set_count(r, sweep, "failed", failed);
  set(r, sweep, "troubled", troubled);
}

/* How often each algorithm matches best, of points that are done. */
static void read_matches(iclgd_reader *r, const iclgd_sweep_table *t,
                         json_t *sweep) {
  static const char path[] = "points/best_match";
  size_t points = t->points;
  char **names;
  json_t *list = json_array();
  set(r, sweep, "matches", list);
  if (r->status || !iclgd_source_has(r->source, path)) return;
  r->status = iclgd_source_texts(r->source, path, 1, &points, &r->arena, &names,
                                 r->err);
  for (size_t k = 0; k < points && !r->status; ++k) {
    if (strcmp(t->state[k], "done") != 0 || !*names[k]) continue;
    json_t *one = NULL;
    for (size_t i = 0; i < json_array_size(list) && !one; ++i)
      if (!strcmp(iclgd_json_text(json_array_get(list, i), "name"), names[k]))
        one = json_array_get(list, i);
    if (!one) {
      one = iclgd_reader_append(r, list, json_object());
      if (one) set_text(r, one, "name", names[k]);
    }
    if (one)
      set_count(r, one, "count", (size_t)iclgd_json_whole(one, "count") + 1);
  }
}

/* The axes of the figure are numbers; whether the page can have it. */
static bool is_drawn(iclgd_reader *r, const iclgd_sweep_choice *choice) {
  iclgd_sweep_choice drawn = *choice;
  iclgd_sweep_table t;
  iclgd_error unused;
  bool any = false;
  drawn.numeric = true;
  if (iclgd_sweep_table_read(r->source, &drawn, &r->arena, &t, &unused) ||
      t.is_text || !t.x.is_numeric)
    return false;
  const size_t cells = t.x.count * t.group.count * t.facet.count;
  for (size_t c = 0; c < cells; ++c) any |= t.cells[c].count > 0;
  return any;
}

/* Columns that stand beside y, as far as there is room. */
static const char *const brief[] = {"loss", "ratio_to_gd", "gd_loss",
                                    "best_match"};
enum { BRIEF = sizeof brief / sizeof *brief };

static bool is_brief(const char *name) {
  for (size_t i = 0; i < BRIEF; ++i)
    if (strcmp(name, brief[i]) == 0) return true;
  return false;
}

/* How a point is called and stands, where it is, and errors over prompts. */
static bool is_result(const iclgd_sweep_table *t, const char *name) {
  static const char *const others[] = {"id",       "state", "reason",
                                       "diverged", "point", "layer"};
  const size_t length = strlen(name), end = strlen("_error");
  for (size_t i = 0; i < sizeof others / sizeof *others; ++i)
    if (strcmp(name, others[i]) == 0) return false;
  for (size_t i = 0; i < t->n_keys; ++i)
    if (strcmp(name, t->keys[i].name) == 0) return false;
  return length < end || strcmp(name + length - end, "_error") != 0;
}

/* A column by the same settings, unless it says nothing. */
static void read_other(iclgd_reader *r, const iclgd_sweep_choice *same,
                       const char *name, json_t *more) {
  const bool by_layer = strcmp(same->x, "layer") == 0;
  char path[160];
  iclgd_sweep_choice choice = *same;
  iclgd_sweep_table t;
  iclgd_error unused;
  bool any = false;
  snprintf(path, sizeof path, "%s%.120s", by_layer ? "layers/" : "", name);
  choice.y = path;
  if (r->status ||
      iclgd_sweep_table_read(r->source, &choice, &r->arena, &t, &unused))
    return;
  const size_t cells = t.x.count * t.group.count * t.facet.count;
  for (size_t c = 0; c < cells; ++c) any |= t.cells[c].count > 0;
  if (!any) return;
  json_t *pivot = iclgd_reader_append(r, more, read_pivot(r, &t));
  if (pivot) set(r, pivot, "brief", json_boolean(!by_layer && is_brief(name)));
}

static void read_more(iclgd_reader *r, const iclgd_sweep_choice *choice,
                      const iclgd_sweep_table *t, json_t *sweep) {
  const iclgd_sweep_choice same = {
      .x = t->x.name,
      .group = *t->group.name ? t->group.name : "none",
      .facet = t->facet.count == 1 ? "none" : choice->facet};
  json_t *more = iclgd_reader_set(r, sweep, "more", json_array());
  char **names;
  size_t count = 0;
  if (more)
    r->status =
        iclgd_source_children(r->source, t->by_layer ? "layers" : "points",
                              &r->arena, &names, &count, r->err);
  for (size_t i = 0; !t->by_layer && i < BRIEF; ++i)
    if (strcmp(brief[i], t->y) != 0) read_other(r, &same, brief[i], more);
  for (size_t i = 0; i < count && !r->status; ++i)
    if (strcmp(names[i], t->y) != 0 && is_result(t, names[i]) &&
        (t->by_layer || !is_brief(names[i])))
      read_other(r, &same, names[i], more);
}

static void read_table(iclgd_reader *r, const iclgd_sweep_choice *choice,
                       const iclgd_sweep_table *t, json_t *sweep) {
  const size_t cells = t->x.count * t->group.count * t->facet.count;
  bool mixed = false;
  json_t *swept = json_array();
  for (size_t c = 0; c < cells; ++c) mixed |= t->cells[c].mixed;
  for (size_t i = 0; i < t->n_keys; ++i)
    json_array_append_new(swept, iclgd_json_line(t->keys[i].name));
  set(r, sweep, "swept", swept);
  read_states(r, t, sweep);
  set_text(r, sweep, "x", t->x.name);
  set_text(r, sweep, "group", t->group.name);
  set_text(r, sweep, "facet", t->facet.name);
  set_text(r, sweep, "y", t->y);
  set_text(r, sweep, "label", t->y_label);
  set_text(r, sweep, "over", t->over);
  set(r, sweep, "is_text", json_boolean(t->is_text));
  set(r, sweep, "intervals", json_boolean(t->has_intervals));
  set(r, sweep, "mixed", json_boolean(mixed));
  set(r, sweep, "hidden", json_boolean(t->has_hidden));
  set(r, sweep, "is_drawn", json_boolean(is_drawn(r, choice)));
  read_matches(r, t, sweep);
  json_t *pivots = iclgd_reader_set(r, sweep, "pivots", json_array());
  if (pivots) iclgd_reader_append(r, pivots, read_pivot(r, t));
  read_more(r, choice, t, sweep);
}

void iclgd_sweep_read(iclgd_reader *r, const iclgd_sweep_choice *choice,
                      json_t *summary) {
  iclgd_sweep_table t;
  if (r->status || !iclgd_sweep_is_table(r->source)) return;
  r->status = iclgd_sweep_table_read(r->source, choice, &r->arena, &t, r->err);
  if (r->status) return;
  json_t *sweep = iclgd_reader_set(r, summary, "sweep", json_object());
  if (sweep) read_table(r, choice, &t, sweep);
}
