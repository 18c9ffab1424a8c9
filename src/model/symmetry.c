/* The symmetries of a model: bases that are balanced, and random elements.
 *
 * Balanced: of X, what a basis multiplies by R, and Y, by R^-T, predictions see
 * X^T Y alone. With X = U_x S_x V_x^T, Y = U_y S_y V_y^T and S_x U_x^T U_y S_y
 * = P S Q^T it is (V_x P) S (V_y Q)^T, and
 *   X <- S^(1/2) (V_x P)^T,  Y <- S^(1/2) (V_y Q)^T,
 * which is the same for every R but for an orthogonal one. */
#include <iclgd/algebra.h>
#include <iclgd/architecture.h>
#include <math.h>
#include <string.h>

#include "model/aligner.h"

iclgd_status iclgd_symmetries_of(const iclgd_model *model, iclgd_arena *arena,
                                 iclgd_symmetries *out, iclgd_error *err) {
  *out = (iclgd_symmetries){0};
  if (!model->architecture->symmetries) return ICLGD_OK;
  model->architecture->symmetries(model, arena, out);
  return iclgd_arena_status(arena, err, "the symmetries of a model");
}

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

/* The most units, coordinates, and entries of a basis. */
static void measure(iclgd_aligner *s) {
  s->units = s->size = s->entries = 1;
  for (size_t r = 0; r < s->all.count; ++r) {
    const iclgd_symmetry *row = &s->all.rows[r];
    s->units = larger(s->units, row->units);
    s->all_units += row->units;
    for (size_t k = 0; k < row->n_bases; ++k)
      s->size = larger(s->size, row->size[k]);
    size_t entries = 0;
    for (size_t n = 0; n < row->n_slices; ++n)
      entries += row->slices[n].basis ? row->slices[n].entries : 0;
    s->entries = larger(s->entries, entries);
  }
}

static void take_factor(iclgd_aligner *s, iclgd_arena *arena,
                        iclgd_factors *out) {
  const size_t wide = larger(s->entries, s->size);
  out->M = iclgd_arena_reals(arena, s->size, wide, 1);
  out->U = iclgd_arena_reals(arena, s->size, s->size, 1);
  out->s = iclgd_arena_reals(arena, s->size, 1, 1);
  out->VT = iclgd_arena_reals(arena, s->size, wide, 1);
}

iclgd_status iclgd_aligner_create(const iclgd_model *model, iclgd_arena *arena,
                                  iclgd_aligner **out, iclgd_error *err) {
  iclgd_aligner *s = iclgd_arena_take(arena, 1, sizeof *s);
  *out = s;
  if (!s) return iclgd_fail_memory(err, "the symmetries of a model");
  s->theta_size = model->size;
  TRY(iclgd_symmetries_of(model, arena, &s->all, err));
  measure(s);
  take_factor(s, arena, &s->X);
  take_factor(s, arena, &s->Y);
  take_factor(s, arena, &s->middle);
  for (size_t k = 0; k < ICLGD_BASES_MAX; ++k) {
    s->turn.R[k] = iclgd_arena_reals(arena, s->size, s->size, 1);
    s->turn.inverse[k] = iclgd_arena_reals(arena, s->size, s->size, 1);
  }
  s->old = iclgd_arena_reals(arena, model->size, 1, 1);
  s->gain = iclgd_arena_reals(arena, s->units, s->units, 1);
  s->plan = iclgd_arena_reals(arena, s->units, s->units, 1);
  s->place = iclgd_arena_take(arena, s->units, sizeof *s->place);
  s->origin = iclgd_arena_take(arena, s->all_units, sizeof *s->origin);
  s->moved = iclgd_arena_take(arena, s->units, sizeof *s->moved);
  return iclgd_assignment_create(s->units, arena, &s->assignment, err);
}

const iclgd_symmetries *iclgd_aligner_symmetries(const iclgd_aligner *aligner) {
  return &aligner->all;
}

/* --- balance ------------------------------------------------------------- */

static double length(const double *x, size_t size) {
  double sum = 0;
  for (size_t i = 0; i < size; ++i) sum += x[i] * x[i];
  return sqrt(sum);
}

/* Of one coordinate: both lengths alike. */
static void balance_number(iclgd_factors *X, size_t x, iclgd_factors *Y,
                           size_t y) {
  const double factor = sqrt(length(Y->M, y) / length(X->M, x));
  if (!(factor > 0 && isfinite(factor))) return;
  for (size_t i = 0; i < x; ++i) X->M[i] *= factor;
  for (size_t i = 0; i < y; ++i) Y->M[i] /= factor;
}

static bool factorise(iclgd_factors *f, size_t rows, size_t columns) {
  return iclgd_singular(f->M, rows, columns, f->s, f->U, f->VT);
}

static size_t smaller(size_t a, size_t b) {
  return a < b ? a : b;
}

/* M (size, width) = s^(1/2) (V B)^T with V^T (k, width): row r has the weights
 * B_r, k of them, `step` apart, from `at[r]` on. */
