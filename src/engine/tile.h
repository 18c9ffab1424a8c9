/* What products of small matrices in lanes are made of: tiles of C = A B that
 * stay in registers, and strips of y = A x. Matrices are views with strides, so
 * that a transpose costs nothing; one operand may be shared: the same numbers
 * for all prompts. An entry is summed over k in order, from zero or from what C
 * holds, so that its bits do not depend on the tile it is in. */
#ifndef ICLGD_ENGINE_TILE_H
#define ICLGD_ENGINE_TILE_H

#include "engine/lanes.h"

typedef struct matrix { /* entry (i, j) at[i row + j column] */
  vec *at;
  size_t row, column;
} matrix;

typedef struct shared { /* of all prompts alike */
  const real *at;
  size_t row, column;
} shared;

ICLGD_INLINE matrix transpose(matrix M) {
  return (matrix){M.at, M.column, M.row};
}
ICLGD_INLINE shared transposed(shared M) {
  return (shared){M.at, M.column, M.row};
}
ICLGD_INLINE matrix square(vec *M, size_t D) {
  return (matrix){M, D, 1};
}

typedef enum update { SET, ADD } update;

/* Registers: rows x columns of C, a column of A, one entry of B. */
#if defined(__AVX512F__)
enum { ROWS = 4, COLUMNS = 6 };
#else
enum { ROWS = 3, COLUMNS = 4 };
#endif

/* A (rows, K) comes as vec or as shared; which of them the compiler knows. */
typedef struct operand {
  const vec *lanes;
  const real *shared;
  size_t row, column;
  bool is_shared;
} operand;

ICLGD_INLINE operand of_lanes(matrix A) {
  return (operand){A.at, NULL, A.row, A.column, false};
}
ICLGD_INLINE operand of_shared(shared A) {
  return (operand){NULL, A.at, A.row, A.column, true};
}

ICLGD_INLINE vec entry(operand A, size_t i, size_t k) {
  const size_t at = i * A.row + k * A.column;
  return A.is_shared ? splat(A.shared[at]) : A.lanes[at];
}

/* The rows from i on, and the part from (i, j) on. */
ICLGD_INLINE operand rows_from(operand A, size_t i) {
  if (A.is_shared)
    A.shared += i * A.row;
  else
    A.lanes += i * A.row;
  return A;
}
ICLGD_INLINE matrix part_from(matrix M, size_t i, size_t j) {
  return (matrix){M.at + i * M.row + j * M.column, M.row, M.column};
}

/* c += A B */
ICLGD_INLINE void accumulate(vec c[ROWS][COLUMNS], operand A, matrix B,
                             size_t K, size_t rows, size_t columns) {
  for (size_t k = 0; k < K; ++k) {
    vec a[ROWS];
    ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) a[i] = entry(A, i, k);
    ICLGD_UNROLL for (size_t j = 0; j < columns; ++j) {
      const vec b = B.at[k * B.row + j * B.column];
      ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) c[i][j] =
          madd(a[i], b, c[i][j]);
    }
  }
}

ICLGD_INLINE void tile(matrix C, operand A, matrix B, size_t K, bool add,
                       size_t rows, size_t columns) {
  vec c[ROWS][COLUMNS];
  ICLGD_UNROLL for (size_t i = 0; i < rows; ++i)
      ICLGD_UNROLL for (size_t j = 0; j < columns; ++j) c[i][j] =
          add ? C.at[i * C.row + j * C.column] : (vec){0};
  accumulate(c, A, B, K, rows, columns);
  ICLGD_UNROLL for (size_t i = 0; i < rows; ++i)
      ICLGD_UNROLL for (size_t j = 0; j < columns; ++j)
          C.at[i * C.row + j * C.column] = c[i][j];
}

/* y (rows) = A x or y + A x for up to STRIP rows at once. */
enum { STRIP = 8 };
ICLGD_INLINE void strip(vec *y, operand A, const vec *x, size_t K, bool add,
                        size_t rows) {
  vec sum[STRIP];
  ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) sum[i] = add ? y[i] : (vec){0};
  for (size_t k = 0; k < K; ++k)
    ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) sum[i] =
        madd(entry(A, i, k), x[k], sum[i]);
  ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) y[i] = sum[i];
}

/* Two vectors that go by the same way; one of them may be NULL. */
typedef struct two {
  vec *z, *w;
} two;

ICLGD_INLINE two two_from(two v, size_t i) {
  return (two){v.z + i, v.w + i};
}

/* The same of two vectors, for which A is read once. */
enum { STRIP_OF_TWO = 6 };
ICLGD_INLINE void strip_of_two(two y, operand A, two x, size_t K, bool add,
                               size_t rows) {
  vec z[STRIP_OF_TWO], w[STRIP_OF_TWO];
  ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) {
    z[i] = add ? y.z[i] : (vec){0};
    w[i] = add ? y.w[i] : (vec){0};
  }
  for (size_t k = 0; k < K; ++k) {
    const vec x_z = x.z[k], x_w = x.w[k];
    ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) {
      const vec a = entry(A, i, k);
      z[i] = madd(a, x_z, z[i]);
      w[i] = madd(a, x_w, w[i]);
    }
  }
  ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) {
    y.z[i] = z[i];
    y.w[i] = w[i];
  }
}

#endif /* ICLGD_ENGINE_TILE_H */
