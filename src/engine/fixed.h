/* Products whose sizes the compiler knows: a few tiles, as alike as can be,
 * with strides that are part of the instructions. Loops over tiles and over k
 * stay loops: unrolled, a layer leaves the cache of instructions. */
#ifndef ICLGD_ENGINE_FIXED_H
#define ICLGD_ENGINE_FIXED_H

#include "engine/tile.h"

/* Pieces of `size` + 1, then pieces of `size`. */
typedef struct split {
  size_t bigs, smalls, size;
} split;

ICLGD_INLINE split alike(size_t I, size_t most) {
  const size_t pieces = (I + most - 1) / most, size = I / pieces;
  return (split){I - size * pieces, pieces - (I - size * pieces), size};
}

/* `count` tiles from the one at column j on. */
ICLGD_INLINE void fixed_tiles(matrix C, operand A, matrix B, size_t K, bool add,
                              size_t rows, size_t columns, size_t count) {
  ICLGD_TIMES(n, count) {
    tile(C, A, B, unknown(K), add, rows, columns);
    C.at += columns * C.column;
    B.at += columns * B.column;
  }
}

/* `rows` rows of C over a split of their columns. */
ICLGD_INLINE void fixed_row(matrix C, operand A, matrix B, split columns,
                            size_t K, bool add, size_t rows) {
  const size_t size = columns.size;
  if (columns.bigs > 0)
    fixed_tiles(C, A, B, K, add, rows, size + 1, columns.bigs);
  const size_t done = columns.bigs * (size + 1);
  fixed_tiles(part_from(C, 0, done), A, part_from(B, 0, done), K, add, rows,
              size, columns.smalls);
}

/* C (I, J) = A B or C + A B. */
ICLGD_INLINE void fixed_product(matrix C, operand A, matrix B, size_t I,
                                size_t J, size_t K, bool add) {
  const split rows = alike(I, ROWS), columns = alike(J, COLUMNS);
  size_t i = 0;
  if (rows.bigs > 0) ICLGD_TIMES(n, rows.bigs) {
      fixed_row(part_from(C, i, 0), rows_from(A, i), B, columns, K, add,
                rows.size + 1);
      i += rows.size + 1;
    }
  ICLGD_TIMES(n, rows.smalls) {
    fixed_row(part_from(C, i, 0), rows_from(A, i), B, columns, K, add,
              rows.size);
    i += rows.size;
  }
}

/* Square tiles on and below the diagonal. */
ICLGD_INLINE void fixed_lower(matrix C, operand A, matrix B, size_t I, size_t K,
                              bool add) {
  const split s = alike(I, ROWS);
  const size_t big = s.size + 1;
  size_t i = 0;
  if (s.bigs > 0)
    for (size_t n = 1; n <= unknown(s.bigs); ++n, i += big)
      fixed_tiles(part_from(C, i, 0), rows_from(A, i), B, K, add, big, big, n);
  for (size_t n = 1; n <= unknown(s.smalls); ++n, i += s.size)
    fixed_row(part_from(C, i, 0), rows_from(A, i), B,
              (split){s.bigs, n, s.size}, K, add, s.size);
}

/* y (I) = A x or y + A x */
ICLGD_INLINE void fixed_apply(vec *y, operand A, const vec *x, size_t I,
                              size_t K, bool add) {
  const split s = alike(I, STRIP);
  if (s.bigs > 0) ICLGD_TIMES(n, s.bigs) {
      strip(y, A, x, unknown(K), add, s.size + 1);
      y += s.size + 1;
      A = rows_from(A, s.size + 1);
    }
  ICLGD_TIMES(n, s.smalls) {
    strip(y, A, x, unknown(K), add, s.size);
    y += s.size;
    A = rows_from(A, s.size);
  }
}

ICLGD_INLINE void fixed_apply_two(two y, operand A, two x, size_t I, size_t K,
                                  bool add) {
  const split s = alike(I, STRIP_OF_TWO);
  if (s.bigs > 0) ICLGD_TIMES(n, s.bigs) {
      strip_of_two(y, A, x, unknown(K), add, s.size + 1);
      y = two_from(y, s.size + 1);
      A = rows_from(A, s.size + 1);
    }
  ICLGD_TIMES(n, s.smalls) {
    strip_of_two(y, A, x, unknown(K), add, s.size);
    y = two_from(y, s.size);
    A = rows_from(A, s.size);
  }
}

#endif /* ICLGD_ENGINE_FIXED_H */
