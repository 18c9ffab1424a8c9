/* iclgd show: the summary of a file, or sections of it in full. */
#include <iclgd/report.h>
#include <stdlib.h>

#include "cli/command.h"
#include "cli/propose.h"
#include "summary/views.h"
#include "sweep/sweep.h"

/* The table of a sweep. */
static iclgd_status show_sweep(const iclgd_cli *cli, iclgd_error *err) {
  char *end = NULL;
  const long width = cli->width ? strtol(cli->width, &end, 10) : 80;
  if (cli->full || cli->json || cli->count > 1)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "%s: is the table of a sweep, without sections: as data "
                      "it is had by `iclgd export`",
                      cli->rest[0]);
  if (width < 20 || width > 10000 || (end && *end))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "--width %s: expected a number of columns from 20 to "
                      "10000",
                      cli->width);
  return iclgd_sweep_show(cli->rest[0], (size_t)width, stdout, err);
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  const char *const *names = (const char *const *)cli->rest + 1;
  const size_t count = (size_t)cli->count - 1;
  if (iclgd_sweep_is(cli->rest[0])) return show_sweep(cli, err);
  if (cli->width)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "show: --width goes with the table of a sweep");
  if (cli->full && (cli->json || count > 0))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "show: --all is every section in full: expected neither "
                      "names of sections nor --json beside it");
  if (cli->json && count > 0)
    return iclgd_report_members(cli->rest[0], names, count, stdout, err);
  return cli->full || count > 0
             ? iclgd_report_sections(cli->rest[0], names, count, stdout, err)
             : iclgd_report_summary(cli->rest[0], cli->json, stdout, err);
}

static const iclgd_option options[] = {
    {.name = "all",
     .place = offsetof(iclgd_cli, full),
     .meaning = "every section in full, as on the page"},
    ICLGD_SWITCH(json, 0, "the same as data"),
    ICLGD_VALUE(width, 0, "COLUMNS", "of the table of a sweep (80)"),
};

/* Sections, behind the file. */
static void propose(int count, char **words) {
  iclgd_named_view views[ICLGD_VIEWS_MAX];
  if (count <= 2) return;
  const size_t sections = iclgd_views(views);
  for (size_t i = 0; i < sections; ++i)
    iclgd_propose(words[count - 1], "", views[i].name, "");
}

const iclgd_command iclgd_command_show = {
    .name = "show",
    .summary = "the summary of a file, as printed by run",
    .arguments = "RUN.h5 [NAME ...]",
    .count = {1, ICLGD_ANY},
    .hdf5 = true,
    .reads = true,
    ICLGD_OPTIONS(options),
    .examples =
        "  iclgd show quickstart.h5\n"
        "  iclgd show quickstart.h5 filter losses\n"
        "  iclgd show quickstart.h5 --json | jq .verdict\n"
        "  iclgd show quickstart.h5 filter --json\n",
    .notes =
        "NAME is a section that is printed in full, with --json its members of "
        "the summary: setup, losses, theory, training, seeds, or a probe.",
    .propose = propose,
    .run = run,
};
