/* A figure as text: each series has a letter at its points (a curve at some of
 * them) and a line of dots between them, a level is a dashed line, the band of
 * the main series a shade. Dots in named rows have a letter each and a line
 * along the band of the main series. */
#include "drawing/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "drawing/canvas.h"
#include "view/text.h"

enum {
  LETTER_EVERY = 6, /* points of a curve */
  LETTER_GAP = 3,   /* columns between letters of a series */
  LONG = 40,        /* points from which on a series has few letters */
  MARGIN = 10,
  AROUND = 6 /* lines: title, y label, three of the x axis, and the prompt */
};

typedef struct page {
  const iclgd_figure *figure;
  const iclgd_text_style *style;
  int wide, margin; /* characters of a line; those left of the canvas */
  iclgd_canvas *canvas;
  FILE *out;
} page;

static char letter_of(const iclgd_figure *f, size_t k) {
  const iclgd_series *s = &f->series[k];
  if (s->kind == ICLGD_SERIES_MAIN) return 'M';
  if (s->kind == ICLGD_SERIES_THIN) return ':';
  size_t letter = 0;
  for (size_t i = 0; i < k; ++i)
    letter += f->series[i].kind != ICLGD_SERIES_MAIN &&
              f->series[i].kind != ICLGD_SERIES_THIN;
  return (char)('a' + letter % 26);
}

static double column_of(const page *p, double x) {
  const iclgd_figure *f = p->figure;
  return iclgd_figure_place(x, f->x_min, f->x_max, f->log_x) *
         (p->canvas->width - 1);
}

static double row_of(const page *p, double y) {
  const iclgd_figure *f = p->figure;
  if (f->kind == ICLGD_FIGURE_DOTS) return floor(y + 0.5);
  return (1 - iclgd_figure_place(y, f->y_min, f->y_max, !f->linear_y)) *
         (p->canvas->height - 1);
}

static void draw_level(const page *p, size_t k) {
  const char mark = letter_of(p->figure, k);
  const size_t owner = p->figure->series[k].colour;
  const double row = row_of(p, p->figure->series[k].y[0]);
  iclgd_canvas_level(p->canvas, row, owner);
  iclgd_canvas_mark(p->canvas, 0, row, mark, owner);
  iclgd_canvas_mark(p->canvas, p->canvas->width - 1, row, mark, owner);
}

static bool shown(const iclgd_figure *f, const iclgd_series *s, size_t i) {
  return iclgd_figure_shows(f, s->x[i], s->y[i]);
}

static void draw_letters(const page *p, size_t k) {
  const iclgd_figure *f = p->figure;
  const iclgd_series *s = &f->series[k];
  const size_t every = s->kind == ICLGD_SERIES_CURVE ? LETTER_EVERY : 1;
  const double gap = s->count > LONG ? 3 * LETTER_GAP : LETTER_GAP;
  double last = -INFINITY;
  for (size_t i = 0; i < s->count; ++i) {
    if ((i + k) % every != 0 || !shown(f, s, i)) continue;
    const double column = column_of(p, s->x[i]);
    if (f->kind == ICLGD_FIGURE_LINES && column - last < gap) continue;
    iclgd_canvas_mark(p->canvas, column, row_of(p, s->y[i]), letter_of(f, k),
                      s->colour);
    last = column;
  }
}

static void draw_line(const page *p, size_t k) {
  const iclgd_figure *f = p->figure;
  const iclgd_series *s = &f->series[k];
  const char dot = s->kind == ICLGD_SERIES_THIN ? ':' : '.';
  for (size_t i = 1; i < s->count; ++i) {
    if (!shown(f, s, i - 1) || !shown(f, s, i)) continue;
    const double from[] = {column_of(p, s->x[i - 1]), row_of(p, s->y[i - 1])};
    const double to[] = {column_of(p, s->x[i]), row_of(p, s->y[i])};
    iclgd_canvas_line(p->canvas, from, to, dot, s->colour);
  }
}

