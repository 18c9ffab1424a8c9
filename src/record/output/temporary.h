/* A file that nobody sees until it is complete: made without a name in the
 * folder of its final path (with a temporary name where the file system cannot
 * do that), flushed to the disk, then given its name. What has no name is gone
 * with the process, however that ends; a temporary name says whose it is, so
 * that the next writer of the same path removes what a killed one has left. */
#ifndef ICLGD_RECORD_OUTPUT_TEMPORARY_H
#define ICLGD_RECORD_OUTPUT_TEMPORARY_H

#include <iclgd/arena.h>
#include <iclgd/status.h>
#include <stdbool.h>

/* `name` opens it as long as `file` is open; texts live in an arena. */
typedef struct iclgd_temporary {
  const char *path;   /* where it is to stand, as its user calls it */
  const char *target; /* the same, symbolic links followed */
  const char *name;   /* NULL: none under way */
  int file;           /* its descriptor */
  bool named;         /* it can be seen in its folder */
} iclgd_temporary;

/* Create an empty file for `path`, with the permissions that the umask leaves
 * or, if it is to replace a file, with those of that file. Left-overs of dead
 * writers of the same path are removed. */
iclgd_status iclgd_temporary_create(const char *path, iclgd_arena *arena,
                                    iclgd_temporary *out, iclgd_error *err);

/* The same with a name from the start: for HDF5, which opens no others, and on
 * file systems that know no other way. */
iclgd_status iclgd_temporary_create_named(const char *path, iclgd_arena *arena,
                                          iclgd_temporary *out,
                                          iclgd_error *err);

/* Flush it to the disk, give it its final name and flush the folder. Without
 * `replace` a file that stands there by now is kept and ICLGD_EUSAGE returned.
 * The temporary is none any more, published or removed. */
iclgd_status iclgd_temporary_publish(iclgd_temporary *temporary, bool replace,
                                     iclgd_error *err);

/* Publish it, replacing what is there, if it was filled well; else remove it.
 * The status of filling it, or of that. */
iclgd_status iclgd_temporary_end(iclgd_temporary *temporary,
                                 iclgd_status filled, iclgd_error *err);

/* Remove it, if there is one. */
void iclgd_temporary_discard(iclgd_temporary *temporary);

#endif /* ICLGD_RECORD_OUTPUT_TEMPORARY_H */
