/* The command line of a subcommand, by the table of its options. */
#include "cli/command.h"

#include <getopt.h>
#include <iclgd/record.h>
#include <string.h>
#include <sys/stat.h>

#include "base/nearest.h"
#include "cli/confined.h"
#include "cli/help.h"
#include "cluster/cluster.h"

enum { OPTIONS_MAX = 16, FIRST = 256 /* above any letter */ };

const iclgd_option iclgd_option_json[1] = {
    ICLGD_SWITCH(json, 0, "the same as data"),
};

int iclgd_cli_fail(iclgd_status status, const iclgd_error *err) {
  fprintf(stderr, "iclgd: %s\n", err->text);
  return iclgd_status_exit_code(status);
}

iclgd_status iclgd_cli_json(json_t *value, size_t flags, iclgd_error *err) {
  if (!value) return iclgd_fail_memory(err, "the answer");
  const int failed = json_dumpf(value, stdout, flags);
  json_decref(value);
  putchar('\n');
  return failed && !ferror(stdout) ? iclgd_fail_memory(err, "the answer")
                                   : ICLGD_OK;
}

/* What getopt takes, in its two tables. */
typedef struct tables {
  struct option longs[OPTIONS_MAX + 2];
  char letters[2 * OPTIONS_MAX + 4];
} tables;

static tables tables_of(const iclgd_command *command) {
  tables t = {.longs = {{"help", no_argument, NULL, 'h'}}, .letters = ":h"};
  char *letter = t.letters + 2;
  for (size_t i = 0; i < command->n_options; ++i) {
    const iclgd_option *row = &command->options[i];
    t.longs[i + 1] = (struct option){
        row->name, row->argument ? required_argument : no_argument, NULL,
        FIRST + (int)i};
    if (!row->letter) continue;
    *letter++ = row->letter;
    if (row->argument) *letter++ = ':';
  }
  return t;
}

static const iclgd_option *found(const iclgd_command *command, int c) {
  if (c >= FIRST) return &command->options[c - FIRST];
  for (size_t i = 0; i < command->n_options; ++i)
    if (command->options[i].letter == c) return &command->options[i];
  return NULL;
}

static iclgd_status unknown(const iclgd_command *command, const char *word,
                            iclgd_error *err) {
  iclgd_nearest near = iclgd_nearest_to(word);
  iclgd_nearest_try(&near, "--help");
  for (size_t i = 0; i < command->n_options; ++i) {
    char name[32];
    snprintf(name, sizeof name, "--%s", command->options[i].name);
    iclgd_nearest_try(&near, name);
  }
  return iclgd_fail(
      err, ICLGD_EUSAGE, "%s: has no option %s%s (see `iclgd %s --help`)",
      command->name, word, iclgd_nearest_phrase(&near), command->name);
}

/* "a|b|c" as "a, b or c". */
static void list_choices(const char *choices, char *out, size_t size) {
  const char *last = strrchr(choices, '|');
  *out = '\0';
  for (const char *c = choices; *c; ++c) {
    const size_t used = strlen(out);
    const char *between = c == last ? " or " : ", ";
    snprintf(out + used, size - used, "%.*s", *c == '|' ? 4 : 1,
             *c == '|' ? between : c);
  }
}

static bool is_choice(const char *choices, const char *value) {
  const size_t length = strlen(value);
  for (const char *c = choices; c; c = strchr(c, '|')) {
    c += *c == '|';
    if (strcspn(c, "|") == length && strncmp(c, value, length) == 0)
      return true;
  }
  return false;
}

static iclgd_status set(const iclgd_option *row, iclgd_cli *cli,
                        iclgd_error *err) {
  void *place = (char *)cli + row->place;
  if (!row->argument) {
    *(bool *)place = true;
    return ICLGD_OK;
  }
  *(const char **)place = optarg;
  if (!row->choices || is_choice(row->choices, optarg)) return ICLGD_OK;
  char choices[128];
  list_choices(row->choices, choices, sizeof choices);
  return iclgd_fail(err, ICLGD_EUSAGE, "--%s %s: expected %s", row->name,
                    optarg, choices);
}

static iclgd_status try_file(const char *name, iclgd_error *err) {
  struct stat found;
  const bool is_file = stat(name, &found) == 0 && S_ISREG(found.st_mode);
  return is_file ? iclgd_source_try(name, err) : ICLGD_OK;
}

