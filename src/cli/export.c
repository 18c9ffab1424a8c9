/* iclgd export: part of a file as CSV or JSON. */
#include <iclgd/report.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/options.h"

static int run(int argc, char **argv) {
  iclgd_cli cli;
  iclgd_error err;
  iclgd_status status =
      iclgd_cli_parse(argc, argv,
                      ICLGD_OPT_OUTPUT | ICLGD_OPT_WHAT | ICLGD_OPT_FORMAT |
                          ICLGD_OPT_LIST | ICLGD_HDF5_INPUT,
                      ICLGD_STREAM_PROBE, &cli, &err);
  if (status) return iclgd_cli_fail(status, &err);
  if (cli.help || cli.count != 1) {
    fputs(iclgd_command_export.help, cli.help ? stdout : stderr);
    return cli.help ? 0 : iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  const iclgd_export_options options = {.what = cli.what,
                                        .format = cli.format,
                                        .output = cli.output,
                                        .list = cli.list,
                                        .terminal = isatty(STDOUT_FILENO)};
  status = iclgd_report_export(cli.rest[0], &options, stdout, &err);
  return status ? iclgd_cli_fail(status, &err) : 0;
}

const iclgd_command iclgd_command_export = {
    .name = "export",
    .summary = "part of a file as CSV, JSON or JSON lines",
    .help =
        "usage: iclgd export RUN.h5 [--what PATH] [--format csv|json|jsonl]\n"
        "                    [-o FILE|-]\n"
        "\n"
        "  iclgd export quickstart.h5                losses by layer, as CSV\n"
        "  iclgd export quickstart.h5 --list         what there is\n"
        "  iclgd export quickstart.h5 --what training -o training.csv\n"
        "  iclgd export quickstart.h5 --what alignment/gd/spd --format jsonl\n"
        "  iclgd export quickstart.h5 --what trajectories/gd/weight -o w.json\n"
        "  iclgd export quickstart.h5 --what config -o mine.ini   for `iclgd "
        "run`\n"
        "\n"
        "      --what PATH     a group or an array below /entry; without it "
        "the\n"
        "                      group of the default plot, trajectories_loss\n"
        "      --format NAME   csv, json, jsonl; default: as FILE ends, else "
        "csv\n"
        "  -o, --output FILE   replaces an older one; - is standard output\n"
        "      --list          one line per table: path, dims, columns\n"
        "\n"
        "Long format: one row per element, first its coordinates by the names\n"
        "of the dims, then the values. A group gives the arrays that share "
        "the\n"
        "dims of its signal (mean, standard_error, excluded by layer, step)\n"
        "and the lists of names along them (shift_name);\n"
        "any other array is asked for by its own path (.../quantiles).\n"
        "\n"
        "CSV as in RFC 4180, with a header; 17 significant digits, so that "
        "the\n"
        "same double is read back; NaN is an empty field, infinity is inf.\n"
        "JSON: {\"table\", \"rows\", \"columns\": {NAME: {\"units\", "
        "\"long_name\",\n"
        "\"coordinate\", \"values\"}}}; JSON lines: an object per row; null "
        "where\n"
        "a number is not finite. Arrays of any size: memory does not grow.\n",
    .run = run,
};
