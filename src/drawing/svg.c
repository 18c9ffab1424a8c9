/* A figure as inline SVG: what its kinds share, and the legend. */
#include "drawing/svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drawing/svg_parts.h"
#include "report/html_write.h"

enum {
  MARKED_MAX = 40, /* points; above they would touch */
  RISE = 4         /* of a power */
};

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

void iclgd_svg_begin(const char *classes, double height, FILE *out) {
  fprintf(out,
          "<svg class=\"plot%s\" viewBox=\"0 0 %d %.0f\" role=\"img\" "
          "aria-label=\"",
          classes, ICLGD_SVG_WIDTH, ceil(height));
}

void iclgd_svg_label_end(FILE *out) {
  fputs("\">\n", out);
}

void iclgd_svg_end(FILE *out) {
  fputs("</svg>\n", out);
}

/* The first `length` bytes of a text. */
static void write_part(const char *text, size_t length, FILE *out) {
  char part[200];
  snprintf(part, sizeof part, "%.*s", (int)length, text);
  iclgd_html_text(out, part);
}

static void write_powers(const char *text, FILE *out) {
  while (*text) {
    const size_t length = strcspn(text, "^");
    write_part(text, length, out);
    text += length;
    if (*text++ == '\0') return;
    const size_t braced = *text == '{' ? strcspn(text, "}") : 0;
    fprintf(out, "<tspan class=\"sup\" dy=\"-%d\">", RISE);
    write_part(text + (braced > 0), braced ? braced - 1 : *text != '\0', out);
    text += braced ? braced + (text[braced] != '\0') : *text != '\0';
    fprintf(out, "</tspan><tspan dy=\"%d\">\u200B</tspan>", RISE);
  }
}

void iclgd_svg_text(double x, double y, const char *classes, const char *text,
                    FILE *out) {
  fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, classes);
  write_powers(text, out);
  fputs("</text>\n", out);
}

void iclgd_svg_tick(double x, double y, const char *classes, double tick,
                    bool log_axis, FILE *out) {
  int mantissa, power;
  fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, classes);
  if (iclgd_tick_is_power(tick, log_axis, &mantissa, &power)) {
    if (mantissa > 1) fprintf(out, "%d\u00D7", mantissa);
    fprintf(out, "10<tspan class=\"sup\" dy=\"-%d\">%s%d</tspan>", RISE,
            power < 0 ? "\u2212" : "", abs(power));
  } else {
    fprintf(out, "%s%g", tick < 0 ? "\u2212" : "", fabs(tick));
  }
  fputs("</text>\n", out);
}

void iclgd_svg_line_class(const iclgd_series *s, FILE *out) {
  const size_t colour = s->colour;
  switch (s->kind) {
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
  return markers[s->colour % MARKERS];
}

static void write_legend(const iclgd_figure *f, FILE *out) {
  fputs("<ul class=\"legend\">\n", out);
  for (size_t k = 0; k < f->n_series; ++k) {
    const iclgd_series *s = &f->series[k];
    if (*s->label == '\0') continue;
    fputs(
        "<li><svg class=\"key\" viewBox=\"0 0 30 12\" aria-hidden=\"true\">"
        "<path class=\"",
        out);
    iclgd_svg_line_class(s, out);
    fputs("\" d=\"M1 6h28\"/>", out);
    if (iclgd_svg_is_marked(s)) {
      iclgd_svg_marker_class(s, out);
      fprintf(out, "M15 6%s\"/>", iclgd_svg_marker_shape(s));
    }
    fputs("</svg>", out);
    iclgd_html_prose(out, s->label);
    fputs("</li>\n", out);
  }
  if (f->mark) {
    fputs(
        "<li><svg class=\"key\" viewBox=\"0 0 30 12\" aria-hidden=\"true\">"
        "<path class=\"mark\" d=\"M15 6m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z\"/>"
        "</svg>",
        out);
    iclgd_html_text(out, f->mark_label);
    fputs("</li>\n", out);
  }
  fputs("</ul>\n", out);
}

void iclgd_figure_svg(const iclgd_figure *f, FILE *out) {
  switch (f->kind) {
    case ICLGD_FIGURE_LINES:
      iclgd_svg_lines(f, out);
      break;
    case ICLGD_FIGURE_DOTS:
      iclgd_svg_dots(f, out);
      break;
    case ICLGD_FIGURE_MAP:
      iclgd_svg_map(f, out);
      break;
  }
  if (f->n_series > 0 || f->mark) write_legend(f, out);
}
