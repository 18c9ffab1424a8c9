/* Is this the table that a model was trained on? Columns are told by their
 * names, whatever their order; numbers by a hash. */
#include <iclgd/table.h>

#include <stdio.h>
#include <string.h>

#include "prompt/hash.h"

uint64_t iclgd_table_hash(const iclgd_table *table) {
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < table->rows; ++i) {
    hash = iclgd_hash_numbers(hash, table->x + i * table->d, table->d);
    hash = iclgd_hash_numbers(hash, table->y + i, 1);
  }
  return hash;
}

/* The column of that name; d when there is none. */
static size_t find_column(const iclgd_table *table, const char *name) {
  size_t j = 0;
  while (j < table->d && strcmp(table->names[j], name) != 0) ++j;
  return j;
}

/* Every name that is missing, in one line. */
static iclgd_status fail_missing(const iclgd_table *table, const char *path,
                                 const char *const *names, size_t d,
                                 iclgd_error *err) {
  char list[256] = "";
  size_t length = 0;
  for (size_t k = 0; k < d && length < sizeof list - 1; ++k)
    if (find_column(table, names[k]) == table->d) {
      const int more =
          snprintf(list + length, sizeof list - length, "%s'%s'%s",
                   length ? ", " : "", names[k],
                   strcmp(names[k], table->target) == 0 ? " (the target)" : "");
      length += more > 0 ? (size_t)more : 0;
    }
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: expected the features that the model was trained on, "
                    "found no %s",
                    path, list);
}

iclgd_status iclgd_table_select(const iclgd_table *table, const char *path,
                                const char *const *names, size_t d,
                                iclgd_arena *arena, iclgd_table *out,
                                iclgd_error *err) {
  double *x = iclgd_arena_reals(arena, table->rows, d, 1);
  if (!x) return iclgd_fail_memory(err, path);
  for (size_t k = 0; k < d; ++k) {
    const size_t j = find_column(table, names[k]);
    if (j == table->d) return fail_missing(table, path, names, d, err);
    for (size_t i = 0; i < table->rows; ++i)
      x[i * d + k] = table->x[i * table->d + j];
  }
  *out = *table;
  out->d = d;
  out->x = x;
  out->names = names;
  return ICLGD_OK;
}
