/* A figure as inline SVG of a page: colours and text sizes are left to the
 * style sheet of the page (html_style.c), the legend is a list of HTML, which
 * wraps at any width. */
#ifndef ICLGD_DRAWING_SVG_H
#define ICLGD_DRAWING_SVG_H

#include <stdio.h>

#include "figures/figure.h"

/* Write <svg> and, behind it, the legend. The title of the figure is left out:
 * a page says it once. */
void iclgd_figure_svg(const iclgd_figure *figure, FILE *out);

#endif /* ICLGD_DRAWING_SVG_H */
