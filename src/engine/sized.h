/* The recursions of gram.h and descent.h for every size, and once more for each
 * small one that the compiler knows: the same source, and the same bits. */
#ifndef ICLGD_ENGINE_SIZED_H
#define ICLGD_ENGINE_SIZED_H

#include "engine/descent.h"
#include "engine/gram.h"

typedef struct kernels {
  void (*gram_forward)(vec *yhat, gram *pass, bool backward, size_t D);
  void (*gram_backward)(vec *dP, vec *dQ, const gram *pass, const vec *slope,
                        size_t D);
  void (*descent_forward)(vec *yhat, const descent *pass, vec *G,
                          const vec *x_query, size_t d);
  void (*descent_backward)(vec *dA, const descent *pass, const vec *slope,
                           vec *G, const vec *x_query, size_t d);
} kernels;

/* `size` is D itself or a number, `small` the same of d. */
#define ICLGD_KERNELS_OF(name, size, small)                                   \
  ICLGD_APART void last_product_##name(const last *m, size_t i, pair s,       \
                                       size_t D) {                            \
    (void)D;                                                                  \
    last_product_of(m, i, s, size, last_product_##name);                      \
  }                                                                           \
  ICLGD_APART void gram_forward_##name(vec *yhat, gram *pass, bool backward,  \
                                       size_t D) {                            \
    (void)D;                                                                  \
    gram_forward(yhat, pass, backward, size, last_product_##name);            \
  }                                                                           \
  ICLGD_APART void gram_backward_##name(vec *dP, vec *dQ, const gram *pass,   \
                                        const vec *slope, size_t D) {         \
    (void)D;                                                                  \
    gram_backward(dP, dQ, pass, slope, size, last_product_##name);            \
  }                                                                           \
  ICLGD_APART void descent_forward_##name(                                    \
      vec *yhat, const descent *pass, vec *G, const vec *x_query, size_t d) { \
    (void)d;                                                                  \
    descent_forward(yhat, pass, G, x_query, small);                           \
  }                                                                           \
  ICLGD_APART void descent_backward_##name(vec *dA, const descent *pass,      \
                                           const vec *slope, vec *G,          \
                                           const vec *x_query, size_t d) {    \
    (void)d;                                                                  \
    descent_backward(dA, pass, slope, G, x_query, small);                     \
  }

ICLGD_KERNELS_OF(any, D, d)

/* D = d + 1 of the d that are most often run: 2 to 5, 8 and 10. Every size
 * takes the compiler seconds, so in single precision alone, which is what
 * trains, and one for Debug. */
#if !ICLGD_HAS_MADD || defined(ICLGD_REAL_IS_DOUBLE)
#define ICLGD_SMALL(X)
#elif defined(NDEBUG)
#define ICLGD_SMALL(X) X(3) X(4) X(5) X(6) X(9) X(11)
#else
#define ICLGD_SMALL(X) X(6)
#endif
#define ICLGD_KERNELS(size) ICLGD_KERNELS_OF(size, size, size - 1)
ICLGD_SMALL(ICLGD_KERNELS)
#undef ICLGD_KERNELS

static inline kernels kernels_for(size_t D) {
#define ICLGD_TABLE(name)                                              \
  (kernels) {                                                          \
    gram_forward_##name, gram_backward_##name, descent_forward_##name, \
        descent_backward_##name                                        \
  }
  switch (D) {
#define ICLGD_CASE(size) \
  case size:             \
    return ICLGD_TABLE(size);
    ICLGD_SMALL(ICLGD_CASE)
#undef ICLGD_CASE
    default:
      return ICLGD_TABLE(any);
  }
#undef ICLGD_TABLE
}

#endif /* ICLGD_ENGINE_SIZED_H */
