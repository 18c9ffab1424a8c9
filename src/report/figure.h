/* A figure of lines, over a logarithmic y axis unless it asks for a linear one:
 * what is drawn, apart from how.
 *
 * A figure is built from a file (figure_loss.c, figure_filter.c, ...) and then
 * rendered for gnuplot or for a terminal. */
#ifndef ICLGD_REPORT_FIGURE_H
#define ICLGD_REPORT_FIGURE_H

#include <iclgd/arena.h>
#include <iclgd/record.h>
#include <iclgd/status.h>
#include <stdbool.h>
#include <stdio.h>

enum { ICLGD_SERIES_MAX = 64, ICLGD_TICKS_MAX = 32 };

typedef enum iclgd_series_kind {
  ICLGD_SERIES_MAIN,   /* what the figure is about: thick, with points */
  ICLGD_SERIES_POINTS, /* a line with a point per value */
  ICLGD_SERIES_CURVE,  /* a line through many values, without points */
  ICLGD_SERIES_THIN,   /* in the background: thin and grey, without points */
  ICLGD_SERIES_LEVEL   /* one value, drawn across */
} iclgd_series_kind;

typedef struct iclgd_series {
  iclgd_series_kind kind;
  const char *label; /* "" keeps it out of the legend */
  size_t count;      /* 1 for a level */
  const double *x, *y;
  const double *band; /* (2, count) its lower and upper edge, or NULL */
} iclgd_series;

/* Texts and arrays belong to the arena the figure was built in. */
typedef struct iclgd_figure {
  const char *title, *x_label, *y_label;
  bool log_x, linear_y;
  double x_min, x_max, y_min, y_max; /* the window, positive on log axes */
  size_t n_series;
  iclgd_series series[ICLGD_SERIES_MAX];
} iclgd_figure;

/* Whether a point can be drawn: finite, and positive on log axes. */
bool iclgd_figure_shows(const iclgd_figure *figure, double x, double y);

/* Add a series; one too many is left out. */
void iclgd_figure_add(iclgd_figure *figure, iclgd_series series);

/* Of many series keep the `pinned` first and, of the others, those that are
 * closest to the first one at its end, |log of the ratio|: as many as there are
 * colours. */
void iclgd_figure_keep_closest(iclgd_figure *figure, size_t pinned);

/* The last x at which a series has a finite y. */
double iclgd_series_end(const iclgd_series *series);

/* The label of a path of /entry/trajectories, its name where it has none; in
 * the arena. */
const char *iclgd_figure_label(const iclgd_source *source, const char *who,
                               iclgd_arena *arena);

/* Tick positions in [low, high], their number returned: on a log axis powers
 * of ten, with some of their multiples below two and a half decades; else, and
 * below a third of a decade, multiples of 1, 2 or 5 times a power of ten. */
size_t iclgd_ticks(double low, double high, bool log_axis,
                   double out[ICLGD_TICKS_MAX]);

/* The title of the file in one line, in the arena. */
iclgd_status iclgd_figure_title(const iclgd_source *source, iclgd_arena *arena,
                                iclgd_figure *figure, iclgd_error *err);

/* The figures. ICLGD_EINPUT names the file and the group it has not. */
iclgd_status iclgd_figure_loss(const iclgd_source *source, iclgd_arena *arena,
                               iclgd_figure *figure, iclgd_error *err);
iclgd_status iclgd_figure_median(const iclgd_source *source, iclgd_arena *arena,
                                 iclgd_figure *figure, iclgd_error *err);
iclgd_status iclgd_figure_filter(const iclgd_source *source, iclgd_arena *arena,
                                 iclgd_figure *figure, iclgd_error *err);
iclgd_status iclgd_figure_training(const iclgd_source *source,
                                   iclgd_arena *arena, iclgd_figure *figure,
                                   iclgd_error *err);

iclgd_status iclgd_figure_interpolation(const iclgd_source *source,
                                        iclgd_arena *arena,
                                        iclgd_figure *figure, iclgd_error *err);
iclgd_status iclgd_figure_structure(const iclgd_source *source,
                                    iclgd_arena *arena, iclgd_figure *figure,
                                    iclgd_error *err);
iclgd_status iclgd_figure_loops(const iclgd_source *source, iclgd_arena *arena,
                                iclgd_figure *figure, iclgd_error *err);
iclgd_status iclgd_figure_diversity(const iclgd_source *source,
                                    iclgd_arena *arena, iclgd_figure *figure,
                                    iclgd_error *err);

/* Render as lines of text, `columns` wide at most. */
void iclgd_figure_text(const iclgd_figure *figure, size_t columns, size_t rows,
                       bool colour, FILE *out);

/* Render as a script for gnuplot that writes to its standard output in the
 * format of `terminal`. */
void iclgd_figure_gnuplot(const iclgd_figure *figure, const char *terminal,
                          FILE *script);

#endif /* ICLGD_REPORT_FIGURE_H */
