/* iclgd show: the summary of a file, or sections of it in full. */
#include <iclgd/report.h>

#include "cli/command.h"
#include "cli/propose.h"
#include "summary/summary.h"
#include "summary/views.h"
#include "sweep/sweep.h"

/* The table of a sweep, by any columns. */
static iclgd_status show_sweep(const iclgd_cli *cli, iclgd_error *err) {
  const iclgd_sweep_choice choice = {
      .x = cli->x, .y = cli->y, .group = cli->group, .facet = cli->facet};
  if (cli->full && cli->json)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "show: --all is every section in full: expected no "
                      "--json beside it");
  return iclgd_sweep_show(cli->rest[0], &choice, cli->full, cli->json, stdout,
                          err);
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  const char *const *names = (const char *const *)cli->rest + 1;
  const size_t count = (size_t)cli->count - 1;
  if (count == 0 && iclgd_sweep_is(cli->rest[0])) return show_sweep(cli, err);
  if (cli->x || cli->y || cli->group || cli->facet)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "show: --x, --y, --group and --facet expect the table of "
                      "a sweep (`iclgd collect`), without sections");
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
    ICLGD_VALUE(x, 0, "KEY", "of a sweep: the setting down the table"),
    ICLGD_VALUE(y, 0, "COLUMN", "of a sweep: what it holds (ratio_to_gd)"),
    ICLGD_VALUE(group, 0, "KEY", "of a sweep: across, or none"),
    ICLGD_VALUE(facet, 0, "KEY",
                "of a sweep: a table for each value of this setting, or none"),
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
        "  iclgd show quickstart.h5 filter --json\n"
        "  iclgd show sweep.h5 --x model.loops --y loss --group prompt.n\n",
    .notes =
        "NAME is a section that is printed in full, with --json its members of "
        "the summary: setup, losses, theory, training, seeds, or a probe.",
    .propose = propose,
    .run = run,
};