/* The band at one x; an edge without a logarithm is below the window. */
static void shade_column(const page *p, size_t k, double x, double low,
                         double high) {
  const iclgd_figure *f = p->figure;
  if (!iclgd_figure_shows(f, x, high) || isnan(low)) return;
  if (!f->linear_y && low <= 0) low = f->y_min;
  const double top = fmax(row_of(p, high), 0);
  const double bottom = fmin(row_of(p, low), p->canvas->height - 1);
  for (double row = ceil(top); row <= bottom; ++row)
    iclgd_canvas_shade(p->canvas, column_of(p, x), row,
                       p->figure->series[k].colour);
}

/* Between two points of an area; edges are interpolated row by row. */
static void shade_between(const page *p, size_t k, size_t i) {
  const iclgd_figure *f = p->figure;
  const iclgd_series *s = &f->series[k];
  const double *low = s->band + i, *high = s->band + s->count + i;
  if (!iclgd_figure_shows(f, s->x[i], low[0]) ||
      !iclgd_figure_shows(f, s->x[i + 1], low[1]) ||
      !iclgd_figure_shows(f, s->x[i], high[0]) ||
      !iclgd_figure_shows(f, s->x[i + 1], high[1]))
    return;
  const double from = column_of(p, s->x[i]), to = column_of(p, s->x[i + 1]);
  const double top[] = {row_of(p, high[0]), row_of(p, high[1])};
  const double bottom[] = {row_of(p, low[0]), row_of(p, low[1])};
  for (double column = ceil(from); column < to; ++column) {
    const double t = (column - from) / (to - from);
    const double last =
        fmin(bottom[0] + t * (bottom[1] - bottom[0]), p->canvas->height - 1);
    for (double row = ceil(fmax(top[0] + t * (top[1] - top[0]), 0));
         row <= last; ++row)
      iclgd_canvas_shade(p->canvas, column, row, p->figure->series[k].colour);
  }
}

/* Bars at the points and, where the shade is light, the area between them. */
static void draw_band(const page *p, size_t k) {
  const iclgd_series *s = &p->figure->series[k];
  for (size_t i = 0; i < s->count; ++i)
    shade_column(p, k, s->x[i], s->band[i], s->band[s->count + i]);
  if (p->figure->bars || !p->style->unicode) return;
  for (size_t i = 0; i + 1 < s->count; ++i) shade_between(p, k, i);
}

static bool has_band(const iclgd_figure *f, size_t k) {
  const iclgd_series *s = &f->series[k];
  return s->band && (f->bars || s->kind == ICLGD_SERIES_MAIN ||
                     s->kind == ICLGD_SERIES_THIN);
}

/* The main series comes last and covers the others. */
static void draw_lines(const page *p) {
  const iclgd_figure *f = p->figure;
  for (size_t k = f->n_series; k-- > 0;)
    if (has_band(f, k)) draw_band(p, k);
  for (size_t k = f->n_series; k-- > 0;)
    if (f->series[k].kind == ICLGD_SERIES_LEVEL)
      draw_level(p, k);
    else
      draw_line(p, k);
  for (size_t k = f->n_series; k-- > 0;)
    if (f->series[k].kind != ICLGD_SERIES_LEVEL &&
        f->series[k].kind != ICLGD_SERIES_THIN)
      draw_letters(p, k);
}

static void draw_dots(const page *p) {
  const iclgd_figure *f = p->figure;
  const iclgd_series *s = &f->series[0];
  for (size_t i = 0; s->band && i < s->count; ++i) {
    const double low = fmax(s->band[i], f->x_min);
    const double from[] = {column_of(p, low), row_of(p, s->y[i])};
    const double to[] = {column_of(p, s->band[s->count + i]), from[1]};
    if (isfinite(from[0]) && isfinite(to[0]))
      iclgd_canvas_line(p->canvas, from, to, '.', s->colour);
  }
  for (size_t k = f->n_series; k-- > 0;) draw_letters(p, k);
}

