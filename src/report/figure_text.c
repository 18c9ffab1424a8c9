/* A figure as plain characters: each series has a letter at its points (a curve
 * at some of them) and dots between them, a level is a row of dashes, the band
 * of the main series stands in bars. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/figure.h"

enum { LETTER_EVERY = 6 }; /* points of a curve */

enum { MARGIN = 10, WIDTH_MAX = 400, HEIGHT_MAX = 200 };

typedef struct canvas {
  const iclgd_figure *figure;
  int width, height;
  char cell[HEIGHT_MAX][WIDTH_MAX];
  unsigned char owner[HEIGHT_MAX][WIDTH_MAX]; /* series + 1; 0: nobody */
} canvas;

/* Of the 256-colour palette, close to Okabe and Ito's; 0 stands for bold. */
static const int colours[] = {0, 32, 166, 36, 175, 74, 178};

static int colour_of(size_t k) {
  return k == 0 ? 0
                : colours[1 + (k - 1) % (sizeof colours / sizeof *colours - 1)];
}

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

static double share(double value, double low, double high, bool log_axis) {
  return log_axis ? log(value / low) / log(high / low)
                  : (value - low) / (high - low);
}

static double column_of(const canvas *c, double x) {
  const iclgd_figure *f = c->figure;
  return share(x, f->x_min, f->x_max, f->log_x) * (c->width - 1);
}

static double row_of(const canvas *c, double y) {
  const iclgd_figure *f = c->figure;
  return (1 - share(y, f->y_min, f->y_max, !f->linear_y)) * (c->height - 1);
}

static void put(canvas *c, double column, double row, char mark, size_t k) {
  if (!(column > -0.5 && column < c->width - 0.5 && row > -0.5 &&
        row < c->height - 0.5))
    return;
  const int i = (int)lround(row), j = (int)lround(column);
  c->cell[i][j] = mark;
  c->owner[i][j] = (unsigned char)(k + 1);
}

static void draw_level(canvas *c, size_t k) {
  const double row = row_of(c, c->figure->series[k].y[0]);
  for (int j = 0; j < c->width; ++j) put(c, j, row, '-', k);
  put(c, 0, row, letter_of(c->figure, k), k);
  put(c, c->width - 1, row, letter_of(c->figure, k), k);
}

/* Dots first, so that they hide no letter of the same series. */
static void draw_line(canvas *c, size_t k) {
  const iclgd_figure *f = c->figure;
  const iclgd_series *s = &f->series[k];
  const char mark = letter_of(f, k);
  const char dot = s->kind == ICLGD_SERIES_THIN ? mark : '.';
  for (size_t i = 1; i < s->count; ++i) {
    if (!iclgd_figure_shows(f, s->x[i - 1], s->y[i - 1]) ||
        !iclgd_figure_shows(f, s->x[i], s->y[i]))
      continue;
    const double from = column_of(c, s->x[i - 1]), to = column_of(c, s->x[i]);
    const double top = row_of(c, s->y[i - 1]), bottom = row_of(c, s->y[i]);
    for (double j = ceil(from); j < to; ++j)
      put(c, j, top + (bottom - top) * (j - from) / (to - from), dot, k);
  }
  const size_t every = s->kind == ICLGD_SERIES_CURVE ? LETTER_EVERY : 1;
  for (size_t i = 0; i < s->count; ++i)
    if ((i + k) % every == 0 && iclgd_figure_shows(f, s->x[i], s->y[i]))
      put(c, column_of(c, s->x[i]), row_of(c, s->y[i]), mark, k);
}

/* Bars behind everything, where the band is higher than a line of text. */
static void draw_band(canvas *c, size_t k) {
  const iclgd_figure *f = c->figure;
  const iclgd_series *s = &f->series[k];
  for (size_t i = 0; s->band && i < s->count; ++i) {
    const double low = s->band[i], high = s->band[s->count + i];
    if (!iclgd_figure_shows(f, s->x[i], low) ||
        !iclgd_figure_shows(f, s->x[i], high))
      continue;
    const double top = fmax(row_of(c, high), 0);
    const double bottom = fmin(row_of(c, low), c->height - 1);
    for (double row = ceil(top); row <= bottom; ++row)
      put(c, column_of(c, s->x[i]), row, '|', k);
  }
}

/* The main series comes last and covers the others. */
static void draw(canvas *c) {
  const iclgd_figure *f = c->figure;
  memset(c->cell, ' ', sizeof c->cell);
  for (size_t k = f->n_series; k-- > 0;)
    if (f->series[k].kind == ICLGD_SERIES_MAIN) draw_band(c, k);
  for (size_t k = f->n_series; k-- > 0;)
    if (f->series[k].kind == ICLGD_SERIES_LEVEL)
      draw_level(c, k);
    else
      draw_line(c, k);
}

