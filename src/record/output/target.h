/* The path that a file is to be written to: may it be, and what is it really?
 */
#ifndef ICLGD_RECORD_OUTPUT_TARGET_H
#define ICLGD_RECORD_OUTPUT_TARGET_H

#include <iclgd/arena.h>
#include <iclgd/status.h>
#include <stdbool.h>

/* Refuse a path that can not or must not be written: a folder, something that
 * is no regular file, an existing file unless `replace`. ICLGD_EUSAGE. */
iclgd_status iclgd_target_check(const char *path, bool replace,
                                iclgd_error *err);

/* The same for what is made from the file `source`, which is never replaced, by
 * any name; nor is another HDF5 file. */
iclgd_status iclgd_target_check_beside(const char *path, const char *source,
                                       iclgd_error *err);

/* Refuse the file `source`, by any name. ICLGD_EUSAGE. */
iclgd_status iclgd_target_check_source(const char *path, const char *source,
                                       iclgd_error *err);

/* Where `path` leads: symbolic links are followed, also to what does not exist
 * yet. *out lives in the arena. */
iclgd_status iclgd_target_resolve(const char *path, iclgd_arena *arena,
                                  const char **out, iclgd_error *err);

/* The failure of finding a file at `path` that is not to be replaced. */
iclgd_status iclgd_target_exists(const char *path, iclgd_error *err);

/* The length of the folder in `path`, its slash included; 0: none. */
int iclgd_folder_length(const char *path);

#endif /* ICLGD_RECORD_OUTPUT_TARGET_H */