/* A label up to `columns`; without Unicode a raised T is ^T. out may be NULL.
 * The columns that it takes. */
static int put_label(const page *p, const char *text, int columns, FILE *out) {
  static const char raised[] = "\u1D40";
  int used = 0;
  while (*text && used < columns) {
    const bool plain =
        !p->style->unicode && strncmp(text, raised, strlen(raised)) == 0;
    size_t length = 1;
    while (((unsigned char)text[length] & 0xc0) == 0x80) ++length;
    if (out && plain)
      fputs("^T", out);
    else if (out)
      fwrite(text, 1, length, out);
    used += plain ? 2 : 1;
    text += length;
  }
  return used;
}

static void print_rows(const page *p) {
  const iclgd_figure *f = p->figure;
  const bool dots = f->kind == ICLGD_FIGURE_DOTS;
  double ticks[ICLGD_TICKS_MAX];
  const size_t count = dots ? 0 : iclgd_figure_ticks(f, 'y', ticks);
  for (int i = 0; i < p->canvas->height; ++i) {
    char label[64] = "";
    if (dots) snprintf(label, sizeof label, "%.60s", f->row_name[i]);
    for (size_t t = 0; t < count; ++t)
      if ((int)lround(row_of(p, ticks[t])) == i)
        snprintf(label, sizeof label, "%.4g", ticks[t]);
    fprintf(p->out, "%*.*s %s", p->margin - 2, p->margin - 2, label,
            !p->style->unicode ? "|"
            : *label           ? "\u2524"
                               : "\u2502");
    iclgd_canvas_print(p->canvas, i, p->out);
  }
}

/* The axis with a mark at each tick. */
static void print_axis_line(const page *p, const bool *tick) {
  const bool unicode = p->style->unicode;
  fprintf(p->out, "%*s%s", p->margin - 1, "", unicode ? "\u2514" : "+");
  for (int j = 0; j < p->canvas->width; ++j)
    fputs(tick[j] ? (unicode ? "\u252c" : "+") : (unicode ? "\u2500" : "-"),
          p->out);
  fputc('\n', p->out);
}

/* The numbers below where they fit, and what is on the axis. */
static void print_x_axis(const page *p) {
  const iclgd_figure *f = p->figure;
  const int width = p->canvas->width;
  bool tick[ICLGD_CANVAS_WIDTH] = {false};
  char numbers[ICLGD_CANVAS_WIDTH + 1];
  double ticks[ICLGD_TICKS_MAX];
  const size_t count = iclgd_figure_ticks(f, 'x', ticks);
  int free_from = 0;
  memset(numbers, ' ', sizeof numbers);
  for (size_t t = 0; t < count; ++t) {
    char text[16];
    const int at = (int)lround(column_of(p, ticks[t]));
    const int length = snprintf(text, sizeof text, "%.4g", ticks[t]);
    int start = at - length / 2;
    if (start < 0) start = 0;
    if (start + length > width) start = width - length;
    tick[at] = true;
    if (start < free_from) continue;
    memcpy(numbers + start, text, (size_t)length);
    free_from = start + length + 1;
  }
  print_axis_line(p, tick);
  fprintf(p->out, "%*s%.*s\n", p->margin, "", free_from > 0 ? free_from - 1 : 0,
          numbers);
  const int room = p->wide - (int)strlen(f->x_label);
  const int middle = p->margin + (width - (int)strlen(f->x_label)) / 2;
  const int indent = middle < room ? middle : room;
  fprintf(p->out, "%*s%.*s\n", indent > 0 ? indent : 0, "", p->wide,
          f->x_label);
}

