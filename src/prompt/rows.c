/* n + 1 of `side` rows without replacement, with no memory but the result. */
#include "prompt/rows.h"

/* Selection sampling (Knuth 3.4.2 S) looks at every row in turn: for sides
 * that are not many times as long as what is taken. */
static void select_rows(iclgd_stream *stream, size_t side, size_t n,
                        double *rows, size_t *query) {
  const size_t last = iclgd_stream_below(stream, (uint32_t)(n + 1));
  size_t left = n + 1;
  for (size_t i = 0; left > 0; ++i) {
    if (iclgd_stream_below(stream, (uint32_t)(side - i)) >= left) continue;
    --left;
    if (left == last)
      *query = i;
    else
      *rows++ = (double)i;
  }
}

static void swap(double *a, double *b) {
  const double kept = *a;
  *a = *b;
  *b = kept;
}

static void sift(double *v, size_t root, size_t n) {
  for (size_t child = 2 * root + 1; child < n; child = 2 * root + 1) {
    if (child + 1 < n && v[child] < v[child + 1]) ++child;
    if (v[root] >= v[child]) return;
    swap(&v[root], &v[child]);
    root = child;
  }
}

/* Heapsort: in place, unlike qsort, which may allocate. */
static void sort(double *v, size_t n) {
  for (size_t i = n / 2; i-- > 0;) sift(v, i, n);
  for (size_t i = n; i-- > 1;) {
    swap(&v[0], &v[i]);
    sift(v, 0, i);
  }
}

/* The first n + 1 different numbers of a sequence of independent ones. */
static void collect_rows(iclgd_stream *stream, size_t side, size_t n,
                         double *rows, size_t *query) {
  *query = iclgd_stream_below(stream, (uint32_t)side);
  for (size_t have = 0; have < n;) {
    for (size_t i = have; i < n; ++i)
      rows[i] = (double)iclgd_stream_below(stream, (uint32_t)side);
    sort(rows, n);
    have = 0;
    for (size_t i = 0; i < n; ++i)
      if (rows[i] != (double)*query && (!have || rows[i] != rows[have - 1]))
        rows[have++] = rows[i];
  }
}

void iclgd_draw_rows(iclgd_stream *stream, size_t side, size_t n, double *rows,
                     size_t *query) {
  if (side / 8 > n)
    collect_rows(stream, side, n, rows, query);
  else
    select_rows(stream, side, n, rows, query);
}
