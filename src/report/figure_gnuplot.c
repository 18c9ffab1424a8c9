/* A figure as a script for gnuplot >= 5.2, data inline.
 *
 * Texts of the file stand in single quotes, where gnuplot expands nothing, and
 * in one line: behind the end of a line it would take them for commands.
 * Colours are those of Okabe and Ito (2008), which all kinds of colour vision
 * tell apart; the yellow one is left out, it is too light for a white page. */
#include <math.h>
#include <string.h>

#include "report/figure_gnuplot.h"

static const char *const palette[ICLGD_COLOURS_ALL] = {
    "black", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00",
    "#888888",
    /* Viridis (van der Walt and Smith 2015) up to where it is too light. */
    "#440154", "#481769", "#472C7A", "#423F85", "#3B518B", "#33628D", "#2D718E",
    "#27808E", "#218F8D", "#1F9E89", "#26AD81", "#3BBB75"};

/* Filled, and open for dashed lines. */
static const int points[][2] = {{7, 6},   {5, 4},   {9, 8}, {13, 12},
                                {11, 10}, {15, 14}, {7, 6}};
enum { POINTS = sizeof points / sizeof *points };

static const char *const dashes[ICLGD_DASHES] = {"1", "(7,4)", "(2,3)",
                                                 "(9,3,2,3)"};

static int point_of(const iclgd_series *s) {
  return points[s->colour % POINTS][s->dash > 0];
}

enum { LABEL_MAX = 34 };

/* gnuplot leaves > as it is in SVG, where ]]> ends what only XML begins: a
 * space of no width keeps it apart. */
void iclgd_gnuplot_quote(const char *text, FILE *script) {
  fputc('\'', script);
  for (; *text; ++text) {
    if (*text == '\'') fputc('\'', script);
    if (text[0] == '+' && text[1] == '-') {
      fputs("\u00B1", script);
      ++text;
    } else if (strncmp(text, "]]>", 3) == 0) {
      fputs("]]\u200B", script);
      ++text;
    } else {
      const bool control = (unsigned char)*text < ' ' || *text == '\x7f';
      fputc(control ? ' ' : *text, script);
    }
  }
  fputc('\'', script);
}

static void write_ticks(const iclgd_figure *f, char axis, FILE *script) {
  double ticks[ICLGD_TICKS_MAX];
  const size_t count = iclgd_figure_ticks(f, axis, ticks);
  const bool log_axis = axis == 'x' ? f->log_x : !f->linear_y;
  fprintf(script, "set %ctics out nomirror (", axis);
  double from = -INFINITY;
  for (size_t i = 0; i < count; ++i) {
    int mantissa, power;
    fprintf(script, "%s", i ? ", " : "");
    if (axis == 'x' && !iclgd_gnuplot_has_room(f, ticks[i], &from))
      fprintf(script, "'' %.17g", ticks[i]);
    else if (!iclgd_tick_is_power(ticks[i], log_axis, &mantissa, &power))
      fprintf(script, "'%g' %.17g", ticks[i], ticks[i]);
    else if (mantissa == 1)
      fprintf(script, "'10^{%d}' %.17g", power, ticks[i]);
    else
      fprintf(script, "'%d\u00D710^{%d}' %.17g", mantissa, power, ticks[i]);
  }
  fputs(")\n", script);
}

/* The legend below the plot, in two columns where the labels are short, and the
 * margin that it needs. */
static void write_legend(const iclgd_figure *f, FILE *script) {
  const bool dots = f->kind == ICLGD_FIGURE_DOTS;
  size_t entries = 0, longest = 0;
  for (size_t k = 0; k < f->n_series; ++k) {
    const size_t length = strlen(f->series[k].label);
    entries += length > 0;
    longest = length > longest ? length : longest;
  }
  const size_t columns =
      dots || iclgd_gnuplot_is_narrow(f) || longest > LABEL_MAX ? 1 : 2;
  fprintf(script, "set bmargin %zu\n", 4 + (entries + columns - 1) / columns);
  /* gnuplot takes letters for wider than they are. */
  fprintf(script,
          "set key %s horizontal maxcols %zu reverse Left noenhanced samplen 3 "
          "width %d\n",
          dots ? "at screen 0.5, screen 0.01 center bottom"
               : "outside below center",
          columns, dots ? -1 : -(int)longest / 8);
  if (dots) fputs("set errorbars 0\n", script);
}

