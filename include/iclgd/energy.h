/* iclgd/energy.h - energies of tokens Y (n, d), and the steps of attention and
 * of linear layers that descend them (Yang, Huang, Wipf 2022), on bare arrays.
 *
 *   K_ij  = exp(-|y_i - y_j|^2 / 2),  D = diag(sum_j K_ij), K_ii = 1 included
 *   E_int = -sum_{i<j} K_ij
 *   E_1   = E_int + |Y|_F^2 / 2
 *   E_2   = tr(Y W Y^T) / 2 + |Y - B|_F^2 / 2,  W (d, d) symmetric, B (n, d)
 *
 * Attention steps, Y <- (1 - a) Y + a S Y:
 *   beta     S = D^-1 K, the softmax of y_i . y_j - |y_j|^2 / 2 (mean shift):
 *            never raises E_int
 *   others   S = D^-1 (K - I), without the token's own value: never raises E_1
 *   softmax  S = softmax(y_i . y_j), as transformers have it: may raise both
 * The first two are gradient steps, preconditioned by D, on the quadratic that
 * touches the energy from above (-exp(-s) is concave in s), with Hessian H = D
 * - K, or D - (K - I); since K >= 0 and D >= I, H <= 2 D, and any 0 < a <= 1
 * descends. Beta alone may raise E_1 (tests/math/test_energy.c).
 *
 * Linear step, Y <- Y - a (Y W + Y - B), for a = 1 -Y W + B: gradient descent
 * on E_2, never raises it for 0 < a <= 2 / (1 + lambda_max(W)), I + W >= 0.
 * ReLU projects on Y >= 0: after a linear step it is a proximal one, from Y >=
 * 0.
 */
#ifndef ICLGD_ENERGY_H
#define ICLGD_ENERGY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum iclgd_attention_step {
  ICLGD_STEP_BETA,
  ICLGD_STEP_OTHERS,
  ICLGD_STEP_SOFTMAX,
  ICLGD_STEPS
} iclgd_attention_step;

/* "beta", "others", "softmax" */
const char *iclgd_attention_step_name(iclgd_attention_step step);

/* E_int; E_1; E_2 of Y (n, d). */
double iclgd_energy_interaction(const double *Y, size_t n, size_t d);
double iclgd_energy_one(const double *Y, size_t n, size_t d);
double iclgd_energy_two(const double *Y, const double *W, const double *B,
                        size_t n, size_t d);

/* Their gradients in Y, slope (n, d). */
void iclgd_energy_interaction_slope(const double *Y, size_t n, size_t d,
                                    double *slope);
void iclgd_energy_one_slope(const double *Y, size_t n, size_t d, double *slope);
void iclgd_energy_two_slope(const double *Y, const double *W, const double *B,
                            size_t n, size_t d, double *slope);

/* One attention step, one linear step: out (n, d), which is not Y. score (n) is
 * scratch. */
void iclgd_attention_step_take(iclgd_attention_step step, double a,
                               const double *Y, size_t n, size_t d,
                               double *score, double *out);
void iclgd_linear_step_take(double a, const double *Y, const double *W,
                            const double *B, size_t n, size_t d, double *out);

/* The projection of `size` numbers on what is not negative. */
void iclgd_energy_project(double *Y, size_t size);

/* Associative memory (Niu et al. 2024, arXiv:2405.08707): the energy -log sum_i
 * exp(-|x - xi_i|) of x (d) among the rows xi_i of stored (n, d), n >= 1, and
 * the distance to the nearest of them, between which lies at most log n:
 * nearest - log n <= energy <= nearest. */
double iclgd_energy_memory(const double *x, const double *stored, size_t n,
                           size_t d, double *nearest);

/* Its gradient in x, slope (d); a stored token at x itself has none. */
void iclgd_energy_memory_slope(const double *x, const double *stored, size_t n,
                               size_t d, double *slope);

/* --- random tokens, layer by layer --------------------------------------- */

/* Layers, each an attention step (a1 > 0), then a linear one (a2 > 0), then, if
 * asked for, ReLU. */
typedef struct iclgd_energy_walk {
  size_t n, d, layers;
  iclgd_attention_step step;
  double a1, a2; /* 0: no such step */
  bool projects;
} iclgd_energy_walk;

/* Tokens of normal entries times scale, of a walk that projects their absolute
 * values: a function of seed and index. Y, B (n, d), entries of B and G normal
 * times 0.1, W (d, d) = G G^T with its eigenvalues clipped to 0.95 as the
 * authors' code has it, so that 0 < a2 <= 1 descends. work (2 d d + d). */
void iclgd_energy_draw(const iclgd_energy_walk *walk, uint64_t seed,
                       uint64_t index, double scale, double *Y, double *B,
                       double *W, double *work);

/* E_int, E_1 and E_2 before the first and after every layer, in this order:
 * energy (layers + 1, 3); Y is overwritten. work (n d + n). */
enum { ICLGD_ENERGIES = 3 };
void iclgd_energy_walk_run(const iclgd_energy_walk *walk, const double *W,
                           const double *B, double *Y, double *work,
                           double *energy);

#endif /* ICLGD_ENERGY_H */
