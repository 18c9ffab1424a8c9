/* Heat maps as SVG: panels in rows, the colour bar below them. Cells of one
 * colour are one path of horizontal strokes, in units of cells. */
#include <math.h>
#include <string.h>

#include "drawing/map_colour.h"
#include "drawing/svg_parts.h"
#include "view/html.h"

enum {
  EDGE = 14, /* beside what reaches farthest to the left and to the right */
  GAP = 8,   /* between panels */
  LABEL = 18,
  LEVELS = 64, /* of colour */
  BAR = 9,
  /* On a page: a side of a square panel, the height of one with axes. */
  PANEL_MAX = 150,
  MAP_MAX = 240,
  ROW_MAX = 24
};

typedef struct plane {
  const iclgd_figure *figure;
  FILE *out;
  double width;
  size_t across, down;   /* panels */
  double left, top;      /* of the first panel */
  double cell_x, cell_y; /* of a panel */
  double step_x, step_y; /* from panel to panel */
  double bottom;         /* of the last panel */
} plane;

static bool is_labelled(const iclgd_figure *f, size_t k) {
  return k < f->n_panels && *f->panel[k].label;
}

/* Space for numbers of rows, or for words beside rows of panels. */
static double margin(const iclgd_figure *f) {
  double widest = f->row_at ? 20 : EDGE - 10;
  for (size_t k = 0; k < f->n_panels; ++k)
    widest = fmax(widest, iclgd_svg_width(f->panel[k].side));
  return widest + 10;
}

/* Cells of a strip, a single row, are as high as words; others are square
 * unless rows have an axis. */
static bool is_square(const iclgd_figure *f) {
  return !f->row_at && !(f->rows == 1 && f->columns > 1);
}

/* A single row of many panels is wrapped. */
static plane lay_out(const iclgd_figure *f, const iclgd_svg *svg) {
  plane p = {f, svg->out, svg->width, .across = f->panel_columns};
  const bool wrapped = f->n_panels == f->panel_columns && f->n_panels > 4;
  const double growth = iclgd_svg_growth(svg);
  if (wrapped) p.across = (f->n_panels + 1) / 2;
  p.down = (f->n_panels + p.across - 1) / p.across;
  p.left = margin(f);
  p.top = (*f->y_label ? 24 : 2) + (is_labelled(f, 0) ? LABEL : 0);
  const double room = p.width - EDGE - p.left - GAP * (double)(p.across - 1);
  double panel = room / (double)p.across;
  if (is_square(f)) panel = fmin(panel, PANEL_MAX * growth);
  p.cell_x = panel / (double)f->columns;
  p.cell_y = is_square(f) ? p.cell_x
                          : growth * fmin(ROW_MAX, MAP_MAX / (double)f->rows);
  p.step_x = panel + GAP;
  p.step_y = p.cell_y * (double)f->rows + (wrapped ? LABEL + GAP : GAP);
  p.bottom =
      p.top + p.step_y * (double)(p.down - 1) + p.cell_y * (double)f->rows;
  return p;
}

static double left_of(const plane *p, size_t k) {
  return p->left + p->step_x * (double)(k % p->across);
}

static double top_of(const plane *p, size_t k) {
  const size_t row = k / p->across;
  return p->top + p->step_y * (double)row;
}

/* The level of a value among LEVELS; -1 for what is not shown. */
static int level_of(const iclgd_figure *f, double value) {
  const double share = iclgd_map_share(f, value);
  return isnan(share) ? -1 : (int)fmin(share * LEVELS, LEVELS - 1);
}

static void begin_colour(const plane *p, int level) {
  fprintf(p->out, "<path stroke=\"#%06x\" d=\"",
          iclgd_map_colour(p->figure, (level + 0.5) / LEVELS));
}

/* All runs of cells of one level. */
static void write_level(const plane *p, const double *value, int level) {
  const iclgd_figure *f = p->figure;
  bool begun = false;
  for (size_t i = 0; i < f->rows; ++i)
    for (size_t j = 0; j < f->columns;) {
      size_t end = j;
      while (end < f->columns &&
             level_of(f, value[i * f->columns + end]) == level)
        ++end;
      if (end > j) {
        if (!begun) begin_colour(p, level);
        begun = true;
        fprintf(p->out, "M%zu %zuh%zu", j, i, end - j);
      }
      j = end + (end == j);
    }
  if (begun) fputs("\"/>", p->out);
}

/* "step 3" without "step" where the panels are narrow, except for the first. */
static const char *short_label(const plane *p, size_t k) {
  const char *label = p->figure->panel[k].label;
  const char *space = strrchr(label, ' ');
  const bool fits = iclgd_svg_width(label) < p->step_x;
  return fits || !space || k % p->across == 0 ? label : space + 1;
}

