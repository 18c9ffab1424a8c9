/* One figure of a file: the table of figures, and where a figure goes. */
#include <errno.h>
#include <iclgd/report.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record/temporary.h"
#include "report/figure.h"
#include "report/gnuplot.h"

static const struct row {
  const char *name, *shows;
  iclgd_status (*build)(const iclgd_source *, iclgd_arena *, iclgd_figure *,
                        iclgd_error *);
} figures[] = {
    {"loss", "the loss by layer beside every algorithm", iclgd_figure_loss},
    {"median", "the same for the median over prompts", iclgd_figure_median},
    {"filter", "what the last layer leaves by eigenvalue, beside algorithms",
     iclgd_figure_filter},
    {"training", "the held-out loss over training", iclgd_figure_training},
    {"interpolation", "the loss from trained to constructed weights",
     iclgd_figure_interpolation},
    {"structure", "the learned A over training", iclgd_figure_structure},
    {"loops", "the median with more loops than trained", iclgd_figure_loops},
    {"diversity", "the loss on seen and new tasks by the size of the pool",
     iclgd_figure_diversity},
};

/* Formats by the end of the file's name: 16 x 11 cm each, text of 11 points. */
static const struct format {
  const char *end, *terminal;
} formats[] = {
    {".svg",
     "svg size 640,440 font 'Helvetica, Arial, sans-serif,13' enhanced "
     "background '#ffffff'\nset pointsize 0.5\nset key font ',12'"},
    {".png",
     "pngcairo size 1600,1100 font 'Sans,11' fontscale 2.5 linewidth 2.2 "
     "pointscale 2.2 enhanced background '#ffffff'\nset pointsize 0.75\nset "
     "key font ',10'"},
    {".pdf",
     "pdfcairo size 16cm,11cm font 'Sans,11' fontscale 1 linewidth 1 enhanced\n"
     "set pointsize 0.5\nset key font ',10'"},
};

enum {
  FIGURES = sizeof figures / sizeof *figures,
  FORMATS = sizeof formats / sizeof *formats
};

void iclgd_report_figures(FILE *out) {
  for (size_t i = 0; i < FIGURES; ++i)
    fprintf(out, "  %-14s %s\n", figures[i].name, figures[i].shows);
}

static iclgd_status find_figure(const char *name, const struct row **out,
                                iclgd_error *err) {
  char names[512];
  size_t used = 0;
  for (size_t i = 0; i < FIGURES; ++i) {
    if (strcmp(figures[i].name, name) == 0) {
      *out = &figures[i];
      return ICLGD_OK;
    }
    used += (size_t)snprintf(names + used, sizeof names - used, "%s%s (%s)",
                             i ? ", " : "", figures[i].name, figures[i].shows);
    if (used >= sizeof names) used = sizeof names - 1;
  }
  return iclgd_fail(err, ICLGD_EUSAGE, "no figure '%s': expected one of %s",
                    name, names);
}

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

static iclgd_status draw_file(const char *script, size_t length,
                              const char *path, iclgd_arena *arena,
                              iclgd_error *err) {
  const char *temporary;
  struct stat drawn;
  iclgd_status status = iclgd_target_check(path, true, err);
  if (!status) status = iclgd_temporary_create(path, arena, &temporary, err);
  if (status) return status;
  status = iclgd_gnuplot_run(script, length, temporary, err);
  if (!status && (stat(temporary, &drawn) != 0 || drawn.st_size == 0))
    status = iclgd_fail(err, ICLGD_EIO, "%s: gnuplot drew nothing", path);
  if (!status) return iclgd_temporary_publish(temporary, path, true, err);
  unlink(temporary);
  return status;
}

static iclgd_status render_file(const iclgd_figure *figure,
                                const struct format *format, const char *path,
                                iclgd_arena *arena, iclgd_error *err) {
  char *script = NULL;
  size_t length;
  FILE *stream = open_memstream(&script, &length);
  if (!stream) return iclgd_fail_memory(err, "the script");
  iclgd_figure_gnuplot(figure, format->terminal, stream);
  const bool whole = fclose(stream) == 0;
  const iclgd_status status = whole
                                  ? draw_file(script, length, path, arena, err)
                                  : iclgd_fail_memory(err, "the script");
  free(script);
  return status;
}

static iclgd_status render(const iclgd_figure *figure,
                           const struct format *format,
                           const iclgd_plot_options *options, FILE *out,
                           iclgd_arena *arena, iclgd_error *err) {
  if (format) return render_file(figure, format, options->output, arena, err);
  iclgd_figure_text(figure, options->columns, options->rows, options->colour,
                    out);
  return fflush(out) == 0 ? ICLGD_OK
                          : iclgd_fail(err, ICLGD_EIO, "cannot write the plot");
}

iclgd_status iclgd_report_plot(const char *path,
                               const iclgd_plot_options *options, FILE *out,
                               iclgd_error *err) {
  const struct row *row = NULL;
  const struct format *format = NULL;
  iclgd_source *source;
  iclgd_arena arena = {0};
  iclgd_status status =
      find_figure(options->what ? options->what : "loss", &row, err);
  if (!status && options->output)
    status = find_format(options->output, &format, err);
  if (!status) status = iclgd_source_open(path, &source, err);
  if (status) return status;
  iclgd_figure *figure = iclgd_arena_take(&arena, 1, sizeof *figure);
  status = figure ? row->build(source, &arena, figure, err)
                  : iclgd_fail_memory(err, "the figure");
  iclgd_source_close(source);
  if (!status) status = render(figure, format, options, out, &arena, err);
  iclgd_arena_free(&arena);
  return status;
}
