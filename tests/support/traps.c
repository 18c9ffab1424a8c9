/* In debug builds a number that is none ends its test where it comes into
 * being: 0 / 0 and inf - inf (invalid), 1 / 0, overflow. Tests that want such
 * numbers say so (traps.h); the program that others start has no traps. */
#define _GNU_SOURCE
#include "support/traps.h"

#include <fenv.h>

enum { TRAPPED = FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW };

__attribute__((constructor)) static void trap(void) {
  feenableexcept(TRAPPED);
}

int untrap(void) {
  return fedisableexcept(TRAPPED);
}

/* What was raised meanwhile must not trap now. */
void trap_again(const int *trapped) {
  feclearexcept(FE_ALL_EXCEPT);
  feenableexcept(*trapped);
}
