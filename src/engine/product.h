/* Products of small matrices in lanes, C = A B, by tiles of C that stay in
 * registers. Matrices are views with strides, so that a transpose costs
 * nothing; one operand may be shared: the same numbers for all prompts. An
 * entry is summed over k in order, from zero or from what C holds. */
#ifndef ICLGD_ENGINE_PRODUCT_H
#define ICLGD_ENGINE_PRODUCT_H

#include <stdbool.h>

#include "engine/lanes.h"

typedef struct matrix { /* entry (i, j) at[i row + j column] */
  vec *at;
  size_t row, column;
} matrix;

typedef struct shared { /* of all prompts alike */
  const real *at;
  size_t row, column;
} shared;

static inline matrix transpose(matrix M) {
  return (matrix){M.at, M.column, M.row};
}

/* Loops, because calls cost more than short vectors do. */
static inline void copy(vec *restrict out, const vec *restrict in,
                        size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = in[i];
}
static inline void clear(vec *out, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = (vec){0};
}

/* Registers: rows x columns of C, a column of A, one entry of B. */
#if defined(__AVX512F__)
enum { ROWS = 4, COLUMNS = 6 };
#else
enum { ROWS = 3, COLUMNS = 4 };
#endif

/* A (rows, K) comes as vec or as shared; the other pointer is NULL. */
typedef struct operand {
  const vec *lanes;
  const real *shared;
  size_t row, column;
} operand;

ICLGD_INLINE vec entry(const operand *A, size_t i, size_t k) {
  const size_t at = i * A->row + k * A->column;
  return A->shared ? splat(A->shared[at]) : A->lanes[at];
}

ICLGD_INLINE void tile(matrix C, operand A, matrix B, size_t K, bool add,
                       size_t rows, size_t columns) {
  vec c[ROWS][COLUMNS];
  ICLGD_UNROLL for (size_t i = 0; i < rows; ++i)
      ICLGD_UNROLL for (size_t j = 0; j < columns; ++j) c[i][j] =
          add ? C.at[i * C.row + j * C.column] : (vec){0};
  for (size_t k = 0; k < K; ++k) {
    vec a[ROWS];
    ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) a[i] = entry(&A, i, k);
    ICLGD_UNROLL for (size_t j = 0; j < columns; ++j) {
      const vec b = B.at[k * B.row + j * B.column];
      ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) c[i][j] =
          madd(a[i], b, c[i][j]);
    }
  }
  ICLGD_UNROLL for (size_t i = 0; i < rows; ++i)
      ICLGD_UNROLL for (size_t j = 0; j < columns; ++j)
          C.at[i * C.row + j * C.column] = c[i][j];
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

/* C (I, J) = A B or C + A B; when `lower`, only tiles that meet the lower
 * triangle. */
ICLGD_INLINE void tiles(matrix C, operand A, matrix B, size_t I, size_t J,
                        size_t K, bool add, bool lower) {
  for (size_t i = 0, rows; i < I; i += rows) {
    rows = piece(I - i, ROWS);
    const size_t J_end = lower ? (i + rows < J ? i + rows : J) : J;
    const operand A_i = {A.lanes ? A.lanes + i * A.row : NULL,
                         A.shared ? A.shared + i * A.row : NULL, A.row,
                         A.column};
    for (size_t j = 0, columns; j < J_end; j += columns) {
      columns = piece(J_end - j, COLUMNS);
      const matrix C_ij = {C.at + i * C.row + j * C.column, C.row, C.column};
      const matrix B_j = {B.at + j * B.column, B.row, B.column};
      sized_tile(C_ij, A_i, B_j, K, add, rows, columns);
    }
  }
}

typedef enum update { SET, ADD } update;

ICLGD_APART void multiply(matrix C, matrix A, matrix B, size_t I, size_t J,
                          size_t K, update how) {
  tiles(C, (operand){A.at, NULL, A.row, A.column}, B, I, J, K, how == ADD,
        false);
}

ICLGD_APART void multiply_lower(matrix C, matrix A, matrix B, size_t I,
                                size_t K, update how) {
  tiles(C, (operand){A.at, NULL, A.row, A.column}, B, I, I, K, how == ADD,
        true);
}

ICLGD_APART void multiply_shared(matrix C, shared A, matrix B, size_t I,
                                 size_t J, size_t K, update how) {
  tiles(C, (operand){NULL, A.at, A.row, A.column}, B, I, J, K, how == ADD,
        false);
}

/* y (rows) = A x or y + A x for up to STRIP rows at once. */
enum { STRIP = 8 };
ICLGD_INLINE void strip(vec *y, operand A, const vec *x, size_t K, bool add,
                        size_t rows) {
  vec sum[STRIP];
  ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) sum[i] = add ? y[i] : (vec){0};
  for (size_t k = 0; k < K; ++k)
    ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) sum[i] =
        madd(entry(&A, i, k), x[k], sum[i]);
  ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) y[i] = sum[i];
}

ICLGD_INLINE void strips(vec *y, operand A, const vec *x, size_t I, size_t K,
                         bool add) {
  for (size_t i = 0, rows; i < I; i += rows) {
    rows = piece(I - i, STRIP);
    const operand A_i = {A.lanes ? A.lanes + i * A.row : NULL,
                         A.shared ? A.shared + i * A.row : NULL, A.row,
                         A.column};
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

/* y (I) = A x or y + A x */
ICLGD_APART void apply(vec *y, matrix A, const vec *x, size_t I, size_t K,
                       update how) {
  strips(y, (operand){A.at, NULL, A.row, A.column}, x, I, K, how == ADD);
}

ICLGD_APART void apply_shared(vec *y, shared A, const vec *x, size_t I,
                              size_t K, update how) {
  strips(y, (operand){NULL, A.at, A.row, A.column}, x, I, K, how == ADD);
}

/* a . b over K */
static inline vec dot(const vec *a, const vec *b, size_t K) {
  vec sum = {0};
  for (size_t k = 0; k < K; ++k) sum = madd(a[k], b[k], sum);
  return sum;
}

/* The lower triangle of C (I, I) onto the upper one. */
static inline void mirror(matrix C, size_t I) {
  for (size_t i = 0; i < I; ++i)
    for (size_t j = 0; j < i; ++j)
      C.at[j * C.row + i * C.column] = C.at[i * C.row + j * C.column];
}

#endif /* ICLGD_ENGINE_PRODUCT_H */
