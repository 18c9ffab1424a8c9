/* Tokens of a group of prompts in lanes, and what the arrays of a model do to
 * them. `tokens` (CHUNKS, T, width): the tokens of a chunk of WIDTH prompts one
 * after the other, in rows `stride` apart; all prompts share an array W (out,
 * in). Forward, for tokens first .. T - 1 of every chunk:
 *   Y = X W^T,
 * backward, of a gradient G in Y:
 *   dX = G W,  dW += sum over tokens and prompts of g x^T.
 * The sum over the lanes of a chunk, and over chunks, is a fixed tree: lane l
 * and lane l + 8, then 4, down to four lanes (in double: two), then neighbours;
 * so its bits do not depend on WIDTH. */
#ifndef ICLGD_ENGINE_TRANSFORMER_TOKENS_H
#define ICLGD_ENGINE_TRANSFORMER_TOKENS_H

#include "engine/product.h"

typedef struct tokens {
  vec *at;
  size_t stride, T; /* vecs from token to token, tokens of a chunk */
} tokens;

/* The tokens that are worked on: first .. T - 1. */
typedef struct span {
  size_t first, count;
} span;

static inline vec *token(tokens x, size_t chunk, size_t t) {
  return x.at + (chunk * x.T + t) * x.stride;
}

/* The units from `unit` on. */
static inline tokens units_from(tokens x, size_t unit) {
  return (tokens){x.at + unit, x.stride, x.T};
}

/* Vecs from row to row, so that rows do not fall on the same lines of a cache:
 * an odd number of lines of 64 bytes. */
static inline size_t stride_of(size_t width) {
  enum { LINE = 64 / VECTOR_BYTES };
  const size_t lines = (width + LINE - 1) / LINE;
  return (lines % 2 ? lines : lines + 1) * LINE;
}

/* Y (rows, out) = X (rows, in) A^T or Y + X A^T, A (out, in): rows of X stay in
 * the first cache while all of A passes by. */
ICLGD_APART void weigh_rows(vec *Y, size_t Y_stride, shared A, const vec *X,
                            size_t X_stride, size_t rows, size_t out, size_t in,
                            bool add) {
  enum { PANEL = 64 };
  for (size_t k = 0, depth; k < in; k += depth) {
    depth = piece(in - k, PANEL);
    for (size_t t = 0, count; t < rows; t += count) {
      count = piece(rows - t, COLUMNS);
      const matrix B = {(vec *)(X + t * X_stride + k), 1, X_stride};
      for (size_t i = 0, wide; i < out; i += wide) {
        wide = piece(out - i, ROWS);
        const operand part = of_shared(
            (shared){A.at + i * A.row + k * A.column, A.row, A.column});
        sized_tile((matrix){Y + t * Y_stride + i, 1, Y_stride}, part, B, depth,
                   add || k > 0, wide, count);
      }
    }
  }
}

/* For tokens of all chunks at once where they are neighbours. */
static inline void weigh(tokens Y, shared A, tokens X, span s, size_t out,
                         size_t in, update how) {
  const size_t chunks = s.first == 0 && s.count == X.T ? 1 : CHUNKS;
  const size_t rows = chunks == 1 ? CHUNKS * s.count : s.count;
  for (size_t c = 0; c < chunks; ++c)
    weigh_rows(token(Y, c, s.first), Y.stride, A, token(X, c, s.first),
               X.stride, rows, out, in, how == ADD);
}

/* --- sums over lanes ---------------------------------------------------- */

typedef real quad __attribute__((vector_size(16), may_alias));

/* Lane l and lane l + half, down to QUAD of them. */
ICLGD_INLINE quad fold(vec v) {
#if defined(__AVX512F__) && defined(ICLGD_REAL_IS_DOUBLE)
  const __m256d w = _mm512_castpd512_pd256((__m512d)v) +
                    _mm512_extractf64x4_pd((__m512d)v, 1);
  return (quad)(_mm256_castpd256_pd128(w) + _mm256_extractf128_pd(w, 1));
#elif defined(__AVX512F__)
  const __m256 w = _mm512_castps512_ps256((__m512)v) +
                   (__m256)_mm512_extractf64x4_pd((__m512d)v, 1);
  return (quad)(_mm256_castps256_ps128(w) + _mm256_extractf128_ps(w, 1));
#elif defined(ICLGD_FMA) && defined(ICLGD_REAL_IS_DOUBLE)
  return (quad)(_mm256_castpd256_pd128((__m256d)v) +
                _mm256_extractf128_pd((__m256d)v, 1));
#elif defined(ICLGD_FMA)
  return (quad)(_mm256_castps256_ps128((__m256)v) +
                _mm256_extractf128_ps((__m256)v, 1));
#else
  return (quad)v;
#endif
}

/* Neighbours of a quad, then neighbours of these. */
ICLGD_INLINE real sum_quad(quad q) {
#if defined(ICLGD_REAL_IS_DOUBLE)
  return q[0] + q[1];
#else
  return (q[0] + q[1]) + (q[2] + q[3]);
#endif
}

/* The same of QUAD quads at once. */
ICLGD_INLINE quad sum_quads(const quad q[QUAD]) {
#if defined(__SSE3__) && defined(ICLGD_REAL_IS_DOUBLE)
  return (quad)_mm_hadd_pd((__m128d)q[0], (__m128d)q[1]);
#elif defined(__SSE3__)
  return (quad)_mm_hadd_ps(_mm_hadd_ps((__m128)q[0], (__m128)q[1]),
                           _mm_hadd_ps((__m128)q[2], (__m128)q[3]));
#else
  quad out;
  for (size_t i = 0; i < QUAD; ++i) out[i] = sum_quad(q[i]);
  return out;
#endif
}

