/* Reading parts of a file into JSON, section by section. What the file has not
 * is left out; a part that is there but wrong is ICLGD_EINPUT.
 *
 * No array stands for the length of another: each gives its own extents, or is
 * demanded to have those of the arrays that it belongs to. */
#ifndef ICLGD_REPORT_READER_H
#define ICLGD_REPORT_READER_H

#include <iclgd/arena.h>
#include <iclgd/record.h>
#include <jansson.h>
#include <stdbool.h>

#include "report/json.h"

/* What all sections read from and allocate in. */
typedef struct iclgd_reader {
  const iclgd_source *source;
  iclgd_arena arena;
  iclgd_error *err;
  bool lost; /* memory was out for a member or an element: sticky */
} iclgd_reader;

/* Put a member or an element, which is taken over, and give it back: NULL where
 * it could not be made (`value` is NULL) or put, which sets r->lost. */
json_t *iclgd_reader_set(iclgd_reader *r, json_t *to, const char *key,
                         json_t *value);
json_t *iclgd_reader_append(iclgd_reader *r, json_t *list, json_t *value);

/* `status`, or ICLGD_ENOMEM when that is a success but something was lost. */
iclgd_status iclgd_reader_status(const iclgd_reader *r, iclgd_status status);

/* GROUP/LEAF as doubles, and its own extents (rank). What is not there is NULL,
 * with extents of 0. */
iclgd_status iclgd_reader_reals(iclgd_reader *r, const char *group,
                                const char *leaf, size_t rank, size_t *extents,
                                double **out);

/* The same of an array that belongs to others: an extent other than 0 must be
 * met, 0 is free and filled in. What is not there is NULL, and leaves the
 * extents. */
iclgd_status iclgd_reader_column(iclgd_reader *r, const char *group,
                                 const char *leaf, size_t rank, size_t *extents,
                                 double **out);

/* The same for texts, each in one line. */
iclgd_status iclgd_reader_texts(iclgd_reader *r, const char *group,
                                const char *leaf, size_t *count, char ***out);

/* The attribute of a group or dataset as member `key`, where it is there. */
void iclgd_reader_copy_text(iclgd_reader *r, const char *path,
                            const char *attribute, json_t *to, const char *key);
void iclgd_reader_copy_int(iclgd_reader *r, const char *path,
                           const char *attribute, json_t *to, const char *key);
void iclgd_reader_copy_real(iclgd_reader *r, const char *path,
                            const char *attribute, json_t *to, const char *key);

/* A list of texts, each in one line, as the list `key`, where it is there: an
 * attribute, or a dataset. */
void iclgd_reader_copy_attr_texts(iclgd_reader *r, const char *path,
                                  const char *attribute, json_t *to,
                                  const char *key);
void iclgd_reader_copy_texts(iclgd_reader *r, const char *path, json_t *to,
                             const char *key);

/* The vectors `names` of a group as lists of these names, where they are there;
 * all have *count elements (0: as many as the first). */
iclgd_status iclgd_reader_copy_lists(iclgd_reader *r, const char *group,
                                     const char *const *names, size_t n_names,
                                     size_t *count, json_t *to);

#endif /* ICLGD_REPORT_READER_H */
