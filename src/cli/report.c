/* iclgd report: a file as one page that opens in any browser, offline. */
#include <iclgd/report.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

/* The name of the file with .html for .h5, in the working directory. */
static void default_output(const char *file, char *out, size_t size) {
  const char *slash = strrchr(file, '/');
  const char *base = slash ? slash + 1 : file;
  size_t length = strlen(base);
  if (length > 3 && strcmp(base + length - 3, ".h5") == 0) length -= 3;
  snprintf(out, size, "%.*s.html", (int)length, base);
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  char output[512];
  if (!cli->output) {
    default_output(cli->rest[0], output, sizeof output);
    cli->output = output;
  }
  const bool to_stdout = strcmp(cli->output, "-") == 0;
  const iclgd_status status = iclgd_report_page(
      cli->rest[0], to_stdout ? NULL : cli->output, stdout, err);
  if (!status && !to_stdout && !cli->quiet)
    fprintf(stderr, "wrote %s\n", cli->output);
  return status;
}

static const iclgd_option options[] = {
    ICLGD_VALUE(output, 'o', "FILE",
                "the page; - is standard output; replaces an older one "
                "(default: the name of the file with .html, in the "
                "working directory)"),
    ICLGD_SWITCH(quiet, 'q', "say nothing"),
};

const iclgd_command iclgd_command_report = {
    .name = "report",
    .summary = "a file as one offline page for the browser",
    .arguments = "RUN.h5",
    .count = {1, 1},
    .hdf5 = true,
    .reads = true,
    ICLGD_OPTIONS(options),
    .examples =
        "  iclgd report quickstart.h5                writes quickstart.html\n"
        "  iclgd report quickstart.h5 -o page.html   under another name\n"
        "  iclgd report quickstart.h5 -o - | gzip >page.html.gz\n",
    .notes =
        "The page needs no network and no script: question, verdict, figures, "
        "tables, every probe, and how to reproduce it.",
    .run = run,
};
