/* A figure, apart from how it is drawn: lines over axes (a logarithmic y axis
 * unless it asks for a linear one), heat maps, or dots in named rows.
 *
 * A figure is built from a file (loss.c, filter.c, ...) and then
 * drawn (src/drawing) as a picture or for a terminal. */
#ifndef ICLGD_FIGURES_FIGURE_H
#define ICLGD_FIGURES_FIGURE_H

#include <iclgd/arena.h>
#include <iclgd/record.h>
#include <iclgd/status.h>
#include <stdbool.h>
#include <stdio.h>

enum {
  ICLGD_SERIES_MAX = 64,
  ICLGD_TICKS_MAX = 32,
  ICLGD_PANELS_MAX = 64,
  ICLGD_COLOURS = 6,     /* beside black (0), */
  ICLGD_COLOUR_GREY = 7, /* grey and */
  ICLGD_COLOUR_RAMP = 8, /* a ramp of so many */
  ICLGD_RAMP = 12,
  ICLGD_COLOURS_ALL = ICLGD_COLOUR_RAMP + ICLGD_RAMP,
  ICLGD_DASHES = 4 /* 0: none */
};

typedef enum iclgd_figure_kind {
  ICLGD_FIGURE_LINES,
  ICLGD_FIGURE_MAP,   /* heat maps of matrices that share one colour bar */
  ICLGD_FIGURE_DOTS,  /* rows with names; the x of every series by row */
  ICLGD_FIGURE_FACETS /* small figures of lines over the same axes */
} iclgd_figure_kind;

typedef enum iclgd_series_kind {
  ICLGD_SERIES_LINE,   /* the main one if it is the first added, else points */
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
  const char *who;    /* the algorithm, or NULL */
  bool ordered;       /* one of a sequence: coloured by its place in it */
  size_t colour;      /* set by iclgd_figure_paint: 0 black, 1.. */
  size_t dash;        /* likewise: below ICLGD_DASHES */
  size_t marker;      /* likewise: of one of a sequence its place, else 0 */
} iclgd_series;

/* One heat map: row 0 on top. */
typedef struct iclgd_panel {
  const char *label;   /* above it; "" for none */
  const char *side;    /* to the left of a row of panels; "" for none */
  const double *value; /* (rows, columns) of the figure; NaN stays blank */
} iclgd_panel;

/* Texts and arrays belong to the arena the figure was built in. */
typedef struct iclgd_figure {
  const char *title, *x_label, *y_label;
  bool log_x, linear_y;
  double x_min, x_max, y_min, y_max; /* the window, positive on log axes */
  size_t n_series;
  iclgd_series series[ICLGD_SERIES_MAX];

  iclgd_figure_kind kind;
  const char *choice; /* what the name of the figure is followed by, or NULL */
  const char
      *algorithms;       /* those that are drawn, "gd,newton"; NULL: a choice */
  const char *joined;    /* of several files: what their lines show */
  bool main_below;       /* other lines are drawn over the main one */
  double width;          /* of a picture, in cm; 0: 16 */
  bool bars;             /* bands are error bars, not areas */
  bool whole_x, whole_y; /* ticks at whole numbers only */

  const char *note; /* below it: what it does not show; NULL */

  /* Facets: figures with the windows and the series of this one, a series of
   * one may have no points; their titles stand above them. */
  size_t n_facets;
  struct iclgd_figure *const *facet;

  /* Dots: series[k].y counts rows from 0 on top, bands are along x. */
  size_t n_rows;
  const char *const *row_name;

  /* Maps: panels in rows of panel_columns. */
  size_t rows, columns;             /* of every panel */
  const double *row_at, *column_at; /* numbers on the axes, or NULL */
  const double *mark;               /* column marked in each row, or NULL */
  const char *mark_label;
  const char *value_label;     /* beside the colour bar */
  double value_min, value_max; /* of the colour bar */
  bool log_value, diverging;   /* diverging: value_min = -value_max */
  size_t n_panels, panel_columns;
  iclgd_panel panel[ICLGD_PANELS_MAX];
} iclgd_figure;

/* Whether a point can be drawn: finite, and positive on log axes. */
bool iclgd_figure_shows(const iclgd_figure *figure, double x, double y);

/* What a figure is built with. A failure is sticky: it is kept in status, after
 * it nothing is read any more, and it is asked for before numbers are used. */
typedef struct iclgd_figure_builder {
  const iclgd_source *source; /* NULL: theory */
  iclgd_arena *arena;
  iclgd_figure *figure; /* has its title, choice and list */
  iclgd_error *err;
  iclgd_status status;
} iclgd_figure_builder;

/* A dataset by its path, like printf's; an extent other than 0 must be met, 0
 * is free and filled in. NULL: it failed. */
double *iclgd_figure_reals(iclgd_figure_builder *b, size_t rank,
                           size_t *extents, const char *path, ...)
    __attribute__((format(printf, 4, 5)));
char **iclgd_figure_texts(iclgd_figure_builder *b, size_t *count,
                          const char *path);

/* An attribute that is a number; the names of a group's members. */
double *iclgd_figure_attribute(iclgd_figure_builder *b, const char *group,
                               const char *name);
char **iclgd_figure_children(iclgd_figure_builder *b, const char *group,
                             size_t *count);
/* The datasets that a group draws beside its signal, if it names any. */
char **iclgd_figure_beside(iclgd_figure_builder *b, const char *group,
                           size_t *count);

