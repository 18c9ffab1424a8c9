/* INI files: what was accepted is written as an INI file that says the same. */
#include <iclgd/settings.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  iclgd_error err = {""};
  char *text = fuzz_text(data, size);
  iclgd_settings *first = fuzz_settings(), *second = fuzz_settings();
  if (iclgd_settings_load_text(first, text, "in.ini", &err)) {
    fuzz_check_line(err.text);
  } else {
    char *written = iclgd_settings_ini(first);
    if (!written || iclgd_settings_load_text(second, written, "out.ini", &err))
      abort();
    for (size_t i = 0; i < iclgd_settings_count(first); ++i)
      if (strcmp(iclgd_settings_value(first, i),
                 iclgd_settings_value(second, i)) != 0)
        abort();
    free(written);
  }
  iclgd_settings_free(first);
  iclgd_settings_free(second);
  free(text);
  return 0;
}
