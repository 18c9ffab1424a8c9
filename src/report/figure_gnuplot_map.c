/* Heat maps as a script for gnuplot: all panels and the colour bar stand in one
 * plane whose unit is a cell, y downwards, and every cell is a box, so that no
 * picture format needs embedded images. */
#include <math.h>
#include <string.h>

#include "report/figure_gnuplot.h"

enum { BAR_STEPS = 64, LABELS_MAX = 22, LABELS_FEW = 8 };

/* About as wide as LABELS_MAX numbers. */
static const char numbers[] =
    "10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31";

typedef struct plane {
  const iclgd_figure *figure;
  FILE *script;
  size_t across;         /* panels in a row */
  double step_x, step_y; /* from panel to panel */
  double width, height;  /* of all panels */
  double bar_left, bar_right;
} plane;

/* "step 3" without "step" where the panels are narrow, except for the first. */
static const char *short_label(const plane *p, size_t k) {
  const char *label = p->figure->panel[k].label;
  const char *space = strrchr(label, ' ');
  const bool fits =
      iclgd_gnuplot_fits(p->figure, label, 0.8 / (double)p->across);
  return fits || !space || k % p->across == 0 ? label : space + 1;
}

/* A single row of many panels is wrapped. */
static plane lay_out(const iclgd_figure *f, FILE *script) {
  plane p = {.figure = f, .script = script, .across = f->panel_columns};
  if (f->n_panels == f->panel_columns && f->n_panels > 4)
    p.across = (f->n_panels + 1) / 2;
  const size_t down = (f->n_panels + p.across - 1) / p.across;
  const double rows = (double)f->rows, columns = (double)f->columns;
  p.step_x = 1.15 * columns;
  p.step_y = down < f->n_panels && p.across < f->panel_columns ? 1.35 * rows
                                                               : 1.15 * rows;
  p.width = p.step_x * (double)(p.across - 1) + columns;
  p.height = p.step_y * (double)(down - 1) + rows;
  p.bar_left = 1.04 * p.width;
  p.bar_right = 1.07 * p.width;
  return p;
}

static double left_of(const plane *p, size_t k) {
  return p->step_x * (double)(k % p->across);
}

static double top_of(const plane *p, size_t k) {
  return p->step_y * (double)(k / p->across);
}

static void write_cell(const plane *p, const double box[4], double at) {
  fprintf(p->script, "%.9g %.9g %.9g %.9g %u\n", box[0], box[1], box[2], box[3],
          iclgd_map_colour(p->figure, at));
}

/* Columns: centre, half widths (a little more, against seams), colour. */
static void write_cells(const plane *p) {
  const iclgd_figure *f = p->figure;
  fputs("$cells << EOD\n", p->script);
  for (size_t k = 0; k < f->n_panels; ++k)
    for (size_t i = 0; i < f->rows * f->columns; ++i) {
      const double at = iclgd_map_share(f, f->panel[k].value[i]);
      const double box[] = {left_of(p, k) + (double)(i % f->columns) + 0.5,
                            top_of(p, k) + (double)(i / f->columns) + 0.5, 0.52,
                            0.52};
      if (!isnan(at)) write_cell(p, box, at);
    }
  for (int i = 0; i < BAR_STEPS; ++i) {
    const double at = (i + 0.5) / BAR_STEPS, half = 0.5 / BAR_STEPS;
    const double box[] = {
        (p->bar_left + p->bar_right) / 2, p->height * (1 - at),
        (p->bar_right - p->bar_left) / 2, (i ? 1.5 : 1) * half * p->height};
    write_cell(p, box, at);
  }
  fputs("EOD\n", p->script);
}

static void write_frame(FILE *script, double left, double top, double right,
                        double bottom) {
  fprintf(script,
          "set object rectangle from %.9g,%.9g to %.9g,%.9g front fs empty "
          "border lc rgb '#666666' lw 0.8\n",
          left, top, right, bottom);
}

