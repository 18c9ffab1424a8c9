/* Text in UTF-8 that comes from outside. */
#ifndef ICLGD_BASE_UTF8_H
#define ICLGD_BASE_UTF8_H

#include <stddef.h>

/* How many of the first `size` bytes of `text`, behind which a zero byte
 * stands, are whole characters (RFC 3629); `size` when all are. */
size_t iclgd_utf8_valid(const char *text, size_t size);

/* The mark that some programs write before UTF-8 text, U+FEFF: 3 bytes where
 * it stands, else 0. */
size_t iclgd_utf8_mark(const char *text, size_t size);

#endif /* ICLGD_BASE_UTF8_H */
