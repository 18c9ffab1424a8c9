/* Commands that only read files of strangers do so in a child process. */
#ifndef ICLGD_CLI_CONFINED_H
#define ICLGD_CLI_CONFINED_H

#include <iclgd/status.h>

/* Fork. In the child *code is -1; it goes on, with memory limited by the size
 * of the files and processor time. The parent has waited for its end: *code is
 * that of its exit; ICLGD_EINPUT: HDF5 crashed. A signal that is no crash ends
 * the parent, too. */
iclgd_status iclgd_cli_confine(char **files, int count, int *code,
                               iclgd_error *err);

#endif /* ICLGD_CLI_CONFINED_H */
