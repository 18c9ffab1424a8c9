/* Settings from a preset, a file and key=value arguments. */
#ifndef ICLGD_CLI_SETTINGS_H
#define ICLGD_CLI_SETTINGS_H

#include <iclgd/settings.h>
#include <stdbool.h>

/* The file of a preset; ICLGD_EUSAGE with the nearest name when there is none.
 */
iclgd_status iclgd_cli_preset(const char *name, char *out, size_t size,
                              iclgd_error *err);

/* Whether it is the name of a file that a run wrote: it ends with .h5. */
bool iclgd_cli_is_run(const char *name);

/* Settings from `name` (a preset or an INI file; NULL: defaults) and then the
 * key=value arguments. A table that is not found as given is looked for in the
 * data folder. The caller frees *out. */
iclgd_status iclgd_cli_settings(const char *name, char **assignments, int count,
                                iclgd_settings **out, iclgd_error *err);

/* Apply key=value arguments to settings and find the table they name. */
iclgd_status iclgd_cli_override(iclgd_settings *settings, char **assignments,
                                int count, iclgd_error *err);

#endif /* ICLGD_CLI_SETTINGS_H */
