/* Products of small matrices in lanes, C = A B: by tiles whose sizes are chosen
 * as they come, or, where the compiler knows all sizes, written out (fixed.h).
 * Both sum alike, to the bit. */
#ifndef ICLGD_ENGINE_PRODUCT_H
#define ICLGD_ENGINE_PRODUCT_H

#include "engine/fixed.h"

/* Loops, because calls cost more than short vectors do. */
static inline void copy(vec *restrict out, const vec *restrict in,
                        size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = in[i];
}
static inline void clear(vec *out, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = (vec){0};
}

/* Every size (rows, columns) that a tile at an edge can have. */
#if defined(__AVX512F__)
#define ICLGD_TILE_ROW(TILE, r) \
  TILE(r, 1) TILE(r, 2) TILE(r, 3) TILE(r, 4) TILE(r, 5) TILE(r, 6)
#define ICLGD_TILE_SIZES(TILE) \
  ICLGD_TILE_ROW(TILE, 1)      \
  ICLGD_TILE_ROW(TILE, 2) ICLGD_TILE_ROW(TILE, 3) ICLGD_TILE_ROW(TILE, 4)
#else
#define ICLGD_TILE_ROW(TILE, r) TILE(r, 1) TILE(r, 2) TILE(r, 3) TILE(r, 4)
#define ICLGD_TILE_SIZES(TILE) \
  ICLGD_TILE_ROW(TILE, 1) ICLGD_TILE_ROW(TILE, 2) ICLGD_TILE_ROW(TILE, 3)
#endif

/* One specialised tile for every size that an edge can have. */
ICLGD_INLINE void sized_tile(matrix C, operand A, matrix B, size_t K, bool add,
                             size_t rows, size_t columns) {
#define ICLGD_TILE(r, c)         \
  case 8 * (r) + (c):            \
    tile(C, A, B, K, add, r, c); \
    break;
  switch (8 * rows + columns) { ICLGD_TILE_SIZES(ICLGD_TILE) }
#undef ICLGD_TILE
}

/* The next piece of `left` in pieces of at most `most`, the last two alike. */
ICLGD_INLINE size_t piece(size_t left, size_t most) {
  if (left <= most) return left;
  return left < 2 * most ? (left + 1) / 2 : most;
}

/* Columns of B, K numbers each, that stay in the first cache while all of A
 * passes by: whole tiles. */
ICLGD_INLINE size_t panel_of(size_t K) {
  enum { BYTES = 1 << 14 };
  const size_t tiles = BYTES / sizeof(vec) / COLUMNS / (K > 0 ? K : 1);
  return (tiles > 1 ? tiles : 1) * COLUMNS;
}

/* C (I, J) = A B or C + A B; when `lower`, only tiles that meet the lower
 * triangle. */
ICLGD_INLINE void tiles(matrix C, operand A, matrix B, size_t I, size_t J,
                        size_t K, bool add, bool lower) {
  const size_t panel = panel_of(K);
  for (size_t from = 0; from < J; from += panel) {
    const size_t to = J - from < panel ? J : from + panel;
    for (size_t i = 0, rows; i < I; i += rows) {
      rows = piece(I - i, ROWS);
      const size_t end = lower && i + rows < to ? i + rows : to;
      const operand A_i = rows_from(A, i);
      for (size_t j = from, columns; j < end; j += columns) {
        columns = piece(end - j, COLUMNS);
        sized_tile(part_from(C, i, j), A_i, part_from(B, 0, j), K, add, rows,
                   columns);
      }
    }
  }
}

ICLGD_APART void any_product(matrix C, matrix A, matrix B, size_t I, size_t J,
                             size_t K, bool add) {
  tiles(C, of_lanes(A), B, I, J, K, add, false);
}
ICLGD_APART void any_lower(matrix C, matrix A, matrix B, size_t I, size_t K,
                           bool add) {
  tiles(C, of_lanes(A), B, I, I, K, add, true);
}
ICLGD_APART void any_product_shared(matrix C, shared A, matrix B, size_t I,
                                    size_t J, size_t K, bool add) {
  tiles(C, of_shared(A), B, I, J, K, add, false);
}

ICLGD_INLINE void strips(vec *y, operand A, const vec *x, size_t I, size_t K,
                         bool add) {
  for (size_t i = 0, rows; i < I; i += rows) {
    rows = piece(I - i, STRIP);
    const operand A_i = rows_from(A, i);
    switch (rows) {
#define ICLGD_STRIP(r)               \
  case r:                            \
    strip(y + i, A_i, x, K, add, r); \
    break
      ICLGD_STRIP(1);
      ICLGD_STRIP(2);
      ICLGD_STRIP(3);
      ICLGD_STRIP(4);
      ICLGD_STRIP(5);
      ICLGD_STRIP(6);
      ICLGD_STRIP(7);
      ICLGD_STRIP(8);
#undef ICLGD_STRIP
    }
  }
}

