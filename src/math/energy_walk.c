/* Random tokens through layers of attention and linear steps (iclgd/energy.h):
 * the setting of Yang, Huang, Wipf 2022 without word vectors. */
#include <iclgd/comparisons.h>
#include <iclgd/energy.h>
#include <iclgd/rng.h>
#include <math.h>
#include <string.h>

#include "math/symmetric.h"

/* Above it the authors' code cuts the eigenvalues of W. */
#define MOST_EIGENVALUE 0.95

/* The standard deviation of the entries of G and B. */
#define WEIGHT 0.1

/* W <- V^T diag(min(lambda, most)) V. */
static void clip(double *W, size_t d, double *work) {
  double *V = work, *room = V + d * d, *lambda = room + d * d;
  iclgd_symmetric_spectrum(W, d, room, lambda, V);
  memset(W, 0, d * d * sizeof *W);
  for (size_t k = 0; k < d; ++k) {
    const double most = fmin(lambda[k], MOST_EIGENVALUE);
    for (size_t i = 0; i < d; ++i)
      for (size_t j = 0; j < d; ++j)
        W[i * d + j] += most * V[k * d + i] * V[k * d + j];
  }
}

void iclgd_energy_draw(const iclgd_energy_walk *walk, uint64_t seed,
                       uint64_t index, double scale, double *Y, double *B,
                       double *W, double *work) {
  const size_t size = walk->n * walk->d, d = walk->d;
  iclgd_stream stream;
  iclgd_stream_seed(&stream, seed, ICLGD_STREAM_ENERGY, index);
  iclgd_stream_normals(Y, &stream, size);
  iclgd_stream_normals(B, &stream, size);
  iclgd_stream_normals(work, &stream, d * d);
  for (size_t i = 0; i < size; ++i) {
    Y[i] *= scale;
    B[i] *= WEIGHT;
    if (walk->projects) Y[i] = fabs(Y[i]);
  }
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      W[i * d + j] = 0;
      for (size_t k = 0; k < d; ++k)
        W[i * d + j] += WEIGHT * WEIGHT * work[i * d + k] * work[j * d + k];
    }
  clip(W, d, work);
}

static void measure(const iclgd_energy_walk *walk, const double *Y,
                    const double *W, const double *B,
                    double energy[ICLGD_ENERGIES]) {
  const size_t n = walk->n, d = walk->d;
  energy[0] = iclgd_energy_interaction(Y, n, d);
  energy[1] = energy[0] + iclgd_dot(Y, Y, n * d) / 2;
  energy[2] = iclgd_energy_two(Y, W, B, n, d);
}

void iclgd_energy_walk_run(const iclgd_energy_walk *walk, const double *W,
                           const double *B, double *Y, double *work,
                           double *energy) {
  const size_t n = walk->n, d = walk->d, bytes = n * d * sizeof *Y;
  double *next = work, *score = work + n * d;
  measure(walk, Y, W, B, energy);
  for (size_t l = 1; l <= walk->layers; ++l) {
    if (walk->a1 > 0) {
      iclgd_attention_step_take(walk->step, walk->a1, Y, n, d, score, next);
      memcpy(Y, next, bytes);
    }
    if (walk->a2 > 0) {
      iclgd_linear_step_take(walk->a2, Y, W, B, n, d, next);
      memcpy(Y, next, bytes);
    }
    if (walk->projects) iclgd_energy_project(Y, n * d);
    measure(walk, Y, W, B, energy + l * ICLGD_ENERGIES);
  }
}
