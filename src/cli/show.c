/* iclgd show: the summary of a file. */
#include <iclgd/report.h>

#include "cli/command.h"

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  return iclgd_report_summary(cli->rest[0], cli->json, stdout, err);
}

const iclgd_command iclgd_command_show = {
    .name = "show",
    .summary = "the summary of a file, as printed by run",
    .arguments = "RUN.h5",
    .count = {1, 1},
    .hdf5 = true,
    ICLGD_OPTIONS(iclgd_option_json),
    .examples =
        "  iclgd show quickstart.h5\n"
        "  iclgd show quickstart.h5 --json | jq .verdict\n",
    .run = run,
};
