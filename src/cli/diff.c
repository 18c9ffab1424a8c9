/* iclgd diff: what differs between two files. */
#include <iclgd/report.h>

#include "cli/command.h"

enum { DIFFERENT = 1 };

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  bool equal = false;
  const iclgd_status status = iclgd_report_diff(cli->rest[0], cli->rest[1],
                                                cli->json, &equal, stdout, err);
  if (!status && !equal) cli->code = DIFFERENT;
  return status;
}

const iclgd_command iclgd_command_diff = {
    .name = "diff",
    .summary = "what differs between two files",
    .arguments = "A.h5 B.h5",
    .count = {2, 2},
    .hdf5 = true,
    .reads = true,
    ICLGD_OPTIONS(iclgd_option_json),
    .examples =
        "  iclgd run quickstart -o a.h5\n"
        "  iclgd run quickstart seed=2 -o b.h5\n"
        "  iclgd diff a.h5 b.h5\n"
        "  iclgd diff a.h5 b.h5 --json | jq '.losses[] | select(.beyond)'\n",
    .notes =
        "Settings; the program; how algorithms were set; the loss of the "
        "model by layer and of every algorithm at the model's depth; learned "
        "weights; alignment of layer l with step l; best steps; what only "
        "one file has. A star marks a difference of more than two standard "
        "errors: of losses on the same prompts those of the difference; on "
        "different prompts losses are over all prompts of the law where both "
        "know them, else errors are combined as if independent.\n"
        "Exit code 0 when settings and all these numbers are equal (nothing is "
        "printed then; the program may be another), 1 when some differ.",
    .run = run,
};
