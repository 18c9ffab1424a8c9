/* Adaptive integration of analytic functions by panels of a 16-point
 * Gauss-Legendre rule. The difference between a panel and its two halves is
 * the error of the panel; the halves, which are kept, are better by far. */
#include "math/integral.h"

#include <math.h>

#include "math/quadrature.h"

enum { POINTS = 16, DEPTH = 1000 };

/* Two sums of a panel that agree to this are equal but for rounding. */
static const double ROUNDING = 1e-11;

typedef struct integration {
  iclgd_integrand f;
  const void *data;
  const double *tolerance;
  double x[POINTS], w[POINTS]; /* the rule on [-1, 1] */
  double total[2];
} integration;

static void panel(const integration *in, double low, double high,
                  double out[2]) {
  const double half = 0.5 * (high - low), middle = 0.5 * (high + low);
  out[0] = out[1] = 0;
  for (size_t i = 0; i < POINTS; ++i) {
    double value[2];
    in->f(middle + half * in->x[i], in->data, value);
    out[0] += half * in->w[i] * value[0];
    out[1] += half * in->w[i] * value[1];
  }
}

static int settle(integration *in, double low, double high,
                  const double whole[2], int depth) {
  const double middle = 0.5 * (high + low);
  double left[2], right[2];
  panel(in, low, middle, left);
  panel(in, middle, high, right);
  int settled = 1;
  for (int i = 0; i < 2; ++i)
    settled &= fabs(left[i] + right[i] - whole[i]) <=
               in->tolerance[i] + ROUNDING * fabs(whole[i]);
  if (settled) {
    for (int i = 0; i < 2; ++i) in->total[i] += left[i] + right[i];
    return 1;
  }
  return depth < DEPTH && settle(in, low, middle, left, depth + 1) &&
         settle(in, middle, high, right, depth + 1);
}

iclgd_status iclgd_integrate(iclgd_integrand f, const void *data, double low,
                             double high, size_t panels,
                             const double tolerance[2], double out[2],
                             iclgd_error *err) {
  integration in = {.f = f, .data = data, .tolerance = tolerance};
  double alpha[POINTS] = {0}, beta[POINTS] = {2}; /* Legendre */
  for (int k = 1; k < POINTS; ++k) beta[k] = k * k / (4.0 * k * k - 1);
  TRY(iclgd_gauss_rule(alpha, beta, POINTS, in.x, in.w, err));
  const double width = (high - low) / (double)panels;
  for (size_t i = 0; i < panels; ++i) {
    const double from = low + width * (double)i;
    double whole[2];
    panel(&in, from, from + width, whole);
    if (!settle(&in, from, from + width, whole, 0))
      return iclgd_fail(err, ICLGD_ERANGE, "integral near %g: no convergence",
                        from);
  }
  out[0] = in.total[0];
  out[1] = in.total[1];
  return ICLGD_OK;
}
