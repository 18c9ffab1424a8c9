/* P(|T| < t) with nu degrees of freedom and theta = atan(t / sqrt(nu))
 * (Abramowitz and Stegun 26.7.3, 26.7.4):
 *   odd   2/pi (theta + sin theta (cos theta + 2/3 cos^3 theta + ..
 *               + (2 4 .. (nu - 3)) / (3 5 .. (nu - 2)) cos^{nu-2} theta))
 *   even  sin theta (1 + 1/2 cos^2 theta + .. + (1 3 .. (nu - 3)) /
 *               (2 4 .. (nu - 2)) cos^{nu-2} theta)
 * and its inverse by bisection in theta. */
#include "math/student.h"

#include <math.h>
#include <stdbool.h>

static const double PI = 3.14159265358979323846;

static double share_within(size_t nu, double theta) {
  const bool odd = nu % 2 == 1;
  const double c = cos(theta);
  double term = odd ? c : 1, sum = nu > 1 ? term : 0;
  for (size_t k = odd ? 3 : 2; k + 2 <= nu; k += 2) {
    term *= (double)(k - 1) / (double)k * c * c;
    sum += term;
  }
  return odd ? 2 / PI * (theta + sin(theta) * sum) : sin(theta) * sum;
}

double iclgd_student_two_sided(size_t nu, double level) {
  double low = 0, high = PI / 2;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    if (share_within(nu, middle) < level)
      low = middle;
    else
      high = middle;
  }
  return sqrt((double)nu) * tan((low + high) / 2);
}
