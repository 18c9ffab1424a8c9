/* exp, the logistic function and the normal distribution in lanes against the
 * C library in double, as float here; test_exp_double.c has double. */
#include "engine/transformer/exp.h"

#include "support/exp.h"

int main(void) {
  return exp_tests("engine/exp", 2e-7, 3e-7, -86, 87);
}
