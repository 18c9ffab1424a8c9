/* iclgd diff: what differs between two files. */
#include <iclgd/report.h>
#include <stdio.h>

#include "cli/command.h"
#include "cli/options.h"

enum { DIFFERENT = 1 };

static int run(int argc, char **argv) {
  iclgd_cli cli;
  iclgd_error err;
  bool equal = false;
  iclgd_status status =
      iclgd_cli_parse(argc, argv, ICLGD_OPT_JSON | ICLGD_HDF5_INPUT,
                      ICLGD_STREAM_PROBE, &cli, &err);
  if (status) return iclgd_cli_fail(status, &err);
  if (cli.help || cli.count != 2) {
    fputs(iclgd_command_diff.help, cli.help ? stdout : stderr);
    return cli.help ? 0 : iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  status = iclgd_report_diff(cli.rest[0], cli.rest[1], cli.json, &equal, stdout,
                             &err);
  if (status) return iclgd_cli_fail(status, &err);
  return equal ? 0 : DIFFERENT;
}

const iclgd_command iclgd_command_diff = {
    .name = "diff",
    .summary = "what differs between two files",
    .help =
        "usage: iclgd diff A.h5 B.h5 [--json]\n"
        "\n"
        "  iclgd run quickstart -o a.h5\n"
        "  iclgd run quickstart seed=2 -o b.h5\n"
        "  iclgd diff a.h5 b.h5\n"
        "  iclgd diff a.h5 b.h5 --json | jq '.losses[] | select(.beyond)'\n"
        "\n"
        "Settings; the program; how algorithms were set; the loss of the "
        "model\n"
        "by layer and of every algorithm at the model's depth; learned\n"
        "weights; alignment of layer l with step l; best steps; what only one\n"
        "file has. A star marks a difference of more than two standard "
        "errors,\n"
        "of losses on the same prompts those of the difference, else combined\n"
        "as if the prompts of both were independent.\n"
        "\n"
        "Exit code 0 when settings and all these numbers are equal (nothing "
        "is\n"
        "printed then; the program may be another), 1 when some differ.\n",
    .run = run,
};
