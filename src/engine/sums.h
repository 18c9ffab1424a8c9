/* Gradients: sums of products of lane matrices over all prompts of a block,
 *   M (D, D) += sum of A B over a list of terms.
 * Small ones are kept lane by lane and summed at the end of the block. Large
 * ones would not fit into a cache, so a tile is summed over its terms in
 * registers, then over the lanes of each quad, and only quads are kept:
 * whatever the instruction set, an entry has LANES / QUAD sums, each in the
 * same order. */
#ifndef ICLGD_ENGINE_SUMS_H
#define ICLGD_ENGINE_SUMS_H

#include "engine/product.h"
#include "engine/totals.h"

enum { SMALL = 12 };

/* A (D, K) B (K, D) */
typedef struct term {
  matrix A, B;
  size_t K;
} term;

/* Vectors a_s, b_s (D) that are neighbours or `step` vectors apart: the sum of
 * a_s b_s^T over `count` of them. */
ICLGD_INLINE term outer_products(vec *a, size_t a_step, vec *b, size_t b_step,
                                 size_t count, size_t D) {
  return (term){{a, 1, a_step * D}, {b, b_step * D, 1}, count};
}

/* Quads of a row. */
ICLGD_INLINE size_t quads_of(size_t D) {
  return (D + QUAD - 1) / QUAD;
}
/* Vecs of M for one chunk: (D, D), or (D, quads of a row), quad after quad of
 * lanes. */
ICLGD_INLINE size_t sums_area(size_t D) {
  return D <= SMALL ? D * D : D * quads_of(D);
}

/* --- small: lane by lane ------------------------------------------------- */

/* A tile of M, from outer products. */
ICLGD_INLINE void term_tile(matrix M, const term *terms, size_t count, size_t i,
                            size_t j, size_t rows, size_t columns) {
  vec c[ROWS][COLUMNS];
  M = part_from(M, i, j);
  ICLGD_UNROLL for (size_t r = 0; r < rows; ++r)
      ICLGD_UNROLL for (size_t s = 0; s < columns; ++s) c[r][s] =
          M.at[r * M.row + s * M.column];
  for (size_t t = 0; t < unknown(count); ++t) {
    const matrix A = {terms[t].A.at, 1, terms[t].A.column};
    const matrix B = {terms[t].B.at, terms[t].B.row, 1};
    accumulate(c, rows_from(of_lanes(A), i), part_from(B, 0, j), terms[t].K,
               rows, columns);
  }
  ICLGD_UNROLL for (size_t r = 0; r < rows; ++r)
      ICLGD_UNROLL for (size_t s = 0; s < columns; ++s)
          M.at[r * M.row + s * M.column] = c[r][s];
}

ICLGD_INLINE void term_row(matrix M, const term *terms, size_t count, size_t i,
                           split columns, size_t rows) {
  const size_t size = columns.size;
  size_t j = 0;
  if (columns.bigs > 0) ICLGD_TIMES(n, columns.bigs) {
      term_tile(M, terms, count, i, j, rows, size + 1);
      j += size + 1;
    }
  ICLGD_TIMES(n, columns.smalls) {
    term_tile(M, terms, count, i, j, rows, size);
    j += size;
  }
}

ICLGD_INLINE void fixed_terms(matrix M, const term *terms, size_t count,
                              size_t D) {
  const split rows = alike(D, ROWS), columns = alike(D, COLUMNS);
  size_t i = 0;
  if (rows.bigs > 0) ICLGD_TIMES(n, rows.bigs) {
      term_row(M, terms, count, i, columns, rows.size + 1);
      i += rows.size + 1;
    }
  ICLGD_TIMES(n, rows.smalls) {
    term_row(M, terms, count, i, columns, rows.size);
    i += rows.size;
  }
}

/* --- large: quad by quad -------------------------------------------------- */

enum { SUM_COLUMNS = 4 }; /* one quad or two */

/* M (D, `row` quads) from its entry (i, j) on, j a multiple of SUM_COLUMNS. */
ICLGD_INLINE void sum_tile(vec *M, size_t row, const term *terms, size_t count,
                           size_t i, size_t j, size_t rows, size_t columns) {
  vec c[ROWS][COLUMNS];
  ICLGD_UNROLL for (size_t r = 0; r < rows; ++r)
      ICLGD_UNROLL for (size_t s = 0; s < SUM_COLUMNS; ++s) c[r][s] = (vec){0};
  for (size_t t = 0; t < count; ++t)
    accumulate(c, rows_from(of_lanes(terms[t].A), i),
               part_from(terms[t].B, 0, j), terms[t].K, rows, columns);
  ICLGD_UNROLL for (size_t r = 0; r < rows; ++r)
      ICLGD_UNROLL for (size_t s = 0; s < columns; s += QUAD)
          M[(i + r) * row + (j + s) / QUAD] += quad_sums(&c[r][s]);
}

