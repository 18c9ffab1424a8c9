/* Options that subcommands share, and settings from a preset, a file and
 * key=value arguments. */
#ifndef ICLGD_CLI_OPTIONS_H
#define ICLGD_CLI_OPTIONS_H

#include <iclgd/run.h>
#include <iclgd/settings.h>
#include <stdbool.h>

#include "cli/command.h"

/* Which options a subcommand takes, as bits; then what is no option, but a file
 * of HDF5, which is never standard input or output. */
enum {
  ICLGD_OPT_OUTPUT = 1,
  ICLGD_OPT_FORCE = 2,
  ICLGD_OPT_JSON = 4,
  ICLGD_OPT_QUIET = 8,
  ICLGD_OPT_PROMPTS = 16,
  ICLGD_OPT_STREAM = 32,
  ICLGD_OPT_REPRODUCIBLE = 64,
  ICLGD_OPT_WHAT = 128,
  ICLGD_OPT_FORMAT = 256,
  ICLGD_OPT_LIST = 512,
  ICLGD_OPT_WATCHABLE = 1024,
  ICLGD_OPT_MARKDOWN = 2048,
  ICLGD_OPT_FIGURE = 4096,   /* --algorithms, --title, --width */
  ICLGD_HDF5_INPUT = 8192,   /* the arguments that are no options */
  ICLGD_HDF5_OUTPUT = 16384, /* the value of --output */
  ICLGD_OPT_ALL = 32768
};

typedef struct iclgd_cli {
  const char *output, *prompts, *what, *format;
  bool force, json, quiet, reproducible, list, watchable, help, markdown;
  bool all;
  const char *algorithms, *title;
  double width; /* 0: not given */
  iclgd_stream_id stream;
  int count; /* arguments that are not options, in order */
  char **rest;
} iclgd_cli;

/* Parse argv; ICLGD_EUSAGE with a message names the command and the option.
 * Options may stand before, between and behind other arguments. */
iclgd_status iclgd_cli_parse(int argc, char **argv, unsigned allowed,
                             iclgd_stream_id stream, iclgd_cli *out,
                             iclgd_error *err);

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

#endif /* ICLGD_CLI_OPTIONS_H */
