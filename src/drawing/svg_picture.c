/* A figure as a picture: title, figure and legend below each other on white,
 * as wide as it was asked for. */
#include <math.h>
#include <stdlib.h>

#include "drawing/svg.h"
#include "drawing/svg_parts.h"
#include "view/html.h"

enum {
  USUAL = 16, /* cm */
  MARGIN = 8, /* units */
  BETWEEN = 8 /* between the parts */
};

/* 13 units are 9 pt: letters are as large as those of a journal, whatever the
 * width of the picture. */
static const double units_per_cm = 13 / 9.0 * 72 / 2.54;

/* What the figure does not show; the height. */
static double write_note(const iclgd_figure *f, const iclgd_svg *svg,
                         double top) {
  const double room = 0.95 * svg->width;
  if (!f->note) return 0;
  iclgd_svg_prose(4, top + BETWEEN + 10, "name", f->note, room, svg->out);
  return BETWEEN + ICLGD_SVG_LINE * (double)iclgd_svg_lines_of(f->note, room);
}

/* Title, figure, legend, note; their height. */
static double write_all(const iclgd_figure *f, iclgd_svg *svg) {
  const double bold = 0.9 * svg->width; /* letters of the title are wider */
  const size_t lines = iclgd_svg_lines_of(f->title, bold);
  iclgd_svg_prose(4, 12, "title", f->title, bold, svg->out);
  if (lines > 0) svg->top = ICLGD_SVG_LINE * (double)lines + BETWEEN;
  double bottom = svg->top + iclgd_svg_figure(f, svg);
  if (f->n_series > 0 || f->mark)
    bottom += BETWEEN + iclgd_svg_legend(f, svg, bottom + BETWEEN);
  return bottom + write_note(f, svg, bottom);
}

/* Where a figure is drawn before the size of the picture is known. */
typedef struct parts {
  char *text;
  size_t length;
  double height;
} parts;

static iclgd_status draw(const iclgd_figure *f, double width, parts *out,
                         iclgd_error *err) {
  FILE *stream = open_memstream(&out->text, &out->length);
  if (!stream) return iclgd_fail_memory(err, "the picture");
  iclgd_svg svg = {.out = stream, .width = width, .picture = true};
  out->height = write_all(f, &svg);
  return fclose(stream) == 0 ? ICLGD_OK : iclgd_fail_memory(err, "the picture");
}

iclgd_status iclgd_figure_picture(const iclgd_figure *f, FILE *out,
                                  iclgd_error *err) {
  const double cm = f->width > 0 ? f->width : USUAL;
  const double width = cm * units_per_cm;
  parts body = {0};
  const iclgd_status status = draw(f, width - 2 * MARGIN, &body, err);
  if (!status) {
    const double height = ceil(body.height + 2 * MARGIN);
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" "
            "xml:space=\"preserve\" "
            "width=\"%.6gcm\" height=\"%.6gcm\" "
            "viewBox=\"-%d -%d %.6g %.6g\">\n<title>",
            cm, height / units_per_cm, MARGIN, MARGIN, width, height);
    iclgd_html_text(out, f->title);
    fputs("</title>\n<style>\n", out);
    iclgd_svg_picture_style(out);
    fprintf(
        out,
        "</style>\n<path class=\"paper\" d=\"M-%d-%dh%.6gv%.6gh-%.6gz\"/>\n",
        MARGIN, MARGIN, width, height, width);
    fwrite(body.text, 1, body.length, out);
    fputs("</svg>\n", out);
  }
  free(body.text);
  return status;
}
