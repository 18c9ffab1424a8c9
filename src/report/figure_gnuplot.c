/* A figure as a script for gnuplot >= 5.2, data inline.
 *
 * Texts of the file stand in single quotes, where gnuplot expands nothing.
 * Colours are those of Okabe and Ito (2008), which all kinds of colour vision
 * tell apart; the yellow one is left out, it is too light for a white page. */
#include <math.h>
#include <string.h>

#include "report/figure.h"

static const char *const palette[] = {"#0072B2", "#D55E00", "#009E73",
                                      "#CC79A7", "#56B4E9", "#E69F00"};
static const int points[] = {5, 9, 13, 11, 4, 8};

enum { COLOURS = sizeof palette / sizeof *palette, LABEL_MAX = 34 };

/* The text in single quotes. */
static void quote(const char *text, FILE *script) {
  fputc('\'', script);
  for (; *text; ++text) {
    if (*text == '\'') fputc('\'', script);
    fputc(*text, script);
  }
  fputc('\'', script);
}

static void write_ticks(char axis, double low, double high, bool log_axis,
                        FILE *script) {
  double ticks[ICLGD_TICKS_MAX];
  const size_t count = iclgd_ticks(low, high, log_axis, ticks);
  fprintf(script, "set %ctics out nomirror (", axis);
  for (size_t i = 0; i < count; ++i) {
    const double power = log10(ticks[i]);
    fprintf(script, "%s", i ? ", " : "");
    if (log_axis && (power < -3.5 || power > 4.5))
      fprintf(script, "'10^{%.0f}' %.17g", power, ticks[i]);
    else
      fprintf(script, "'%g' %.17g", ticks[i], ticks[i]);
  }
  fputs(")\n", script);
}

/* The legend below the plot, in two columns where the labels are short, and the
 * margin that it needs. */
static void write_legend(const iclgd_figure *f, FILE *script) {
  int entries = 0, columns = 2;
  for (size_t k = 0; k < f->n_series; ++k) {
    entries += *f->series[k].label != '\0';
    if (strlen(f->series[k].label) > LABEL_MAX) columns = 1;
  }
  fprintf(script,
          "set bmargin %.1f\n"
          "set key outside below center horizontal maxcols %d reverse Left "
          "noenhanced samplen 2 width -4\n",
          4 + 1.0 * ((entries + columns - 1) / columns), columns);
}

static void write_axes(const iclgd_figure *f, FILE *script) {
  fputs("set encoding utf8\nset border 3 lw 1.2\n", script);
  if (*f->title) {
    fputs("set title noenhanced ", script);
    quote(f->title, script);
    fputc('\n', script);
  }
  fprintf(script, "set xlabel '%s'\nset ylabel '%s'\n", f->x_label, f->y_label);
  if (f->log_x) fputs("set logscale x\n", script);
  if (!f->linear_y) fputs("set logscale y\n", script);
  fprintf(script, "set xrange [%.17g:%.17g]\nset yrange [%.17g:%.17g]\n",
          f->x_min, f->x_max, f->y_min, f->y_max);
  write_ticks('x', f->x_min, f->x_max, f->log_x, script);
  write_ticks('y', f->y_min, f->y_max, !f->linear_y, script);
  fputs("set grid ytics lc rgb '#dddddd' lw 1\n", script);
  write_legend(f, script);
}

/* Within the window, where a logarithm exists and gnuplot fills to the edge. */
static double clamp(const iclgd_figure *f, double y) {
  return fmin(fmax(y, f->y_min), f->y_max);
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

static void write_series(const iclgd_series *s, size_t k, FILE *script) {
  const size_t i = (k + COLOURS - 1) % COLOURS; /* k = 0 is the main series */
  fprintf(script, "  $s%zu using 1:2 with ", k);
  switch (s->kind) {
    case ICLGD_SERIES_MAIN:
      fprintf(script, "%s lc rgb 'black' lw 3 pt 7",
              s->count > 40 ? "lines" : "linespoints");
      break;
    case ICLGD_SERIES_POINTS:
      fprintf(script, "linespoints lc rgb '%s' lw 1.6 pt %d", palette[i],
              points[i]);
      break;
    case ICLGD_SERIES_CURVE:
      fprintf(script, "lines lc rgb '%s' lw 2 dt %d", palette[i],
              1 + (int)(i % 3));
      break;
    case ICLGD_SERIES_THIN:
      fputs("lines lc rgb '#888888' lw 0.8", script);
      break;
    case ICLGD_SERIES_LEVEL:
      fprintf(script, "lines lc rgb '%s' lw 2 dt (8,5)", palette[i]);
      break;
  }
  if (*s->label) {
    fputs(" title ", script);
    quote(s->label, script);
  } else {
    fputs(" notitle", script);
  }
}

void iclgd_figure_gnuplot(const iclgd_figure *f, const char *terminal,
                          FILE *script) {
  fprintf(script, "set terminal %s\n", terminal);
  write_axes(f, script);
  for (size_t k = 0; k < f->n_series; ++k)
    write_block(f, &f->series[k], k, script);
  fputs("plot \\\n", script);
  for (size_t k = 0; k < f->n_series; ++k) {
    if (!f->series[k].band) continue;
    fprintf(script,
            "  $s%zu using 1:3:4 with filledcurves fs transparent solid 0.18 "
            "noborder lc rgb '%s' notitle, \\\n",
            k, k == 0 ? "black" : palette[(k - 1) % COLOURS]);
  }
  for (size_t k = 0; k < f->n_series; ++k) {
    write_series(&f->series[k], k, script);
    fputs(", \\\n", script);
  }
  iclgd_series main = f->series[0]; /* first in the legend, and on top */
  main.label = "";
  write_series(&main, 0, script);
  fputc('\n', script);
}