/* Markup is for powers alone: names of the file may have other signs of it. */
static void write_label(char axis, const char *text, FILE *script) {
  fprintf(script, "set %clabel %s ", axis,
          strchr(text, '^') ? "enhanced" : "noenhanced");
  iclgd_gnuplot_quote(text, script);
  fputc('\n', script);
}

void iclgd_gnuplot_labels(const iclgd_figure *f, FILE *script) {
  write_label('x', f->x_label, script);
  write_label('y', f->y_label, script);
}

/* Names above the dots, where there is no room for them on the left. */
static void write_names_above(const iclgd_figure *f, FILE *script) {
  fputs("unset ytics\nset lmargin 2\n", script);
  for (size_t i = 0; i < f->n_rows; ++i) {
    fputs("set label noenhanced ", script);
    iclgd_gnuplot_quote(f->row_name[i], script);
    fprintf(script, " at graph 0, first %.2f left\n", (double)i - 0.5);
  }
}

static void write_names_left(const iclgd_figure *f, FILE *script) {
  size_t longest = 0;
  fputs("set ytics scale 0 nomirror noenhanced (", script);
  for (size_t i = 0; i < f->n_rows; ++i) {
    if (i) fputs(", ", script);
    iclgd_gnuplot_quote(f->row_name[i], script);
    fprintf(script, " %zu", i);
    if (strlen(f->row_name[i]) > longest) longest = strlen(f->row_name[i]);
  }
  fprintf(script, ")\nset lmargin %.1f\n", 0.9 * (double)longest + 2);
}

/* Rows of dots from the top, with their names. */
static void write_rows(const iclgd_figure *f, FILE *script) {
  fprintf(script, "set yrange [%zu.5:-0.8]\n", f->n_rows - 1);
  if (iclgd_gnuplot_is_narrow(f))
    write_names_above(f, script);
  else
    write_names_left(f, script);
}

static void write_axes(const iclgd_figure *f, FILE *script) {
  iclgd_gnuplot_title(f, script);
  iclgd_gnuplot_labels(f, script);
  fputs("set border 3 lw 1.2\n", script);
  const bool dots = f->kind == ICLGD_FIGURE_DOTS;
  if (f->log_x) fputs("set logscale x\n", script);
  if (!dots && !f->linear_y) fputs("set logscale y\n", script);
  fprintf(script, "set xrange [%.17g:%.17g]\n", f->x_min, f->x_max);
  write_ticks(f, 'x', script);
  if (dots) {
    write_rows(f, script);
  } else {
    fprintf(script, "set yrange [%.17g:%.17g]\n", f->y_min, f->y_max);
    write_ticks(f, 'y', script);
  }
  fprintf(script, "set grid %s lc rgb '#dddddd' lw 1\n",
          dots ? "xtics" : "ytics");
  write_legend(f, script);
}

/* Within the window, where a logarithm exists and gnuplot fills to the edge. */
static double clamp(const iclgd_figure *f, double value) {
  return f->kind == ICLGD_FIGURE_DOTS ? fmin(fmax(value, f->x_min), f->x_max)
                                      : fmin(fmax(value, f->y_min), f->y_max);
}

/* Columns x, y and the edges of the band. A gap is an empty line. */
static void write_block(const iclgd_figure *f, const iclgd_series *s, size_t k,
                        FILE *script) {
  fprintf(script, "$s%zu << EOD\n", k);
  if (s->kind == ICLGD_SERIES_LEVEL)
    fprintf(script, "%.17g %.17g\n%.17g %.17g\n", f->x_min, s->y[0], f->x_max,
            s->y[0]);
  for (size_t i = 0; s->kind != ICLGD_SERIES_LEVEL && i < s->count; ++i) {
    if (!iclgd_figure_shows(f, s->x[i], s->y[i])) {
      fputc('\n', script);
      continue;
    }
    fprintf(script, "%.17g %.17g", s->x[i], s->y[i]);
    if (s->band)
      fprintf(script, " %.17g %.17g", clamp(f, s->band[i]),
              clamp(f, s->band[s->count + i]));
    fputc('\n', script);
  }
  fputs("EOD\n", script);
}

