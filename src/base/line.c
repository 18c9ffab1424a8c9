/* Which bytes of a text may reach a terminal: codes of ECMA-48 begin with
 * control characters of ASCII or of U+0080 to U+009F. */
#include "base/line.h"

#include <stdbool.h>
#include <string.h>

size_t iclgd_utf8_character(const char *text, uint32_t *code) {
  const unsigned char *c = (const unsigned char *)text;
  const size_t length = c[0] < 0x80                   ? 1
                        : c[0] >= 0xC2 && c[0] < 0xE0 ? 2
                        : c[0] >= 0xE0 && c[0] < 0xF0 ? 3
                        : c[0] >= 0xF0 && c[0] < 0xF5 ? 4
                                                      : 0;
  *code = length == 1 ? c[0] : c[0] & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((c[i] & 0xC0) != 0x80) return 0;
    *code = *code << 6 | (c[i] & 0x3Fu);
  }
  const bool overlong =
      (length == 3 && *code < 0x800) || (length == 4 && *code < 0x10000);
  const bool surrogate = *code >= 0xD800 && *code < 0xE000;
  return overlong || surrogate || *code > 0x10FFFF ? 0 : length;
}

static bool is_control(uint32_t code) {
  return code < ' ' || (code >= 0x7F && code < 0xA0);
}

void iclgd_one_line(char *text) {
  char *to = text;
  while (*text) {
    uint32_t code;
    const size_t length = iclgd_utf8_character(text, &code);
    if (length == 0 || is_control(code)) {
      *to++ = '?';
    } else {
      memmove(to, text, length);
      to += length;
    }
    text += length ? length : 1;
  }
  *to = '\0';
}
