/* How many layers at the end go by vectors (last.h), and what they cost. */
#ifndef ICLGD_ENGINE_LAST_LAYERS_H
#define ICLGD_ENGINE_LAST_LAYERS_H

#include <stddef.h>

enum { LAST_MOST = 4 };

/* Products with the Gram matrix on level i, before layer depth - 1 - i: three
 * for each of the level after it, and one for the query. 1, 4, 13, 40. */
static inline size_t last_products(size_t i) {
  size_t count = 1;
  for (; i > 0; --i) count = 3 * count + 1;
  return count;
}

/* The layer that joins the last k - 1 costs 81 3^(k - 3) D^2 more by vectors
 * and 10 D^3 by matrices, which are nearer to the peak: of two numbers k the
 * larger one pays from D = 14 and D = 30 on. */
static inline size_t last_layers(size_t D, size_t depth) {
  const size_t k = D < 14 ? 2 : D < 30 ? 3 : LAST_MOST;
  return depth < k ? depth : k;
}

#endif /* ICLGD_ENGINE_LAST_LAYERS_H */
