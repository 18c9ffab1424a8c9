/* The product of lists: point k of axes with c_1, .., c_m values has value
 *   i_j = floor(k / (c_{j+1} .. c_m)) mod c_j  of axis j. */
#include "sweep/grid.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char from[] = "the sweep";

/* What is read, one argument after the other. */
typedef struct reading {
  iclgd_grid *grid;
  iclgd_arena *arena;
  iclgd_axis zipped;
  long seeds, draws; /* 0: not said */
} reading;

/* Relative paths start here, wherever the point runs. */
static iclgd_status set_here(iclgd_settings *settings, const char *name,
                             const char *value, iclgd_error *err) {
  char here[4096];
  if (!getcwd(here, sizeof here))
    return iclgd_fail(err, ICLGD_EIO, "the working directory has no name");
  return iclgd_settings_set_beside(settings, name, value, from, here, err);
}

static const iclgd_key *find_key(const iclgd_settings *s, const char *name) {
  for (size_t i = 0; i < iclgd_settings_count(s); ++i)
    if (strcmp(iclgd_settings_key(s, i)->name, name) == 0)
      return iclgd_settings_key(s, i);
  return NULL;
}

static bool axis_has(const iclgd_axis *axis, const char *key) {
  for (size_t i = 0; i < axis->n_keys; ++i)
    if (strcmp(axis->keys[i], key) == 0) return true;
  return false;
}

static bool is_there(const reading *r, const char *key) {
  bool found = axis_has(&r->zipped, key);
  for (size_t i = 0; i < r->grid->n_axes; ++i)
    found |= axis_has(&r->grid->axes[i], key);
  return found ||
         strcmp(iclgd_settings_source(r->grid->settings, key), from) == 0;
}

static iclgd_status add_axis(iclgd_grid *grid, const iclgd_axis *axis,
                             iclgd_error *err) {
  if (grid->n_axes == ICLGD_AXES_MAX)
    return iclgd_fail(err, ICLGD_EUSAGE, "expected at most %d lists",
                      ICLGD_AXES_MAX);
  grid->axes[grid->n_axes++] = *axis;
  return ICLGD_OK;
}

static iclgd_status add_zipped(reading *r, const iclgd_key *key,
                               iclgd_values values, iclgd_error *err) {
  iclgd_axis *zip = &r->zipped;
  if (zip->n_keys == ICLGD_TOGETHER_MAX)
    return iclgd_fail(err, ICLGD_EUSAGE, "zip: expected at most %d keys",
                      ICLGD_TOGETHER_MAX);
  if (zip->n_keys > 0 && zip->count != values.count)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "zip:%s: expected as many values as zip:%s has, %zu, "
                      "found %zu",
                      key->name, zip->keys[0], zip->count, values.count);
  zip->count = values.count;
  zip->values[zip->n_keys] = values;
  zip->keys[zip->n_keys++] = key->name;
  return ICLGD_OK;
}

static iclgd_status read_key(reading *r, const char *argument, bool zipped,
                             iclgd_error *err) {
  char name[128];
  iclgd_values values;
  const size_t length = strcspn(argument, "=");
  const char *list = argument + length + 1;
  snprintf(name, sizeof name, "%.*s", (int)length, argument);
  const iclgd_key *key = find_key(r->grid->settings, name);
  if (!key) return iclgd_settings_override(r->grid->settings, argument, err);
  if (is_there(r, name))
    return iclgd_fail(err, ICLGD_EUSAGE, "%s: expected each key once", name);
  TRY(iclgd_values_read(key, list, r->arena, &values, err));
  if (zipped) return add_zipped(r, key, values, err);
  if (values.count == 1)
    return set_here(r->grid->settings, name, values.text[0], err);
  const iclgd_axis axis = {.n_keys = 1,
                           .count = values.count,
                           .keys = {key->name},
                           .values = {values}};
  return add_axis(r->grid, &axis, err);
}

/* "seeds=5", "random:100"; `out` is 0 before it was said. */
static iclgd_status read_count(const char *argument, const char *word,
                               long *out, iclgd_error *err) {
  char *end;
  if (*out != 0)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: expected it once, found %ld first", argument, *out);
  *out = strtol(word, &end, 10);
  if (end != word && *end == '\0' && *out >= 1 && *out <= ICLGD_POINTS_MAX)
    return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE, "%s: expected a number from 1 to %d",
                    argument, ICLGD_POINTS_MAX);
}

static iclgd_status read_argument(reading *r, const char *argument,
                                  iclgd_error *err) {
  if (strncmp(argument, "zip:seeds=", 10) == 0)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: expected seeds=N apart from what changes together, "
                      "or zip:seed=LIST",
                      argument);
  if (strncmp(argument, "zip:", 4) == 0 && strchr(argument, '='))
    return read_key(r, argument + 4, true, err);
  if (strncmp(argument, "seeds=", 6) == 0)
    return read_count(argument, argument + 6, &r->seeds, err);
  if (strncmp(argument, "random:", 7) == 0)
    return read_count(argument, argument + 7, &r->draws, err);
  if (strchr(argument, '=')) return read_key(r, argument, false, err);
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "argument '%s': expected key=LIST, zip:key=LIST, seeds=N "
                    "or random:N",
                    argument);
}

