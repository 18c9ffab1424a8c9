/* Student's t: intervals of a mean of few values. */
#ifndef ICLGD_MATH_STUDENT_H
#define ICLGD_MATH_STUDENT_H

#include <stddef.h>

/* The t that |T| exceeds with probability 1 - level, nu >= 1 degrees of freedom
 * and 0 < level < 1. */
double iclgd_student_two_sided(size_t nu, double level);

#endif /* ICLGD_MATH_STUDENT_H */
