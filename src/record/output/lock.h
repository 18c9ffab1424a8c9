/* One writer at a time on an output. A second one learns it at once, not when
 * its work is done. */
#ifndef ICLGD_RECORD_OUTPUT_LOCK_H
#define ICLGD_RECORD_OUTPUT_LOCK_H

#include <iclgd/arena.h>
#include <iclgd/status.h>

typedef struct iclgd_output_lock {
  const char *name; /* of the file that is locked; NULL: none */
  int file;
} iclgd_output_lock;

/* Lock .NAME.lock beside `path`, until it is released or the process ends,
 * however it does. ICLGD_EIO when another process holds it. Where nothing can
 * be locked, because the folder cannot be written or the file system knows no
 * locks, there is none: the first will be said by whoever writes. */
iclgd_status iclgd_output_lock_take(const char *path, iclgd_arena *arena,
                                    iclgd_output_lock *out, iclgd_error *err);
void iclgd_output_lock_release(iclgd_output_lock *lock);

#endif /* ICLGD_RECORD_OUTPUT_LOCK_H */