ICLGD_INLINE void sized_sum_tile(vec *M, size_t row, const term *terms,
                                 size_t count, size_t i, size_t j, size_t rows,
                                 size_t columns) {
#define ICLGD_TILE(r, c)                        \
  case 8 * (r) + (c):                           \
    sum_tile(M, row, terms, count, i, j, r, c); \
    break;
#define ICLGD_TILES(r) \
  ICLGD_TILE(r, 1) ICLGD_TILE(r, 2) ICLGD_TILE(r, 3) ICLGD_TILE(r, 4)
  switch (8 * rows + columns) {
    ICLGD_TILES(1)
    ICLGD_TILES(2)
    ICLGD_TILES(3)
#if defined(__AVX512F__)
    ICLGD_TILES(4)
#endif
  }
#undef ICLGD_TILES
#undef ICLGD_TILE
}

ICLGD_APART void sum_terms(vec *M, const term *terms, size_t count, size_t D) {
  const size_t row = quads_of(D);
  for (size_t i = 0, rows; i < D; i += rows) {
    rows = piece(D - i, ROWS);
    for (size_t j = 0; j < D; j += SUM_COLUMNS)
      sized_sum_tile(M, row, terms, count, i, j, rows,
                     D - j < SUM_COLUMNS ? D - j : SUM_COLUMNS);
  }
}

/* --- both ---------------------------------------------------------------- */

/* M (D, D) += outer products (outer_products) */
ICLGD_INLINE void add_outer_products(vec *M, const term *terms, size_t count,
                                     size_t D) {
  if (D > SMALL)
    sum_terms(M, terms, count, D);
  else if (ICLGD_KNOWN(D, D))
    fixed_terms(square(M, D), terms, count, D);
  else
    for (size_t t = 0; t < count; ++t)
      any_product(square(M, D), terms[t].A, terms[t].B, D, D, terms[t].K, true);
}

/* M (D, D) += A B, A (D, D) */
ICLGD_INLINE void add_product(vec *M, matrix A, matrix B, size_t D) {
  const term one = {A, B, D};
  if (D > SMALL)
    sum_terms(M, &one, 1, D);
  else
    multiply(square(M, D), A, B, D, D, D, ADD);
}

/* Row i of M += a b^T, b (D) */
ICLGD_INLINE void add_row(vec *M, size_t i, vec a, const vec *b, size_t D) {
  if (D <= SMALL) {
    for (size_t j = 0; j < D; ++j) M[i * D + j] = madd(a, b[j], M[i * D + j]);
    return;
  }
  for (size_t j = 0; j < D; j += QUAD) {
    vec c[QUAD] = {{0}};
    for (size_t s = 0; s < QUAD && j + s < D; ++s) c[s] = a * b[j + s];
    M[i * quads_of(D) + j / QUAD] += quad_sums(c);
  }
}

/* Of one entry, in double. */
static inline double sum_of_lanes(vec *const M[CHUNKS], size_t at) {
  double t[LANES];
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t l = 0; l < WIDTH; ++l) t[c * WIDTH + l] = (double)M[c][at][l];
  return sum_lanes(t);
}

/* Of lane `lane` of every quad. */
static inline double sum_of_quads(vec *const M[CHUNKS], size_t at,
                                  size_t lane) {
  double sum = 0;
  for (size_t c = 0; c < CHUNKS; ++c)
    for (size_t l = lane; l < WIDTH; l += QUAD) sum += (double)M[c][at][l];
  return sum;
}

/* out (D, D) = the sums M from vec `from` on, of all chunks. */
static inline void read_sums(double *out, vec *const M[CHUNKS], size_t from,
                             size_t D) {
  if (D <= SMALL) {
    for (size_t i = 0; i < D * D; ++i) out[i] = sum_of_lanes(M, from + i);
    return;
  }
  for (size_t i = 0; i < D; ++i)
    for (size_t j = 0; j < D; ++j)
      out[i * D + j] =
          sum_of_quads(M, from + i * quads_of(D) + j / QUAD, j % QUAD);
}

#endif /* ICLGD_ENGINE_SUMS_H */
