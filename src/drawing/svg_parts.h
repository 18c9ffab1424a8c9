/* What the kinds of figures share as SVG. All are 360 units wide, about the
 * pixels of a phone, so that text of 13 units can be read there.
 *
 * Classes of the style sheet: c0 the model, c1..c6 the palette, c8..c19 the
 * ramp; l a line, b a band, m a filled and o an open marker, d1, d2, d3 and
 * level dashes. */
#ifndef ICLGD_DRAWING_SVG_PARTS_H
#define ICLGD_DRAWING_SVG_PARTS_H

#include <stdio.h>

#include "figures/figure.h"

enum { ICLGD_SVG_WIDTH = 360 };

/* Begin the picture, whose label for those who cannot see it comes next, up to
 * iclgd_svg_label_end. `classes` go on from "plot". */
void iclgd_svg_begin(const char *classes, double height, FILE *out);
void iclgd_svg_label_end(FILE *out);
void iclgd_svg_end(FILE *out);

/* <text> at a point, of the given classes, powers raised (^2, ^{2L}). */
void iclgd_svg_text(double x, double y, const char *classes, const char *text,
                    FILE *out);

/* The same for a tick of an axis. */
void iclgd_svg_tick(double x, double y, const char *classes, double tick,
                    bool log_axis, FILE *out);

/* The classes of the line of a series that set it apart from the others. */
void iclgd_svg_line_class(const iclgd_series *series, FILE *out);

/* <path class="..." d=" of markers; then each one is M x y and its shape. */
void iclgd_svg_marker_class(const iclgd_series *series, FILE *out);
const char *iclgd_svg_marker_shape(const iclgd_series *series);

/* The kinds. */
void iclgd_svg_lines(const iclgd_figure *figure, FILE *out);
void iclgd_svg_dots(const iclgd_figure *figure, FILE *out);
void iclgd_svg_map(const iclgd_figure *figure, FILE *out);

/* Whether the points of a series are marked: few enough not to touch. */
bool iclgd_svg_is_marked(const iclgd_series *series);

#endif /* ICLGD_DRAWING_SVG_PARTS_H */
