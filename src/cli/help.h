/* What the program says of itself (help.c). */
#ifndef ICLGD_CLI_HELP_H
#define ICLGD_CLI_HELP_H

#include "cli/command.h"

/* The lines that `iclgd --help` leads with. */
extern const char iclgd_help_examples[];

/* `iclgd --help`: every command in a line. */
void iclgd_help_all(const iclgd_commands *all, FILE *out);

/* `iclgd COMMAND --help`: usage, examples, options, notes, keys. */
void iclgd_help_of(const iclgd_command *command, FILE *out);

#endif /* ICLGD_CLI_HELP_H */
