/* create, fsync, rename, fsync of the folder: the only order in which a crash
 * at any point leaves either the old file or the new one. */
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ATTEMPTS = 100, NAME_KEPT = 200 };

static iclgd_status exists(const char *path, iclgd_error *err) {
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: exists already; --force replaces it", path);
}

iclgd_status iclgd_target_check(const char *path, bool replace,
                                iclgd_error *err) {
  struct stat found;
  if (*path == '\0' || path[strlen(path) - 1] == '/')
    return iclgd_fail(err, ICLGD_EUSAGE, "\"%s\": expected the name of a file",
                      path);
  if (stat(path, &found) != 0) {
    if (errno == ENOENT) return ICLGD_OK;
    return iclgd_fail(err, ICLGD_EIO, "%s: cannot write: %s", path,
                      strerror(errno));
  }
  if (S_ISDIR(found.st_mode))
    return iclgd_fail(err, ICLGD_EUSAGE, "%s: expected a file, found a folder",
                      path);
  if (!S_ISREG(found.st_mode))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: expected a regular file, found a device or pipe",
                      path);
  return replace ? ICLGD_OK : exists(path, err);
}

iclgd_status iclgd_target_check_beside(const char *path, const char *source,
                                       iclgd_error *err) {
  struct stat target, read;
  if (stat(path, &target) == 0 && stat(source, &read) == 0 &&
      target.st_dev == read.st_dev && target.st_ino == read.st_ino)
    return iclgd_fail(err, ICLGD_EUSAGE, "%s: is the file that is read", path);
  return iclgd_target_check(path, true, err);
}

/* The length of the folder in `path`, its slash included. */
static int folder_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (int)(slash + 1 - path) : 0;
}

static uint32_t scramble(uint32_t attempt) {
  struct timespec now = {0};
  clock_gettime(CLOCK_REALTIME, &now);
  const uint32_t mixed = (uint32_t)now.tv_nsec ^ (uint32_t)now.tv_sec << 12 ^
                         (uint32_t)getpid() << 20;
  return (mixed + attempt) * UINT32_C(2654435761);
}

iclgd_status iclgd_temporary_create(const char *path, iclgd_arena *arena,
                                    const char **out, iclgd_error *err) {
  const size_t size = strlen(path) + 32;
  char *name = iclgd_arena_take(arena, size, 1);
  if (!name) return iclgd_fail_memory(err, path);
  const int folder = folder_length(path);
  for (uint32_t attempt = 0; attempt < ATTEMPTS; ++attempt) {
    snprintf(name, size, "%.*s.%.*s.%08x.tmp", folder, path, NAME_KEPT,
             path + folder, scramble(attempt));
    const int file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file >= 0) {
      close(file);
      *out = name;
      return ICLGD_OK;
    }
    if (errno != EEXIST) break;
  }
  return iclgd_fail(err, ICLGD_EIO, "%s: cannot write here: %s", path,
                    strerror(errno));
}

/* fsync, of a file or a folder. Some file systems have nothing to flush for a
 * folder and say EINVAL. */
static int flush_path(const char *path, int flags) {
  const int file = open(path, flags | O_CLOEXEC);
  if (file < 0) return -1;
  const int result = fsync(file);
  const int reason = errno;
  close(file);
  errno = reason;
  return result != 0 && reason != EINVAL ? -1 : 0;
}

/* link() is the rename that never replaces; where a file system knows no hard
 * links, look first. */
static int rename_fresh(const char *temporary, const char *path) {
  struct stat found;
  if (link(temporary, path) == 0) {
    unlink(temporary);
    return 0;
  }
  if (errno == EEXIST) return -1;
  if (lstat(path, &found) == 0) {
    errno = EEXIST;
    return -1;
  }
  return rename(temporary, path);
}

static int flush_folder(const char *path) {
  char folder[PATH_MAX];
  const int length = folder_length(path);
  if (length == 0) return flush_path(".", O_RDONLY | O_DIRECTORY);
  const int needed = snprintf(folder, sizeof folder, "%.*s", length, path);
  if (needed >= (int)sizeof folder) {
    errno = ENAMETOOLONG;
    return -1;
  }
  return flush_path(folder, O_RDONLY | O_DIRECTORY);
}

iclgd_status iclgd_temporary_publish(const char *temporary, const char *path,
                                     bool replace, iclgd_error *err) {
  int result = flush_path(temporary, O_RDWR);
  if (result == 0)
    result = replace ? rename(temporary, path) : rename_fresh(temporary, path);
  if (result != 0) {
    const int reason = errno;
    unlink(temporary);
    if (reason == EEXIST && !replace) return exists(path, err);
    return iclgd_fail(err, ICLGD_EIO, "%s: cannot write: %s", path,
                      strerror(reason));
  }
  if (flush_folder(path) != 0)
    return iclgd_fail(err, ICLGD_EIO,
                      "%s: written, but its folder cannot be flushed: %s", path,
                      strerror(errno));
  return ICLGD_OK;
}
