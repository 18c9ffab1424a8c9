/* Settings in one line of text, as keys of probes have it. */
#ifndef ICLGD_PROBES_WORDS_H
#define ICLGD_PROBES_WORDS_H

#include <iclgd/settings.h>

/* Set every word "key=value" of a text, the words apart by blanks, each with
 * `prefix` before it. Errors as of iclgd_settings_override. */
iclgd_status iclgd_words_set(iclgd_settings *settings, const char *prefix,
                             const char *words, iclgd_error *err);

#endif /* ICLGD_PROBES_WORDS_H */
