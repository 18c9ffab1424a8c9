/* iclgd: the command line. One row per subcommand. */
#include <fcntl.h>
#include <iclgd/run.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cblas.h>
#include <hdf5.h>

#include "base/nearest.h"
#include "cli/command.h"

static const iclgd_command *const commands[] = {
    &iclgd_command_run,    &iclgd_command_generate,   &iclgd_command_train,
    &iclgd_command_probe,  &iclgd_command_show,       &iclgd_command_plot,
    &iclgd_command_report, &iclgd_command_export,     &iclgd_command_diff,
    &iclgd_command_watch,  &iclgd_command_verify,     &iclgd_command_oracle,
    &iclgd_command_bench,  &iclgd_command_validate,   &iclgd_command_presets,
    &iclgd_command_probes, &iclgd_command_keys,       &iclgd_command_schema,
    &iclgd_command_man,    &iclgd_command_completion, &iclgd_command_complete,
};

enum { COMMANDS = sizeof commands / sizeof *commands };

const iclgd_command *const *iclgd_commands(size_t *count) {
  *count = COMMANDS;
  return commands;
}

int iclgd_cli_fail(iclgd_status status, const iclgd_error *err) {
  fprintf(stderr, "iclgd: %s\n", err->text);
  return iclgd_status_exit_code(status);
}

const char iclgd_cli_examples[] =
    "  iclgd run quickstart              train, probe, print a summary\n"
    "  iclgd show quickstart.h5          the summary again\n"
    "  iclgd plot quickstart.h5          a picture in the terminal\n"
    "  iclgd report quickstart.h5        one page for the browser\n"
    "  iclgd run looped model.loops=5    another preset, with a change\n"
    "  iclgd oracle untied d=5 n=20 L=3  one closed form\n";

const char iclgd_cli_exit_codes[] =
    "Exit codes: 0 ok, 1 failure, 2 usage, 3 bad input file, 4 training\n"
    "diverged, 128+n stopped by signal n.\n";

static void usage(FILE *out) {
  fprintf(out,
          "Do transformers that learn in context run gradient descent?\n"
          "\n%s\nCommands (iclgd COMMAND --help):\n",
          iclgd_cli_examples);
  for (size_t i = 0; i < COMMANDS; ++i)
    if (commands[i]->summary)
      fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
  fprintf(out, "\n%s", iclgd_cli_exit_codes);
}

static const iclgd_command *find(const char *name) {
  for (size_t i = 0; i < COMMANDS; ++i)
    if (strcmp(name, commands[i]->name) == 0) return commands[i];
  return NULL;
}

static int unknown(const char *name) {
  iclgd_error err;
  iclgd_nearest near = iclgd_nearest_to(name);
  for (size_t i = 0; i < COMMANDS; ++i)
    if (commands[i]->summary) iclgd_nearest_try(&near, commands[i]->name);
  return iclgd_cli_fail(
      iclgd_fail(&err, ICLGD_EUSAGE,
                 "unknown command '%s'%s (see `iclgd --help`)", name,
                 iclgd_nearest_phrase(&near)),
      &err);
}

/* A standard stream that is closed would be the next file that is opened, and
 * messages would go into it. In its place, a file that fails as it would. */
static bool open_standard_streams(void) {
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; ++file) {
    if (fcntl(file, F_GETFD) >= 0) continue;
    /* The lowest number that is free is this one. */
    if (open("/dev/null", file == STDIN_FILENO ? O_WRONLY : O_RDONLY) != file)
      return false;
  }
  return true;
}

/* HDF5 and BLAS state that belongs to the process, not to the library. */
static void prepare_process(void) {
  H5dont_atexit(); /* else HDF5 may crash on exit after a full disk */
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  H5PLset_loading_state(0); /* a file does not choose code that is run */
  signal(SIGXFSZ, SIG_IGN); /* a file-size limit is a failed write */
  openblas_set_num_threads(1);
}

/* Output that could not be written (a full disk) is a failure, said once. */
static int finish(int code) {
  if ((fflush(stdout) == 0 && !ferror(stdout)) || code) return code;
  perror("iclgd: standard output");
  return iclgd_status_exit_code(ICLGD_EIO);
}

int main(int argc, char **argv) {
  if (!open_standard_streams()) return iclgd_status_exit_code(ICLGD_EIO);
  prepare_process();
  if (argc < 2) {
    usage(stderr);
    return iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  const char *name = argv[1];
  if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
    printf("iclgd %s\n", iclgd_version());
    return finish(0);
  }
  const bool help = strcmp(name, "help") == 0;
  if (help && argc > 2 && find(argv[2])) {
    char option[] = "--help";
    char *arguments[] = {argv[2], option, NULL};
    return finish(find(argv[2])->run(2, arguments));
  }
  if (help || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
    usage(stdout);
    return finish(0);
  }
  const iclgd_command *command = find(name);
  return command ? finish(command->run(argc - 1, argv + 1)) : unknown(name);
}
