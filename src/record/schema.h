/* Looking things up in declared schemas.
 *
 * Paths are relative to /entry. Where several declared paths match, the one
 * with the fewest <placeholders> wins. Every file has /entry itself and its
 * title, so those rows are known here.
 */
#ifndef ICLGD_RECORD_SCHEMA_H
#define ICLGD_RECORD_SCHEMA_H

#include <iclgd/record.h>

enum { ICLGD_SCHEMA_VERSION = 1, ICLGD_WORD_MAX = 64 };

typedef char iclgd_word[ICLGD_WORD_MAX];

/* The declared schemas, as they travel together. */
typedef struct iclgd_schema_set {
  const iclgd_schema *schemas;
  size_t count;
} iclgd_schema_set;

/* The row that declares `path`; NULL when none does. */
const iclgd_dataset *iclgd_schema_dataset(iclgd_schema_set set,
                                          const char *path);
const iclgd_group *iclgd_schema_group(iclgd_schema_set set, const char *path);

/* Whether something is declared below `path`. */
bool iclgd_schema_is_parent(iclgd_schema_set set, const char *path);

/* Whether `name` is a dim of a dataset declared directly in the group. */
bool iclgd_schema_is_dim(iclgd_schema_set set, const char *group,
                         const char *name);

/* Split "index,prompt" or "lin log" at commas and blanks; the number of words,
 * of which at most `max` are stored. */
size_t iclgd_schema_words(const char *list, iclgd_word *words, size_t max);

/* The last component of a path, and its parent ("" when it has none). */
const char *iclgd_path_leaf(const char *path);
void iclgd_path_parent(const char *path, char *out, size_t size);

#endif /* ICLGD_RECORD_SCHEMA_H */
