/* Commands that only read files of strangers do so in a child process. */
#ifndef ICLGD_CLI_CONFINED_H
#define ICLGD_CLI_CONFINED_H

#include <iclgd/status.h>
#include <stdbool.h>

/* Fork. In the child (false), which goes on, memory is limited by the size of
 * the files and processor time; the parent (true) has waited for its end, and
 * *code is that of its exit, or *status says that HDF5 crashed. A signal that
 * is no crash ends the parent, too. */
bool iclgd_cli_confine(int count, char *const *files, int *code,
                       iclgd_status *status, iclgd_error *err);

#endif /* ICLGD_CLI_CONFINED_H */
