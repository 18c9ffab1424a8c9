/* Values of a column, sorted and each once. */
#include "view/sweep_axis.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/line.h"
#include "base/nearest.h"

enum { PATH = 160 };

/* A value of a point. */
typedef struct value {
  double number; /* NaN: a text */
  const char *word;
  size_t point;
} value;

static int compare(const value *p, const value *q) {
  const bool is_p = !isnan(p->number), is_q = !isnan(q->number);
  if (is_p != is_q) return is_p ? -1 : 1;
  if (is_p && p->number != q->number) return p->number < q->number ? -1 : 1;
  return is_p ? 0 : strcmp(p->word, q->word);
}

static int by_value(const void *a, const void *b) {
  const value *p = a, *q = b;
  const int order = compare(p, q);
  return order ? order : (p->point > q->point) - (p->point < q->point);
}

iclgd_status iclgd_sweep_no_column(const iclgd_source *source,
                                   const char *group, const char *name,
                                   iclgd_arena *arena, iclgd_error *err) {
  iclgd_nearest near = iclgd_nearest_to(name);
  size_t count;
  char **names;
  TRY(iclgd_source_children(source, group, arena, &names, &count, err));
  for (size_t i = 0; i < count; ++i) iclgd_nearest_try(&near, names[i]);
  return iclgd_fail(err, ICLGD_EUSAGE, "%s: the sweep has no column '%s'%s",
                    iclgd_source_path(source), name,
                    iclgd_nearest_phrase(&near));
}

/* A text that is a number as a whole; else NaN. */
static double number_of(const char *text) {
  char *end;
  const double number = strtod(text, &end);
  return end != text && *end == '\0' ? number : NAN;
}

/* Of "pool:4", "pool:16" the length of what all have before their numbers; 0
 * where they have not. */
static size_t common_form(char *const *texts, size_t points) {
  size_t length = 0, first = 0;
  for (size_t k = 0; k < points; ++k) {
    const size_t own = strcspn(texts[k], ":") + 1;
    if (!*texts[k]) continue; /* it is lost */
    if (length == 0) first = k;
    length = length == 0 ? own : length;
    if (own != length || own > strlen(texts[k]) ||
        strncmp(texts[k], texts[first], own) != 0 ||
        isnan(number_of(texts[k] + own)))
      return 0;
  }
  return length;
}

static iclgd_status read_values(const iclgd_source *source, const char *path,
                                size_t points, iclgd_arena *arena, value *out,
                                iclgd_error *err) {
  iclgd_shape shape;
  char **texts = NULL;
  double *reals = NULL;
  TRY(iclgd_source_shape(source, path, &shape, err));
  const bool is_text = shape.type == ICLGD_TEXT;
  TRY(is_text
          ? iclgd_source_texts(source, path, 1, &points, arena, &texts, err)
          : iclgd_source_reals(source, path, 1, &points, arena, &reals, err));
  const size_t form = is_text ? common_form(texts, points) : 0;
  for (size_t k = 0; k < points; ++k) {
    out[k] = (value){reals ? reals[k] : NAN, "-", k};
    if (is_text) {
      if (*texts[k]) out[k].number = number_of(texts[k] + form);
      iclgd_one_line(texts[k]);
      if (*texts[k]) out[k].word = texts[k];
    } else if (!isnan(reals[k])) {
      char word[40];
      snprintf(word, sizeof word, shape.type == ICLGD_I64 ? "%.0f" : "%.6g",
               reals[k]);
      out[k].word = iclgd_arena_text(arena, word);
    }
  }
  return iclgd_arena_status(arena, err, "the table");
}

/* Levels of values, which are sorted. */
static iclgd_status make_levels(value *values, size_t points,
                                iclgd_arena *arena, iclgd_sweep_axis *out,
                                iclgd_error *err) {
  qsort(values, points, sizeof *values, by_value);
  out->level = iclgd_arena_take(arena, points, sizeof *out->level);
  out->at = iclgd_arena_reals(arena, points, 1, 1);
  out->of = iclgd_arena_take(arena, points, sizeof *out->of);
  TRY(iclgd_arena_status(arena, err, "the table"));
  for (size_t i = 0; i < points; ++i) {
    if (i == 0 || compare(&values[i - 1], &values[i]) != 0) {
      out->at[out->count] = values[i].number;
      out->level[out->count++] = values[i].word;
    }
    out->of[values[i].point] = out->count - 1;
  }
  out->is_numeric = isfinite(out->at[0]);
  for (size_t i = 0; i < out->count; ++i)
    out->is_numeric &= isfinite(out->at[i]) || strcmp(out->level[i], "-") == 0;
  return ICLGD_OK;
}