/* Memory for (rows, columns) numbers, for edges of a band about `middle` at a
 * distance of `factor` errors (NaN: unknown, no band), and for edges that are
 * given; NULL: it failed. */
double *iclgd_figure_take(iclgd_figure_builder *b, size_t rows, size_t columns);
double *iclgd_figure_errors(iclgd_figure_builder *b, size_t count,
                            const double *middle, const double *error,
                            double factor);
double *iclgd_figure_edges(iclgd_figure_builder *b, size_t count,
                           const double *low, const double *high);

bool iclgd_figure_has(const iclgd_figure_builder *b, const char *path, ...)
    __attribute__((format(printf, 2, 3)));

/* Whether an algorithm is gradient descent, which figures show first. */
bool iclgd_figure_is_descent(const char *who);

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
const char *iclgd_figure_label(const iclgd_figure_builder *b, const char *who);

/* Tick positions in [low, high], their number returned: on a log axis powers
 * of ten, with some of their multiples below two and a half decades; else, and
 * below a third of a decade, multiples of 1, 2 or 5 times a power of ten. */
size_t iclgd_ticks(double low, double high, bool log_axis,
                   double out[ICLGD_TICKS_MAX]);

/* Whether a tick of a log axis is written as a power of ten, as mantissa times
 * 10^power, the mantissa a digit. */
bool iclgd_tick_is_power(double tick, bool log_axis, int *mantissa, int *power);

/* Ticks of the axis 'x' or 'y' of a figure. */
size_t iclgd_figure_ticks(const iclgd_figure *figure, char axis,
                          double out[ICLGD_TICKS_MAX]);

/* ICLGD_EINPUT: the file has not what the figure needs. */
void iclgd_figure_lacks(iclgd_figure_builder *b, const char *path,
                        const char *maker);

/* ICLGD_EINPUT: a dataset has not enough values to be drawn. */
void iclgd_figure_small(iclgd_figure_builder *b, const char *path);

/* A text made like printf's in the arena, "" when there is no memory. */
const char *iclgd_figure_words(iclgd_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The figure `what` of a file (theory: of none, NULL), "loss" or
 * "alignment/newton/spd", in the arena, with these algorithms ("gd,newton",
 * NULL: those that are close to the model). ICLGD_EUSAGE: there is no such
 * figure, or algorithm in it. */
iclgd_status iclgd_figure_build(const char *what, const char *algorithms,
                                const iclgd_source *source, iclgd_arena *arena,
                                iclgd_figure **out, iclgd_error *err);

/* Whether an algorithm is drawn as far as the figure's list is concerned. */
bool iclgd_figure_wants(const iclgd_figure *figure, const char *who);

/* Give every series its colour and dashes: black is the main one's, blue that
 * of gradient descent and of what stands alone, every algorithm has its own. */
void iclgd_figure_paint(iclgd_figure *figure);

/* When all lines are there: those that look the same become one, "a = b" (to
 * rounding) or "a ~ b" (to the eye), those that are out of the window say so,
 * and all are painted. Texts are in the arena. */
void iclgd_figure_finish(iclgd_figure *figure, iclgd_arena *arena);

/* Add the main line of `other`, the same figure of another file; the main lines
 * are named after the files. ICLGD_EUSAGE: the figure has none to compare. */
iclgd_status iclgd_figure_join(iclgd_figure *figure, const char *path,
                               const iclgd_figure *other,
                               const char *other_path, iclgd_arena *arena,
                               iclgd_error *err);

/* A figure is a file with one row. */
typedef struct iclgd_figure_row {
  const char *name, *shows; /* in one line of a list */
  /* Nothing beside it; NAME/CHOICE; a list of algorithms; no file. */
  enum {
    ICLGD_FIGURE_ALONE,
    ICLGD_FIGURE_CHOOSES,
    ICLGD_FIGURE_COMPARES,
    ICLGD_FIGURE_THEORY
  } takes;
  const char *needs; /* of a file; */
  const char *maker; /* what writes that: "`iclgd run`" */
  const char *probe; /* which of the probes, or NULL */
  void (*build)(iclgd_figure_builder *b);
  /* On a page: what it needs there, if more than above, and how it is read.
   * Without a title it is on none. */
  struct {
    const char *needs, *title, *caption;
  } page;
} iclgd_figure_row;

/* The row of that name, or NULL. */
const iclgd_figure_row *iclgd_figure_named(const char *name);

/* The smallest and largest finite value (positive where `positive`) of an
 * array, joined to what stands in *low and *high. */
void iclgd_figure_range(const double *values, size_t count, bool positive,
                        double *low, double *high);

/* The y window of lines from all their points, with a margin; bands count where
 * `bands`. */
void iclgd_figure_fit(iclgd_figure *figure, bool bands);

/* The x window from the first to the last of `count` values, which do not
 * decrease; the y window of a logarithmic axis, with a margin. */
void iclgd_figure_span(iclgd_figure *figure, const double *x, size_t count);
void iclgd_figure_frame(iclgd_figure *figure, double low, double high);

/* Where a value stands between the ends of an axis: 0 to 1 within it. */
double iclgd_figure_place(double value, double low, double high, bool log_axis);

/* Of `drawn` out of `count` things, the one that stands for the i-th: spread
 * evenly, the first and the last are always there (of one, the last). */
size_t iclgd_figure_spread(size_t i, size_t drawn, size_t count);

#endif /* ICLGD_FIGURES_FIGURE_H */
