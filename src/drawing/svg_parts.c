/* What the kinds of figures share: the frame, lines and markers. */
#include "drawing/svg_parts.h"

#include <math.h>

enum { MARKED_MAX = 40 /* points; above they would touch */ };

/* Of the palette's colours in turn, drawn from the centre; open for dashed
 * lines. */
static const char *const markers[] = {
    "m-2.8 0a2.8 2.8 0 1 0 5.6 0a2.8 2.8 0 1 0-5.6 0z",
    "m-2.4-2.4h4.8v4.8h-4.8z",
    "m0-3.2l3 5.4h-6z",
    "m0-3.4l2.9 3.4l-2.9 3.4l-2.9-3.4z",
    "m0 3.2l3-5.4h-6z",
    "m0-3l2.9 2.1l-1.1 3.4h-3.6l-1.1-3.4z",
    "m-2.3 0a2.3 2.3 0 1 0 4.6 0a2.3 2.3 0 1 0-4.6 0z",
};
enum { MARKERS = sizeof markers / sizeof *markers };

double iclgd_svg_growth(const iclgd_svg *svg) {
  return sqrt(svg->width / ICLGD_SVG_PAGE);
}

void iclgd_svg_begin(const iclgd_svg *svg, const char *classes, double height) {
  fprintf(svg->out, "<svg class=\"plot%s\" ", classes);
  if (svg->picture)
    fprintf(svg->out, "y=\"%.1f\" width=\"%.1f\" height=\"%.0f\" ", svg->top,
            svg->width, ceil(height));
  fprintf(svg->out, "viewBox=\"0 0 %.6g %.0f\" role=\"img\" aria-label=\"",
          svg->width, ceil(height));
}

void iclgd_svg_label_end(FILE *out) {
  fputs("\">\n", out);
}

void iclgd_svg_end(FILE *out) {
  fputs("</svg>\n", out);
}

void iclgd_svg_line_class(const iclgd_series *s, FILE *out) {
  const size_t colour = s->colour;
  switch (s->kind) {
    case ICLGD_SERIES_LINE:
    case ICLGD_SERIES_MAIN:
      fprintf(out, "l main c%zu", colour);
      break;
    case ICLGD_SERIES_POINTS:
    case ICLGD_SERIES_CURVE:
      fprintf(out, "l c%zu", colour);
      if (s->dash > 0) fprintf(out, " d%zu", s->dash);
      break;
    case ICLGD_SERIES_THIN:
      fputs("l thin", out);
      break;
    case ICLGD_SERIES_LEVEL:
      fprintf(out, "l c%zu level", colour);
      break;
  }
}

bool iclgd_svg_is_marked(const iclgd_series *s) {
  return s->count <= MARKED_MAX &&
         (s->kind == ICLGD_SERIES_MAIN || s->kind == ICLGD_SERIES_POINTS);
}

void iclgd_svg_marker_class(const iclgd_series *s, FILE *out) {
  fprintf(out, "<path class=\"%c c%zu\" d=\"", s->dash > 0 ? 'o' : 'm',
          s->colour);
}

const char *iclgd_svg_marker_shape(const iclgd_series *s) {
  return markers[(s->ordered ? s->marker : s->colour) % MARKERS];
}
