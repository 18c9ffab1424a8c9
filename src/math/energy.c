/* Energies of tokens and the steps that descend them (iclgd/energy.h). */
#include <iclgd/energy.h>
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

const char *iclgd_attention_step_name(iclgd_attention_step step) {
  static const char *const names[ICLGD_STEPS] = {"beta", "others", "softmax"};
  return names[step];
}

/* --- energies ------------------------------------------------------------ */

static double kernel(const double *u, const double *v, size_t d) {
  return exp(-iclgd_squared_distance(u, v, d) / 2);
}

double iclgd_energy_interaction(const double *Y, size_t n, size_t d) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i)
    for (size_t j = i + 1; j < n; ++j) sum -= kernel(Y + i * d, Y + j * d, d);
  return sum;
}

double iclgd_energy_one(const double *Y, size_t n, size_t d) {
  return iclgd_energy_interaction(Y, n, d) + iclgd_dot(Y, Y, n * d) / 2;
}

double iclgd_energy_two(const double *Y, const double *W, const double *B,
                        size_t n, size_t d) {
  double sum = iclgd_squared_distance(Y, B, n * d);
  for (size_t i = 0; i < n; ++i) sum += iclgd_quadratic_form(W, Y + i * d, d);
  return sum / 2;
}

/* --- their gradients ----------------------------------------------------- */

/* sum_j K_ij (y_i - y_j) */
void iclgd_energy_interaction_slope(const double *Y, size_t n, size_t d,
                                    double *slope) {
  memset(slope, 0, n * d * sizeof *slope);
  for (size_t i = 0; i < n; ++i)
    for (size_t j = i + 1; j < n; ++j) {
      const double *u = Y + i * d, *v = Y + j * d, k = kernel(u, v, d);
      for (size_t c = 0; c < d; ++c) {
        slope[i * d + c] += k * (u[c] - v[c]);
        slope[j * d + c] -= k * (u[c] - v[c]);
      }
    }
}

void iclgd_energy_one_slope(const double *Y, size_t n, size_t d,
                            double *slope) {
  iclgd_energy_interaction_slope(Y, n, d, slope);
  for (size_t i = 0; i < n * d; ++i) slope[i] += Y[i];
}

/* Y W + Y - B */
void iclgd_energy_two_slope(const double *Y, const double *W, const double *B,
                            size_t n, size_t d, double *slope) {
  for (size_t i = 0; i < n * d; ++i) slope[i] = Y[i] - B[i];
  for (size_t i = 0; i < n; ++i)
    for (size_t k = 0; k < d; ++k)
      for (size_t c = 0; c < d; ++c)
        slope[i * d + c] += Y[i * d + k] * W[k * d + c];
}

/* --- steps --------------------------------------------------------------- */

/* score (n) of token i: the exponents of the row of S. */
static double set_scores(iclgd_attention_step step, const double *Y, size_t i,
                         size_t n, size_t d, double *score) {
  double most = -INFINITY;
  for (size_t j = 0; j < n; ++j) {
    const double *u = Y + i * d, *v = Y + j * d;
    score[j] = step == ICLGD_STEP_SOFTMAX
                   ? iclgd_dot(u, v, d)
                   : -iclgd_squared_distance(u, v, d) / 2;
    most = fmax(most, score[j]);
  }
  return most;
}

void iclgd_attention_step_take(iclgd_attention_step step, double a,
                               const double *Y, size_t n, size_t d,
                               double *score, double *out) {
  for (size_t i = 0; i < n; ++i) {
    double sum = 0, *to = out + i * d;
    const double most = set_scores(step, Y, i, n, d, score);
    for (size_t j = 0; j < n; ++j) sum += score[j] = exp(score[j] - most);
    if (step == ICLGD_STEP_OTHERS) score[i] = 0;
    for (size_t c = 0; c < d; ++c) to[c] = (1 - a) * Y[i * d + c];
    for (size_t j = 0; j < n; ++j)
      for (size_t c = 0; c < d; ++c) to[c] += a * score[j] / sum * Y[j * d + c];
  }
}

void iclgd_linear_step_take(double a, const double *Y, const double *W,
                            const double *B, size_t n, size_t d, double *out) {
  iclgd_energy_two_slope(Y, W, B, n, d, out);
  for (size_t i = 0; i < n * d; ++i) out[i] = Y[i] - a * out[i];
}

void iclgd_energy_project(double *Y, size_t size) {
  for (size_t i = 0; i < size; ++i) Y[i] = fmax(Y[i], 0);
}

/* --- memory -------------------------------------------------------------- */

static double distance(const double *u, const double *v, size_t d) {
  return sqrt(iclgd_squared_distance(u, v, d));
}

double iclgd_energy_memory(const double *x, const double *stored, size_t n,
                           size_t d, double *nearest) {
  double sum = 0;
  *nearest = INFINITY;
  for (size_t i = 0; i < n; ++i)
    *nearest = fmin(*nearest, distance(x, stored + i * d, d));
  for (size_t i = 0; i < n; ++i)
    sum += exp(*nearest - distance(x, stored + i * d, d));
  return *nearest - log(sum);
}

/* sum_i p_i (x - xi_i) / |x - xi_i|, p = softmax(-|x - xi_i|) */
void iclgd_energy_memory_slope(const double *x, const double *stored, size_t n,
                               size_t d, double *slope) {
  double nearest;
  const double energy = iclgd_energy_memory(x, stored, n, d, &nearest);
  memset(slope, 0, d * sizeof *slope);
  for (size_t i = 0; i < n; ++i) {
    const double *xi = stored + i * d, away = distance(x, xi, d);
    if (away == 0) continue;
    const double share = exp(energy - away) / away;
    for (size_t c = 0; c < d; ++c) slope[c] += share * (x[c] - xi[c]);
  }
}
