/* Text files from outside: what is read is bounded, whole and UTF-8. */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utf8.h"

static iclgd_status check_kind(const char *path, mode_t mode,
                               iclgd_error *err) {
  if (S_ISREG(mode)) return ICLGD_OK;
  const char *found = "a device";
  if (S_ISDIR(mode)) found = "a folder";
  if (S_ISFIFO(mode)) found = "a pipe (write it into a file first)";
  if (S_ISSOCK(mode)) found = "a socket";
  return iclgd_fail(err, ICLGD_EINPUT, "%s: expected a regular file, found %s",
                    path, found);
}

iclgd_status iclgd_input_open(const char *path, int *file, size_t *size,
                              iclgd_error *err) {
  struct stat s;
  *file = -1;
  if (stat(path, &s) == 0) {
    TRY(check_kind(path, s.st_mode, err));
    *file = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  }
  if (*file < 0 || fstat(*file, &s) != 0)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot open: %s", path,
                      strerror(errno));
  *size = (size_t)s.st_size;
  return check_kind(path, s.st_mode, err);
}

/* All `size` bytes and one more, to see whether there are more by now. */
static iclgd_status read_whole(int file, const char *path, size_t size,
                               char *text, iclgd_error *err) {
  size_t done = 0;
  while (done <= size) {
    const ssize_t got = read(file, text + done, size + 1 - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot read: %s", path,
                        strerror(errno));
    if (got == 0) break;
    done += (size_t)got;
  }
  if (done != size)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: changed its size while it was read", path);
  text[size] = '\0';
  return ICLGD_OK;
}

/* Formats that are taken for text, by their first bytes. */
static const struct {
  const char *start;
  size_t length;
  const char *what;
} formats[] = {
#define START(bytes) bytes, sizeof(bytes) - 1
    {START("\xff\xfe"), "UTF-16: convert it with iconv -f UTF-16 -t UTF-8"},
    {START("\xfe\xff"), "UTF-16: convert it with iconv -f UTF-16 -t UTF-8"},
    {START("\x1f\x8b"), "compressed: unpack it with gunzip"},
    {START("BZh"), "compressed: unpack it with bunzip2"},
    {START("\xfd\x37\x7a\x58\x5a"), "compressed: unpack it with unxz"},
    {START("\x28\xb5\x2f\xfd"), "compressed: unpack it with unzstd"},
    {START("PK\3\4"),
     "a zip archive or a spreadsheet (.xlsx, .ods): unpack it, or save the "
     "sheet as CSV in UTF-8"},
    {START("\xd0\xcf\x11\xe0"),
     "a spreadsheet (.xls): save the sheet as CSV in UTF-8"},
    {START("PAR1"), "a Parquet file: write the table as CSV"},
    {START("\x89HDF\r\n"), "an HDF5 file"},
#undef START
};

/* ASCII in UTF-16 has a zero byte in each pair. */
static bool is_wide(const char *text, size_t size) {
  return size >= 4 && ((text[0] && !text[1] && text[2] && !text[3]) ||
                       (!text[0] && text[1] && !text[2] && text[3]));
}

static iclgd_status check_format(const char *path, const char *text,
                                 size_t size, iclgd_error *err) {
  const char *what = is_wide(text, size) ? formats[0].what : NULL;
  for (size_t i = 0; i < sizeof formats / sizeof *formats; ++i)
    if (size >= formats[i].length &&
        memcmp(text, formats[i].start, formats[i].length) == 0)
      what = formats[i].what;
  if (!what) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT, "%s: expected text in UTF-8, found %s",
                    path, what);
}

static iclgd_status check_utf8(const char *path, const char *text, size_t size,
                               iclgd_error *err) {
  const size_t valid = iclgd_utf8_valid(text, size);
  if (valid == size) return ICLGD_OK;
  size_t line = 1;
  for (size_t i = 0; i < valid; ++i) line += text[i] == '\n';
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s, line %zu: expected text in UTF-8, found the byte 0x%x "
                    "(if it is Latin-1, convert it with iconv -f LATIN1 "
                    "-t UTF-8)",
                    path, line, (unsigned)(unsigned char)text[valid]);
}

static iclgd_status read_open(int file, const char *path, size_t size,
                              iclgd_arena *arena, iclgd_input *out,
                              iclgd_error *err) {
  char *text = iclgd_arena_take(arena, size + 1, 1);
  if (!text) return iclgd_fail_memory(err, path);
  TRY(read_whole(file, path, size, text, err));
  TRY(check_format(path, text, size, err));
  TRY(check_utf8(path, text, size, err));
  const size_t mark = iclgd_utf8_mark(text, size);
  *out = (iclgd_input){text + mark, size - mark};
  return ICLGD_OK;
}

iclgd_status iclgd_input_read(const char *path, size_t limit,
                              iclgd_arena *arena, iclgd_input *out,
                              iclgd_error *err) {
  int file = -1;
  size_t size = 0;
  iclgd_status status = iclgd_input_open(path, &file, &size, err);
  if (!status && size > limit)
    status = iclgd_fail(err, ICLGD_EINPUT,
                        "%s: expected at most %zu MiB, found %.1f", path,
                        limit >> 20, (double)size / 0x1p20);
  if (!status) status = read_open(file, path, size, arena, out, err);
  if (file >= 0) close(file);
  return status;
}
