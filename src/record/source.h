/* An open file, and finding things in it along hard links only. */
#ifndef ICLGD_RECORD_SOURCE_H
#define ICLGD_RECORD_SOURCE_H

#include <hdf5.h>
#include <iclgd/record.h>

enum { ICLGD_FULL_PATH_MAX = 512 };

struct iclgd_source {
  hid_t file;
  char *path;
};

/* The absolute path that `path` stands for: below /entry, or as it is when it
 * begins with a slash. False when it is too long. */
bool iclgd_source_full_path(const char *path, char full[ICLGD_FULL_PATH_MAX]);

/* Open the object at an absolute path when every link on the way is a hard
 * one; *out is to be closed by the caller. */
iclgd_status iclgd_source_locate(const iclgd_source *source, const char *full,
                                 hid_t *out, iclgd_error *err);

#endif /* ICLGD_RECORD_SOURCE_H */
