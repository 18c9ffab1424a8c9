/* flock() on a file beside the output: the system lets go of it when its holder
 * ends. The file itself is removed by the holder, so that whoever gets the lock
 * must see that it is still the file of that name. */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target.h"

enum { NAME_KEPT = 200 };

static bool is_of_that_name(int file, const char *name) {
  struct stat held, found;
  return fstat(file, &held) == 0 && stat(name, &found) == 0 &&
         held.st_dev == found.st_dev && held.st_ino == found.st_ino;
}

/* The holder has written its number into the file. */
static iclgd_status is_taken(int file, const char *path, iclgd_error *err) {
  char text[24] = "";
  const ssize_t got = pread(file, text, sizeof text - 1, 0);
  const long pid = got > 0 ? strtol(text, NULL, 10) : 0;
  close(file);
  return pid > 0 ? iclgd_fail(err, ICLGD_EIO,
                              "%s: is being written by process %ld", path, pid)
                 : iclgd_fail(err, ICLGD_EIO,
                              "%s: is being written by another process", path);
}

static void sign(int file) {
  char text[24];
  const int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
  if (ftruncate(file, 0) != 0 || pwrite(file, text, (size_t)length, 0) < 0)
    return; /* then a second writer is told no number */
}

static iclgd_status take(const char *path, iclgd_output_lock *lock,
                         iclgd_error *err) {
  for (;;) {
    const int file = open(lock->name, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) return ICLGD_OK;
    if (flock(file, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return is_taken(file, path, err);
      if (errno != EINTR) { /* no locks here, so nobody holds it */
        unlink(lock->name);
        close(file);
        return ICLGD_OK;
      }
    } else if (is_of_that_name(file, lock->name)) {
      sign(file);
      lock->file = file;
      return ICLGD_OK;
    }
    close(file);
  }
}

iclgd_status iclgd_output_lock_take(const char *path, iclgd_arena *arena,
                                    iclgd_output_lock *out, iclgd_error *err) {
  const char *target;
  *out = (iclgd_output_lock){.file = -1};
  TRY(iclgd_target_resolve(path, arena, &target, err));
  const int folder = iclgd_folder_length(target);
  const size_t size = strlen(target) + 16;
  char *name = iclgd_arena_take(arena, size, 1);
  if (!name) return iclgd_fail_memory(err, path);
  snprintf(name, size, "%.*s.%.*s.lock", folder, target, NAME_KEPT,
           target + folder);
  out->name = name;
  return take(path, out, err);
}

void iclgd_output_lock_release(iclgd_output_lock *lock) {
  if (lock->file < 0) return;
  unlink(lock->name);
  close(lock->file);
  lock->file = -1;
}
