/* Eigenvalues alone, without vectors a tenth of the work: reflections of
 * Householder make S tridiagonal (Golub and Van Loan, Matrix Computations,
 * 8.3.1), rotations of the implicit QR step with Wilkinson's shift diagonal
 * (8.3.3). Only +, -, *, / and sqrt, no library, as in symmetric.c. */
#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "math/symmetric.h"

/* Of S with entries of up to 1, what its square would not hold; as an entry it
 * moves an eigenvalue by as little. */
static const double NOTHING = 1e-140;

/* A <- H A H with H = I - 2 v v^T / v^T v, which maps the column x = A[k + 1..,
 * k] to off e_1. v (d) and p (d) are scratch. */
static double reflect(double *A, size_t d, size_t k, double *restrict v,
                      double *restrict p) {
  double tail = 0, product = 0;
  for (size_t i = k + 1; i < d; ++i) {
    v[i] = A[i * d + k];
    if (i > k + 1) tail += v[i] * v[i];
  }
  const double first = v[k + 1];
  if (!(tail > NOTHING * NOTHING)) return first;
  const double off = copysign(sqrt(first * first + tail), -first);
  v[k + 1] = first - off;
  const double beta = 2 / (v[k + 1] * v[k + 1] + tail);
  for (size_t i = k + 1; i < d; ++i) {
    double sum = 0;
    for (size_t j = k + 1; j < d; ++j) sum += A[i * d + j] * v[j];
    p[i] = beta * sum;
    product += p[i] * v[i];
  }
  for (size_t i = k + 1; i < d; ++i) p[i] -= beta / 2 * product * v[i];
  for (size_t i = k + 1; i < d; ++i)
    for (size_t j = k + 1; j < d; ++j)
      A[i * d + j] -= v[i] * p[j] + p[i] * v[j];
  return off;
}

/* The eigenvalue of [[a, b], [b, e]] that is nearer to e. */
static double shift_of(double a, double b, double e) {
  const double half = (a - e) / 2;
  return e - b * b / (half + copysign(sqrt(half * half + b * b), half));
}

/* One step on the block from..to of the tridiagonal matrix a (diagonal), b. */
static void step(double *a, double *b, size_t from, size_t to) {
  double x = a[from] - shift_of(a[to - 1], b[to - 1], a[to]), z = b[from];
  for (size_t k = from; k < to; ++k) {
    const double r = sqrt(x * x + z * z);
    const double c = r > 0 ? x / r : 1, s = r > 0 ? z / r : 0;
    const double difference = a[k] - a[k + 1];
    const double change = s * (2 * c * b[k] - s * difference);
    if (k > from) b[k - 1] = r;
    a[k] += change;
    a[k + 1] -= change;
    b[k] = (c * c - s * s) * b[k] - c * s * difference;
    if (k + 1 == to) return;
    x = b[k];
    z = s * b[k + 1];
    b[k + 1] *= c;
  }
}

static bool is_nothing(const double *a, const double *b, size_t k) {
  return fabs(b[k]) <=
         fmax(NOTHING, DBL_EPSILON / 2 * (fabs(a[k]) + fabs(a[k + 1])));
}

/* Whether a became the eigenvalues; two or three steps for each are usual. */
static bool diagonalise(double *a, double *b, size_t d) {
  size_t to = d - 1;
  for (size_t steps = 30 * d; to > 0 && steps > 0; --steps) {
    size_t from = to;
    while (from > 0 && !is_nothing(a, b, from - 1)) --from;
    if (from == to)
      --to;
    else
      step(a, b, from, to);
  }
  return to == 0;
}

/* A = S / 2^exponent, so that squares neither overflow nor vanish; whether S is
 * finite. */
static bool scale(const double *S, size_t size, double *A, int *exponent) {
  double most = 0;
  for (size_t i = 0; i < size; ++i) {
    if (!isfinite(S[i])) return false;
    most = fmax(most, fabs(S[i]));
  }
  frexp(most, exponent);
  for (size_t i = 0; i < size; ++i) A[i] = ldexp(S[i], -*exponent);
  return true;
}

void iclgd_symmetric_values(const double *S, size_t d, double *work,
                            double *lambda) {
  double *b = work + d * d, *v = b + d, *p = v + d;
  int exponent = 0;
  bool is_good = scale(S, d * d, work, &exponent);
  for (size_t k = 0; is_good && k + 1 < d; ++k)
    b[k] = reflect(work, d, k, v, p);
  for (size_t k = 0; k < d; ++k) lambda[k] = work[k * d + k];
  is_good = is_good && diagonalise(lambda, b, d);
  for (size_t k = 0; k < d; ++k)
    lambda[k] = is_good ? ldexp(lambda[k], exponent) : NAN;
}
