/* iclgd/keys.h - the one table of settings: the union of all declared keys. */
#ifndef ICLGD_KEYS_H
#define ICLGD_KEYS_H

#include "iclgd/settings.h"

/* Settings with every key of the program, probes included, at its default; the
 * table itself is then read by iclgd_settings_count and _key. */
iclgd_status iclgd_settings_defaults(iclgd_settings **out, iclgd_error *err);

#endif /* ICLGD_KEYS_H */
