/* Heat maps as text: a shade per cell, its sign beside it where the map
 * diverges, an o in the marked cell of each row. What does not fit is left out
 * evenly: columns and rows of a matrix, and panels. */
#include <math.h>
#include <string.h>

#include "drawing/canvas.h"
#include "drawing/map_colour.h"
#include "drawing/text.h"

enum { MARGIN = 8, CELL_MAX = 4, GAP = 2, PANELS_DRAWN = 8 };

static const unsigned blocks[] = {' ', 0x2591, 0x2592, 0x2593, 0x2588};
static const char ascii[] = " .:-=+*#%@";

typedef struct layout {
  const iclgd_figure *figure;
  const iclgd_text_style *style;
  int wide, margin, cell;       /* characters */
  size_t row_step, column_step; /* of a matrix, 1: all are drawn */
  size_t drawn_columns;         /* of a matrix */
  size_t panels, panel_rows;    /* that are drawn, across and down */
  FILE *out;
} layout;

static size_t ceil_div(size_t a, size_t b) {
  return (a + b - 1) / b;
}

static void arrange(layout *l) {
  const iclgd_figure *f = l->figure;
  const size_t least = f->diverging ? 2 : 1;
  const size_t room = (size_t)(l->wide - l->margin);
  const size_t rows_of_panels = ceil_div(f->n_panels, f->panel_columns);
  l->column_step = ceil_div(f->columns * least, room);
  l->drawn_columns = ceil_div(f->columns, l->column_step);
  l->row_step = l->column_step;
  if (rows_of_panels == 1) l->row_step = ceil_div(f->rows, 40);
  if (l->row_step < l->column_step && f->diverging)
    l->row_step = l->column_step;
  size_t cell = f->n_panels > 1 ? 2 : room / l->drawn_columns;
  if (cell > CELL_MAX) cell = CELL_MAX;
  if (cell < least) cell = least;
  if (cell * l->drawn_columns > room) cell = least;
  l->cell = (int)cell;
  l->panels = (room + GAP) / (cell * l->drawn_columns + GAP);
  if (l->panels < 1) l->panels = 1;
  if (l->panels > f->panel_columns) l->panels = f->panel_columns;
  l->panel_rows = rows_of_panels < PANELS_DRAWN ? rows_of_panels : PANELS_DRAWN;
}

/* One of the 6 x 6 x 6 colours of 256 that is close to 0xRRGGBB. */
static int terminal_colour(unsigned rgb) {
  int index = 16, weight = 36;
  for (int shift = 16; shift >= 0; shift -= 8, weight /= 6)
    index += weight * (int)lround(((rgb >> shift) & 0xff) / 51.0);
  return index;
}

static unsigned shade_of(const layout *l, double strength) {
  const int last = l->style->unicode ? 4 : (int)sizeof ascii - 2;
  int i = (int)lround(strength * last);
  if (i > last) i = last;
  return l->style->unicode ? blocks[i] : (unsigned char)ascii[i];
}

/* The cell of a share: one colour where there are colours; else its shade. */
static void print_cell(const layout *l, double at, bool marked) {
  const iclgd_figure *f = l->figure;
  const bool known = !isnan(at);
  const double strength = !known ? 0 : f->diverging ? fabs(2 * at - 1) : at;
  const unsigned shade = shade_of(l, strength);
  if (l->style->colour && known) {
    const int colour = terminal_colour(iclgd_map_colour(f, at));
    fprintf(l->out, "\033[48;5;%d;38;5;%dm", colour,
            marked ? (strength > 0.5 ? 231 : 16) : colour);
  }
  for (int i = 0; i < l->cell; ++i) {
    if (marked && i == l->cell / 2)
      fputc('o', l->out);
    else if (!known)
      fputc(i == l->cell / 2 ? '?' : ' ', l->out);
    else if (f->diverging && i == 0)
      fputc(shade == ' ' ? ' ' : at < 0.5 ? '-' : '+', l->out);
    else if (f->diverging && shade == ' ')
      iclgd_put_utf8(l->style->unicode ? 0xb7 : '.', l->out);
    else
      iclgd_put_utf8(shade, l->out);
  }
  if (l->style->colour && known) fputs("\033[0m", l->out);
}

