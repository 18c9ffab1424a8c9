/* iclgd show: the summary of a file, or sections of it in full. */
#include <iclgd/report.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/options.h"

static int run(int argc, char **argv) {
  iclgd_cli cli;
  iclgd_error err;
  iclgd_status status = iclgd_cli_parse(
      argc, argv, ICLGD_OPT_JSON | ICLGD_OPT_ALL | ICLGD_HDF5_INPUT,
      ICLGD_STREAM_PROBE, &cli, &err);
  if (status) return iclgd_cli_fail(status, &err);
  const bool sections = cli.count > 1 || cli.all;
  if (cli.help || cli.count < 1 || (cli.json && sections) ||
      (cli.all && cli.count > 1)) {
    fputs(iclgd_command_show.help, cli.help ? stdout : stderr);
    return cli.help ? 0 : iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  status = sections ? iclgd_report_sections(cli.rest[0],
                                            (const char *const *)cli.rest + 1,
                                            (size_t)cli.count - 1, stdout, &err)
                    : iclgd_report_summary(cli.rest[0], cli.json, stdout, &err);
  return status ? iclgd_cli_fail(status, &err) : 0;
}

const iclgd_command iclgd_command_show = {
    .name = "show",
    .summary = "the summary of a file, as printed by run",
    .help =
        "usage: iclgd show RUN.h5 [NAME ... | --all | --json]\n"
        "\n"
        "  iclgd show quickstart.h5                the summary\n"
        "  iclgd show quickstart.h5 filter losses  these sections in full\n"
        "  iclgd show quickstart.h5 --all          everything, as on the page\n"
        "  iclgd show quickstart.h5 --json | jq .verdict\n"
        "\n"
        "A section is setup, losses, theory, training, seeds, or a probe.\n",
    .run = run,
};
