/* A dataset or an attribute that is open for reading: what it is, whether it
 * is what was expected and safe to read, and its values. */
#ifndef ICLGD_RECORD_READ_OBJECT_H
#define ICLGD_RECORD_READ_OBJECT_H

#include <hdf5.h>

#include "source.h"

typedef enum iclgd_kind {
  ICLGD_KIND_NUMBER, /* float or integer: read as double */
  ICLGD_KIND_INT,
  ICLGD_KIND_TEXT
} iclgd_kind;

typedef struct iclgd_object {
  const iclgd_source *source;
  hid_t id, type, space;                /* of the dataset or attribute */
  char name[ICLGD_FULL_PATH_MAX + 320]; /* "run.h5: /entry/prompts/x" */
  H5T_class_t type_class;
  size_t type_size; /* bytes of an element */
  size_t rank;
  size_t extents[H5S_MAX_RANK];
  size_t count; /* of elements, once iclgd_object_expect has looked */
} iclgd_object;

/* Open; to be closed whatever the result. ICLGD_EINPUT when there is no such
 * thing, or a dataset is stored in a way that is not accepted. */
iclgd_status iclgd_object_dataset(const iclgd_source *source, const char *path,
                                  iclgd_object *object, iclgd_error *err);
iclgd_status iclgd_object_attribute(const iclgd_source *source,
                                    const char *path, const char *name,
                                    iclgd_object *object, iclgd_error *err);
void iclgd_object_close(const iclgd_object *object);

/* An object that closes with its scope. */
#define SCOPED_OBJECT __attribute__((cleanup(iclgd_object_close))) iclgd_object

/* Type, rank and extents are as expected; an extent of 0 is free and filled
 * in. */
iclgd_status iclgd_object_expect_shape(const iclgd_object *object,
                                       iclgd_kind kind, size_t rank,
                                       size_t *extents, iclgd_error *err);

/* The same, and all values fit in the memory that a reader will spend. */
iclgd_status iclgd_object_expect(iclgd_object *object, iclgd_kind kind,
                                 size_t rank, size_t *extents,
                                 iclgd_error *err);

/* The same for a scalar or an array of one element, and for a list. */
iclgd_status iclgd_object_expect_one(iclgd_object *object, iclgd_kind kind,
                                     iclgd_error *err);
iclgd_status iclgd_object_expect_list(iclgd_object *object, iclgd_kind kind,
                                      iclgd_error *err);

/* "int32[3x4]", "float64 scalar", "compound[7]". */
void iclgd_object_describe(const iclgd_object *object, char *out, size_t size);

/* The values of an object that was expected, to `out` with room for
 * object->count: double, int64_t or, in the arena, char * by the kind. */
iclgd_status iclgd_object_read(const iclgd_object *object, iclgd_kind kind,
                               iclgd_arena *arena, void *out, iclgd_error *err);

/* The same in memory of the arena; NULL when that fails. */
void *iclgd_object_values(const iclgd_object *object, iclgd_kind kind,
                          iclgd_arena *arena, iclgd_status *status,
                          iclgd_error *err);

#endif /* ICLGD_RECORD_READ_OBJECT_H */
