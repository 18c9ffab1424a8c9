/* Which byte sequences are characters: RFC 3629, section 4. */
#include "utf8.h"

#include <stdint.h>
#include <string.h>

/* The lengths by lead byte, and what the second byte may be: narrower than
 * 80..BF where a shorter form, a surrogate or more than U+10FFFF would be. */
static const struct {
  uint8_t from, to, length, low, high;
} leads[] = {
    {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f},
    {0xee, 0xef, 3, 0x80, 0xbf}, {0xf0, 0xf0, 4, 0x90, 0xbf},
    {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

size_t iclgd_utf8_length(const char *text, size_t size) {
  const uint8_t *byte = (const uint8_t *)text;
  if (byte[0] < 0x80) return 1;
  for (size_t k = 0; k < sizeof leads / sizeof *leads; ++k) {
    if (byte[0] < leads[k].from || byte[0] > leads[k].to) continue;
    const size_t length = leads[k].length;
    if (length > size || byte[1] < leads[k].low || byte[1] > leads[k].high)
      return 0;
    for (size_t i = 2; i < length; ++i)
      if (byte[i] < 0x80 || byte[i] > 0xbf) return 0;
    return length;
  }
  return 0;
}

size_t iclgd_utf8_valid(const char *text, size_t size) {
  size_t done = 0;
  while (done < size) {
    const size_t length = iclgd_utf8_length(text + done, size - done);
    if (length == 0) break;
    done += length;
  }
  return done;
}

size_t iclgd_utf8_mark(const char *text, size_t size) {
  return size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}
