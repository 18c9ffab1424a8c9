/* Elementary functions whose bits never vary: unlike a library's, which choose
 * their code by the processor, these may be part of what trains. */
#ifndef ICLGD_MATH_ELEMENTARY_H
#define ICLGD_MATH_ELEMENTARY_H

/* e^x to 1e-15 relative; x below -700 or above 700 counts as that, NaN is NaN.
 */
double iclgd_exp(double x);

/* sin x to 1e-15 absolute for |x| < 1e4; the error grows as 1e-20 x^2 from
 * there on. */
double iclgd_sin(double x);

/* The angle in [0, pi] of the vector (c, s), s >= 0, not both 0, to 1e-15
 * relative. */
double iclgd_angle(double s, double c);

#endif /* ICLGD_MATH_ELEMENTARY_H */
