/* Commands that only read files of strangers do so in a child process. */
#ifndef ICLGD_CLI_CONFINED_H
#define ICLGD_CLI_CONFINED_H

#include "cli/command.h"

/* Fork. In the child (false), which goes on, memory is limited by the size of
 * the files and processor time; the parent (true) has waited for its end, and
 * *code is that of its exit: where HDF5 crashed, a message has been printed.
 * A signal that is no crash ends the parent, too. */
bool iclgd_cli_confine(const iclgd_cli *cli, int *code);

#endif /* ICLGD_CLI_CONFINED_H */
