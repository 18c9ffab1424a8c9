/* Files from outside: regular, of a stated size; text files whole in memory, in
 * UTF-8. */
#ifndef ICLGD_BASE_INPUT_H
#define ICLGD_BASE_INPUT_H

#include <iclgd/arena.h>
#include <iclgd/status.h>

typedef struct iclgd_input {
  const char *text; /* a zero byte follows the last one */
  size_t size;      /* without the byte order mark, which is left out */
} iclgd_input;

/* Read the file once and whole, so that nothing can change between two looks
 * at it; the text belongs to the arena. ICLGD_EINPUT, and a message that starts
 * with the path, for what cannot be opened, is no regular file (a pipe or a
 * device may never end), has more than `limit` bytes, changes while it is read,
 * or is not UTF-8: known formats (UTF-16, gzip, spreadsheets, ...) are named
 * together with what to do, other bytes with their line. */
iclgd_status iclgd_input_read(const char *path, size_t limit,
                              iclgd_arena *arena, iclgd_input *out,
                              iclgd_error *err);

/* Open a regular file for reading: looked at before it is opened, as opening
 * can wait or act, and after. *file is to be closed where it is not -1, on
 * failure too. ICLGD_EINPUT as above. */
iclgd_status iclgd_input_open(const char *path, int *file, size_t *size,
                              iclgd_error *err);

#endif /* ICLGD_BASE_INPUT_H */
