/* iclgd report: a file as one page that opens in any browser, offline. */
#include <iclgd/report.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/options.h"

/* The name of the file with .html for .h5, in the working directory. */
static void default_output(const char *file, char *out, size_t size) {
  const char *slash = strrchr(file, '/');
  const char *base = slash ? slash + 1 : file;
  size_t length = strlen(base);
  if (length > 3 && strcmp(base + length - 3, ".h5") == 0) length -= 3;
  snprintf(out, size, "%.*s.html", (int)length, base);
}

static int run(int argc, char **argv) {
  iclgd_cli cli;
  iclgd_error err;
  char output[512];
  iclgd_status status = iclgd_cli_parse(
      argc, argv, ICLGD_OPT_OUTPUT | ICLGD_OPT_QUIET | ICLGD_HDF5_INPUT,
      ICLGD_STREAM_PROBE, &cli, &err);
  if (status) return iclgd_cli_fail(status, &err);
  if (cli.help || cli.count != 1) {
    fputs(iclgd_command_report.help, cli.help ? stdout : stderr);
    return cli.help ? 0 : iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  if (!cli.output) {
    default_output(cli.rest[0], output, sizeof output);
    cli.output = output;
  }
  const bool to_stdout = strcmp(cli.output, "-") == 0;
  status = iclgd_report_page(cli.rest[0], to_stdout ? NULL : cli.output, stdout,
                             &err);
  if (status) return iclgd_cli_fail(status, &err);
  if (!to_stdout && !cli.quiet) fprintf(stderr, "wrote %s\n", cli.output);
  return 0;
}

const iclgd_command iclgd_command_report = {
    .name = "report",
    .summary = "a file as one offline page for the browser",
    .help =
        "usage: iclgd report RUN.h5 [-o REPORT.html|-]\n"
        "\n"
        "  iclgd report quickstart.h5                writes quickstart.html\n"
        "  iclgd report quickstart.h5 -o page.html   under another name\n"
        "  iclgd report quickstart.h5 -o - | gzip >page.html.gz\n"
        "\n"
        "  -o, --output FILE   the page; - is standard output; replaces an "
        "older\n"
        "                      one (default: the name of the file with .html, "
        "in\n"
        "                      the working directory)\n"
        "  -q, --quiet         say nothing\n"
        "\n"
        "The page needs no network and no script: question, verdict, figures,\n"
        "tables, every probe, and how to reproduce it.\n",
    .run = run,
};
