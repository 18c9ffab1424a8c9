/* iclgd plot: one figure of a file, as a picture or in the terminal. */
#include <iclgd/report.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/command.h"
#include "sweep/sweep.h"

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

static iclgd_status read_width(const char *text, double *out,
                               iclgd_error *err) {
  char *end;
  if (!text) return ICLGD_OK;
  *out = strtod(text, &end);
  if (end != text && *end == '\0' && *out >= 5 && *out <= 100) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "--width %s: expected a number of cm from 5 to 100", text);
}

/* The table of a sweep has one figure, of which --x, --y, --group and --facet
 * choose the columns; layers/NAME is a curve over layers. */
static iclgd_status choose_columns(const iclgd_cli *cli, char *out, size_t size,
                                   const char **what, iclgd_error *err) {
  static const char prefix[] = "layers/";
  const bool chosen = cli->x || cli->y || cli->group || cli->facet;
  const bool curve = cli->y && strncmp(cli->y, prefix, sizeof prefix - 1) == 0;
  if (chosen && cli->what && strcmp(cli->what, "sweep") != 0)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "plot: --x, --y, --group and --facet go with the table "
                      "of a sweep, not with --what %s",
                      cli->what);
  const bool is_sweep =
      cli->count > 0 && (chosen || !cli->what) && iclgd_sweep_is(cli->rest[0]);
  if (chosen && !is_sweep)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "plot: --x, --y, --group and --facet expect the table "
                      "of a sweep (`iclgd collect`)");
  if (curve && cli->x && strcmp(cli->x, "layer") != 0)
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "plot: --y %s is a curve over layers: expected no --x, "
                      "or layer, found '%s'",
                      cli->y, cli->x);
  *what = cli->what;
  if (!is_sweep) return ICLGD_OK;
  snprintf(out, size, "sweep/%.60s/%.60s/%.60s/%.60s",
           cli->x  ? cli->x
           : curve ? "layer"
                   : "",
           !cli->y ? ""
           : curve ? cli->y + sizeof prefix - 1
                   : cli->y,
           cli->group ? cli->group : "", cli->facet ? cli->facet : "");
  *what = out;
  return ICLGD_OK;
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  const char *title = cli->title;
  const char *what = NULL;
  char columns[320];
  if (cli->count < 1 && !cli->what) return ICLGD_EUSAGE;
  if (title && iclgd_utf8_valid(title, strlen(title)) < strlen(title))
    return iclgd_fail(err, ICLGD_EUSAGE, "--title %s: expected text in UTF-8",
                      title);
  TRY(choose_columns(cli, columns, sizeof columns, &what, err));
  iclgd_plot_options options = {
      .what = what,
      .output = cli->output,
      .others = (const char *const *)cli->rest + 1,
      .n_others = cli->count > 0 ? (size_t)cli->count - 1 : 0,
      .algorithms = cli->algorithms,
      .title = title,
      .columns = terminal_columns(),
      .rows = terminal_rows(),
      .colour = wants_colour(),
      .unicode = wants_unicode()};
  TRY(read_width(cli->width, &options.width, err));
  return iclgd_report_plot(cli->count > 0 ? cli->rest[0] : NULL, &options,
                           stdout, err);
}

static const iclgd_option options[] = {
    ICLGD_VALUE(what, 0, "NAME", "a figure of the list below (default loss)",
                .figures = true),
    ICLGD_VALUE(algorithms, 0, "LIST",
                "draw these (those of reference.list that are close to the "
                "model): loss, median, filter, loops, shifts, best-step"),
    ICLGD_VALUE(x, 0, "KEY", "of a sweep: the setting along x"),
    ICLGD_VALUE(y, 0, "COLUMN",
                "of a sweep: what is drawn (ratio_to_gd); layers/loss and the "
                "like: over layers"),
    ICLGD_VALUE(group, 0, "KEY",
                "of a sweep: a line for each value of this setting, or none"),
    ICLGD_VALUE(facet, 0, "KEY",
                "of a sweep: a small figure for each value of this setting, or "
                "none (default: what else differs)"),
    ICLGD_VALUE(title, 0, "TEXT", "instead of the run's title; '' for none"),
    ICLGD_VALUE(output, 'o', "FILE",
                ".svg, .png or .pdf; replaces an older one"),
    ICLGD_VALUE(width, 0, "CM",
                "of the picture (16), from 5 on; letters are of 9 pt at any "
                "width, a PNG has 300 dpi"),
};

static void list_figures(FILE *out) {
  fputs("\nFigures:\n", out);
  iclgd_report_figures(out);
}

const iclgd_command iclgd_command_plot = {
    .name = "plot",
    .summary = "a figure of a file, as a picture or in the terminal",
    .arguments = "RUN.h5 [OTHER.h5 ...]",
    .count = {0, ICLGD_ANY},
    .hdf5 = true,
    .reads = true,
    ICLGD_OPTIONS(options),
    .examples =
        "  iclgd plot quickstart.h5                  in the terminal\n"
        "  iclgd plot quickstart.h5 -o fig.svg       a picture\n"
        "  iclgd plot quickstart.h5 --what training -o training.pdf\n"
        "  iclgd plot quickstart.h5 --what alignment/newton/spd\n"
        "  iclgd plot run.h5 --algorithms gd,newton --title '' -o f.pdf\n"
        "  iclgd plot gd.h5 full.h5 --algorithms gd  two models in one figure\n"
        "  iclgd plot sweep.h5 --x model.loops --y loss --group prompt.n\n"
        "  iclgd plot sweep.h5 --y layers/loss --group model.loops\n"
        "  iclgd plot --what symmetry -o symmetry.svg theory, without a file\n",
    .notes =
        "Of further files the model's line is drawn beside that of the first. "
        "In the terminal: as wide as it is, 80 columns and 24 rows at most "
        "(COLUMNS); NO_COLOR switches colours off; braille where the locale "
        "is UTF-8.",
    .list = list_figures,
    .run = run,
};
