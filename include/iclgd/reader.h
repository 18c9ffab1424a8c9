/* iclgd/reader.h - parts of a file as JSON. What the file has not is left out;
 * a part that is there but wrong is ICLGD_EINPUT.
 *
 * A failure is sticky: it is kept in the reader, after it nothing is there any
 * more, and it is asked for once, at the end. No array stands for the length of
 * another: each gives its own extents, or is demanded to have those of the
 * arrays that it belongs to. */
#ifndef ICLGD_READER_H
#define ICLGD_READER_H

#include <stdbool.h>

#include "iclgd/arena.h"
#include "iclgd/json.h"
#include "iclgd/record.h"

typedef struct iclgd_reader {
  const iclgd_source *source;
  iclgd_arena arena; /* of all that is read; freed by whoever made the reader */
  iclgd_error *err;
  iclgd_status status; /* the first failure */
} iclgd_reader;

/* Whether the file has a group or dataset. */
bool iclgd_reader_has(const iclgd_reader *r, const char *path);

/* Put a member or an element, which is taken over, and give it back: NULL, and
 * ICLGD_ENOMEM, where it could not be made (`value` is NULL) or put. */
json_t *iclgd_reader_set(iclgd_reader *r, json_t *to, const char *key,
                         json_t *value);
json_t *iclgd_reader_append(iclgd_reader *r, json_t *list, json_t *value);

/* GROUP/LEAF as doubles; NULL when it is not there. An extent other than 0 must
 * be met, 0 is free and filled in. */
double *iclgd_reader_reals(iclgd_reader *r, const char *group, const char *leaf,
                           size_t rank, size_t *extents);

/* The same for texts, each in one line. */
char **iclgd_reader_texts(iclgd_reader *r, const char *group, const char *leaf,
                          size_t *count);

/* Vectors of a group as lists of their names, where they are there; `names`
 * ends with NULL; all have *count elements (0: as many as the first). */
void iclgd_reader_lists(iclgd_reader *r, const char *group,
                        const char *const *names, size_t *count, json_t *to);

/* A list of texts, each in one line, as the list `key`, where it is there: an
 * attribute of `path`, or with attribute NULL the dataset. */
void iclgd_reader_words(iclgd_reader *r, const char *path,
                        const char *attribute, json_t *to, const char *key);

/* One attribute as member `key`, or several under their names, which end with
 * NULL: texts in one line, whole and other numbers; another type is left out,
 * as what is not there. */
void iclgd_reader_attribute(iclgd_reader *r, const char *path,
                            const char *attribute, json_t *to, const char *key);
void iclgd_reader_attributes(iclgd_reader *r, const char *path,
                             const char *const *names, json_t *to);

#endif /* ICLGD_READER_H */
