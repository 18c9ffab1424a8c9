/* create, fsync, rename, fsync of the folder: the only order in which a crash
 * at any point leaves either the old file or the new one. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leftovers.h"
#include "target.h"

enum { ATTEMPTS = 100 };

static iclgd_status cannot_write(const char *path, int reason,
                                 iclgd_error *err) {
  return iclgd_fail(err, ICLGD_EIO, "%s: cannot write here: %s", path,
                    strerror(reason));
}

/* The folder of `target`, as a path that can be opened. */
static bool folder_of(const char *target, char out[PATH_MAX]) {
  const int length = iclgd_folder_length(target);
  if (length >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return false;
  }
  snprintf(out, PATH_MAX, "%.*s", length ? length : 1, length ? target : ".");
  return true;
}

/* Readable by those who may read the file that it replaces, and by nobody else
 * while it is written. */
static void take_permissions(const iclgd_temporary *t, mode_t more) {
  struct stat old;
  if (stat(t->target, &old) == 0) fchmod(t->file, (old.st_mode & 0777) | more);
}

static iclgd_status prepare(const char *path, iclgd_arena *arena,
                            iclgd_temporary *out, iclgd_error *err) {
  *out = (iclgd_temporary){.file = -1};
  out->path = iclgd_arena_text(arena, path);
  if (!out->path) return iclgd_fail_memory(err, path);
  const iclgd_status status =
      iclgd_target_resolve(path, arena, &out->target, err);
  if (!status) iclgd_remove_leftovers(out->target);
  return status;
}

static iclgd_status create_named(iclgd_temporary *t, iclgd_arena *arena,
                                 iclgd_error *err) {
  for (uint32_t attempt = 0; attempt < ATTEMPTS; ++attempt) {
    char *name = iclgd_temporary_name(t->target, attempt, arena);
    if (!name) return iclgd_fail_memory(err, t->path);
    t->file = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (t->file >= 0) {
      t->name = name;
      t->named = true;
      take_permissions(t, S_IRUSR | S_IWUSR);
      return ICLGD_OK;
    }
    if (errno != EEXIST) break;
  }
  return cannot_write(t->path, errno, err);
}

iclgd_status iclgd_temporary_create_named(const char *path, iclgd_arena *arena,
                                          iclgd_temporary *out,
                                          iclgd_error *err) {
  TRY(prepare(path, arena, out, err));
  return create_named(out, arena, err);
}

/* A file without a name; false where the file system, or a machine without
 * /proc, cannot do that. */
static bool create_unnamed(iclgd_temporary *t, iclgd_arena *arena) {
  enum { SIZE = 32 };
  char folder[PATH_MAX];
  char *name = iclgd_arena_take(arena, SIZE, 1);
  if (!name || !folder_of(t->target, folder)) return false;
  t->file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (t->file < 0) return false;
  snprintf(name, SIZE, "/proc/self/fd/%d", t->file);
  if (access(name, F_OK) != 0) {
    close(t->file);
    t->file = -1;
    return false;
  }
  t->name = name;
  take_permissions(t, S_IRUSR | S_IWUSR);
  return true;
}

iclgd_status iclgd_temporary_create(const char *path, iclgd_arena *arena,
                                    iclgd_temporary *out, iclgd_error *err) {
  const iclgd_status status = prepare(path, arena, out, err);
  if (status || create_unnamed(out, arena)) return status;
  return create_named(out, arena, err);
}

/* link() is the rename that never replaces; where a file system knows no hard
 * links, look first. */
static int rename_fresh(const char *temporary, const char *target) {
  struct stat found;
  if (link(temporary, target) == 0) {
    unlink(temporary);
    return 0;
  }
  if (errno == EEXIST) return -1;
  if (lstat(target, &found) == 0) {
    errno = EEXIST;
    return -1;
  }
  return rename(temporary, target);
}

static int link_unnamed(const iclgd_temporary *t, const char *name) {
  return linkat(AT_FDCWD, t->name, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

/* What is to replace a file needs a name first: only a rename replaces. */
static int replace_with_unnamed(const iclgd_temporary *t) {
  iclgd_arena arena = {0};
  int result = -1;
  errno = ENOMEM;
  char *name = iclgd_temporary_name(t->target, 0, &arena);
  if (name) result = link_unnamed(t, name);
  if (result == 0) {
    result = rename(name, t->target);
    const int reason = errno;
    if (result != 0) unlink(name);
    errno = reason;
  }
  iclgd_arena_free(&arena);
  return result;
}

static int give_name(const iclgd_temporary *t, bool replace) {
  if (t->named)
    return replace ? rename(t->name, t->target)
                   : rename_fresh(t->name, t->target);
  struct stat found;
  if (replace && lstat(t->target, &found) == 0) return replace_with_unnamed(t);
  return link_unnamed(t, t->target);
}

/* Some file systems have nothing to flush for a folder and say EINVAL. */
static int flush_folder(const char *target) {
  char folder[PATH_MAX];
  if (!folder_of(target, folder)) return -1;
  const int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return -1;
  const int result = fsync(file), reason = errno;
  close(file);
  errno = reason;
  return result != 0 && reason != EINVAL ? -1 : 0;
}

iclgd_status iclgd_temporary_publish(iclgd_temporary *t, bool replace,
                                     iclgd_error *err) {
  int result = fsync(t->file);
  if (result == 0) {
    take_permissions(t, 0);
    result = give_name(t, replace);
  }
  if (result != 0) {
    const int reason = errno;
    iclgd_temporary_discard(t);
    if (reason == EEXIST && !replace) return iclgd_target_exists(t->path, err);
    return iclgd_fail(err, ICLGD_EIO, "%s: cannot write: %s", t->path,
                      strerror(reason));
  }
  t->named = false; /* it is no temporary any more */
  iclgd_temporary_discard(t);
  if (flush_folder(t->target) != 0)
    return iclgd_fail(err, ICLGD_EIO,
                      "%s: written, but its folder cannot be flushed: %s",
                      t->path, strerror(errno));
  return ICLGD_OK;
}

iclgd_status iclgd_temporary_end(iclgd_temporary *t, iclgd_status filled,
                                 iclgd_error *err) {
  if (!filled) return iclgd_temporary_publish(t, true, err);
  iclgd_temporary_discard(t);
  return filled;
}

void iclgd_temporary_discard(iclgd_temporary *t) {
  if (!t->name) return;
  if (t->named) unlink(t->name);
  close(t->file);
  t->name = NULL;
}