static void print_matrix_row(const layout *l, const iclgd_panel *p, size_t i) {
  const iclgd_figure *f = l->figure;
  for (size_t j = 0; j < l->drawn_columns; ++j) {
    const size_t column = j * l->column_step;
    const double value = p->value[i * f->columns + column];
    print_cell(l, iclgd_map_share(f, value),
               f->mark && f->mark[i] == (double)column);
  }
}

/* Above the panels of a row. */
static void print_labels(const layout *l, const iclgd_panel *first) {
  const int width = l->cell * (int)l->drawn_columns;
  int used = 0;
  for (size_t k = 0; k < l->panels; ++k) {
    const char *text =
        first[iclgd_figure_spread(k, l->panels, l->figure->panel_columns)]
            .label;
    const int at = l->margin + (int)k * (width + GAP);
    used += fprintf(l->out, "%*s%.*s", at - used, "", width, text);
  }
  fputc('\n', l->out);
}

static void print_panels(const layout *l, size_t row) {
  const iclgd_figure *f = l->figure;
  const iclgd_panel *first = &f->panel[row * f->panel_columns];
  if (*first->label) print_labels(l, first);
  for (size_t i = 0; i < f->rows; i += l->row_step) {
    char label[16] = "";
    if (f->row_at) snprintf(label, sizeof label, "%g", f->row_at[i]);
    fprintf(l->out, "%*.*s ", l->margin - 1, l->margin - 1,
            i == 0 && *first->side ? first->side : label);
    for (size_t k = 0; k < l->panels; ++k) {
      print_matrix_row(
          l, &first[iclgd_figure_spread(k, l->panels, f->panel_columns)], i);
      if (k + 1 < l->panels) fprintf(l->out, "%*s", GAP, "");
    }
    fputc('\n', l->out);
  }
}

/* Numbers below the columns where they fit. */
static void print_columns(const layout *l) {
  const iclgd_figure *f = l->figure;
  int used = 0;
  if (!f->column_at) return;
  fprintf(l->out, "%*s", l->margin, "");
  for (size_t j = 0; j < l->drawn_columns; ++j) {
    char text[16];
    const int length =
        snprintf(text, sizeof text, "%g", f->column_at[j * l->column_step]);
    const int at = (int)j * l->cell + (l->cell - length + 1) / 2;
    if (at < used + (used > 0)) continue;
    fprintf(l->out, "%*s%s", at - used, "", text);
    used = at + length;
  }
  fputc('\n', l->out);
}

static void print_bar(const layout *l) {
  const iclgd_figure *f = l->figure;
  enum { STEPS = 9, REST = 54 }; /* steps; what is beside the label */
  layout bar = *l;
  bar.cell = f->diverging ? 2 : 1;
  const bool alone = (int)strlen(f->value_label) + REST > l->wide;
  fprintf(l->out, "%*s%s", l->margin, "", f->value_label);
  if (alone)
    fprintf(l->out, "\n%*s", l->margin, "");
  else
    fputs(": ", l->out);
  fprintf(l->out, "%.3g [", f->value_min);
  for (int i = 0; i < STEPS; ++i)
    print_cell(&bar, i / (double)(STEPS - 1), false);
  fprintf(l->out, "] %.3g%s%s\n", f->value_max, f->log_value ? ", log" : "",
          f->mark ? "; o: best" : "");
}

void iclgd_figure_text_map(const iclgd_figure *f, const iclgd_text_style *style,
                           FILE *out) {
  layout l = {.figure = f,
              .style = style,
              .wide = style->columns < 40 ? 40 : (int)style->columns,
              .margin = MARGIN,
              .out = out};
  arrange(&l);
  if (*f->title) {
    iclgd_put_cut(f->title, l.wide, out);
    fputc('\n', out);
  }
  if (*f->y_label) fprintf(out, "%.*s\n", l.wide, f->y_label);
  const size_t rows = ceil_div(f->n_panels, f->panel_columns);
  for (size_t r = 0; r < l.panel_rows; ++r)
    print_panels(&l, iclgd_figure_spread(r, l.panel_rows, rows));
  print_columns(&l);
  if (*f->x_label) fprintf(out, "%*s%.*s\n", l.margin, "", l.wide, f->x_label);
  print_bar(&l);
}
