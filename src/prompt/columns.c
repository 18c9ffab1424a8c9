/* Columns by name: each has one role, and names are told apart. */
#include "prompt/columns.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "prompt/csv.h"

typedef enum role { ROLE_NONE, ROLE_DROPPED, ROLE_FEATURE, ROLE_TARGET } role;

/* Roles being given out by one key. */
typedef struct chooser {
  iclgd_columns *columns;
  role *roles; /* (count) */
  role giving;
  const char *key; /* "prompt.drop" */
} chooser;

/* Names separated by commas, as many as fit. */
static void list_names(const iclgd_columns *c, char *out, size_t size) {
  size_t used = 0;
  *out = '\0';
  for (size_t j = 0; j < c->count; ++j) {
    const char *comma = j ? ", " : "";
    if (used + strlen(c->names[j]) + sizeof ", ..." > size) {
      snprintf(out + used, size - used, "%s...", comma);
      return;
    }
    used +=
        (size_t)snprintf(out + used, size - used, "%s%s", comma, c->names[j]);
  }
}

static iclgd_status no_column(const iclgd_columns *c, const char *key,
                              const char *name, iclgd_error *err) {
  char list[400];
  iclgd_nearest near = iclgd_nearest_to(name);
  for (size_t j = 0; j < c->count; ++j) iclgd_nearest_try(&near, c->names[j]);
  list_names(c, list, sizeof list);
  const char *phrase = iclgd_nearest_phrase(&near);
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: no column '%.100s' (%s)%.120s The columns are %s",
                    c->path, name, key, *phrase ? phrase : ".", list);
}

static iclgd_status find(const chooser *ch, const char *name, size_t *out,
                         iclgd_error *err) {
  const iclgd_columns *c = ch->columns;
  for (*out = 0; *out < c->count; ++*out)
    if (strcmp(c->names[*out], name) == 0) return ICLGD_OK;
  return no_column(c, ch->key, name, err);
}

static iclgd_status give(chooser *ch, const char *name, size_t *column,
                         iclgd_error *err) {
  static const char *const names[] = {"", "left out (prompt.drop)",
                                      "a feature (prompt.features)", ""};
  TRY(find(ch, name, column, err));
  role *mine = &ch->roles[*column];
  if (*mine != ROLE_NONE)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: column '%s' (%s) is %s already",
                      ch->columns->path, name, ch->key, names[*mine]);
  *mine = ch->giving;
  return ICLGD_OK;
}

static iclgd_status on_name(void *context, const iclgd_csv_place *at,
                            const char *text, size_t length, iclgd_error *err) {
  chooser *ch = context;
  size_t column;
  (void)at;
  (void)length;
  const iclgd_status status = give(ch, text, &column, err);
  if (!status && ch->giving == ROLE_FEATURE)
    ch->columns->features[ch->columns->used++] = column;
  return status;
}

/* Give a role to every name of a list. */
static iclgd_status give_list(chooser *ch, role giving, const char *key,
                              const char *list, iclgd_error *err) {
  static const iclgd_csv_visitor visitor = {on_name, NULL};
  const iclgd_csv csv = {ch->columns->path, list, strlen(list), ','};
  ch->giving = giving;
  ch->key = key;
  return iclgd_csv_walk(&csv, &visitor, ch, err);
}

/* The named column, or the last one that has no role yet. */
static iclgd_status give_target(chooser *ch, const char *target,
                                iclgd_error *err) {
  iclgd_columns *c = ch->columns;
  ch->giving = ROLE_TARGET;
  ch->key = "prompt.target";
  if (*target) return give(ch, target, &c->target, err);
  size_t j = c->count;
  while (j > 0 && ch->roles[j - 1] != ROLE_NONE) --j;
  if (j == 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: no column is left for the label (prompt.target)",
                      c->path);
  c->target = j - 1;
  ch->roles[c->target] = ROLE_TARGET;
  return ICLGD_OK;
}

static iclgd_status check_twice(const iclgd_columns *c, iclgd_error *err) {
  for (size_t j = 0; j < c->count; ++j)
    for (size_t i = 0; i < j; ++i)
      if (strcmp(c->names[i], c->names[j]) == 0)
        return iclgd_fail(err, ICLGD_EINPUT,
                          "%s, line %zu: columns %zu and %zu have the same "
                          "name '%s': expected different names",
                          c->path, c->header, i + 1, j + 1, c->names[j]);
  return ICLGD_OK;
}

/* A column without a name is most often an index of the rows: it is used when
 * it is asked for, not because it is there. */
static iclgd_status check_named(const iclgd_columns *c, const role *roles,
                                const iclgd_table_form *form,
                                iclgd_error *err) {
  for (size_t j = 0; j < c->count; ++j) {
    const bool unasked = (roles[j] == ROLE_NONE && c->used == 0) ||
                         (roles[j] == ROLE_TARGET && *form->target == '\0');
    if (c->unnamed[j] && unasked)
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s, line %zu: column %zu has no name; an index of the "
                        "rows is no feature: leave it out with "
                        "prompt.drop=%s, or give it a name",
                        c->path, c->header, j + 1, c->names[j]);
  }
  return ICLGD_OK;
}

iclgd_status iclgd_columns_choose(iclgd_columns *c,
                                  const iclgd_table_form *form,
                                  iclgd_arena *arena, iclgd_error *err) {
  chooser ch = {.columns = c};
  ch.roles = iclgd_arena_take(arena, c->count, sizeof *ch.roles);
  c->features = iclgd_arena_take(arena, c->count, sizeof *c->features);
  c->used = 0;
  TRY(iclgd_arena_status(arena, err, c->path));
  TRY(check_twice(c, err));
  TRY(give_list(&ch, ROLE_DROPPED, "prompt.drop", form->drop, err));
  TRY(give_list(&ch, ROLE_FEATURE, "prompt.features", form->features, err));
  TRY(give_target(&ch, form->target, err));
  TRY(check_named(c, ch.roles, form, err));
  if (c->used > 0) return ICLGD_OK;
  for (size_t j = 0; j < c->count; ++j)
    if (ch.roles[j] == ROLE_NONE) c->features[c->used++] = j;
  if (c->used > 0) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT, "%s: no column is left as a feature",
                    c->path);
}