static void write_name(const iclgd_series *s, FILE *script) {
  if (!*s->label) {
    fputs(" notitle", script);
    return;
  }
  fputs(" title ", script);
  iclgd_gnuplot_quote(s->label, script);
}

/* Dots, or points with error bars. */
static void write_bars(const iclgd_figure *f, size_t k, FILE *script) {
  const iclgd_series *s = &f->series[k];
  const char *bars = f->kind == ICLGD_FIGURE_DOTS ? "xerrorbars" : "yerrorbars";
  fprintf(script, "  $s%zu using 1:2%s with %s lc rgb '%s' lw %s pt %d", k,
          s->band ? ":3:4" : "", s->band ? bars : "points", palette[s->colour],
          s->kind == ICLGD_SERIES_MAIN ? "2" : "1.2", point_of(s));
  if (f->kind == ICLGD_FIGURE_DOTS)
    write_name(s, script);
  else
    fputs(" notitle", script);
}

static void write_series(const iclgd_series *s, size_t k, FILE *script) {
  const char *colour = palette[s->colour];
  fprintf(script, "  $s%zu using 1:2 with ", k);
  switch (s->kind) {
    case ICLGD_SERIES_MAIN:
      fprintf(script, "%s lc rgb '%s' lw 3 pt 7",
              s->count > 40 ? "lines" : "linespoints", colour);
      break;
    case ICLGD_SERIES_POINTS:
      fprintf(script, "linespoints lc rgb '%s' lw 1.6 dt %s pt %d", colour,
              dashes[s->dash], point_of(s));
      break;
    case ICLGD_SERIES_CURVE:
      fprintf(script, "lines lc rgb '%s' lw 2 dt %s", colour, dashes[s->dash]);
      break;
    case ICLGD_SERIES_THIN:
      fputs("lines lc rgb '#888888' lw 0.8", script);
      break;
    case ICLGD_SERIES_LEVEL:
      fprintf(script, "lines lc rgb '%s' lw 2 dt (8,5)", colour);
      break;
  }
  write_name(s, script);
}

static void write_areas(const iclgd_figure *f, FILE *script) {
  for (size_t k = 0; k < f->n_series; ++k)
    if (f->series[k].band)
      fprintf(script,
              "  $s%zu using 1:3:4 with filledcurves fs transparent solid %s "
              "noborder lc rgb '%s' notitle, \\\n",
              k, f->series[k].kind == ICLGD_SERIES_THIN ? "0.35" : "0.18",
              palette[f->series[k].colour]);
}

static void write_lines(const iclgd_figure *f, FILE *script) {
  if (!f->bars) write_areas(f, script);
  for (size_t k = 0; k < f->n_series; ++k) {
    write_series(&f->series[k], k, script);
    fputs(", \\\n", script);
    if (!f->bars || !f->series[k].band) continue;
    write_bars(f, k, script);
    fputs(", \\\n", script);
  }
  iclgd_series main = f->series[f->main_below ? f->n_series - 1 : 0];
  main.label = ""; /* first in the legend, and on top */
  write_series(&main, f->main_below ? f->n_series - 1 : 0, script);
}

static void write_dots(const iclgd_figure *f, FILE *script) {
  for (size_t k = 0; k < f->n_series; ++k) {
    if (k) fputs(", \\\n", script);
    write_bars(f, k, script);
  }
}

void iclgd_figure_gnuplot(const iclgd_figure *f, const char *terminal,
                          FILE *script) {
  fprintf(script, "set terminal %s\n", terminal);
  if (f->kind == ICLGD_FIGURE_MAP) {
    iclgd_gnuplot_map(f, script);
    return;
  }
  write_axes(f, script);
  for (size_t k = 0; k < f->n_series; ++k)
    write_block(f, &f->series[k], k, script);
  fputs("plot \\\n", script);
  if (f->kind == ICLGD_FIGURE_DOTS)
    write_dots(f, script);
  else
    write_lines(f, script);
  fputc('\n', script);
}
