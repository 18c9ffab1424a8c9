/* What of a text is UTF-8. */
#include "utf8.h"

#include <string.h>

#include "line.h"

size_t iclgd_utf8_valid(const char *text, size_t size) {
  size_t done = 0;
  while (done < size) {
    uint32_t code;
    const size_t length = iclgd_utf8_character(text + done, &code);
    if (length == 0) break;
    done += length;
  }
  return done;
}

size_t iclgd_utf8_mark(const char *text, size_t size) {
  return size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}
