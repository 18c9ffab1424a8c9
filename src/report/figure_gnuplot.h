/* What the scripts for gnuplot share. */
#ifndef ICLGD_REPORT_FIGURE_GNUPLOT_H
#define ICLGD_REPORT_FIGURE_GNUPLOT_H

#include "report/figure.h"

/* The text in single quotes, where gnuplot expands nothing but markup. */
void iclgd_gnuplot_quote(const char *text, FILE *script);

/* Encoding and the title of the figure. */
void iclgd_gnuplot_title(const iclgd_figure *figure, FILE *script);

/* Labels of both axes. */
void iclgd_gnuplot_labels(const iclgd_figure *figure, FILE *script);

/* Everything below the terminal, for figures of heat maps. */
void iclgd_gnuplot_map(const iclgd_figure *figure, FILE *script);

#endif /* ICLGD_REPORT_FIGURE_GNUPLOT_H */
