/* The braille canvas: dots of 2 x 4 in each cell of text. */
#include "drawing/canvas.h"

#include <math.h>

/* Of the 256-colour palette, close to Okabe and Ito's; owner 0 is bold. */
static const int colours[] = {32, 166, 36, 175, 74, 178, 245, 54, 55, 61,
                              60, 67,  66, 37,  36, 72,  78,  77, 113};
enum { COLOURS = sizeof colours / sizeof *colours };

/* The bit of a dot in the pattern, by row and column. */
static const unsigned char bits[4][2] = {
    {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

static iclgd_canvas_cell *cell_at(iclgd_canvas *c, double column, double row) {
  if (!(column > -0.5 && column < c->width - 0.5 && row > -0.5 &&
        row < c->height - 0.5))
    return NULL;
  return &c->cell[lround(row)][lround(column)];
}

void iclgd_canvas_mark(iclgd_canvas *c, double column, double row, char mark,
                       size_t owner) {
  iclgd_canvas_cell *cell = cell_at(c, column, row);
  if (!cell) return;
  cell->mark = mark;
  cell->mark_owner = (unsigned char)(owner + 1);
}

void iclgd_canvas_shade(iclgd_canvas *c, double column, double row,
                        size_t owner) {
  iclgd_canvas_cell *cell = cell_at(c, column, row);
  if (cell) cell->shade_owner = (unsigned char)(owner + 1);
}

/* x and y count dots from 0. */
static void dot(iclgd_canvas *c, long x, long y, char plain, size_t owner) {
  if (x < 0 || x >= 2 * c->width || y < 0 || y >= 4 * c->height) return;
  iclgd_canvas_cell *cell = &c->cell[y / 4][x / 2];
  cell->dots |= bits[y % 4][x % 2];
  cell->dot = plain;
  cell->dots_owner = (unsigned char)(owner + 1);
}

static long row_dot(const iclgd_canvas *c, double row) {
  return lround(fmin(fmax(4 * row + 1.5, -1), 4 * c->height));
}

/* Column by column of dots, filled up where it is steep. */
void iclgd_canvas_line(iclgd_canvas *c, const double from[2],
                       const double to[2], char plain, size_t owner) {
  const double left = 2 * from[0] + 0.5, right = 2 * to[0] + 0.5;
  const long first = lround(fmax(left, 0));
  const long last = lround(fmin(right, 2 * c->width - 1));
  long before = row_dot(c, from[1]);
  for (long x = first; x <= last; ++x) {
    const double t = right > left
                         ? fmin(fmax(((double)x - left) / (right - left), 0), 1)
                         : 1;
    const long y = row_dot(c, from[1] + t * (to[1] - from[1]));
    if (x == first && right > left) before = y;
    const long step = y < before ? -1 : 1;
    for (long i = before; i != y; i += step)
      if (i != before) dot(c, x, i, plain, owner);
    dot(c, x, y, plain, owner);
    before = y;
  }
}

void iclgd_canvas_level(iclgd_canvas *c, double row, size_t owner) {
  if (!(row > -0.5 && row < c->height - 0.5)) return;
  const long y = row_dot(c, row);
  for (long x = 0; x < 2 * c->width; ++x)
    if (!c->unicode || x % 4 < 3) dot(c, x, y, '-', owner);
}

void iclgd_put_utf8(unsigned code, FILE *out) {
  if (code < 0x80) {
    fputc((int)code, out);
  } else if (code < 0x800) {
    fputc((int)(0xc0 | code >> 6), out);
    fputc((int)(0x80 | (code & 0x3f)), out);
  } else {
    fputc((int)(0xe0 | code >> 12), out);
    fputc((int)(0x80 | (code >> 6 & 0x3f)), out);
    fputc((int)(0x80 | (code & 0x3f)), out);
  }
}

void iclgd_put_cut(const char *text, int columns, FILE *out) {
  for (; *text && columns >= 0; ++text) {
    if (((unsigned char)*text & 0xc0) != 0x80 && columns-- == 0) break;
    fputc(*text, out);
  }
}

/* What is on top in a cell: its owner + 1, and the character. */
static unsigned top_of(const iclgd_canvas *c, const iclgd_canvas_cell *cell,
                       unsigned *code) {
  if (cell->mark) {
    *code = (unsigned char)cell->mark;
    return cell->mark_owner;
  }
  if (cell->dots) {
    *code = c->unicode ? 0x2800u + cell->dots : (unsigned char)cell->dot;
    return cell->dots_owner;
  }
  *code = !cell->shade_owner ? ' ' : c->unicode ? 0x2591 : '|';
  return cell->shade_owner;
}

void iclgd_canvas_paint(bool colour, size_t owner, FILE *out) {
  if (!colour) return;
  if (owner == 0)
    fputs("\033[1m", out);
  else
    fprintf(out, "\033[38;5;%dm", colours[(owner - 1) % COLOURS]);
}

void iclgd_canvas_unpaint(bool colour, FILE *out) {
  if (colour) fputs("\033[0m", out);
}

void iclgd_canvas_print(const iclgd_canvas *c, int i, FILE *out) {
  unsigned code, painted = 0;
  int end = c->width;
  while (end > 0 && !top_of(c, &c->cell[i][end - 1], &code)) --end;
  for (int j = 0; j < end; ++j) {
    const unsigned owner = top_of(c, &c->cell[i][j], &code);
    if (owner != painted) {
      if (painted) iclgd_canvas_unpaint(c->colour, out);
      if (owner) iclgd_canvas_paint(c->colour, owner - 1, out);
      painted = owner;
    }
    iclgd_put_utf8(code, out);
  }
  if (painted) iclgd_canvas_unpaint(c->colour, out);
  fputc('\n', out);
}