iclgd_status iclgd_sweep_axis_read(const iclgd_source *source, const char *name,
                                   size_t points, iclgd_arena *arena,
                                   iclgd_sweep_axis *out, iclgd_error *err) {
  char path[PATH];
  *out = (iclgd_sweep_axis){.name = iclgd_arena_text(arena, name)};
  snprintf(path, sizeof path, "points/%.120s", name);
  if (!*name || strchr(name, '/') || !iclgd_source_has(source, path))
    return iclgd_sweep_no_column(source, "points", name, arena, err);
  value *values = iclgd_arena_take(arena, points, sizeof *values);
  TRY(iclgd_arena_status(arena, err, "the table"));
  TRY(read_values(source, path, points, arena, values, err));
  return make_levels(values, points, arena, out, err);
}

iclgd_status iclgd_sweep_axis_none(size_t points, iclgd_arena *arena,
                                   iclgd_sweep_axis *out, iclgd_error *err) {
  *out = (iclgd_sweep_axis){.name = "", .count = 1};
  out->level = iclgd_arena_take(arena, 1, sizeof *out->level);
  out->at = iclgd_arena_reals(arena, 1, 1, 1);
  out->of = iclgd_arena_take(arena, points, sizeof *out->of);
  TRY(iclgd_arena_status(arena, err, "the table"));
  out->level[0] = "";
  out->at[0] = NAN;
  return ICLGD_OK;
}

iclgd_status iclgd_sweep_axis_layers(size_t count, iclgd_arena *arena,
                                     iclgd_sweep_axis *out, iclgd_error *err) {
  *out = (iclgd_sweep_axis){.name = "layer", .count = count};
  out->level = iclgd_arena_take(arena, count, sizeof *out->level);
  out->at = iclgd_arena_reals(arena, count, 1, 1);
  out->of = iclgd_arena_take(arena, count, sizeof *out->of);
  TRY(iclgd_arena_status(arena, err, "the table"));
  out->is_numeric = true;
  for (size_t l = 0; l < count; ++l) {
    char word[24];
    snprintf(word, sizeof word, "%zu", l);
    out->level[l] = iclgd_arena_text(arena, word);
    out->at[l] = (double)l;
    out->of[l] = l;
  }
  return iclgd_arena_status(arena, err, "the table");
}

/* "prompt.d = 5, prompt.noise = 0.1" */
static const char *words_of(const iclgd_sweep_axis *const *axes, size_t count,
                            size_t point, iclgd_arena *arena) {
  char words[512] = "";
  for (size_t i = 0; i < count; ++i) {
    const size_t used = strlen(words);
    snprintf(words + used, sizeof words - used, "%s%s = %s", i ? ", " : "",
             axes[i]->name, axes[i]->level[axes[i]->of[point]]);
  }
  return iclgd_arena_text(arena, words);
}

iclgd_status iclgd_sweep_axis_join(const iclgd_sweep_axis *const *axes,
                                   size_t count, size_t points,
                                   iclgd_arena *arena, iclgd_sweep_axis *out,
                                   iclgd_error *err) {
  char name[512] = "";
  *out = (iclgd_sweep_axis){.name = ""};
  value *values = iclgd_arena_take(arena, points, sizeof *values);
  TRY(iclgd_arena_status(arena, err, "the table"));
  for (size_t i = 0; i < count; ++i) {
    const size_t used = strlen(name);
    snprintf(name + used, sizeof name - used, "%s%s", i ? ", " : "",
             axes[i]->name);
  }
  for (size_t k = 0; k < points; ++k) { /* the place in the product sorts */
    double place = 0;
    for (size_t i = 0; i < count; ++i)
      place = place * (double)axes[i]->count + (double)axes[i]->of[k];
    values[k] = (value){place, words_of(axes, count, k, arena), k};
  }
  out->name = iclgd_arena_text(arena, name);
  TRY(iclgd_arena_status(arena, err, "the table"));
  TRY(make_levels(values, points, arena, out, err));
  out->is_numeric = false;
  return ICLGD_OK;
}

bool iclgd_sweep_axis_follows(const iclgd_sweep_axis *axis,
                              const iclgd_sweep_axis *a,
                              const iclgd_sweep_axis *b, size_t points,
                              iclgd_arena *arena) {
  size_t *first = iclgd_arena_take(arena, a->count * b->count, sizeof *first);
  for (size_t k = 0; first && k < points; ++k) {
    size_t *level = &first[a->of[k] * b->count + b->of[k]];
    if (*level != 0 && *level != axis->of[k] + 1) return false;
    *level = axis->of[k] + 1;
  }
  return true;
}