static void set_balanced(iclgd_factors *f, const iclgd_factors *middle,
                         size_t rank, size_t k, size_t width, const double *B,
                         size_t by_row, size_t step) {
  for (size_t r = 0; r < rank; ++r) {
    if (middle->s[r] <= 1e-13 * middle->s[0]) continue; /* rounding */
    const double root = sqrt(middle->s[r]);
    for (size_t j = 0; j < k; ++j)
      for (size_t i = 0; i < width; ++i)
        f->M[r * width + i] +=
            root * B[r * by_row + j * step] * f->VT[j * width + i];
  }
}

/* X (size, x) and Y (size, y), in M; false: they stay as they are in theta. */
static bool balance_basis(iclgd_aligner *s, size_t size, size_t x, size_t y) {
  iclgd_factors *X = &s->X, *Y = &s->Y, *middle = &s->middle;
  const size_t kx = smaller(size, x), ky = smaller(size, y);
  if (!factorise(X, size, x) || !factorise(Y, size, y)) return false;
  for (size_t i = 0; i < kx * ky; ++i) {
    const size_t a = i / ky, b = i % ky;
    middle->M[i] = 0;
    for (size_t k = 0; k < size; ++k)
      middle->M[i] += X->s[a] * X->U[k * kx + a] * Y->U[k * ky + b] * Y->s[b];
  }
  if (!factorise(middle, kx, ky)) return false;
  const size_t rank = smaller(kx, ky);
  memset(X->M, 0, size * x * sizeof *X->M);
  memset(Y->M, 0, size * y * sizeof *Y->M);
  set_balanced(X, middle, rank, kx, x, middle->U, 1, rank);
  set_balanced(Y, middle, rank, ky, y, middle->VT, ky, 1);
  return true;
}

static void balance_unit(iclgd_aligner *s, const iclgd_symmetry *row, size_t k,
                         size_t unit, double *theta) {
  const size_t x = iclgd_unit_gather(row, k, false, unit, theta, s->X.M);
  const size_t y = iclgd_unit_gather(row, k, true, unit, theta, s->Y.M);
  if (x == 0 || y == 0) return;
  if (row->size[k] == 1)
    balance_number(&s->X, x, &s->Y, y);
  else if (!balance_basis(s, row->size[k], x, y))
    return;
  iclgd_unit_scatter(row, k, false, unit, s->X.M, theta);
  iclgd_unit_scatter(row, k, true, unit, s->Y.M, theta);
}

void iclgd_balance(iclgd_aligner *s, double *theta) {
  for (size_t r = 0; r < s->all.count; ++r) {
    const iclgd_symmetry *row = &s->all.rows[r];
    for (size_t k = 0; k < row->n_bases; ++k)
      for (size_t unit = 0; unit < row->units; ++unit)
        balance_unit(s, row, k, unit, theta);
  }
}

/* --- random elements ----------------------------------------------------- */

/* A permutation in which every unit stays within its kind. */
static void draw_places(const iclgd_symmetry *row, iclgd_stream *stream,
                        size_t *place) {
  for (size_t i = 0; i < row->units; ++i) place[i] = i;
  for (size_t i = row->units; i-- > 1;) {
    const size_t j = iclgd_stream_below(stream, (uint32_t)(i + 1));
    if (row->kind && row->kind[i] != row->kind[j]) continue;
    const size_t kept = place[i];
    place[i] = place[j];
    place[j] = kept;
  }
}

/* R = U diag(c) V^T of a normal matrix, c between 1/e and e; R^-T = U diag(1/c)
 * V^T. */
static void draw_turn(iclgd_aligner *s, const iclgd_symmetry *row, size_t k,
                      iclgd_stream *stream) {
  const size_t size = row->size[k];
  iclgd_factors *f = &s->middle;
  double *R = s->turn.R[k], *inverse = s->turn.inverse[k];
  iclgd_stream_normals(f->M, stream, size * size);
  if (row->positive[k]) f->M[0] = 1;
  factorise(f, size, size);
  memset(R, 0, size * size * sizeof *R);
  memset(inverse, 0, size * size * sizeof *inverse);
  for (size_t n = 0; n < size; ++n) {
    const double c = exp((double)iclgd_stream_uniform(stream));
    for (size_t i = 0; i < size * size; ++i) {
      const double term =
          f->U[i / size * size + n] * f->VT[n * size + i % size];
      R[i] += c * term;
      inverse[i] += term / c;
    }
  }
}

void iclgd_symmetries_shuffle(iclgd_aligner *s, uint64_t seed, double *theta) {
  for (size_t r = 0; r < s->all.count; ++r) {
    const iclgd_symmetry *row = &s->all.rows[r];
    iclgd_stream stream;
    iclgd_stream_seed(&stream, seed, ICLGD_STREAM_ROTATION, r);
    draw_places(row, &stream, s->place);
    memcpy(s->old, theta, s->theta_size * sizeof *theta);
    for (size_t i = 0; i < row->units; ++i) {
      for (size_t k = 0; k < row->n_bases; ++k) draw_turn(s, row, k, &stream);
      iclgd_unit_clear(row, i, theta);
      iclgd_unit_add(row, &s->turn, i, s->place[i], 1, s->old, theta);
    }
  }
}
