/* What a file may be written to. */
#include "target.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

iclgd_status iclgd_target_exists(const char *path, iclgd_error *err) {
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
  return replace ? ICLGD_OK : iclgd_target_exists(path, err);
}

iclgd_status iclgd_target_check_source(const char *path, const char *source,
                                       iclgd_error *err) {
  struct stat target, read;
  if (stat(path, &target) == 0 && stat(source, &read) == 0 &&
      target.st_dev == read.st_dev && target.st_ino == read.st_ino)
    return iclgd_fail(err, ICLGD_EUSAGE, "%s: is the file that is read", path);
  return ICLGD_OK;
}

/* By its signature (HDF5 File Format Specification, superblock). */
static bool is_hdf5(const char *path) {
  static const char signature[] = "\x89HDF\r\n\x1a\n";
  char begin[sizeof signature] = "";
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  const size_t count = fread(begin, 1, sizeof signature - 1, file);
  fclose(file);
  return count == sizeof signature - 1 && memcmp(begin, signature, count) == 0;
}

iclgd_status iclgd_target_check_beside(const char *path, const char *source,
                                       iclgd_error *err) {
  TRY(iclgd_target_check_source(path, source, err));
  TRY(iclgd_target_check(path, true, err));
  if (!is_hdf5(path)) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: is an HDF5 file, as runs are, which nothing made of a "
                    "run replaces",
                    path);
}

int iclgd_folder_length(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? (int)(slash + 1 - path) : 0;
}

iclgd_status iclgd_target_resolve(const char *path, iclgd_arena *arena,
                                  const char **out, iclgd_error *err) {
  enum { LINKS = 40 }; /* as many as the system follows */
  char at[PATH_MAX], link[PATH_MAX];
  size_t length = strlen(path);
  bool is_link = length < sizeof at;
  if (is_link) memcpy(at, path, length + 1);
  for (int i = 0; is_link && i < LINKS; ++i) {
    const ssize_t got = readlink(at, link, sizeof link - 1);
    is_link = got > 0;
    if (!is_link) break;
    const size_t folder = *link == '/' ? 0 : (size_t)iclgd_folder_length(at);
    if (folder + (size_t)got >= sizeof at)
      return iclgd_fail(err, ICLGD_EIO, "%s: cannot write here: %s", path,
                        strerror(ENAMETOOLONG));
    memcpy(at + folder, link, (size_t)got);
    at[folder + (size_t)got] = '\0';
    path = at;
  }
  *out = iclgd_arena_text(arena, path);
  return *out ? ICLGD_OK : iclgd_fail_memory(err, path);
}
