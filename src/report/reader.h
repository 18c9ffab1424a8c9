/* Reading parts of a file into JSON, section by section. What the file has not
 * is left out; a part that is there but wrong is ICLGD_EINPUT. */
#ifndef ICLGD_REPORT_READER_H
#define ICLGD_REPORT_READER_H

#include <iclgd/arena.h>
#include <iclgd/record.h>
#include <jansson.h>

#include "report/json.h"

/* What all sections read from and allocate in. */
typedef struct iclgd_reader {
  const iclgd_source *source;
  iclgd_arena arena;
  iclgd_error *err;
} iclgd_reader;

/* GROUP/LEAF as doubles, extents (rank) filled in; extents[0] is 0 when it is
 * not there. */
iclgd_status iclgd_reader_reals(iclgd_reader *r, const char *group,
                                const char *leaf, size_t rank, size_t *extents,
                                double **out);

/* The attribute of a group or dataset as member `key`, where it is there. */
void iclgd_reader_copy_text(iclgd_reader *r, const char *path,
                            const char *attribute, json_t *to, const char *key);
void iclgd_reader_copy_int(iclgd_reader *r, const char *path,
                           const char *attribute, json_t *to, const char *key);
void iclgd_reader_copy_real(iclgd_reader *r, const char *path,
                            const char *attribute, json_t *to, const char *key);

/* GROUP/LEAF, a vector, as the list `key`, where it is there. */
iclgd_status iclgd_reader_copy_list(iclgd_reader *r, const char *group,
                                    const char *leaf, json_t *to,
                                    const char *key);

/* A list of texts as the list `key`, where it is there: an attribute, or a
 * dataset. */
void iclgd_reader_copy_attr_texts(iclgd_reader *r, const char *path,
                                  const char *attribute, json_t *to,
                                  const char *key);
void iclgd_reader_copy_texts(iclgd_reader *r, const char *path, json_t *to,
                             const char *key);

json_t *iclgd_json_list(const double *values, size_t count);

#endif /* ICLGD_REPORT_READER_H */
