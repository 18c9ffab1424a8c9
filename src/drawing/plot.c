/* One figure of a file, and where it goes: the terminal, or a picture. */
#include <iclgd/report.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "drawing/convert.h"
#include "drawing/svg.h"
#include "drawing/text.h"
#include "figures/figure.h"
#include "record/output/save.h"
#include "record/output/target.h"

static iclgd_status write_svg(const iclgd_svg_file *svg, FILE *out,
                              iclgd_error *err) {
  (void)err; /* whoever closes the file sees what failed */
  fwrite(svg->text, 1, svg->length, out);
  return ICLGD_OK;
}

/* Formats by the end of the file's name. */
static const struct format {
  const char *end;
  iclgd_status (*write)(const iclgd_svg_file *svg, FILE *out, iclgd_error *err);
} formats[] = {{".svg", write_svg},
               {".png", iclgd_svg_to_png},
               {".pdf", iclgd_svg_to_pdf}};

enum { FORMATS = sizeof formats / sizeof *formats };

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

typedef struct picture {
  iclgd_svg_file svg;
  const struct format *format;
} picture;

static iclgd_status write_picture(const void *what, FILE *out,
                                  iclgd_error *err) {
  const picture *p = what;
  return p->format->write(&p->svg, out, err);
}

static iclgd_status render_file(const iclgd_figure *figure,
                                const struct format *format, const char *path,
                                iclgd_error *err) {
  char *text = NULL;
  size_t length = 0;
  FILE *stream = open_memstream(&text, &length);
  if (!stream) return iclgd_fail_memory(err, "the picture");
  iclgd_status status = iclgd_figure_picture(figure, stream, err);
  if (fclose(stream) != 0 && !status)
    status = iclgd_fail_memory(err, "the picture");
  const picture whole = {{text, length}, format};
  if (!status) status = iclgd_save(path, write_picture, &whole, err);
  free(text);
  return status;
}

static iclgd_status render(const iclgd_figure *figure,
                           const struct format *format,
                           const iclgd_plot_options *options, FILE *out,
                           iclgd_error *err) {
  if (format) return render_file(figure, format, options->output, err);
  const iclgd_text_style style = {.columns = options->columns,
                                  .rows = options->rows,
                                  .colour = options->colour,
                                  .unicode = options->unicode};
  iclgd_figure_text(figure, &style, out);
  return iclgd_check_written(out, "the plot", err);
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
    status = render(figure, format, options, out, err);
  }
  iclgd_arena_free(&arena);
  return status;
}