static void write_labels(const plane *p) {
  const iclgd_figure *f = p->figure;
  for (size_t k = 0; k < f->n_panels; ++k) {
    const double left = left_of(p, k), top = top_of(p, k);
    write_frame(p->script, left, top, left + (double)f->columns,
                top + (double)f->rows);
    if (*f->panel[k].label) {
      fputs("set label noenhanced ", p->script);
      iclgd_gnuplot_quote(short_label(p, k), p->script);
      fprintf(p->script, " at %.9g,%.9g center offset 0,0.6\n",
              left + 0.5 * (double)f->columns, top);
    }
    if (*f->panel[k].side) {
      fputs("set label noenhanced ", p->script);
      iclgd_gnuplot_quote(f->panel[k].side, p->script);
      fprintf(p->script, " at %.9g,%.9g right offset -0.6,0\n", left,
              top + 0.5 * (double)f->rows);
    }
  }
}

/* The bar's ticks to its right, what it shows beyond them. */
static void write_bar(const plane *p) {
  const iclgd_figure *f = p->figure;
  double ticks[ICLGD_TICKS_MAX];
  const size_t count =
      iclgd_ticks(f->value_min, f->value_max, f->log_value, ticks);
  write_frame(p->script, p->bar_left, 0, p->bar_right, p->height);
  for (size_t i = 0; i < count; ++i)
    if (count <= 8 || i % 2 == 0)
      fprintf(p->script, "set label '%g' at %.9g,%.9g left offset 0.5,0\n",
              ticks[i], p->bar_right,
              p->height * (1 - iclgd_map_share(f, ticks[i])));
  fputs("set label ", p->script);
  iclgd_gnuplot_quote(f->value_label, p->script);
  fprintf(p->script, " at %.9g,%.9g center rotate by 90 offset 7,0\n",
          p->bar_right, p->height / 2);
}

static void write_axis(const plane *p, char axis, const double *at,
                       size_t count) {
  const size_t most = axis == 'y' || iclgd_gnuplot_fits(p->figure, numbers, 1)
                          ? LABELS_MAX
                          : LABELS_FEW;
  const size_t every = (count + most - 1) / most;
  if (!at) {
    fprintf(p->script, "unset %ctics\n", axis);
    return;
  }
  fprintf(p->script, "set %ctics scale 0 nomirror (", axis);
  for (size_t i = 0; i < count; i += every)
    fprintf(p->script, "%s'%g' %.9g", i ? ", " : "", at[i], (double)i + 0.5);
  fputs(")\n", p->script);
}

static void write_marks(const plane *p) {
  const iclgd_figure *f = p->figure;
  fputs("$marks << EOD\n", p->script);
  for (size_t i = 0; i < f->rows; ++i)
    if (f->mark[i] >= 0)
      fprintf(p->script, "%.9g %.9g\n", f->mark[i] + 0.5, (double)i + 0.5);
  fputs("EOD\n", p->script);
}

void iclgd_gnuplot_map(const iclgd_figure *f, FILE *script) {
  const plane p = lay_out(f, script);
  iclgd_gnuplot_title(f, script);
  iclgd_gnuplot_labels(f, script);
  fprintf(script,
          "%sunset border\n"
          "set xrange [0:%.9g]\nset yrange [%.9g:0]\nset rmargin 9\n"
          "set bmargin %d\n%s"
          "%sset style fill solid 1 noborder\n",
          f->n_panels > 1 ? "set title offset 0,1\n" : "", p.bar_right,
          p.height,
          f->mark       ? 5
          : *f->x_label ? 4
                        : 1,
          *f->panel[0].side ? "set lmargin 10\n" : "",
          f->n_panels > 1 ? "set size ratio -1\n" : "");
  if (f->n_panels > 1)
    fprintf(script, "set tmargin %.1f\n",
            2.5 + (double)iclgd_gnuplot_title_lines(f));
  write_axis(&p, 'x', f->column_at, f->columns);
  write_axis(&p, 'y', f->row_at, f->rows);
  write_labels(&p);
  write_bar(&p);
  write_cells(&p);
  if (f->mark) write_marks(&p);
  fputs(
      "set key at screen 0.5, screen 0.02 center bottom "
      "samplen 1\nplot $cells using 1:2:3:4:5 with "
      "boxxyerror lc rgb variable notitle",
      script);
  if (f->mark) {
    fputs(
        ", $marks using 1:2 with points pt 6 ps 1.4 lw 2 lc rgb '#D55E00' "
        "title ",
        script);
    iclgd_gnuplot_quote(f->mark_label, script);
  }
  fputc('\n', script);
}
