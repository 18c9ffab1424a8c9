/* Adaptive Gauss-Legendre integration (integral.c). */
#ifndef ICLGD_MATH_INTEGRAL_H
#define ICLGD_MATH_INTEGRAL_H

#include <stddef.h>

#include <iclgd/status.h>

/* Two integrands that share their work: fill value[0..1] at u. */
typedef void (*iclgd_integrand)(double u, const void *data, double value[2]);

/**
 * Integrate both over [low, high], cut into `panels` equal panels that are
 * halved until halving changes neither integral by more than tolerance[0..1]
 * or the rounding of the panel.
 *
 * @return ICLGD_OK; ICLGD_ERANGE when a panel does not settle.
 */
iclgd_status iclgd_integrate(iclgd_integrand f, const void *data, double low,
                             double high, size_t panels,
                             const double tolerance[2], double out[2],
                             iclgd_error *err);

#endif /* ICLGD_MATH_INTEGRAL_H */
