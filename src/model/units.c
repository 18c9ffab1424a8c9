/* Units of a symmetry in theta: sums, products and turns over their slices. */
#include "model/units.h"

#include <string.h>

static size_t place(const iclgd_slice *slice, size_t unit, size_t k) {
  return slice->first + unit * slice->by_unit + k * slice->by_coordinate;
}

void iclgd_unit_clear(const iclgd_symmetry *s, size_t unit, double *theta) {
  for (size_t n = 0; n < s->n_slices; ++n) {
    const iclgd_slice *slice = &s->slices[n];
    for (size_t k = 0; k < iclgd_coordinates(s, slice); ++k)
      for (size_t i = 0; i < slice->entries; ++i)
        theta[place(slice, unit, k) + i * slice->by_entry] = 0;
  }
}

/* out += factor in, coordinate k from coordinate m. */
static void add_coordinate(const iclgd_slice *slice, size_t to, size_t k,
                           size_t from, size_t m, double factor,
                           const double *theta, double *out) {
  const double *x = theta + place(slice, from, m);
  double *y = out + place(slice, to, k);
  for (size_t i = 0; i < slice->entries; ++i)
    y[i * slice->by_entry] += factor * x[i * slice->by_entry];
}

void iclgd_unit_add(const iclgd_symmetry *s, const iclgd_turn *turn, size_t to,
                    size_t from, double weight, const double *theta,
                    double *out) {
  for (size_t n = 0; n < s->n_slices; ++n) {
    const iclgd_slice *slice = &s->slices[n];
    const size_t size = iclgd_coordinates(s, slice), b = slice->basis;
    if (b == 0) {
      add_coordinate(slice, to, 0, from, 0, weight, theta, out);
      continue;
    }
    const double *R = slice->inverse ? turn->inverse[b - 1] : turn->R[b - 1];
    for (size_t k = 0; k < size * size; ++k)
      add_coordinate(slice, to, k / size, from, k % size, weight * R[k], theta,
                     out);
  }
}

static double dot(const iclgd_slice *slice, size_t i, size_t k, const double *a,
                  size_t j, size_t m, const double *b) {
  const double *x = a + place(slice, i, k), *y = b + place(slice, j, m);
  double sum = 0;
  for (size_t n = 0; n < slice->entries; ++n)
    sum += x[n * slice->by_entry] * y[n * slice->by_entry];
  return sum;
}

double iclgd_unit_dot(const iclgd_symmetry *s, bool settled, size_t i,
                      const double *a, size_t j, const double *b) {
  double sum = 0;
  for (size_t n = 0; n < s->n_slices; ++n)
    if (s->slices[n].basis == 0 && !(settled && s->slices[n].is_touched))
      sum += dot(&s->slices[n], i, 0, a, j, 0, b);
  return sum;
}

void iclgd_unit_product(const iclgd_symmetry *s, size_t k, bool settled,
                        size_t i, const double *a, size_t j, const double *b,
                        double *M) {
  const size_t size = s->size[k];
  memset(M, 0, size * size * sizeof *M);
  for (size_t n = 0; n < s->n_slices; ++n) {
    const iclgd_slice *slice = &s->slices[n];
    if (slice->basis != k + 1 || (settled && slice->is_touched)) continue;
    for (size_t m = 0; m < size * size; ++m)
      M[m] += dot(slice, i, m / size, a, j, m % size, b);
  }
}

/* Entries of one coordinate over the slices of a basis. */
static size_t width_of(const iclgd_symmetry *s, size_t k, bool inverse) {
  size_t width = 0;
  for (size_t n = 0; n < s->n_slices; ++n)
    if (s->slices[n].basis == k + 1 && s->slices[n].inverse == inverse)
      width += s->slices[n].entries;
  return width;
}

size_t iclgd_unit_gather(const iclgd_symmetry *s, size_t k, bool inverse,
                         size_t unit, const double *theta, double *X) {
  const size_t width = width_of(s, k, inverse);
  for (size_t n = 0, at = 0; n < s->n_slices; ++n) {
    const iclgd_slice *slice = &s->slices[n];
    if (slice->basis != k + 1 || slice->inverse != inverse) continue;
    for (size_t m = 0; m < s->size[k]; ++m)
      for (size_t i = 0; i < slice->entries; ++i)
        X[m * width + at + i] =
            theta[place(slice, unit, m) + i * slice->by_entry];
    at += slice->entries;
  }
  return width;
}

void iclgd_unit_scatter(const iclgd_symmetry *s, size_t k, bool inverse,
                        size_t unit, const double *X, double *theta) {
  const size_t width = width_of(s, k, inverse);
  for (size_t n = 0, at = 0; n < s->n_slices; ++n) {
    const iclgd_slice *slice = &s->slices[n];
    if (slice->basis != k + 1 || slice->inverse != inverse) continue;
    for (size_t m = 0; m < s->size[k]; ++m)
      for (size_t i = 0; i < slice->entries; ++i)
        theta[place(slice, unit, m) + i * slice->by_entry] =
            X[m * width + at + i];
    at += slice->entries;
  }
}