ICLGD_INLINE void strips_of_two(two y, operand A, two x, size_t I, size_t K,
                                bool add) {
  for (size_t i = 0, rows; i < I; i += rows) {
    rows = piece(I - i, STRIP_OF_TWO);
    const operand A_i = rows_from(A, i);
    switch (rows) {
#define ICLGD_STRIP(r)                               \
  case r:                                            \
    strip_of_two(two_from(y, i), A_i, x, K, add, r); \
    break
      ICLGD_STRIP(1);
      ICLGD_STRIP(2);
      ICLGD_STRIP(3);
      ICLGD_STRIP(4);
      ICLGD_STRIP(5);
      ICLGD_STRIP(6);
#undef ICLGD_STRIP
    }
  }
}

ICLGD_APART void any_apply(vec *y, matrix A, const vec *x, size_t I, size_t K,
                           bool add) {
  strips(y, of_lanes(A), x, I, K, add);
}
ICLGD_APART void any_apply_shared(vec *y, shared A, const vec *x, size_t I,
                                  size_t K, bool add) {
  strips(y, of_shared(A), x, I, K, add);
}
ICLGD_APART void any_apply_two(two y, matrix A, two x, size_t I, size_t K,
                               bool add) {
  strips_of_two(y, of_lanes(A), x, I, K, add);
}
ICLGD_APART void any_apply_two_shared(two y, shared A, two x, size_t I,
                                      size_t K, bool add) {
  strips_of_two(y, of_shared(A), x, I, K, add);
}

/* Whether the compiler knows these sizes; of no use where a multiply-add is a
 * call. */
#if ICLGD_HAS_MADD
#define ICLGD_KNOWN(I, J) (__builtin_constant_p(I) && __builtin_constant_p(J))
#else
#define ICLGD_KNOWN(I, J) false
#endif

/* C (I, J) = A B or C + A B, A (I, K) */
ICLGD_INLINE void multiply(matrix C, matrix A, matrix B, size_t I, size_t J,
                           size_t K, update how) {
  if (ICLGD_KNOWN(I, J))
    fixed_product(C, of_lanes(A), B, I, J, K, how == ADD);
  else
    any_product(C, A, B, I, J, K, how == ADD);
}

/* At least the lower triangle of C (I, I) */
ICLGD_INLINE void multiply_lower(matrix C, matrix A, matrix B, size_t I,
                                 size_t K, update how) {
  if (ICLGD_KNOWN(I, I))
    fixed_lower(C, of_lanes(A), B, I, K, how == ADD);
  else
    any_lower(C, A, B, I, K, how == ADD);
}

ICLGD_INLINE void multiply_shared(matrix C, shared A, matrix B, size_t I,
                                  size_t J, size_t K, update how) {
  if (ICLGD_KNOWN(I, J))
    fixed_product(C, of_shared(A), B, I, J, K, how == ADD);
  else
    any_product_shared(C, A, B, I, J, K, how == ADD);
}

/* y (I) = A x or y + A x */
ICLGD_INLINE void apply(vec *y, matrix A, const vec *x, size_t I, size_t K,
                        update how) {
  if (ICLGD_KNOWN(I, I))
    fixed_apply(y, of_lanes(A), x, I, K, how == ADD);
  else
    any_apply(y, A, x, I, K, how == ADD);
}

ICLGD_INLINE void apply_shared(vec *y, shared A, const vec *x, size_t I,
                               size_t K, update how) {
  if (ICLGD_KNOWN(I, I))
    fixed_apply(y, of_shared(A), x, I, K, how == ADD);
  else
    any_apply_shared(y, A, x, I, K, how == ADD);
}

/* Of two vectors, or of the one that is there. */
ICLGD_INLINE void apply_two(two y, matrix A, two x, size_t I, size_t K,
                            update how) {
  if (!x.w)
    apply(y.z, A, x.z, I, K, how);
  else if (!x.z)
    apply(y.w, A, x.w, I, K, how);
  else if (ICLGD_KNOWN(I, I))
    fixed_apply_two(y, of_lanes(A), x, I, K, how == ADD);
  else
    any_apply_two(y, A, x, I, K, how == ADD);
}

ICLGD_INLINE void apply_two_shared(two y, shared A, two x, size_t I, size_t K,
                                   update how) {
  if (!x.w)
    apply_shared(y.z, A, x.z, I, K, how);
  else if (!x.z)
    apply_shared(y.w, A, x.w, I, K, how);
  else if (ICLGD_KNOWN(I, I))
    fixed_apply_two(y, of_shared(A), x, I, K, how == ADD);
  else
    any_apply_two_shared(y, A, x, I, K, how == ADD);
}

/* a . b over K */
static inline vec dot(const vec *a, const vec *b, size_t K) {
  vec sum = {0};
  for (size_t k = 0; k < K; ++k) sum = madd(a[k], b[k], sum);
  return sum;
}

/* The lower triangle of C (I, I) onto the upper one. */
ICLGD_INLINE void mirror(matrix C, size_t I) {
  for (size_t i = 0; i < I; ++i)
    for (size_t j = 0; j < i; ++j)
      C.at[j * C.row + i * C.column] = C.at[i * C.row + j * C.column];
}

#endif /* ICLGD_ENGINE_PRODUCT_H */
