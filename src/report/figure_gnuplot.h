/* What the scripts for gnuplot share. */
#ifndef ICLGD_REPORT_FIGURE_GNUPLOT_H
#define ICLGD_REPORT_FIGURE_GNUPLOT_H

#include "figures/figure.h"

/* The text in single quotes, where gnuplot expands nothing but markup. */
void iclgd_gnuplot_quote(const char *text, FILE *script);

/* Encoding and the title of the figure, in lines that fit its width. */
void iclgd_gnuplot_title(const iclgd_figure *figure, FILE *script);

/* Whether a legend has one column, and names of rows stand above them. */
bool iclgd_gnuplot_is_narrow(const iclgd_figure *figure);

/* The size of letters, 1 as long as the picture is wide enough for them. */
double iclgd_gnuplot_letters(const iclgd_figure *figure);

/* Whether a text fits into a share of the width of the plot. */
bool iclgd_gnuplot_fits(const iclgd_figure *figure, const char *text,
                        double share);

/* Whether the number of a tick of the x axis is clear of the one before, which
 * ends at *from (cm; -INFINITY: none). */
bool iclgd_gnuplot_has_room(const iclgd_figure *figure, double tick,
                            double *from);

/* How many lines the title takes in a picture of the figure's width. */
size_t iclgd_gnuplot_title_lines(const iclgd_figure *figure);

/* Labels of both axes. */
void iclgd_gnuplot_labels(const iclgd_figure *figure, FILE *script);

/* Everything below the terminal, for figures of heat maps. */
void iclgd_gnuplot_map(const iclgd_figure *figure, FILE *script);

#endif /* ICLGD_REPORT_FIGURE_GNUPLOT_H */
