/* P_L of antisymmetric.c as a polynomial, for those who ask it often. */
#ifndef ICLGD_ORACLE_ANTISYMMETRIC_H
#define ICLGD_ORACLE_ANTISYMMETRIC_H

#include <stdbool.h>
#include <stddef.h>

#include <iclgd/oracle.h>

/* L = 6 has four million terms; each further loop takes thirty times as long.
 */
enum { ICLGD_WICK_MAX = 6 };

/* sum c[k][i][j] kappa^(2k) d^i m^j */
typedef struct iclgd_wick {
  size_t L;
  long long c[ICLGD_WICK_MAX + 1][ICLGD_WICK_MAX + 2][ICLGD_WICK_MAX + 2];
} iclgd_wick;

/* P_L, 1 <= L <= ICLGD_WICK_MAX. */
void iclgd_wick_expand(size_t L, iclgd_wick *out);

double iclgd_wick_value(const iclgd_wick *p, size_t d, size_t m, double kappa);

/* The least value over m <= d / 2 and kappa. */
void iclgd_wick_best(const iclgd_wick *p, size_t d, iclgd_antisymmetric *out);

#endif /* ICLGD_ORACLE_ANTISYMMETRIC_H */
