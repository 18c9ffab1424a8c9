/* What fuzz targets share. */
#include "fuzz.h"

#include <iclgd/settings.h>
#include <stdlib.h>
#include <string.h>

static const iclgd_key keys[] = {
    KEY_INT("size.int", "3", 1, 100, "an integer"),
    KEY_REAL("size.real", "0.5", 0, 1e9, "a number"),
    KEY_REALS("size.reals", "1,2", -10, 10, "numbers"),
    KEY_FORM("law.form", "plain", "plain|power:real|pool:int|file:path",
             "one of several"),
    KEY_TEXT("title", "", "a text"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

void fuzz_check_line(const char *text) {
  if (strlen(text) >= sizeof((iclgd_error *)0)->text) abort();
  for (const char *c = text; *c; ++c)
    if ((unsigned char)*c < 32 || *c == 127) abort();
}

char *fuzz_text(const uint8_t *data, size_t size) {
  char *text = malloc(size + 1);
  if (!text) abort();
  if (size) memcpy(text, data, size);
  text[size] = '\0';
  return text;
}

struct iclgd_settings *fuzz_settings(void) {
  iclgd_settings *settings;
  if (iclgd_settings_create(&key_set, 1, &settings, NULL)) abort();
  return settings;
}
