/* Text that nobody vouches for, as one line of a terminal. */
#ifndef ICLGD_BASE_LINE_H
#define ICLGD_BASE_LINE_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of the character at `text` when it is well-formed UTF-8 (RFC 3629),
 * and its *code; 0 when it is not. The end of the text is one of 1 byte. */
size_t iclgd_utf8_character(const char *text, uint32_t *code);

/* Make a text safe to print in one line: control characters (of ASCII, ends of
 * lines among them, and U+0080 to U+009F, which move some terminals) and bytes
 * that are no UTF-8 become '?'. It does not get longer. */
void iclgd_one_line(char *text);

#endif /* ICLGD_BASE_LINE_H */
