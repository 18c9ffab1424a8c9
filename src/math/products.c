/* Columns go side by side, eight, four, two or one at a time, and their sums
 * stay in registers. */
#include "math/products.h"

#include <string.h>

typedef double eight __attribute__((vector_size(64), aligned(8), may_alias));
typedef double four __attribute__((vector_size(32), aligned(8), may_alias));
typedef double two __attribute__((vector_size(16), aligned(8), may_alias));
typedef double one;

typedef struct product {
  size_t m, k, row, step, width, stride;
  double alpha;
  const double *A, *B;
  double *C;
} product;

/* As many columns from j on as `type` holds. */
#define ADD_COLUMNS(type)                                                 \
  static void add_##type(const product *o, size_t j) {                    \
    for (size_t i = 0; i < o->m; ++i) {                                   \
      const double *a = o->A + i * o->row;                                \
      type *out = (type *)(void *)(o->C + i * o->stride + j), sum = *out; \
      for (size_t p = 0; p < o->k; ++p)                                   \
        sum += o->alpha * a[p * o->step] *                                \
               *(const type *)(const void *)(o->B + p * o->width + j);    \
      *out = sum;                                                         \
    }                                                                     \
  }
ADD_COLUMNS(eight)
ADD_COLUMNS(four)
ADD_COLUMNS(two)
ADD_COLUMNS(one)

static void add(size_t m, size_t n, size_t k, double alpha, const double *A,
                size_t row, size_t step, const double *B, size_t width,
                double *C, size_t stride) {
  const product o = {m, k, row, step, width, stride, alpha, A, B, C};
  size_t j = 0;
  for (; j + 8 <= n; j += 8) add_eight(&o, j);
  if (j + 4 <= n) add_four(&o, j), j += 4;
  if (j + 2 <= n) add_two(&o, j), j += 2;
  if (j < n) add_one(&o, j);
}

/* a . rows of B, four at a time: sums do not wait for each other. */
static void add_dots(size_t m, size_t n, size_t k, double alpha,
                     const double *A, size_t row, size_t step, const double *B,
                     size_t width, double *C, size_t stride) {
  for (size_t i = 0; i < m; ++i) {
    const double *a = A + i * row;
    double *out = C + i * stride;
    size_t j = 0;
    for (; j + 4 <= n; j += 4) {
      const double *b = B + j * width;
      double sums[4] = {0};
      for (size_t p = 0; p < k; ++p)
        for (size_t l = 0; l < 4; ++l)
          sums[l] += a[p * step] * b[l * width + p];
      for (size_t l = 0; l < 4; ++l) out[j + l] += alpha * sums[l];
    }
    for (; j < n; ++j) {
      double sum = 0;
      for (size_t p = 0; p < k; ++p) sum += a[p * step] * B[j * width + p];
      out[j] += alpha * sum;
    }
  }
}

static void gram(size_t count, size_t d, double n, const double *x,
                 const double *y, double *S, double *b) {
  enum { ROOM = 1024 };
  double shares[ROOM];
  const size_t most = d <= ROOM ? ROOM / d : 1;
  memset(S, 0, d * d * sizeof *S);
  memset(b, 0, d * sizeof *b);
  for (size_t first = 0, some; first < count; first += some) {
    const double *points = x + first * d;
    some = count - first < most ? count - first : most;
    for (size_t i = 0; i < some * d; ++i) shares[i] = points[i] / n;
    add(d, d, some, 1, shares, 1, d, points, d, S, d);
    add(1, d, some, 1, y + first, 0, 1, shares, d, b, d);
  }
}

const iclgd_products ICLGD_KERNEL(iclgd_products) = {add, add_dots, gram};
