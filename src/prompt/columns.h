/* Which columns of a table are features, and which one is the label. */
#ifndef ICLGD_PROMPT_COLUMNS_H
#define ICLGD_PROMPT_COLUMNS_H

#include <iclgd/arena.h>
#include <iclgd/table.h>
#include <stdbool.h>
#include <stddef.h>

#include "prompt/csv.h"

/* The columns of a file, left to right. */
typedef struct iclgd_columns {
  const char *path;
  size_t count;
  const char **names; /* (count) */
  bool *unnamed;      /* (count) the name is ours: column1, ... */
  size_t header;      /* line of the names, or of the first row */
  size_t target;
  size_t used;      /* feature columns */
  size_t *features; /* (used), in the order they are asked for */
} iclgd_columns;

/* The first look at a file: its names, in memory of the arena, and how many
 * rows it has below them; every row has as many fields as the first one. With
 * `headless` that one is numbers already, and names are column1, column2, ...;
 * else a line of numbers is refused. */
iclgd_status iclgd_columns_read(const iclgd_csv *csv, bool headless,
                                iclgd_arena *arena, iclgd_columns *out,
                                size_t *rows, iclgd_error *err);

/* Find target and features by their names, as `form` says; lists of names are
 * read as a line of CSV. Arrays belong to the arena. ICLGD_EINPUT for names
 * that are not there (the nearest and all of them are told), stand twice, in
 * two roles, or are missing. */
iclgd_status iclgd_columns_choose(iclgd_columns *columns,
                                  const iclgd_table_form *form,
                                  iclgd_arena *arena, iclgd_error *err);

#endif /* ICLGD_PROMPT_COLUMNS_H */
