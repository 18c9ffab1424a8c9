/* iclgd show: the summary of a file. */
#include <iclgd/report.h>

#include "cli/command.h"

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  return iclgd_report_summary(cli->rest[0], cli->json, stdout, err);
}

static const iclgd_option options[] = {
    ICLGD_SWITCH(json, 0, "the same as data"),
};

const iclgd_command iclgd_command_show = {
    .name = "show",
    .summary = "the summary of a file, as printed by run",
    .arguments = "RUN.h5",
    .least = 1,
    .most = 1,
    .hdf5 = true,
    .options = options,
    .n_options = sizeof options / sizeof *options,
    .examples =
        "  iclgd show quickstart.h5\n"
        "  iclgd show quickstart.h5 --json | jq .verdict\n",
    .run = run,
};
