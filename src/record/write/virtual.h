/* Arrays whose values stand in other files: virtual datasets of HDF5, which
 * every program on it reads as one array. We do not read them (iclgd/record.h),
 * so they make a file of their own. */
#ifndef ICLGD_RECORD_WRITE_VIRTUAL_H
#define ICLGD_RECORD_WRITE_VIRTUAL_H

#include <iclgd/record.h>

/* A whole dataset of another file, of doubles, at a place of the first dim. */
typedef struct iclgd_virtual_part {
  const char *file; /* its path from the folder of the new file */
  size_t place;
  size_t extents[ICLGD_RANK_MAX - 1];
} iclgd_virtual_part;

/* /entry/PATH in all files; NaN where a part is smaller or missing. */
typedef struct iclgd_virtual_array {
  const char *path, *dims; /* dims: of the whole, "point,index,prompt" */
  size_t rank;             /* of a part */
  size_t extents[ICLGD_RANK_MAX - 1]; /* the largest */
  const iclgd_virtual_part *parts;
  size_t count;
} iclgd_virtual_array;

/* Write them over `places` places, and /entry/id (places), their names; the
 * file replaces an older one. ICLGD_EIO: it cannot be written. */
iclgd_status iclgd_virtual_write(const char *path,
                                 const iclgd_virtual_array *arrays,
                                 size_t count, const char *const *ids,
                                 size_t places, iclgd_error *err);

#endif /* ICLGD_RECORD_WRITE_VIRTUAL_H */
