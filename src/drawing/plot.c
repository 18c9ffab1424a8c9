/* One figure of a file, and where it goes: the terminal, or a picture. */
#include <iclgd/report.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "figures/figure.h"
#include "record/target.h"
#include "record/temporary.h"
#include "report/figure_gnuplot.h"
#include "report/gnuplot.h"

/* Formats by the end of the file's name; text has 8 or 9 points. */
static const struct format {
  const char *end;
  const char *terminal, *unit, *options;
  const char *font;
  double size, key_size; /* of letters, and those of the legend */
  double per_cm;
  const char *last; /* stands in the last bytes of a whole picture */
} formats[] = {
    {".svg", "svg", "", "enhanced background '#ffffff'\nset pointsize 0.5",
     "Helvetica, Arial, sans-serif", 13, 12, 40, "</svg>"},
    {".png", "pngcairo", "",
     "fontscale 2.5 linewidth 2.2 pointscale 2.2 enhanced "
     "background '#ffffff'\nset pointsize 0.75",
     "Sans", 11, 10, 100, "IEND"},
    {".pdf", "pdfcairo", "cm",
     "fontscale 1 linewidth 1 enhanced\nset pointsize 0.5", "Sans", 8, 7.5, 1,
     "%%EOF"},
};

enum { FORMATS = sizeof formats / sizeof *formats };

/* In cm, of figures and pictures that do not say. */
static const double usual_width = 16, usual_height = 11;

static iclgd_status find_format(const char *path, const struct format **out,
                                iclgd_error *err) {
  const size_t length = strlen(path);
  for (size_t i = 0; i < FORMATS; ++i) {
    const size_t end = strlen(formats[i].end);
    if (length <= end || strcmp(path + length - end, formats[i].end) != 0)
      continue;
    *out = &formats[i];
    return ICLGD_OK;
  }
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: expected a name that ends with .svg, .png or .pdf",
                    path);
}

/* gnuplot ends well even where the disk was full. */
static bool is_whole(const char *path, const char *last) {
  char tail[33] = "";
  FILE *file = fopen(path, "rb");
  if (!file) return false;
  const bool far = fseek(file, -32, SEEK_END) == 0;
  const size_t count = far ? fread(tail, 1, sizeof tail - 1, file) : 0;
  fclose(file);
  bool found = false;
  for (size_t i = 0; i + strlen(last) <= count; ++i)
    found |= memcmp(tail + i, last, strlen(last)) == 0;
  return found;
}

static iclgd_status draw_file(const char *script, size_t length,
                              const struct format *format, const char *path,
                              iclgd_arena *arena, iclgd_error *err) {
  iclgd_temporary temporary;
  iclgd_status status = iclgd_temporary_create(path, arena, &temporary, err);
  if (status) return status;
  status = iclgd_gnuplot_run(script, length, temporary.name, err);
  if (!status && !is_whole(temporary.name, format->last))
    status = iclgd_fail(err, ICLGD_EIO,
                        "%s: gnuplot wrote no whole picture; is the disk full?",
                        path);
  if (!status) return iclgd_temporary_publish(&temporary, true, err);
  iclgd_temporary_discard(&temporary);
  return status;
}

/* A narrow picture is less flat, and taller by the legend, which stands in one
 * column, the lines of the title and the names above rows. */
static double height_of(const iclgd_figure *figure, double width) {
  enum { AROUND = 3, LINE = 1 }; /* rows: what is around them, cm */
  const double usual = figure->height > 0 ? figure->height : usual_height;
  const double legend =
      width < usual_width ? 0.4 * (double)figure->n_series : 0;
  const size_t lines = iclgd_gnuplot_title_lines(figure);
  const double title = lines > 1 ? 0.5 * (double)(lines - 1) : 0;
  const double plot =
      figure->kind == ICLGD_FIGURE_DOTS && iclgd_gnuplot_is_narrow(figure)
          ? AROUND + LINE * (double)figure->n_rows
          : usual * sqrt(width / usual_width);
  return plot + legend + title;
}

static iclgd_status render_file(const iclgd_figure *figure,
                                const struct format *format,
                                const iclgd_plot_options *options,
                                iclgd_arena *arena, iclgd_error *err) {
  char *script = NULL;
  size_t length;
  FILE *stream = open_memstream(&script, &length);
  if (!stream) return iclgd_fail_memory(err, "the script");
  const double width = figure->width > 0 ? figure->width : usual_width;
  const double height = height_of(figure, width);
  const double letters = iclgd_gnuplot_letters(figure);
  char terminal[512];
  snprintf(terminal, sizeof terminal,
           "%s size %.6g%s,%.6g%s font '%s,%.3g' %s\nset key font ',%.3g'",
           format->terminal, width * format->per_cm, format->unit,
           height * format->per_cm, format->unit, format->font,
           letters * format->size, format->options, letters * format->key_size);
  iclgd_figure_gnuplot(figure, terminal, stream);
  const bool whole = fclose(stream) == 0;
  const iclgd_status status =
      whole ? draw_file(script, length, format, options->output, arena, err)
            : iclgd_fail_memory(err, "the script");
  free(script);
  return status;
}

static iclgd_status render(const iclgd_figure *figure,
                           const struct format *format,
                           const iclgd_plot_options *options, FILE *out,
                           iclgd_arena *arena, iclgd_error *err) {
  if (format) return render_file(figure, format, options, arena, err);
  const iclgd_text_style style = {.columns = options->columns,
                                  .rows = options->rows,
                                  .colour = options->colour,
                                  .unicode = options->unicode};
  iclgd_figure_text(figure, &style, out);
  return fflush(out) == 0 ? ICLGD_OK
                          : iclgd_fail(err, ICLGD_EIO, "cannot write the plot");
}

/* The figure of one file; it lives in the arena. */
static iclgd_status build(const char *path, const iclgd_plot_options *options,
                          iclgd_arena *arena, iclgd_figure **out,
                          iclgd_error *err) {
  iclgd_source *source = NULL;
  iclgd_status status =
      options->output && path
          ? iclgd_target_check_beside(options->output, path, err)
          : ICLGD_OK;
  if (!status && path) status = iclgd_source_open(path, &source, err);
  if (status) return status;
  status = iclgd_figure_build(options->what ? options->what : "loss",
                              options->algorithms, source, arena, out, err);
  if (source) iclgd_source_close(source);
  return status;
}

static iclgd_status check_title(const char *title, iclgd_error *err) {
  const size_t length = title ? strlen(title) : 0;
  if (iclgd_utf8_valid(title, length) == length) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE, "--title %s: expected text in UTF-8",
                    title);
}

iclgd_status iclgd_report_plot(const char *path,
                               const iclgd_plot_options *options, FILE *out,
                               iclgd_error *err) {
  const struct format *format = NULL;
  iclgd_figure *figure, *other;
  iclgd_arena arena = {0};
  iclgd_status status = check_title(options->title, err);
  if (!status && options->output)
    status = find_format(options->output, &format, err);
  if (!status) status = build(path, options, &arena, &figure, err);
  for (size_t i = 0; !status && i < options->n_others; ++i) {
    status = build(options->others[i], options, &arena, &other, err);
    if (!status)
      status = iclgd_figure_join(figure, path, other, options->others[i],
                                 &arena, err);
  }
  if (!status) {
    iclgd_figure_finish(figure, &arena);
    if (options->title)
      figure->title = iclgd_figure_words(&arena, "%s", options->title);
    figure->width = options->width;
    status = render(figure, format, options, out, &arena, err);
  }
  iclgd_arena_free(&arena);
  return status;
}
