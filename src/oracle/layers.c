/* O3: the loss of L layers that are polynomials in S.
 *
 * With p the residual polynomial, 1 - p = s q, and s t the eigenvalue of the
 * transformed S, a layer of step a and GD++ coefficient c is
 *
 *   q <- q + a t p,   p <- p (1 - a s t),   t <- t (1 - c s t)^2
 *   loss = mu(p^2) + lambda mu(s q^2),      lambda = sigma2 / n,
 *
 * from p = t = 1, q = 0: positive weights and no cancellation, so a small loss
 * keeps its relative accuracy. Source: docs/theory.md, O3 and O9; GD++ is that
 * of von Oswald et al. 2023 (arXiv:2212.07677, A.10).
 */

#include "spectrum.h"

typedef struct state {
  double p, q, t;
} state;

static state step(state z, iclgd_layers layers, size_t l, double s) {
  const double a = layers.a[l], r = 1 - (layers.c ? layers.c[l] * s * z.t : 0);
  return (state){
      .q = z.q + a * z.t * z.p, .p = z.p * (1 - a * s * z.t), .t = z.t * r * r};
}

size_t iclgd_layers_degree(iclgd_layers layers) {
  size_t degree = 0, one = 1; /* the degree of s t */
  for (size_t l = 0; l < layers.L && degree <= ICLGD_DEGREE_MAX; ++l) {
    degree += one;
    if (layers.c && layers.c[l] != 0) one *= 3;
  }
  return degree;
}

double iclgd_layers_loss(const iclgd_spectrum *spectrum, iclgd_layers layers,
                         double *curve) {
  double loss = spectrum->atom;
  for (size_t l = 0; curve && l <= layers.L; ++l) curve[l] = spectrum->atom;
  for (size_t i = 0; i < spectrum->count; ++i) {
    const double s = spectrum->s[i], w = spectrum->weight[i];
    const double noise = spectrum->lambda * s;
    state z = {.p = 1, .t = 1};
    if (curve) curve[0] += w;
    for (size_t l = 0; l < layers.L; ++l) {
      z = step(z, layers, l, s);
      if (curve) curve[l + 1] += w * (z.p * z.p + noise * z.q * z.q);
    }
    loss += w * (z.p * z.p + noise * z.q * z.q);
  }
  return loss;
}

double iclgd_layers_gradient(const iclgd_spectrum *spectrum,
                             iclgd_layers layers, double *da, double *dc,
                             double *work) {
  const size_t L = layers.L;
  state *z = (state *)(void *)work;
  double loss = spectrum->atom;
  for (size_t l = 0; l < L; ++l) {
    if (da) da[l] = 0;
    if (dc) dc[l] = 0;
  }
  for (size_t i = 0; i < spectrum->count; ++i) {
    const double s = spectrum->s[i], w = spectrum->weight[i];
    const double noise = spectrum->lambda * s;
    z[0] = (state){.p = 1, .t = 1};
    for (size_t l = 0; l < L; ++l) z[l + 1] = step(z[l], layers, l, s);
    loss += w * (z[L].p * z[L].p + noise * z[L].q * z[L].q);
    /* derivatives of the loss by p, q, t behind layer l, walking back */
    double P = 2 * w * z[L].p, Q = 2 * w * noise * z[L].q, T = 0;
    for (size_t l = L; l-- > 0;) {
      const double p = z[l].p, t = z[l].t, a = layers.a[l];
      const double c = layers.c ? layers.c[l] : 0, r = 1 - c * s * t;
      if (da) da[l] += (Q - P * s) * p * t;
      if (dc) dc[l] -= T * 2 * r * s * t * t;
      T = T * r * (r - 2 * c * s * t) + (Q - P * s) * a * p;
      P = P * (1 - a * s * t) + Q * a * t;
    }
  }
  return loss;
}
