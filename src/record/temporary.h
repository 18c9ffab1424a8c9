/* A file that nobody sees until it is complete: made under a temporary name in
 * the folder of its final path, flushed to the disk, then renamed. */
#ifndef ICLGD_RECORD_TEMPORARY_H
#define ICLGD_RECORD_TEMPORARY_H

#include <iclgd/arena.h>
#include <iclgd/status.h>
#include <stdbool.h>

/* Refuse a path that can not or must not be written: a folder, something that
 * is no regular file, an existing file unless `replace`. ICLGD_EUSAGE. */
iclgd_status iclgd_target_check(const char *path, bool replace,
                                iclgd_error *err);

/* The same for what is made from the file `source`, which is never replaced; by
 * any name. */
iclgd_status iclgd_target_check_beside(const char *path, const char *source,
                                       iclgd_error *err);

/* Create an empty file .NAME.xxxxxxxx.tmp beside `path`, with the permissions
 * that the umask leaves; *out lives in the arena. */
iclgd_status iclgd_temporary_create(const char *path, iclgd_arena *arena,
                                    const char **out, iclgd_error *err);

/* Flush the temporary to the disk, give it its final name and flush the
 * folder. Without `replace` a file that stands at `path` by now is kept and
 * ICLGD_EUSAGE returned. On failure the temporary is removed. */
iclgd_status iclgd_temporary_publish(const char *temporary, const char *path,
                                     bool replace, iclgd_error *err);

#endif /* ICLGD_RECORD_TEMPORARY_H */
