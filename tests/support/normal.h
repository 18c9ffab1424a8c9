/* A generator of our own for Monte Carlo tests, unrelated to the one of the
 * library: splitmix64 and the Box-Muller transform. */
#ifndef ICLGD_TESTS_NORMAL_H
#define ICLGD_TESTS_NORMAL_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

static double normal_uniform(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

static inline double normal(uint64_t *state) {
  const double radius = sqrt(-2 * log(normal_uniform(state)));
  return radius * cos(6.283185307179586 * normal_uniform(state));
}

/* Mean and standard error of samples added one by one. */
typedef struct normal_mean {
  double count, sum, squares;
} normal_mean;

static inline void normal_add(normal_mean *m, double value) {
  m->count += 1;
  m->sum += value;
  m->squares += value * value;
}

/* The distance of the sample mean from `expected`, in standard errors. */
static inline double normal_z(const normal_mean *m, double expected) {
  const double mean = m->sum / m->count;
  const double variance = m->squares / m->count - mean * mean;
  return (mean - expected) / sqrt(variance / m->count);
}

#endif /* ICLGD_TESTS_NORMAL_H */
