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
#include "cli/help.h"

static const iclgd_command *const commands[] = {
    &iclgd_command_run,    &iclgd_command_generate,   &iclgd_command_train,
    &iclgd_command_probe,  &iclgd_command_import,     &iclgd_command_show,
    &iclgd_command_plot,   &iclgd_command_report,     &iclgd_command_export,
    &iclgd_command_sweep,  &iclgd_command_collect,    &iclgd_command_diff,
    &iclgd_command_watch,  &iclgd_command_verify,     &iclgd_command_oracle,
    &iclgd_command_bench,  &iclgd_command_validate,   &iclgd_command_presets,
    &iclgd_command_probes, &iclgd_command_keys,       &iclgd_command_schema,
    &iclgd_command_man,    &iclgd_command_completion, &iclgd_command_complete,
};

static const iclgd_commands all = {commands,
                                   sizeof commands / sizeof *commands};

static const iclgd_command *find(const char *name) {
  for (size_t i = 0; i < all.count; ++i)
    if (strcmp(name, commands[i]->name) == 0) return commands[i];
  return NULL;
}

static int unknown(const char *name) {
  iclgd_error err;
  iclgd_nearest near = iclgd_nearest_to(name);
  for (size_t i = 0; i < all.count; ++i)
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
  signal(SIGCHLD, SIG_DFL); /* ignored, nobody learns how a child ends */
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
    iclgd_help_all(&all, stderr);
    return iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  const char *name = argv[1];
  if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
    printf("iclgd %s\n", iclgd_version());
    return finish(0);
  }
  const bool help = strcmp(name, "help") == 0;
  if (help && argc > 2 && find(argv[2])) {
    iclgd_help_of(find(argv[2]), stdout);
    return finish(0);
  }
  if (help || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
    iclgd_help_all(&all, stdout);
    return finish(0);
  }
  const iclgd_command *command = find(name);
  return command
             ? finish(iclgd_command_start(command, &all, argc - 1, argv + 1))
             : unknown(name);
}
