/* Word by word (see words.h). */
#include "probes/shared/words.h"

#include <stdio.h>
#include <string.h>

iclgd_status iclgd_words_set(iclgd_settings *settings, const char *prefix,
                             const char *words, iclgd_error *err) {
  char one[256];
  for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
    const size_t length = strcspn(words, " ");
    if (strlen(prefix) + length >= sizeof one)
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "%s%.40s..: expected less than %zu characters", prefix,
                        words, sizeof one);
    snprintf(one, sizeof one, "%s%.*s", prefix, (int)length, words);
    TRY(iclgd_settings_override(settings, one, err));
    words += length;
  }
  return ICLGD_OK;
}
