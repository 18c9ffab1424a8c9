/* Argument reduction and Taylor polynomials, in a fixed order of additions and
 * multiplications (nothing is contracted: cmake/compiler.cmake):
 *   e^x = 2^k e^r,  |r| <= log(2) / 2,  r^14 / 14! < 5e-18;
 *   sin x = (-1)^k sin r,  |r| <= pi / 2,  r^23 / 23! < 2e-18;
 *   atan t = 4 atan u by tan(a / 2) = t / (1 + sqrt(1 + t^2)) twice,
 *   u <= tan(pi / 16),  u^23 / 23 < 4e-18. */
#include "math/elementary.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

/* 1 + r (1 + r / 2 (1 + r / 3 (...))). */
double iclgd_exp(double x) {
  enum { TERMS = 14 };
  const double limit = 700, log2e = 1.44269504088896340736;
  const double high = 0x1.62e42feep-1; /* log 2 in two parts, 32 bits and */
  const double low = 0x1.a39ef35793c76p-33; /* the rest */
  if (isnan(x)) return x;
  if (x < -limit) x = -limit;
  if (x > limit) x = limit;
  const double k = floor(x * log2e + 0.5);
  const double r = x - k * high - k * low;
  double sum = 1;
  for (int i = TERMS; i > 0; --i) sum = 1 + sum * (r / i);
  return ldexp(sum, (int)k);
}

/* r (1 - r^2 / (2 3) (1 - r^2 / (4 5) (...))). */
double iclgd_sin(double x) {
  enum { TERMS = 11 };
  const double high = 0x1.921fb544p+1;      /* pi in three parts: 33 bits, */
  const double middle = 0x1.0b4611a6p-33;   /* as many again, */
  const double low = 0x1.3198a2e037073p-68; /* and the rest */
  const double k = floor(x / PI + 0.5);
  const double r = x - k * high - k * middle - k * low;
  double sum = 1;
  for (int i = TERMS; i > 0; --i)
    sum = 1 - sum * (r * r / (2 * i * (2 * i + 1)));
  return fmod(k, 2) != 0 ? -r * sum : r * sum;
}

/* atan t for 0 <= t <= 1. */
static double arc_tangent(double t) {
  enum { TERMS = 12 };
  for (int half = 0; half < 2; ++half) t /= 1 + sqrt(1 + t * t);
  double sum = 0;
  for (int i = TERMS; i-- > 0;) sum = 1.0 / (2 * i + 1) - sum * t * t;
  return 4 * t * sum;
}

double iclgd_angle(double s, double c) {
  const double across = fabs(c);
  const double acute =
      s <= across ? arc_tangent(s / across) : PI / 2 - arc_tangent(across / s);
  return c < 0 ? PI - acute : acute;
}
