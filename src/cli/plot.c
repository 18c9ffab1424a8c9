/* iclgd plot: one figure of a file, as a picture or in the terminal. */
#include <iclgd/report.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/options.h"

enum { COLUMNS = 80, ROWS = 24, COLUMNS_MIN = 40, ROWS_MIN = 12 };

/* COLUMNS, else the terminal, else 80; never more than 80. */
static size_t terminal_columns(void) {
  const char *text = getenv("COLUMNS");
  struct winsize size;
  long columns = text ? strtol(text, NULL, 10) : 0;
  if (columns <= 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
    columns = size.ws_col;
  if (columns <= 0 || columns > COLUMNS) return COLUMNS;
  return columns < COLUMNS_MIN ? COLUMNS_MIN : (size_t)columns;
}

/* The terminal's, up to 24. */
static size_t terminal_rows(void) {
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 ||
      size.ws_row > ROWS)
    return ROWS;
  return size.ws_row < ROWS_MIN ? ROWS_MIN : size.ws_row;
}

static bool wants_colour(void) {
  const char *refused = getenv("NO_COLOR"), *term = getenv("TERM");
  return isatty(STDOUT_FILENO) && !(refused && *refused) && term &&
         strcmp(term, "dumb") != 0;
}

/* Whether the locale's characters are UTF-8: the first of these that is set
 * decides. */
static bool wants_unicode(void) {
  static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    const char *value = getenv(names[i]);
    if (!value || !*value) continue;
    const char *set = strchr(value, '.');
    return set && (strncasecmp(set, ".UTF-8", 6) == 0 ||
                   strncasecmp(set, ".utf8", 5) == 0);
  }
  return false;
}

static void help(FILE *out) {
  fputs(iclgd_command_plot.help, out);
  iclgd_report_figures(out);
}

static int run(int argc, char **argv) {
  iclgd_cli cli;
  iclgd_error err;
  iclgd_status status = iclgd_cli_parse(
      argc, argv,
      ICLGD_OPT_OUTPUT | ICLGD_OPT_WHAT | ICLGD_OPT_FIGURE | ICLGD_HDF5_INPUT,
      ICLGD_STREAM_PROBE, &cli, &err);
  if (status) return iclgd_cli_fail(status, &err);
  if (cli.help || (cli.count < 1 && !cli.what)) {
    help(cli.help ? stdout : stderr);
    return cli.help ? 0 : iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  const iclgd_plot_options options = {
      .what = cli.what,
      .output = cli.output,
      .others = (const char *const *)cli.rest + 1,
      .n_others = cli.count > 0 ? (size_t)cli.count - 1 : 0,
      .algorithms = cli.algorithms,
      .title = cli.title,
      .width = cli.width,
      .columns = terminal_columns(),
      .rows = terminal_rows(),
      .colour = wants_colour(),
      .unicode = wants_unicode()};
  status = iclgd_report_plot(cli.count > 0 ? cli.rest[0] : NULL, &options,
                             stdout, &err);
  return status ? iclgd_cli_fail(status, &err) : 0;
}

const iclgd_command iclgd_command_plot = {
    .name = "plot",
    .summary = "a figure of a file, as a picture or in the terminal",
    .help =
        "usage: iclgd plot RUN.h5 [OTHER.h5 ...] [--what NAME] [-o FIG.svg]\n"
        "\n"
        "  iclgd plot quickstart.h5                  in the terminal\n"
        "  iclgd plot quickstart.h5 -o fig.svg       a picture\n"
        "  iclgd plot quickstart.h5 --what training -o training.pdf\n"
        "  iclgd plot quickstart.h5 --what alignment/newton/spd\n"
        "  iclgd plot run.h5 --algorithms gd,newton --title '' --width 8 -o "
        "f.pdf\n"
        "  iclgd plot gd.h5 full.h5 --algorithms gd   two models in one "
        "figure\n"
        "  iclgd plot --what symmetry -o symmetry.svg theory, without a file\n"
        "\n"
        "      --what NAME         a figure of the list below (default loss)\n"
        "      --algorithms LIST   draw these (those of reference.list that "
        "are\n"
        "                          close to the model): loss, median, filter,\n"
        "                          loops, shifts, best-step\n"
        "      --title TEXT        instead of the run's title; '' for none\n"
        "  -o, --output FILE       .svg, .png or .pdf; replaces an older one\n"
        "      --width CM          of the picture (16), from 5 on; letters are "
        "of\n"
        "                          9 pt at any width, a PNG has 300 dpi\n"
        "\n"
        "Of further files the model's line is drawn beside that of the first.\n"
        "In the terminal: as wide as it is, 80 columns and 24 rows at most "
        "(COLUMNS);\n"
        "NO_COLOR switches colours off; braille where the locale is UTF-8.\n"
        "\n"
        "Figures:\n",
    .run = run,
};
