/* What every subcommand is: its arguments, one table of its options, examples
 * and a function. Parsing, `--help`, the manual page and what the shell
 * proposes all follow from this row. */
#ifndef ICLGD_CLI_COMMAND_H
#define ICLGD_CLI_COMMAND_H

#include <iclgd/settings.h>
#include <iclgd/team.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>

typedef struct iclgd_command iclgd_command;

typedef struct iclgd_commands {
  const iclgd_command *const *rows;
  size_t count;
} iclgd_commands;

/* What stands on the command line. */
typedef struct iclgd_cli {
  const iclgd_command *command;
  const iclgd_commands *all;
  const char *output, *prompts, *trajectories, *stream, *what, *format,
      *algorithms, *title, *width, *as, *map, *step, *seed_run, *weights, *jobs,
      *point, *slurm, *x, *y, *group,
      *facet; /* NULL where they are not given */
  bool dry_run, estimate, gather, submit, single, force, resume, json, quiet,
      reproducible, list, watchable, markdown, full, check_causality, help;
  int count; /* arguments that are not options, in order */
  char **rest;
  iclgd_team *team; /* that the command is shared with, or NULL */
  int code;         /* of exit, where all is well */
} iclgd_cli;

/* An option; its value, or that it is there, goes into a member of iclgd_cli of
 * the same name. */
typedef struct iclgd_option {
  const char *name;     /* "output" */
  char letter;          /* 'o', or 0 */
  const char *argument; /* "FILE"; NULL: it takes none */
  size_t place;         /* of the member */
  const char *meaning;
  const char *choices; /* "csv|json"; NULL: any value */
  bool figures;        /* the shell proposes the names of figures */
  bool hdf5;           /* the value is an HDF5 file, so never `-` */
} iclgd_option;

/* Rows; behind the meaning may stand members that few have (.choices = ...). */
#define ICLGD_SWITCH(member, mark, ...)                                    \
  {                                                                        \
    .name = #member, .letter = mark, .place = offsetof(iclgd_cli, member), \
    .meaning = __VA_ARGS__,                                                \
  }
#define ICLGD_VALUE(member, mark, word, ...)                      \
  {                                                               \
    .name = #member, .letter = mark, .argument = word,            \
    .place = offsetof(iclgd_cli, member), .meaning = __VA_ARGS__, \
  }

/* Members of a command. */
#define ICLGD_OPTIONS(table) \
  .options = table, .n_options = sizeof(table) / sizeof *(table)
#define ICLGD_KEYS(table) .keys = {table, sizeof(table) / sizeof *(table)}

/* The table of those that take --json alone. */
extern const iclgd_option iclgd_option_json[1];

enum { ICLGD_ANY = INT_MAX };

struct iclgd_command {
  const char *name;
  const char *summary;   /* NULL: not listed */
  const char *arguments; /* of the line of usage: "A.h5 B.h5" */
  struct {
    int least, most; /* ICLGD_ANY: no limit */
  } count;           /* of arguments */
  const iclgd_option *options;
  size_t n_options;
  iclgd_key_set keys; /* of its own, or none */
  const char *examples;
  /* Paragraphs, one a line however long; a line that begins with a blank stays
   * as it is. */
  const char *notes;
  void (*list)(FILE *out); /* what names there are, behind the notes, or NULL */
  /* What the shell proposes besides options and files, or NULL: words[0] is the
   * command, the last one what was typed so far. */
  void (*propose)(int count, char **words);
  bool hdf5;   /* arguments are HDF5 files, so never `-` */
  bool reads;  /* it only reads them: in a child process (confined.h) */
  bool raw;    /* options are arguments as well */
  bool shares; /* processes that were started together do it as one */
  /* A negative status ends with its message; ICLGD_EUSAGE without a message
   * prints the help. Else the exit code is cli->code, 0 if not set. */
  iclgd_status (*run)(iclgd_cli *cli, iclgd_error *err);
};

extern const iclgd_command iclgd_command_run, iclgd_command_generate,
    iclgd_command_train, iclgd_command_probe, iclgd_command_import,
    iclgd_command_show, iclgd_command_plot, iclgd_command_report,
    iclgd_command_export, iclgd_command_diff, iclgd_command_watch,
    iclgd_command_bench, iclgd_command_oracle, iclgd_command_verify,
    iclgd_command_sweep, iclgd_command_collect, iclgd_command_validate,
    iclgd_command_presets, iclgd_command_probes, iclgd_command_keys,
    iclgd_command_schema, iclgd_command_man, iclgd_command_completion,
    iclgd_command_complete;

/* Parse argv (argv[0] is the name) and run the command; an exit code. Options
 * may stand before, between and behind other arguments. */
int iclgd_command_start(const iclgd_command *command, const iclgd_commands *all,
                        int argc, char **argv);

/* Print "iclgd: message" on standard error; the exit code of the status. */
int iclgd_cli_fail(iclgd_status status, const iclgd_error *err);

/* Print JSON that the caller gives up, by flags of json_dumpf. ICLGD_ENOMEM
 * when it is NULL; output that fails is seen when the program ends. */
iclgd_status iclgd_cli_json(json_t *value, size_t flags, iclgd_error *err);

#endif /* ICLGD_CLI_COMMAND_H */
