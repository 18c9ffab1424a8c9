/* What every subcommand is: a name, a line for the list, a help text that
 * leads with examples, and a function. One row per command stands in main.c. */
#ifndef ICLGD_CLI_COMMAND_H
#define ICLGD_CLI_COMMAND_H

#include <iclgd/status.h>

typedef struct iclgd_command {
  const char *name;
  const char *summary;
  const char *help;
  int (*run)(int argc, char **argv); /* argv[0] is the name; an exit code */
} iclgd_command;

extern const iclgd_command iclgd_command_run;
extern const iclgd_command iclgd_command_generate;
extern const iclgd_command iclgd_command_train;
extern const iclgd_command iclgd_command_probe;
extern const iclgd_command iclgd_command_show;
extern const iclgd_command iclgd_command_plot;
extern const iclgd_command iclgd_command_export;
extern const iclgd_command iclgd_command_diff;
extern const iclgd_command iclgd_command_watch;
extern const iclgd_command iclgd_command_bench;
extern const iclgd_command iclgd_command_oracle;
extern const iclgd_command iclgd_command_verify;
extern const iclgd_command iclgd_command_validate;
extern const iclgd_command iclgd_command_presets;
extern const iclgd_command iclgd_command_probes;
extern const iclgd_command iclgd_command_keys;

/* Print "iclgd: message" on standard error; the exit code of the status. */
int iclgd_cli_fail(iclgd_status status, const iclgd_error *err);

#endif /* ICLGD_CLI_COMMAND_H */
