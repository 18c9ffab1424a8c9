/* A canvas of characters: every cell has 2 x 4 dots (braille patterns,
 * U+2800), may have a mark on top of them and a shade behind them, each of its
 * owner, whose colour it has. Without Unicode, dots are one character and the
 * shade a bar. */
#ifndef ICLGD_DRAWING_CANVAS_H
#define ICLGD_DRAWING_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { ICLGD_CANVAS_WIDTH = 400, ICLGD_CANVAS_HEIGHT = 200 };

typedef struct iclgd_canvas_cell {
  unsigned char dots; /* bits of the braille pattern */
  char mark, dot;     /* 0: none; what dots are without Unicode */
  /* Owners + 1, 0: nobody. */
  unsigned char mark_owner, dots_owner, shade_owner;
} iclgd_canvas_cell;

typedef struct iclgd_canvas {
  int width, height; /* in cells */
  bool unicode, colour;
  iclgd_canvas_cell cell[ICLGD_CANVAS_HEIGHT][ICLGD_CANVAS_WIDTH];
} iclgd_canvas;

/* Columns and rows are real numbers of cells, 0 in the middle of the first;
 * what is outside is left out. */
void iclgd_canvas_mark(iclgd_canvas *canvas, double column, double row,
                       char mark, size_t owner);
void iclgd_canvas_shade(iclgd_canvas *canvas, double column, double row,
                        size_t owner);

/* A line of dots, `dot` without Unicode. */
void iclgd_canvas_line(iclgd_canvas *canvas, const double from[2],
                       const double to[2], char dot, size_t owner);

/* A dashed line across. */
void iclgd_canvas_level(iclgd_canvas *canvas, double row, size_t owner);

/* Row i without what is blank at its end, and a line feed. */
void iclgd_canvas_print(const iclgd_canvas *canvas, int i, FILE *out);

/* Switch to the colour of an owner: 0 is bold, the others take turns with six
 * colours; and back. Nothing unless `colour`. */
void iclgd_canvas_paint(bool colour, size_t owner, FILE *out);
void iclgd_canvas_unpaint(bool colour, FILE *out);

/* A character of the basic multilingual plane in UTF-8. */
void iclgd_put_utf8(unsigned code, FILE *out);

/* At most `columns` characters of a text in UTF-8. */
void iclgd_put_cut(const char *text, int columns, FILE *out);

#endif /* ICLGD_DRAWING_CANVAS_H */