static void paint(FILE *out, bool colour, size_t k) {
  if (!colour) return;
  if (colour_of(k) == 0)
    fputs("\033[1m", out);
  else
    fprintf(out, "\033[38;5;%dm", colour_of(k));
}

static void print_row(const canvas *c, int i, const char *label, bool colour,
                      FILE *out) {
  int end = c->width;
  while (end > 0 && !c->owner[i][end - 1]) --end;
  fprintf(out, "%*s |", MARGIN - 2, label);
  unsigned owner = 0;
  for (int j = 0; j < end; ++j) {
    if (colour && c->owner[i][j] != owner) {
      if (owner) fputs("\033[0m", out);
      owner = c->owner[i][j];
      if (owner) paint(out, colour, owner - 1);
    }
    fputc(c->cell[i][j], out);
  }
  fputs(owner ? "\033[0m\n" : "\n", out);
}

static void print_rows(const canvas *c, bool colour, FILE *out) {
  const iclgd_figure *f = c->figure;
  double ticks[ICLGD_TICKS_MAX];
  const size_t count = iclgd_ticks(f->y_min, f->y_max, !f->linear_y, ticks);
  for (int i = 0; i < c->height; ++i) {
    char label[16] = "";
    for (size_t t = 0; t < count; ++t)
      if ((int)lround(row_of(c, ticks[t])) == i)
        snprintf(label, sizeof label, "%.4g", ticks[t]);
    print_row(c, i, label, colour, out);
  }
}

/* The axis with a + at each tick, the numbers below where they fit. */
static void print_x_axis(const canvas *c, FILE *out) {
  const iclgd_figure *f = c->figure;
  char line[WIDTH_MAX + 1], numbers[WIDTH_MAX + 1];
  double ticks[ICLGD_TICKS_MAX];
  const size_t count = iclgd_ticks(f->x_min, f->x_max, f->log_x, ticks);
  int free_from = 0;
  memset(line, '-', sizeof line);
  memset(numbers, ' ', sizeof numbers);
  for (size_t t = 0; t < count; ++t) {
    char text[16];
    const int at = (int)lround(column_of(c, ticks[t]));
    const int length = snprintf(text, sizeof text, "%.4g", ticks[t]);
    int start = at - length / 2;
    if (start < 0) start = 0;
    if (start + length > c->width) start = c->width - length;
    line[at] = '+';
    if (start < free_from) continue;
    memcpy(numbers + start, text, (size_t)length);
    free_from = start + length + 1;
  }
  int end = c->width;
  while (end > 0 && numbers[end - 1] == ' ') --end;
  fprintf(out, "%*s+%.*s\n", MARGIN - 1, "", c->width, line);
  fprintf(out, "%*s%.*s\n", MARGIN, "", end, numbers);
  const int room = c->width + MARGIN - (int)strlen(f->x_label);
  const int middle = MARGIN + (c->width - (int)strlen(f->x_label)) / 2;
  const int indent = middle < room ? middle : room;
  fprintf(out, "%*s%.*s\n", indent > 0 ? indent : 0, "", c->width + MARGIN,
          f->x_label);
}

/* The legend, wrapped; the number of its lines. out may be NULL: count only. */
static int legend(const iclgd_figure *f, int columns, bool colour, FILE *out) {
  int lines = 1, used = 0;
  for (size_t k = 0; k < f->n_series; ++k) {
    const char *label = f->series[k].label;
    const int room = columns - 5;
    const int length = (int)strlen(label) < room ? (int)strlen(label) : room;
    if (*label == '\0') continue;
    if (used > 0 && used + length + 5 > columns) {
      ++lines;
      used = 0;
      if (out) fputc('\n', out);
    }
    if (out) {
      fputs("   ", out);
      paint(out, colour, k);
      fprintf(out, "%c %.*s", letter_of(f, k), length, label);
      if (colour) fputs("\033[0m", out);
    }
    used += length + 5;
  }
  if (out) fputc('\n', out);
  return lines;
}

void iclgd_figure_text(const iclgd_figure *f, size_t columns, size_t rows,
                       bool colour, FILE *out) {
  canvas *c = calloc(1, sizeof *c);
  if (!c) return;
  const int wide = columns < 40 ? 40 : columns > 400 ? 400 : (int)columns;
  const int high = rows < 12 ? 12 : rows > 200 ? 200 : (int)rows;
  c->figure = f;
  c->width = wide - MARGIN;
  c->height = high - 5 - legend(f, wide, false, NULL);
  if (c->height < 4) c->height = 4;
  draw(c);
  if (*f->title) fprintf(out, "%.*s\n", wide, f->title);
  fprintf(out, "%.*s\n", wide, f->y_label);
  print_rows(c, colour, out);
  print_x_axis(c, out);
  legend(f, wide, colour, out);
  free(c);
}