static iclgd_status add_seeds(reading *r, iclgd_error *err) {
  const iclgd_settings *s = r->grid->settings;
  const int64_t first = iclgd_get_int(s, "seed");
  char list[64];
  iclgd_axis axis = {.n_keys = 1, .keys = {find_key(s, "seed")->name}};
  for (size_t i = 0; i < r->grid->n_axes; ++i)
    if (axis_has(&r->grid->axes[i], "seed"))
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "seeds=%ld: expected no list of seed beside it",
                        r->seeds);
  snprintf(list, sizeof list, "%" PRId64 "..%" PRId64, first,
           first + r->seeds - 1);
  TRY(iclgd_values_read(find_key(s, "seed"), list, r->arena, &axis.values[0],
                        err));
  axis.count = axis.values[0].count;
  return add_axis(r->grid, &axis, err);
}

/* A step of splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t mix(uint64_t z) {
  z += UINT64_C(0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* Put a place into a table of so many slots, a power of 2, of places + 1; false
 * where it was there. */
static bool put_place(uint64_t *seen, size_t slots, uint64_t place) {
  size_t at = (size_t)mix(place) & (slots - 1);
  while (seen[at] != 0 && seen[at] != place + 1) at = (at + 1) & (slots - 1);
  const bool fresh = seen[at] == 0;
  seen[at] = place + 1;
  return fresh;
}

/* Places of the product in a fixed order of chance, each once. */
static iclgd_status draw(iclgd_grid *grid, uint64_t product, size_t draws,
                         iclgd_arena *arena, iclgd_error *err) {
  size_t slots = 2;
  if (draws >= product) draws = (size_t)product;
  while (slots < 2 * draws) slots *= 2;
  grid->count = draws;
  grid->drawn = iclgd_arena_take(arena, draws, sizeof *grid->drawn);
  uint64_t *seen = iclgd_arena_take(arena, slots, sizeof *seen);
  if (!grid->drawn || !seen) return iclgd_fail_memory(err, "the points");
  uint64_t tried = 0;
  for (size_t k = 0; k < draws;) {
    const uint64_t place = mix(tried++) % product;
    if (put_place(seen, slots, place)) grid->drawn[k++] = place;
  }
  return ICLGD_OK;
}

static iclgd_status count_points(reading *r, iclgd_error *err) {
  iclgd_grid *grid = r->grid;
  double product = 1;
  for (size_t i = 0; i < grid->n_axes; ++i)
    product *= (double)grid->axes[i].count;
  if (product > 9e15)
    return iclgd_fail(err, ICLGD_EUSAGE, "a grid of %.3g points: too many",
                      product);
  if (r->draws > 0)
    return draw(grid, (uint64_t)product, (size_t)r->draws, r->arena, err);
  if (product > ICLGD_POINTS_MAX)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "a grid of %.0f points: expected at most %d (random:N "
                      "takes N of them)",
                      product, ICLGD_POINTS_MAX);
  grid->count = (size_t)product;
  return ICLGD_OK;
}

/* Paths of the named file or preset that are relative, too. */
static iclgd_status fix_paths(iclgd_settings *s, iclgd_error *err) {
  for (size_t i = 0; i < iclgd_settings_count(s); ++i) {
    const iclgd_key *key = iclgd_settings_key(s, i);
    if (key->type != ICLGD_KEY_FORM || !strstr(key->forms, ":path")) continue;
    const char *path = iclgd_get_form(s, key->name).argument;
    char value[4200];
    if (!*path || *path == '/') continue;
    snprintf(value, sizeof value, "%s", iclgd_settings_value(s, i));
    TRY(set_here(s, key->name, value, err));
  }
  return ICLGD_OK;
}

iclgd_status iclgd_grid_read(iclgd_settings *settings, char **arguments,
                             int count, iclgd_arena *arena, iclgd_grid *out,
                             iclgd_error *err) {
  *out = (iclgd_grid){.settings = settings};
  reading r = {.grid = out, .arena = arena};
  for (int i = 0; i < count; ++i) TRY(read_argument(&r, arguments[i], err));
  if (r.zipped.n_keys > 0) TRY(add_axis(out, &r.zipped, err));
  if (r.seeds > 0) TRY(add_seeds(&r, err));
  TRY(fix_paths(settings, err));
  return count_points(&r, err);
}

iclgd_status iclgd_grid_set(iclgd_grid *grid, size_t k, iclgd_error *err) {
  uint64_t place = grid->drawn ? grid->drawn[k] : k;
  for (size_t i = grid->n_axes; i-- > 0;) {
    const iclgd_axis *axis = &grid->axes[i];
    const size_t at = (size_t)(place % axis->count);
    place /= axis->count;
    for (size_t j = 0; j < axis->n_keys; ++j)
      TRY(set_here(grid->settings, axis->keys[j], axis->values[j].text[at],
                   err));
  }
  return grid->settle ? grid->settle(grid->settings, err) : ICLGD_OK;
}
