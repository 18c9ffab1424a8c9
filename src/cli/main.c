/* iclgd: the command line. One row per subcommand. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <cblas.h>
#include <hdf5.h>

#include "command.h"

static const iclgd_command *const commands[] = {
    &iclgd_command_oracle,
    &iclgd_command_validate,
};

enum { COMMANDS = sizeof commands / sizeof *commands };

int iclgd_cli_fail(iclgd_status status, const iclgd_error *err) {
  fprintf(stderr, "iclgd: %s\n", err->text);
  return iclgd_status_exit_code(status);
}

static void usage(FILE *out) {
  fprintf(out, "usage: iclgd COMMAND [ARGUMENT ...]\n\n");
  for (size_t i = 0; i < COMMANDS; ++i)
    fprintf(out, "  %-10s %s\n", commands[i]->name, commands[i]->summary);
}

int main(int argc, char **argv) {
  H5dont_atexit(); /* else HDF5 may crash on exit after a full disk */
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  signal(SIGXFSZ, SIG_IGN); /* a file-size limit is a failed write */
  openblas_set_num_threads(1);
  if (argc < 2) {
    usage(stderr);
    return iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  for (size_t i = 0; i < COMMANDS; ++i)
    if (strcmp(argv[1], commands[i]->name) == 0)
      return commands[i]->run(argc - 1, argv + 1);
  usage(argv[1][0] == '-' && argv[1][1] != 'x' ? stdout : stderr);
  return 0;
}
