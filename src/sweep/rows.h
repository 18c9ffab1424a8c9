/* What the table of a sweep takes of each run, kept in DIR/rows.json so that no
 * run is read twice. It can be removed at any time. */
#ifndef ICLGD_SWEEP_ROWS_H
#define ICLGD_SWEEP_ROWS_H

#include <iclgd/json.h>
#include <sys/stat.h>

/* A row is {"depth", "scalars": [..], "namings": [..], "curves": [[..] ..]} in
 * the order of columns.h. */

/* What is kept of a folder; nothing of it where another release wrote it. To be
 * released with json_decref; NULL: memory is out. */
json_t *iclgd_rows_load(const char *folder);

/* The row of a run whose file has not changed since; else NULL. */
const json_t *iclgd_rows_find(const json_t *kept, const char *id,
                              const struct stat *file);

/* The row of a summary, kept from now on; NULL: memory is out. */
const json_t *iclgd_rows_take(json_t *kept, const char *id,
                              const struct stat *file, const json_t *summary);

/* Keep them in the folder; where that fails they are read again. */
void iclgd_rows_save(const char *folder, const json_t *kept);

#endif /* ICLGD_SWEEP_ROWS_H */
