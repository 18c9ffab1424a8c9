/* A file under way: what the parts of the writer share. */
#ifndef ICLGD_RECORD_WRITE_WRITER_H
#define ICLGD_RECORD_WRITE_WRITER_H

#include <hdf5.h>
#include <iclgd/record.h>

#include "record/output/temporary.h"
#include "record/schema.h"

enum { ICLGD_PATH_MAX = 512 };

/* A group of the file, in order of creation. */
typedef struct iclgd_made_group {
  struct iclgd_made_group *next;
  const char *path;
  const iclgd_group *row; /* NULL: not declared, made on the way */
} iclgd_made_group;

/* A dataset of the file, in order of creation. */
typedef struct iclgd_made_array {
  struct iclgd_made_array *next;
  const char *path;
  iclgd_type type;
  size_t rank;
  iclgd_word dims[ICLGD_RANK_MAX];
  size_t extents[ICLGD_RANK_MAX];
  size_t block[ICLGD_RANK_MAX];  /* of the parts it comes in */
  hsize_t chunk[ICLGD_RANK_MAX]; /* 0: not chunked */
  size_t missing;                /* elements that no part has brought yet */
  hid_t open; /* while parts are missing, so that chunks stay cached; small
                 arrays to the end, since their scales are still to come */
  hobj_ref_t reference;               /* to it, for the lists of scales */
  struct iclgd_made_array *neighbour; /* in the same row of `folders` */
  /* Set when all arrays are there: the scale of each dim; for a scale, the dims
   * that it belongs to. */
  struct iclgd_made_array *scales[ICLGD_RANK_MAX];
  struct iclgd_scale_use *uses, *last_use;
  size_t n_uses;
  bool is_scale;
} iclgd_made_array;

/* A dim of an array that a scale belongs to. */
typedef struct iclgd_scale_use {
  struct iclgd_scale_use *next;
  const iclgd_made_array *array;
  int dim;
} iclgd_scale_use;

enum { ICLGD_FOLDERS = 512 }; /* a power of two */

struct iclgd_record {
  iclgd_arena arena;
  const char *path;
  iclgd_temporary temporary;
  iclgd_record_options options;
  iclgd_schema_set set;
  hid_t file, entry;
  iclgd_made_group *groups, **last_group;
  iclgd_made_array *arrays, **last_array;
  /* The arrays by a hash of their group, so that a file of thousands need not
     be searched from end to end for each. */
  iclgd_made_array *folders[ICLGD_FOLDERS];
  struct iclgd_record_blocks *blocks; /* of iclgd_record_parts, or NULL */
  iclgd_status failed; /* of the first call that failed, and why it did */
  iclgd_error why;
};

/* Everything below writes its message to `why` of the record; the public
 * functions keep the status and hand both to their caller:
 *   if (!record->failed) record->failed = ...;
 *   return iclgd_record_status(record, err); */

/* Free what iclgd_record_parts took outside the arena. */
void iclgd_record_free_blocks(iclgd_record *record);

/* Paths are relative to /entry; NULL when there is none of that path. */
iclgd_made_group *iclgd_record_find_group(const iclgd_record *record,
                                          const char *path);
iclgd_made_array *iclgd_record_find_array(const iclgd_record *record,
                                          const char *path);

/* The newest of the arrays that may stand in the group of `path`; those before
 * it follow by `neighbour`, with some of other groups among them. */
iclgd_made_array *iclgd_record_neighbours(const iclgd_record *record,
                                          const char *path);
void iclgd_record_keep_array(iclgd_record *record, iclgd_made_array *array);

/* Create the group and those above it, unless they exist; fill in what the
 * schema says about them, and at the end what makes them plots. */
iclgd_status iclgd_record_group(iclgd_record *record, const char *path);
iclgd_status iclgd_record_finish_groups(iclgd_record *record);

/* Create a dataset of `type` (an HDF5 type) that the row describes, to come in
 * blocks. *out lives in the arena of the record; its handle is open. */
iclgd_status iclgd_record_array(iclgd_record *record, const char *path,
                                const iclgd_dataset *row, hid_t type,
                                const size_t *extents, const size_t *block,
                                iclgd_made_array **out);

/* What iclgd_record_part and iclgd_record_write do on a record without fault.
 */
iclgd_status iclgd_record_array_part(iclgd_record *record, const char *path,
                                     const size_t *start, const size_t *count,
                                     const void *data);
iclgd_status iclgd_record_array_whole(iclgd_record *record, const char *path,
                                      const size_t *extents, const void *data);

/* The open handle of a dataset, reopened when it was closed; negative when that
 * fails. It stays with the array. */
hid_t iclgd_record_open_array(const iclgd_record *record,
                              iclgd_made_array *array);

/* Close the handle of a dataset, checked, since this is when chunks are
 * written. */
iclgd_status iclgd_record_close_array(iclgd_record *record,
                                      iclgd_made_array *array);

/* Close the handle of an array that is complete, unless it is small. */
iclgd_status iclgd_record_settle_array(iclgd_record *record,
                                       iclgd_made_array *array);

/* Give every dim of every array its dimension scale. */
iclgd_status iclgd_record_attach_scales(iclgd_record *record);

/* The file-access properties of all our files; to be closed by the caller. */
hid_t iclgd_record_access(void);

/* Fail with the reason of HDF5: "RUN.h5: cannot write /entry/PATH: ...", with
 * one of ours: "RUN.h5: /entry/PATH: is created a second time", or for want of
 * memory. */
iclgd_status iclgd_record_fail(iclgd_record *record, const char *path);
iclgd_status iclgd_record_refuse(iclgd_record *record, const char *path,
                                 const char *reason);
iclgd_status iclgd_record_fail_memory(iclgd_record *record);

#endif /* ICLGD_RECORD_WRITE_WRITER_H */