/* Chunk c and chunk c + half, then the halves of the vec. */
ICLGD_INLINE quad fold_chunks(vec v[CHUNKS]) {
  ICLGD_UNROLL for (size_t half = CHUNKS / 2; half > 0; half /= 2)
      ICLGD_UNROLL for (size_t c = 0; c < half; ++c) v[c] += v[c + half];
  return fold(v[0]);
}

ICLGD_INLINE real sum_of_lanes(vec v[CHUNKS]) {
  return sum_quad(fold_chunks(v));
}

/* d (count <= QUAD) += sums over lanes of neighbours from v on, whose chunks
 * are `step` apart. */
ICLGD_INLINE void add_quads(real *d, const vec *v, size_t step, size_t count) {
  quad folded[QUAD] = {{0}};
  ICLGD_UNROLL for (size_t i = 0; i < count; ++i) {
    vec of_chunk[CHUNKS];
    ICLGD_UNROLL for (size_t c = 0; c < CHUNKS; ++c) of_chunk[c] =
        v[c * step + i];
    folded[i] = fold_chunks(of_chunk);
  }
  const quad sums = sum_quads(folded);
  ICLGD_UNROLL for (size_t i = 0; i < count; ++i) d[i] += sums[i];
}

/* One tile (rows, columns) of dW, from G and X at their first units. */
ICLGD_INLINE void gradient_tile(real *dW, size_t row, tokens G, tokens X,
                                span s, size_t rows, size_t columns) {
  vec kept[CHUNKS][ROWS][COLUMNS];
  for (size_t c = 0; c < CHUNKS; ++c) {
    vec sum[ROWS][COLUMNS];
    const vec *g = token(G, c, s.first), *x = token(X, c, s.first);
    ICLGD_UNROLL for (size_t i = 0; i < rows; ++i)
        ICLGD_UNROLL for (size_t j = 0; j < columns; ++j) sum[i][j] = (vec){0};
    for (size_t t = 0; t < s.count; ++t, g += G.stride, x += X.stride) {
      vec a[ROWS];
      ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) a[i] = g[i];
      ICLGD_UNROLL for (size_t j = 0; j < columns; ++j) {
        const vec b = x[j];
        ICLGD_UNROLL for (size_t i = 0; i < rows; ++i) sum[i][j] =
            madd(a[i], b, sum[i][j]);
      }
    }
    ICLGD_UNROLL for (size_t i = 0; i < rows; ++i)
        ICLGD_UNROLL for (size_t j = 0; j < columns; ++j) kept[c][i][j] =
            sum[i][j];
  }
  ICLGD_UNROLL for (size_t i = 0; i < rows; ++i)
      ICLGD_UNROLL for (size_t j = 0; j < columns; j += QUAD)
          add_quads(dW + i * row + j, &kept[0][i][j], ROWS * COLUMNS,
                    columns - j < QUAD ? columns - j : QUAD);
}

ICLGD_INLINE void sized_gradient_tile(real *dW, size_t row, tokens G, tokens X,
                                      span s, size_t rows, size_t columns) {
#define ICLGD_TILE(r, c)                   \
  case 8 * (r) + (c):                      \
    gradient_tile(dW, row, G, X, s, r, c); \
    break;
  switch (8 * rows + columns) { ICLGD_TILE_SIZES(ICLGD_TILE) }
#undef ICLGD_TILE
}

/* dW (out, in), rows `row` apart, += sum of g x^T. */
ICLGD_APART void add_gradient_of(real *dW, size_t row, tokens G, tokens X,
                                 span s, size_t out, size_t in) {
  for (size_t i = 0, rows; i < out; i += rows) {
    rows = piece(out - i, ROWS);
    for (size_t j = 0, columns; j < in; j += columns) {
      columns = piece(in - j, COLUMNS);
      sized_gradient_tile(dW + i * row + j, row, units_from(G, i),
                          units_from(X, j), s, rows, columns);
    }
  }
}

/* d (width) += the sum of a, or of a b, over tokens and prompts. */
ICLGD_APART void add_sums(real *d, tokens a, const tokens *b, span s,
                          size_t width) {
  enum { STEP = 8 };
  for (size_t j = 0, wide; j < width; j += wide) {
    vec sum[STEP][CHUNKS];
    wide = width - j < STEP ? width - j : STEP;
    for (size_t c = 0; c < CHUNKS; ++c) {
      for (size_t i = 0; i < wide; ++i) sum[i][c] = (vec){0};
      for (size_t t = s.first; t < s.first + s.count; ++t) {
        const vec *a_t = token(a, c, t) + j;
        const vec *b_t = b ? token(*b, c, t) + j : NULL;
        for (size_t i = 0; i < wide; ++i)
          sum[i][c] =
              b ? madd(a_t[i], b_t[i], sum[i][c]) : (vec)(sum[i][c] + a_t[i]);
      }
    }
    for (size_t i = 0; i < wide; ++i) d[j + i] += sum_of_lanes(sum[i]);
  }
}

#endif /* ICLGD_ENGINE_TRANSFORMER_TOKENS_H */
