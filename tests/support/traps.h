/* Floating-point exceptions, which end a test of a debug build (traps.c), may
 * occur from this line to the end of its block, in threads that are made there,
 * too:
 *
 *   UNTRAPPED;
 */
#ifndef ICLGD_TESTS_TRAPS_H
#define ICLGD_TESTS_TRAPS_H

#ifdef ICLGD_TRAPS
int untrap(void); /* what was trapped */
void trap_again(const int *trapped);
#define UNTRAPPED \
  const int untrapped __attribute__((cleanup(trap_again), unused)) = untrap()
#else
#define UNTRAPPED (void)0
#endif

#endif /* ICLGD_TESTS_TRAPS_H */