/* The value of an option that names an HDF5 file, or NULL. */
static const char *file_of(const iclgd_cli *cli, size_t i) {
  const iclgd_option *row = &cli->command->options[i];
  return row->hdf5
             ? *(char *const *)(const void *)((const char *)cli + row->place)
             : NULL;
}

/* Before a command that goes on for long, HDF5 files that are there are tried
 * in a child, the output too: a run looks at what it would replace. */
static iclgd_status try_files(const iclgd_cli *cli, iclgd_error *err) {
  if (cli->command->reads) return ICLGD_OK;
  for (size_t i = 0; i < cli->command->n_options; ++i)
    if (file_of(cli, i)) TRY(try_file(file_of(cli, i), err));
  for (int i = 0; i < cli->count; ++i) TRY(try_file(cli->rest[i], err));
  return ICLGD_OK;
}

/* A `-` where others would read or write a pipe: HDF5 seeks in its files. */
static iclgd_status refuse_pipe(const iclgd_cli *cli, iclgd_error *err) {
  bool piped = false;
  for (size_t i = 0; i < cli->command->n_options; ++i)
    piped |= file_of(cli, i) && strcmp(file_of(cli, i), "-") == 0;
  for (int i = 0; cli->command->hdf5 && i < cli->count; ++i)
    piped |= strcmp(cli->rest[i], "-") == 0;
  return piped ? iclgd_fail(err, ICLGD_EUSAGE,
                            "-: HDF5 files cannot be piped: expected the name "
                            "of a file")
               : ICLGD_OK;
}

static iclgd_status parse(int argc, char **argv, iclgd_cli *cli,
                          iclgd_error *err) {
  const tables t = tables_of(cli->command);
  const char *name = cli->command->name;
  optind = 1;
  opterr = 0;
  for (int c; (c = getopt_long(argc, argv, t.letters, t.longs, NULL)) != -1;) {
    if (c == ':')
      return iclgd_fail(err, ICLGD_EUSAGE, "%s: option %s needs a value", name,
                        argv[optind - 1]);
    if (c == '?') return unknown(cli->command, argv[optind - 1], err);
    if (c == 'h') {
      cli->help = true;
      continue;
    }
    TRY(set(found(cli->command, c), cli, err));
  }
  cli->count = argc - optind;
  cli->rest = argv + optind;
  return refuse_pipe(cli, err);
}

/* With processes that were started together; a point of a sweep is alone. */
static iclgd_status join(iclgd_cli *cli, iclgd_team *memory, bool *speaks,
                         iclgd_error *err) {
  if (!cli->command->shares) return ICLGD_OK;
  if (!cli->point) return iclgd_cluster_join(memory, &cli->team, speaks, err);
  iclgd_cluster_stay_apart();
  return ICLGD_OK;
}

/* What is done once options are read. */
static iclgd_status start(iclgd_cli *cli, iclgd_error *err) {
  const iclgd_command *command = cli->command;
  int code = -1;
  if (command->reads) TRY(iclgd_cli_confine(cli->rest, cli->count, &code, err));
  if (code >= 0) {
    cli->code = code;
    return ICLGD_OK;
  }
  if (cli->count < command->count.least || cli->count > command->count.most)
    return ICLGD_EUSAGE;
  TRY(try_files(cli, err));
  return command->run(cli, err);
}

/* The message of a failure, or the help of a command that was misused. */
static void speak(const iclgd_cli *cli, iclgd_status status,
                  const iclgd_error *err) {
  if (cli->help && !status)
    iclgd_help_of(cli->command, stdout);
  else if (status == ICLGD_EUSAGE && !*err->text)
    iclgd_help_of(cli->command, stderr);
  else if (status < 0)
    iclgd_cli_fail(status, err);
}

int iclgd_command_start(const iclgd_command *command, const iclgd_commands *all,
                        int argc, char **argv) {
  iclgd_error err = {""}, apart;
  iclgd_team team;
  bool speaks = true;
  iclgd_cli cli = {
      .command = command, .all = all, .count = argc - 1, .rest = argv + 1};
  iclgd_status status = command->raw ? ICLGD_OK : parse(argc, argv, &cli, &err);
  const iclgd_status joined = join(&cli, &team, &speaks, &apart);
  if (!status && !cli.help) {
    if (joined) err = apart;
    status = joined ? joined : start(&cli, &err);
  }
  if (status < 0) cli.code = iclgd_status_exit_code(status);
  if (iclgd_team_follows(cli.team)) cli.code = 0; /* the leader's counts */
  if (speaks) speak(&cli, status, &err);
  iclgd_cluster_leave(cli.team, status, &err);
  return cli.code;
}
