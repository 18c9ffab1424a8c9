/* iclgd show: the summary of a file. */
#include <iclgd/report.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/options.h"

static int run(int argc, char **argv) {
  iclgd_cli cli;
  iclgd_error err;
  iclgd_status status =
      iclgd_cli_parse(argc, argv, ICLGD_OPT_JSON | ICLGD_HDF5_INPUT,
                      ICLGD_STREAM_PROBE, &cli, &err);
  if (status) return iclgd_cli_fail(status, &err);
  if (cli.help || cli.count != 1) {
    fputs(iclgd_command_show.help, cli.help ? stdout : stderr);
    return cli.help ? 0 : iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  status = iclgd_report_summary(cli.rest[0], cli.json, stdout, &err);
  return status ? iclgd_cli_fail(status, &err) : 0;
}

const iclgd_command iclgd_command_show = {
    .name = "show",
    .summary = "the summary of a file, as printed by run",
    .help =
        "usage: iclgd show RUN.h5 [--json]\n"
        "\n"
        "  iclgd show quickstart.h5\n"
        "  iclgd show quickstart.h5 --json | jq .verdict\n",
    .run = run,
};
