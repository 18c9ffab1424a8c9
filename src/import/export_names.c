/* Our arrays by the names of other code: a map (dialects.c) from right to left.
 * Lines that share a name on their left are the rows of one array, one below
 * the other; `*` stands for each layer; `transpose` turns what was put
 * together. A model that such code cannot hold is refused. */
#include "import/export_names.h"

#include <iclgd/keys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct renaming {
  const iclgd_name_map *map;
  const char *prefix;
  const iclgd_tensor_data *own;
  size_t n_own;
  const char *type;
  iclgd_arena *arena;
  iclgd_tensor_data *out;
  size_t count;
} renaming;

static const iclgd_tensor_data *own_named(const renaming *r, const char *name) {
  for (size_t i = 0; i < r->n_own; ++i)
    if (strcmp(r->own[i].tensor.name, name) == 0) return &r->own[i];
  return NULL;
}

/* Every array of ours has a place, and every place an array of ours. */
static iclgd_status check_arrays(const renaming *r, iclgd_error *err) {
  for (size_t i = 0; i < r->map->n_rules; ++i) {
    const char *ours = r->map->rules[i].ours;
    if (strcmp(ours, "-") != 0 && !own_named(r, ours))
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "names %s: expected a model with the array %s, which "
                        "this one has not",
                        r->map->name, ours);
  }
  for (size_t k = 0; k < r->n_own; ++k) {
    size_t i = 0;
    const char *name = r->own[k].tensor.name;
    while (i < r->map->n_rules && strcmp(r->map->rules[i].ours, name) != 0) ++i;
    if (i == r->map->n_rules)
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "names %s: have none for the array %s of this model",
                        r->map->name, name);
  }
  return ICLGD_OK;
}

static bool are_same(const char *a, const char *b) {
  char *end_a, *end_b;
  const double x = strtod(a, &end_a), y = strtod(b, &end_b);
  return strcmp(a, b) == 0 ||
         (end_a > a && end_b > b && !*end_a && !*end_b && x == y);
}

static const char *value_of(const iclgd_settings *s, const char *key) {
  for (size_t i = 0; i < iclgd_settings_count(s); ++i)
    if (strcmp(iclgd_settings_key(s, i)->name, key) == 0)
      return iclgd_settings_value(s, i);
  return "";
}

/* What goes with the names, and what that code has no key for. */
static iclgd_status check_keys(const iclgd_name_map *map,
                               const iclgd_settings *s,
                               const iclgd_model *model, bool loops,
                               iclgd_error *err) {
  const iclgd_transformer *t = &model->transformer;
  for (size_t i = 0; i < map->n_words; ++i) {
    const char *key = map->words[i].key, *found = value_of(s, key);
    const bool is_mask = strcmp(key, "model.mask") == 0;
    const bool is_causal = t->mask == ICLGD_MASK_CAUSAL;
    if (is_mask ? is_causal : are_same(found, map->words[i].value)) continue;
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "names %s: expected a model with %s = %s, found %s",
                      map->name, key, map->words[i].value, found);
  }
  const struct {
    bool holds;
    const char *words;
  } needs[] = {
      {t->heads * t->key == t->width, "heads that share the width"},
      {t->residual == 1, "model.residual = 1"},
      {loops || (model->loops == 1 && !t->inject),
       "model.loops = 1 and model.inject = none"},
  };
  for (size_t i = 0; i < sizeof needs / sizeof *needs; ++i)
    if (!needs[i].holds)
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "names %s: expected a model with %s, found another",
                        map->name, needs[i].words);
  return ICLGD_OK;
}

static bool is_first_of(const iclgd_name_map *map, size_t i) {
  for (size_t k = 0; k < i; ++k)
    if (strcmp(map->rules[k].theirs, map->rules[i].theirs) == 0) return false;
  return true;
}

/* Extents of one layer of ours as a matrix; vectors have one column. */
static void matrix_of(const iclgd_tensor *t, bool by_layer, size_t *rows,
                      size_t *columns) {
  const size_t first = by_layer;
  *rows = t->extents[first];
  *columns = t->rank > first + 1 ? t->extents[first + 1] : 1;
}

