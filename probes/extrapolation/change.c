/* Prompts changed after they were drawn (Garg et al. 2022: orthants, half of
 * the space, orthogonal and overlapping queries; von Oswald et al. 2023: k
 * labels replaced by N(0, 1)). Labels follow their inputs: y_j = w.x_j + e_j
 * with the noise e_j that was drawn. */
#include <math.h>
#include <string.h>

#include "probes/extrapolation/extrapolation.h"

/* One prompt, to be written. */
typedef struct target {
  size_t n, d;
  double *x, *y, *x_query, *w; /* (n, d), (n), (d), (d) */
} target;

/* Every input of the context into the orthant of `sign`: 0 or 1 per feature. */
static void fold(const target *t, const double *sign) {
  for (size_t i = 0; i < t->n * t->d; ++i)
    t->x[i] = copysign(t->x[i], sign[i % t->d] - 0.5);
}

static void draw_signs(iclgd_stream *stream, double *sign, size_t d) {
  for (size_t i = 0; i < d; ++i) sign[i] = iclgd_stream_below(stream, 2);
}

static void to_orthants(const target *t, iclgd_stream *stream, bool opposite,
                        double *sign) {
  draw_signs(stream, sign, t->d);
  fold(t, sign);
  if (!opposite) draw_signs(stream, sign, t->d);
  for (size_t i = 0; i < t->d; ++i)
    t->x_query[i] =
        copysign(t->x_query[i], opposite ? 0.5 - sign[i] : sign[i] - 0.5);
}

/* v minus its parts along the first `count` of the orthonormal rows; twice, for
 * rounding. */
static void remove_rows(const double *rows, size_t count, size_t d, double *v) {
  for (int again = 0; again < 2; ++again)
    for (size_t k = 0; k < count; ++k) {
      const double along = iclgd_dot(rows + k * d, v, d);
      for (size_t i = 0; i < d; ++i) v[i] -= along * rows[k * d + i];
    }
}

/* Add v to the orthonormal rows, unless they span it to rounding. */
static void add_row(double *rows, size_t *count, size_t d, const double *v) {
  double *row = rows + *count * d;
  const double before = sqrt(iclgd_dot(v, v, d));
  memcpy(row, v, d * sizeof *row);
  remove_rows(rows, *count, d, row);
  const double norm = sqrt(iclgd_dot(row, row, d));
  if (!(norm > 1e-9 * before)) return;
  for (size_t i = 0; i < d; ++i) row[i] /= norm;
  ++*count;
}

/* x <- its part along the rows, lengthened so that E|x|^2 stays for isotropic
 * inputs. */
static void project(const double *rows, size_t count, size_t d, double *x,
                    double *work) {
  memcpy(work, x, d * sizeof *x);
  memset(x, 0, d * sizeof *x);
  const double longer = sqrt((double)d / (double)count);
  for (size_t k = 0; k < count; ++k) {
    const double along = longer * iclgd_dot(rows + k * d, work, d);
    for (size_t i = 0; i < d; ++i) x[i] += along * rows[k * d + i];
  }
}

static void to_subspace(const target *t, iclgd_stream *stream, double *rows) {
  const size_t d = t->d, half = d / 2;
  double *v = rows + d * d;
  size_t count = 0;
  while (count < half) {
    iclgd_stream_normals(v, stream, d);
    add_row(rows, &count, d, v);
  }
  for (size_t j = 0; j < t->n; ++j) project(rows, half, d, t->x + j * d, v);
  project(rows, half, d, t->x_query, v);
}

/* The query's part orthogonal to the context, at the query's length. */
static void to_orthogonal(const target *t, double *rows) {
  const size_t d = t->d;
  size_t count = 0;
  for (size_t j = 0; j < t->n; ++j) add_row(rows, &count, d, t->x + j * d);
  const double before = sqrt(iclgd_dot(t->x_query, t->x_query, d));
  remove_rows(rows, count, d, t->x_query);
  const double norm = sqrt(iclgd_dot(t->x_query, t->x_query, d));
  for (size_t i = 0; i < d; ++i) t->x_query[i] *= before / norm;
}

/* k of the labels, all choices alike (selection sampling, Knuth 3.4.2 S). */
static void corrupt(const target *t, iclgd_stream *stream, size_t k) {
  for (size_t j = 0; j < t->n && k > 0; ++j) {
    if (iclgd_stream_below(stream, (uint32_t)(t->n - j)) >= k) continue;
    t->y[j] = (double)iclgd_stream_normal(stream);
    --k;
  }
}

static void change_inputs(const target *t, iclgd_change change,
                          iclgd_stream *stream, double *work) {
  switch (change) {
    case ICLGD_CHANGE_NONE:
    case ICLGD_CHANGE_CORRUPTED:
      break;
    case ICLGD_CHANGE_QUADRANT:
    case ICLGD_CHANGE_OPPOSITE:
      to_orthants(t, stream, change == ICLGD_CHANGE_OPPOSITE, work);
      break;
    case ICLGD_CHANGE_SUBSPACE:
      to_subspace(t, stream, work);
      break;
    case ICLGD_CHANGE_ORTHOGONAL:
      to_orthogonal(t, work);
      break;
    case ICLGD_CHANGE_OVERLAPPING:
      memcpy(t->x_query,
             t->x + iclgd_stream_below(stream, (uint32_t)t->n) * t->d,
             t->d * sizeof *t->x);
      break;
  }
}

void iclgd_change_apply(const iclgd_shift *shift, iclgd_stream *stream,
                        const iclgd_prompts *prompts, size_t i, double *work) {
  const size_t n = prompts->n, d = prompts->d;
  const target t = {.n = n,
                    .d = d,
                    .x = prompts->x + i * n * d,
                    .y = prompts->y + i * n,
                    .x_query = prompts->x_query + i * d,
                    .w = prompts->w_star + i * d};
  if (shift->change == ICLGD_CHANGE_NONE) return;
  for (size_t j = 0; j < n; ++j) t.y[j] -= iclgd_dot(t.w, t.x + j * d, d);
  change_inputs(&t, shift->change, stream, work);
  for (size_t j = 0; j < n; ++j) t.y[j] += iclgd_dot(t.w, t.x + j * d, d);
  if (shift->change == ICLGD_CHANGE_CORRUPTED) corrupt(&t, stream, shift->k);
  prompts->y_query[i] = iclgd_dot(t.w, t.x_query, d);
}
