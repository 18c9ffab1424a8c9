/* What the kinds of figures share as SVG. On a page all are 360 units wide,
 * about the pixels of a phone, so that text of 13 units can be read there; a
 * picture is as many units wide as 13 of them are 9 pt.
 *
 * Classes of the style sheet: c0 the model, c1..c6 the palette, c7 grey,
 * c8..c19 the ramp; l a line, b a band, m a filled and o an open marker; d1,
 * d2, d3 and level dashes; of text e ends and c is centred at its point. */
#ifndef ICLGD_DRAWING_SVG_PARTS_H
#define ICLGD_DRAWING_SVG_PARTS_H

#include <stdio.h>

#include "figures/figure.h"

enum {
  ICLGD_SVG_PAGE = 360, /* the width of a figure on a page */
  ICLGD_SVG_LINE = 16   /* from line to line of text */
};

/* Where a figure is drawn. */
typedef struct iclgd_svg {
  FILE *out;
  double width;
  bool picture; /* the figure stands within one, at `top`; else on a page */
  double top;
} iclgd_svg;

/* A wider figure is taller, though not by as much: heights, beside those of a
 * page. */
double iclgd_svg_growth(const iclgd_svg *svg);

/* Begin the figure, whose label for those who cannot see it comes next, up to
 * iclgd_svg_label_end. `classes` go on from "plot". */
void iclgd_svg_begin(const iclgd_svg *svg, const char *classes, double height);
void iclgd_svg_label_end(FILE *out);
void iclgd_svg_end(FILE *out);

/* <text> at a point, of the given classes, powers raised (^2, ^{2L}). "mid"
 * among the classes: y is the middle of small letters, not their base. */
void iclgd_svg_text(double x, double y, const char *classes, const char *text,
                    FILE *out);

/* The same as it stands, in as many lines as `room` asks for; y is that of the
 * first. */
void iclgd_svg_prose(double x, double y, const char *classes, const char *text,
                     double room, FILE *out);

/* The label of an axis, powers raised, in lines. */
void iclgd_svg_label(double x, double y, const char *classes, const char *text,
                     double room, FILE *out);

/* About how wide a text is in a font that is rather wide: with powers, and as
 * it stands. */
double iclgd_svg_width(const char *text);
double iclgd_svg_plain_width(const char *text);

/* The lines of a text where there is so much room. */
size_t iclgd_svg_lines_of(const char *text, double room);

/* The number of a tick, set like a text. */
void iclgd_svg_tick(double x, double y, const char *classes, double tick,
                    bool log_axis, FILE *out);
double iclgd_svg_tick_width(double tick, bool log_axis);

/* The same for one of a horizontal axis, if it is clear of the one before,
 * which ends at *from (-INFINITY: none). */
void iclgd_svg_tick_below(double x, double y, double tick, bool log_axis,
                          double *from, FILE *out);

/* The classes of the line of a series that set it apart from the others. */
void iclgd_svg_line_class(const iclgd_series *series, FILE *out);

/* <path class="..." d=" of markers; then each one is M x y and its shape. */
void iclgd_svg_marker_class(const iclgd_series *series, FILE *out);
const char *iclgd_svg_marker_shape(const iclgd_series *series);

/* Whether the points of a series are marked: few enough not to touch. */
bool iclgd_svg_is_marked(const iclgd_series *series);

/* Axes with their lines: a figure of lines, or one of the small ones. */
typedef struct iclgd_svg_plot {
  const iclgd_figure *figure;
  FILE *out;
  double width, left, top; /* of all; the corner of the axes */
  double span_x, span_y;   /* of the axes */
  double height;
  bool bare_x, bare_y; /* ticks without numbers */
} iclgd_svg_plot;
void iclgd_svg_axes(const iclgd_svg_plot *plot);
void iclgd_svg_curves(const iclgd_svg_plot *plot);

/* What one who cannot see a figure of lines is told of its lines. */
void iclgd_svg_tell_lines(const iclgd_figure *figure, FILE *out);

/* The kinds; the height of what is drawn is returned. */
double iclgd_svg_lines(const iclgd_figure *figure, const iclgd_svg *svg);
double iclgd_svg_facets(const iclgd_figure *figure, const iclgd_svg *svg);
double iclgd_svg_dots(const iclgd_figure *figure, const iclgd_svg *svg);
double iclgd_svg_map(const iclgd_figure *figure, const iclgd_svg *svg);
double iclgd_svg_figure(const iclgd_figure *figure, const iclgd_svg *svg);

/* The legend as a list of HTML, or from `top` on in a picture, where its height
 * is returned. */
void iclgd_svg_legend_list(const iclgd_figure *figure, FILE *out);
double iclgd_svg_legend(const iclgd_figure *figure, const iclgd_svg *svg,
                        double top);

/* The style sheet of a picture, without variables, which few programs but
 * browsers know. */
void iclgd_svg_picture_style(FILE *out);

#endif /* ICLGD_DRAWING_SVG_PARTS_H */
