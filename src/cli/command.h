/* What every subcommand is: a name, a line for the list, a help text that
 * leads with examples, and a function. One row per command stands in main.c. */
#ifndef ICLGD_CLI_COMMAND_H
#define ICLGD_CLI_COMMAND_H

#include <iclgd/status.h>
#include <stddef.h>

/* What the shell proposes besides options and files, as bits. */
enum {
  ICLGD_WORDS_PRESETS = 1,
  ICLGD_WORDS_KEYS = 2, /* key=value */
  ICLGD_WORDS_KEY_NAMES = 4,
  ICLGD_WORDS_CLAIMS = 8,
  ICLGD_WORDS_ORACLES = 16,
  ICLGD_WORDS_CASES = 32,
  ICLGD_WORDS_SHELLS = 64,
  ICLGD_WORDS_PROBES = 128 /* and algorithms */
};

typedef struct iclgd_command {
  const char *name;
  const char *summary; /* NULL: not listed */
  const char *help;    /* every option it names is proposed by the shell */
  int (*run)(int argc, char **argv); /* argv[0] is the name; an exit code */
  unsigned words;
} iclgd_command;

extern const iclgd_command iclgd_command_run;
extern const iclgd_command iclgd_command_generate;
extern const iclgd_command iclgd_command_train;
extern const iclgd_command iclgd_command_probe;
extern const iclgd_command iclgd_command_show;
extern const iclgd_command iclgd_command_plot;
extern const iclgd_command iclgd_command_report;
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
extern const iclgd_command iclgd_command_schema;
extern const iclgd_command iclgd_command_man;
extern const iclgd_command iclgd_command_completion;
extern const iclgd_command iclgd_command_complete;

/* The rows of main.c. */
const iclgd_command *const *iclgd_commands(size_t *count);

/* The overview that `iclgd --help` leads with. */
extern const char iclgd_cli_examples[];
/* The last lines of `iclgd --help`. */
extern const char iclgd_cli_exit_codes[];

/* Print "iclgd: message" on standard error; the exit code of the status. */
int iclgd_cli_fail(iclgd_status status, const iclgd_error *err);

#endif /* ICLGD_CLI_COMMAND_H */
