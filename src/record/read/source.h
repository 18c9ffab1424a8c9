/* An open file, and finding things in it along hard links only. */
#ifndef ICLGD_RECORD_READ_SOURCE_H
#define ICLGD_RECORD_READ_SOURCE_H

#include <hdf5.h>
#include <iclgd/record.h>

enum { ICLGD_FULL_PATH_MAX = 512 };

/* The first failure of the library, or of memory, in a reading that its caller
 * may have taken for "is not there". */
typedef struct iclgd_loss {
  bool there;
  iclgd_error what;
} iclgd_loss;

struct iclgd_source {
  hid_t file;
  char *path;
  iclgd_loss *loss; /* what could not be read although it is there */
};

/* iclgd_fail_hdf5 (ICLGD_EINPUT) and iclgd_fail_memory, kept in the source for
 * iclgd_source_check_read. */
iclgd_status iclgd_source_lose(const iclgd_source *source, iclgd_error *err,
                               const char *format, ...)
    __attribute__((format(printf, 3, 4)));
iclgd_status iclgd_source_lose_memory(const iclgd_source *source,
                                      iclgd_error *err, const char *what);

/* The absolute path that `path` stands for: below /entry, or as it is when it
 * begins with a slash. False when it is too long. */
bool iclgd_source_full_path(const char *path, char full[ICLGD_FULL_PATH_MAX]);

/* Open the object that `path` stands for, whose absolute path goes to `full`,
 * when every link on the way is a hard one; *out is to be closed by the caller.
 */
iclgd_status iclgd_source_locate(const iclgd_source *source, const char *path,
                                 char full[ICLGD_FULL_PATH_MAX], hid_t *out,
                                 iclgd_error *err);

/* The same for those who only ask: negative when there is none. */
hid_t iclgd_source_object(const iclgd_source *source, const char *path);

/* How many hard links lead to an object, and its address, by which it is known
 * under all of them; 0 when there is none. */
size_t iclgd_source_links(const iclgd_source *source, const char *path,
                          uint64_t *address);

/* ICLGD_EINPUT when a dataset claims more bytes than what the file stores of
 * it can hold: rows without end of a small file. */
iclgd_status iclgd_source_check_claim(const iclgd_source *source,
                                      const char *path, iclgd_error *err);

#endif /* ICLGD_RECORD_READ_SOURCE_H */
