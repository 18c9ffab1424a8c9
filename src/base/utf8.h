/* UTF-8 (RFC 3629): which bytes are text. */
#ifndef ICLGD_BASE_UTF8_H
#define ICLGD_BASE_UTF8_H

#include <stddef.h>

/* The length in bytes, 1 to 4, of the character at the start of `text`; 0
 * where none stands: a stray or missing continuation, an overlong form, a
 * surrogate, beyond U+10FFFF. `size` >= 1 bytes are looked at at most. */
size_t iclgd_utf8_length(const char *text, size_t size);

/* How many bytes of `text` are whole characters; `size` when all are. */
size_t iclgd_utf8_valid(const char *text, size_t size);

/* The mark that some programs write before UTF-8 text, U+FEFF: 3 bytes where
 * it stands, else 0. */
size_t iclgd_utf8_mark(const char *text, size_t size);

#endif /* ICLGD_BASE_UTF8_H */