/* The name of an array, of layer l where there is a `*`. */
static const char *name_of(const renaming *r, const char *theirs, size_t l) {
  char name[256];
  const char *star = strchr(theirs, '*');
  const char *prefix = strncmp(theirs, "_read", 5) == 0 ? "" : r->prefix;
  if (star)
    snprintf(name, sizeof name, "%s%.*s%zu%s", prefix, (int)(star - theirs),
             theirs, l, star + 1);
  else
    snprintf(name, sizeof name, "%s%s", prefix, theirs);
  return iclgd_arena_text(r->arena, name);
}

/* Rows [first, first + rows) of `out`, whose rows are `all`. */
static void put_rows(const double *in, size_t rows, size_t columns,
                     size_t first, size_t all, bool transpose, double *out) {
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j)
      out[transpose ? j * all + first + i : (first + i) * columns + j] =
          in[i * columns + j];
}

/* The array of theirs that rule i is the first of, of layer l. */
static iclgd_status put_array(renaming *r, size_t i, size_t l,
                              iclgd_error *err) {
  const iclgd_name_map *map = r->map;
  const iclgd_name_rule *rule = &map->rules[i];
  const bool by_layer = strchr(rule->theirs, '*') != NULL;
  size_t all = 0, first = 0, rows, columns = 0;
  for (size_t k = i; k < map->n_rules; ++k) {
    if (strcmp(map->rules[k].theirs, rule->theirs) != 0) continue;
    matrix_of(&own_named(r, map->rules[k].ours)->tensor, by_layer, &rows,
              &columns);
    all += rows;
  }
  double *data = iclgd_arena_reals(r->arena, all, columns, 1);
  if (!data) return iclgd_fail_memory(err, rule->theirs);
  for (size_t k = i; k < map->n_rules; ++k) {
    if (strcmp(map->rules[k].theirs, rule->theirs) != 0) continue;
    const iclgd_tensor_data *own = own_named(r, map->rules[k].ours);
    matrix_of(&own->tensor, by_layer, &rows, &columns);
    put_rows(own->data + l * rows * columns, rows, columns, first, all,
             rule->transpose, data);
    first += rows;
  }
  /* a product onto one number is a matrix of one row */
  const bool is_row = strcmp(rule->ours, "W_out") == 0;
  const bool is_vector = columns == 1 && !is_row;
  iclgd_tensor *t = &r->out[r->count].tensor;
  *t = (iclgd_tensor){.name = name_of(r, rule->theirs, l),
                      .type = r->type,
                      .rank = is_vector ? 1 : 2,
                      .size = all * columns};
  t->extents[0] = is_row ? 1 : rule->transpose ? columns : all;
  t->extents[1] = is_row || rule->transpose ? all : columns;
  r->out[r->count++].data = data;
  return t->name ? ICLGD_OK : iclgd_fail_memory(err, rule->theirs);
}

iclgd_status iclgd_export_by_names(const iclgd_dialect *dialect,
                                   const iclgd_settings *settings,
                                   const iclgd_model *model,
                                   const iclgd_tensor_data *own, size_t n_own,
                                   iclgd_arena *arena, iclgd_tensor_data **out,
                                   size_t *count, iclgd_error *err) {
  iclgd_name_map map;
  TRY(iclgd_name_map_parse(dialect->text, dialect->name, arena, &map, err));
  renaming r = {.map = &map,
                .prefix = dialect->prefix,
                .own = own,
                .n_own = n_own,
                .type = own[0].tensor.type,
                .arena = arena};
  TRY(check_keys(&map, settings, model, dialect->loops, err));
  TRY(check_arrays(&r, err));
  r.out = iclgd_arena_take(arena, map.n_rules * model->layers, sizeof *r.out);
  if (!r.out) return iclgd_fail_memory(err, dialect->name);
  for (size_t i = 0; i < map.n_rules; ++i) {
    const iclgd_name_rule *rule = &map.rules[i];
    const bool by_layer = strchr(rule->theirs, '*') != NULL;
    if (strcmp(rule->ours, "-") == 0 || !is_first_of(&map, i)) continue;
    for (size_t l = 0; l < (by_layer ? model->layers : 1); ++l)
      TRY(put_array(&r, i, l, err));
  }
  *out = r.out;
  *count = r.count;
  return ICLGD_OK;
}
