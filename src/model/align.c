/* Alignment of b with a, symmetry after symmetry: units by the assignment of
 * largest gain, bases by Procrustes.
 *   gain[i, j] = <a_i, b_j> + sum over bases max_R <A_i, R B_j>,
 * the maximum over orthogonal R the sum of the singular values of A_i B_j^T =
 * U S V^T, at R = U V^T. With several symmetries that touch the same numbers
 * this is ascent coordinate by coordinate (Ainsworth et al. 2023). */
#include <iclgd/algebra.h>
#include <math.h>
#include <string.h>

#include "model/aligner.h"

/* R of largest <A, R B> from A B^T in the factors' M, and that maximum. */
static double turn_of(iclgd_aligner *s, const iclgd_symmetry *row, size_t k,
                      bool wanted) {
  const size_t size = row->size[k];
  iclgd_factors *f = &s->middle;
  double *R = s->turn.R[k], sum = 0;
  if (size == 1) {
    R[0] = f->M[0] < 0 && !row->positive[k] ? -1 : 1;
    s->turn.inverse[k][0] = R[0];
    return R[0] * f->M[0];
  }
  if (!iclgd_singular(f->M, size, size, f->s, wanted ? f->U : NULL,
                      wanted ? f->VT : NULL))
    return 0;
  for (size_t i = 0; i < size; ++i) sum += f->s[i];
  for (size_t i = 0; wanted && i < size * size; ++i) {
    R[i] = 0;
    for (size_t n = 0; n < size; ++n)
      R[i] += f->U[i / size * size + n] * f->VT[n * size + i % size];
    s->turn.inverse[k][i] = R[i];
  }
  return sum;
}

/* The gain of unit i of a and j of b, and what turns j where it is wanted. */
static double compare(iclgd_aligner *s, const iclgd_symmetry *row, bool settled,
                      bool wanted, size_t i, const double *a, size_t j,
                      const double *b) {
  double sum = iclgd_unit_dot(row, settled, i, a, j, b);
  for (size_t k = 0; k < row->n_bases; ++k) {
    iclgd_unit_product(row, k, settled, i, a, j, b, s->middle.M);
    sum += turn_of(s, row, k, wanted);
  }
  return sum;
}

/* Gains of all pairs; what must not change places never does. */
static void set_gains(iclgd_aligner *s, const iclgd_symmetry *row, bool settled,
                      const double *a, const double *b) {
  const size_t n = row->units;
  double most = 1;
  for (size_t i = 0; i < n * n; ++i) {
    s->gain[i] = compare(s, row, settled, false, i / n, a, i % n, b);
    most = fmax(most, fabs(s->gain[i]));
  }
  for (size_t i = 0; row->kind && i < n * n; ++i)
    if (row->kind[i / n] != row->kind[i % n])
      s->gain[i] = -4 * (double)n * most;
}

static void match(iclgd_aligner *s, const iclgd_symmetry *row, bool settled,
                  const double *a, double *b, size_t *origin) {
  set_gains(s, row, settled, a, b);
  iclgd_assign(s->assignment, s->gain, row->units, s->place);
  memcpy(s->old, b, s->theta_size * sizeof *b);
  memcpy(s->moved, origin, row->units * sizeof *origin);
  for (size_t i = 0; i < row->units; ++i) {
    compare(s, row, settled, true, i, a, s->place[i], s->old);
    iclgd_unit_clear(row, i, b);
    iclgd_unit_add(row, &s->turn, i, s->place[i], 1, s->old, b);
    origin[i] = s->moved[s->place[i]];
  }
}

static double dot(const double *a, const double *b, size_t size) {
  double sum = 0;
  for (size_t i = 0; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

static void match_all(iclgd_aligner *s, bool settled, const double *a,
                      double *b) {
  size_t *origin = s->origin;
  for (size_t r = 0; r < s->all.count; origin += s->all.rows[r++].units)
    match(s, &s->all.rows[r], settled, a, b, origin);
}

static size_t count_moved(const iclgd_aligner *s) {
  const size_t *origin = s->origin;
  size_t count = 0;
  for (size_t r = 0; r < s->all.count; origin += s->all.rows[r++].units)
    for (size_t i = 0; i < s->all.rows[r].units; ++i) count += origin[i] != i;
  return count;
}

size_t iclgd_align(iclgd_aligner *s, const double *a, double *b) {
  const size_t size = s->theta_size;
  size_t *origin = s->origin;
  for (size_t r = 0; r < s->all.count; origin += s->all.rows[r++].units)
    for (size_t i = 0; i < s->all.rows[r].units; ++i) origin[i] = i;
  match_all(s, true, a, b);
  double before = -INFINITY, now = dot(a, b, size);
  const double least = 1e-13 * sqrt(dot(a, a, size) * dot(b, b, size));
  for (size_t k = 0; k < ICLGD_ALIGN_ROUNDS && now > before + least; ++k) {
    match_all(s, false, a, b);
    before = now;
    now = dot(a, b, size);
  }
  return count_moved(s);
}

/* --- softly -------------------------------------------------------------- */

static void mix(iclgd_aligner *s, const iclgd_symmetry *row, double temperature,
                const double *a, double *b) {
  enum { ROUNDS = 2000 };
  const size_t n = row->units;
  double mean = 0;
  set_gains(s, row, false, a, b);
  for (size_t i = 0; i < n; ++i) mean += fabs(s->gain[i * n + i]) / (double)n;
  if (!(mean > 0)) return;
  iclgd_sinkhorn(s->assignment, s->gain, n, temperature * mean, ROUNDS,
                 s->plan);
  memcpy(s->old, b, s->theta_size * sizeof *b);
  for (size_t i = 0; i < n; ++i) {
    iclgd_unit_clear(row, i, b);
    for (size_t j = 0; j < n; ++j) {
      if (s->plan[i * n + j] < 1e-15) continue;
      compare(s, row, false, true, i, a, j, s->old);
      iclgd_unit_add(row, &s->turn, i, j, s->plan[i * n + j], s->old, b);
    }
  }
}

void iclgd_align_softly(iclgd_aligner *s, const double *a, const double *b,
                        double temperature, double *out) {
  memcpy(out, b, s->theta_size * sizeof *out);
  for (size_t r = 0; r < s->all.count; ++r)
    mix(s, &s->all.rows[r], temperature, a, out);
}
