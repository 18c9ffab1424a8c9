/* Where presets, tables and reference figures are found.
 *
 * In this order: $ICLGD_DATA; the folder installed beside the program
 * (../share/iclgd); the data folder of the source the program was built from.
 */
#ifndef ICLGD_CLI_DATA_FOLDER_H
#define ICLGD_CLI_DATA_FOLDER_H

#include <stddef.h>

#include <iclgd/arena.h>
#include <iclgd/status.h>

/* The path of data file `name` of a kind ("presets", "tables", "reference"),
 * for example "quickstart.ini"; the first folder that has it wins. ICLGD_EUSAGE
 * with a message that names what was looked for and where. */
iclgd_status iclgd_data_file(const char *kind, const char *name, char *out,
                             size_t size, iclgd_error *err);

/* The names of all presets found, without ".ini", each once, sorted; memory
 * comes from the arena. ICLGD_EUSAGE when there is none. */
iclgd_status iclgd_data_presets(iclgd_arena *arena, char ***names,
                                size_t *count, iclgd_error *err);

/* The same for sweeps, without ".sweep". */
iclgd_status iclgd_data_sweeps(iclgd_arena *arena, char ***names, size_t *count,
                               iclgd_error *err);

#endif /* ICLGD_CLI_DATA_FOLDER_H */
