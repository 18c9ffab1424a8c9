/* Arguments key=value: what was accepted is accepted again. */
#include <iclgd/settings.h>
#include <stdlib.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  iclgd_error err = {""};
  char *text = fuzz_text(data, size);
  iclgd_settings *settings = fuzz_settings();
  if (iclgd_settings_override(settings, text, &err))
    fuzz_check_line(err.text);
  else
    for (size_t i = 0; i < iclgd_settings_count(settings); ++i)
      if (iclgd_settings_set(settings, iclgd_settings_key(settings, i)->name,
                             iclgd_settings_value(settings, i), "again", &err))
        abort();
  iclgd_settings_free(settings);
  free(text);
  return 0;
}