/* The legend, wrapped; the number of its lines. out may be NULL: count only. */
static int legend(const page *p, FILE *out) {
  const iclgd_figure *f = p->figure;
  int lines = 1, used = 0;
  for (size_t k = 0; k < f->n_series; ++k) {
    const char *label = f->series[k].label;
    const int room = p->wide - 5;
    const int length = put_label(p, label, room, NULL);
    if (*label == '\0') continue;
    if (used > 0 && used + length + 5 > p->wide) {
      ++lines;
      used = 0;
      if (out) fputc('\n', out);
    }
    if (out) {
      fputs("   ", out);
      iclgd_canvas_paint(p->style->colour, f->series[k].colour, out);
      fprintf(out, "%c ", letter_of(f, k));
      put_label(p, label, room, out);
      iclgd_canvas_unpaint(p->style->colour, out);
    }
    used += length + 5;
  }
  if (out) fputc('\n', out);
  return lines;
}

/* Names of rows take what they need, up to half of the line. */
static int margin_of(const page *p) {
  const iclgd_figure *f = p->figure;
  int margin = MARGIN;
  for (size_t i = 0; f->kind == ICLGD_FIGURE_DOTS && i < f->n_rows; ++i) {
    const int need = (int)strlen(f->row_name[i]) + 2;
    if (need > margin) margin = need;
  }
  return margin > p->wide / 2 ? p->wide / 2 : margin;
}

static void print(page *p) {
  const iclgd_figure *f = p->figure;
  const size_t rows = p->style->rows;
  const int high = rows < 12 ? 12 : rows > 200 ? 200 : (int)rows;
  p->margin = margin_of(p);
  p->canvas->unicode = p->style->unicode;
  p->canvas->colour = p->style->colour;
  p->canvas->width = p->wide - p->margin;
  p->canvas->height = high - AROUND - legend(p, NULL);
  if (p->canvas->height < 4) p->canvas->height = 4;
  if (f->kind == ICLGD_FIGURE_DOTS)
    p->canvas->height =
        (int)(f->n_rows < ICLGD_CANVAS_HEIGHT ? f->n_rows
                                              : (size_t)ICLGD_CANVAS_HEIGHT);
  if (f->kind == ICLGD_FIGURE_DOTS)
    draw_dots(p);
  else
    draw_lines(p);
  iclgd_put_cut(f->title, p->wide, p->out);
  if (*f->title) fputc('\n', p->out);
  if (*f->y_label) fprintf(p->out, "%.*s\n", p->wide, f->y_label);
  print_rows(p);
  print_x_axis(p);
  legend(p, p->out);
}

static void print_figure(const iclgd_figure *f, const iclgd_text_style *style,
                         FILE *out) {
  const size_t columns = style->columns;
  page p = {.figure = f,
            .style = style,
            .wide = columns < 40    ? 40
                    : columns > 400 ? 400
                                    : (int)columns,
            .canvas = calloc(1, sizeof *p.canvas),
            .out = out};
  if (p.canvas) print(&p);
  free(p.canvas);
}

/* Small figures below each other, each with a title of its own. */
static void print_facets(const iclgd_figure *f, const iclgd_text_style *style,
                         FILE *out) {
  iclgd_text_style lower = *style;
  lower.rows = style->rows * 2 / 3;
  iclgd_put_cut(f->title, (int)style->columns, out);
  fputs(*f->title ? "\n" : "", out);
  for (size_t i = 0; i < f->n_facets; ++i) {
    if (i > 0 || *f->title) fputc('\n', out);
    print_figure(f->facet[i], &lower, out);
  }
}

void iclgd_figure_text(const iclgd_figure *f, const iclgd_text_style *style,
                       FILE *out) {
  if (f->kind == ICLGD_FIGURE_MAP)
    iclgd_figure_text_map(f, style, out);
  else if (f->kind == ICLGD_FIGURE_FACETS)
    print_facets(f, style, out);
  else
    print_figure(f, style, out);
  if (f->note) iclgd_text_wrap(out, f->note, 0);
}
