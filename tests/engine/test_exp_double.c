/* As test_exp.c, in double. */
#define ICLGD_REAL_IS_DOUBLE
#include "engine/transformer/exp.h"

#include "support/exp.h"

int main(void) {
  return exp_tests("engine/exp_double", 1e-15, 2e-15, -700, 700);
}