static void write_panel(const plane *p, size_t k) {
  const iclgd_figure *f = p->figure;
  const double left = left_of(p, k), top = top_of(p, k);
  const double width = p->cell_x * (double)f->columns;
  const double height = p->cell_y * (double)f->rows;
  fprintf(p->out,
          "<g class=\"cells\" transform=\"translate(%.2f %.2f) "
          "scale(%.4f %.4f) translate(0 .5)\">",
          left, top, p->cell_x, p->cell_y);
  for (int level = 0; level < LEVELS; ++level)
    write_level(p, f->panel[k].value, level);
  fprintf(p->out, "</g><path class=\"axis\" d=\"M%.1f %.1fh%.1fv%.1fh%.1fz\"/>",
          left, top, width, height, -width);
  if (is_labelled(f, k)) {
    const bool first = k % p->across == 0;
    iclgd_svg_text(first ? left : left + width / 2, top - 5, first ? "" : "c",
                   short_label(p, k), p->out);
  }
  if (*f->panel[k].side)
    iclgd_svg_text(left - 6, top + height / 2, "e mid", f->panel[k].side,
                   p->out);
}

/* Numbers of columns below and of rows to the left, as many as there is room
 * for. */
static void write_axes(const plane *p) {
  const iclgd_figure *f = p->figure;
  const size_t every_row = (size_t)ceil(16 / p->cell_y);
  double widest = 0;
  for (size_t j = 0; f->column_at && j < f->columns; ++j)
    widest = fmax(widest, iclgd_svg_tick_width(f->column_at[j], false));
  const size_t every_column = (size_t)ceil((widest + 5) / p->cell_x);
  for (size_t i = 0; f->row_at && i < f->rows; i += every_row)
    iclgd_svg_tick(p->left - 6, p->top + p->cell_y * ((double)i + 0.5), "e mid",
                   f->row_at[i], false, p->out);
  for (size_t j = 0; f->column_at && j < f->columns; j += every_column)
    iclgd_svg_tick(p->left + p->cell_x * ((double)j + 0.5), p->bottom + 16, "c",
                   f->column_at[j], false, p->out);
  if (*f->y_label) iclgd_svg_text(4, 14, "name", f->y_label, p->out);
  if (*f->x_label)
    iclgd_svg_text(p->width - EDGE, p->bottom + 33, "name e", f->x_label,
                   p->out);
}

static void write_marks(const plane *p) {
  const iclgd_figure *f = p->figure;
  fputs("<path class=\"mark\" d=\"", p->out);
  for (size_t i = 0; i < f->rows; ++i)
    if (f->mark[i] >= 0)
      fprintf(p->out, "M%.1f %.1fm-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
              p->left + p->cell_x * (f->mark[i] + 0.5),
              p->top + p->cell_y * ((double)i + 0.5));
  fputs("\"/>", p->out);
}

static double bar_top(const plane *p) {
  return p->bottom + (p->figure->column_at ? 22 : 10) +
         (*p->figure->x_label ? 18 : 0);
}

static void write_bar(const plane *p) {
  const iclgd_figure *f = p->figure;
  const double top = bar_top(p), width = p->width - EDGE - p->left;
  double ticks[ICLGD_TICKS_MAX], from = -INFINITY;
  const size_t count =
      iclgd_ticks(f->value_min, f->value_max, f->log_value, ticks);
  fprintf(p->out,
          "<g class=\"cells\" transform=\"translate(%.2f %.2f) scale(%.4f %d) "
          "translate(0 .5)\">",
          p->left, top, width / LEVELS, BAR);
  for (int level = 0; level < LEVELS; ++level) {
    begin_colour(p, level);
    fprintf(p->out, "M%d 0h1\"/>", level);
  }
  fprintf(p->out, "</g><path class=\"axis\" d=\"M%.1f %.1fh%.1fv%dh%.1fz\"/>\n",
          p->left, top, width, BAR, -width);
  for (size_t i = 0; i < count; ++i)
    iclgd_svg_tick_below(p->left + width * iclgd_map_share(f, ticks[i]),
                         top + BAR + 15, ticks[i], f->log_value, &from, p->out);
  iclgd_svg_text(p->width - EDGE, top + BAR + 32, "name e", f->value_label,
                 p->out);
}

static void write_alternative(const plane *p) {
  const iclgd_figure *f = p->figure;
  fprintf(p->out, "Heat map%s: ", f->n_panels > 1 ? "s" : "");
  iclgd_html_text(p->out, f->value_label);
  if (*f->y_label) {
    fputs(", rows: ", p->out);
    iclgd_html_text(p->out, f->y_label);
    fputs(", columns: ", p->out);
    iclgd_html_text(p->out, f->x_label);
  }
  fprintf(p->out, ", colours from %.3g to %.3g. %zu of %zu by %zu cells",
          f->value_min, f->value_max, f->n_panels, f->rows, f->columns);
}

double iclgd_svg_map(const iclgd_figure *f, const iclgd_svg *svg) {
  const plane p = lay_out(f, svg);
  const double height = bar_top(&p) + BAR + 38;
  iclgd_svg_begin(svg, "", height);
  write_alternative(&p);
  iclgd_svg_label_end(svg->out);
  for (size_t k = 0; k < f->n_panels; ++k) write_panel(&p, k);
  write_axes(&p);
  if (f->mark) write_marks(&p);
  write_bar(&p);
  iclgd_svg_end(svg->out);
  return height;
}
