/* A figure as SVG: inline on a page, or a picture that needs nothing else. */
#ifndef ICLGD_DRAWING_SVG_H
#define ICLGD_DRAWING_SVG_H

#include <stdio.h>

#include "figures/figure.h"

/* Write <svg> and, behind it, the legend as a list of HTML, which wraps at any
 * width. Colours and sizes of letters are left to the style sheet of the page;
 * the title is left out: a page says it once. */
void iclgd_figure_svg(const iclgd_figure *figure, FILE *out);

/* Write a whole file: title, legend, a white background, figure->width
 * centimetres wide, letters of 9 pt. */
iclgd_status iclgd_figure_picture(const iclgd_figure *figure, FILE *out,
                                  iclgd_error *err);

/* The style sheet of figures on a page: colours of both schemes as variables
 * (--ink, --soft, --line, --tint, --page, the palette), and rules. */
void iclgd_svg_page_style(FILE *out);

#endif /* ICLGD_DRAWING_SVG_H */
