/* Matrices that move: beside each stands its derivative along a direction in
 * theta, and products follow the product rule. */
#ifndef ICLGD_MODEL_LINEAR_MOVING_H
#define ICLGD_MODEL_LINEAR_MOVING_H

#include <string.h>

#include "math/dense.h"

typedef struct iclgd_moving {
  double *at, *moved; /* (rows, columns) */
  size_t rows, columns;
} iclgd_moving;

/* Number l of several, each (2, rows, columns). */
static inline iclgd_moving iclgd_moving_at(double *all, size_t l, size_t rows,
                                           size_t columns) {
  double *at = all + 2 * l * rows * columns;
  return (iclgd_moving){at, at + rows * columns, rows, columns};
}

static inline void iclgd_clear_moving(iclgd_moving M) {
  memset(M.at, 0, 2 * M.rows * M.columns * sizeof *M.at);
}

typedef enum iclgd_turn { AS_IT_IS, TRANSPOSED } iclgd_turn;

/* C += alpha A B, and what it moves by. */
static inline void iclgd_add_moving(double alpha, iclgd_moving A,
                                    iclgd_turn of_A, iclgd_moving B,
                                    iclgd_turn of_B, iclgd_moving C) {
  const size_t k = of_A == TRANSPOSED ? A.rows : A.columns;
  const iclgd_factor a = {A.at, A.columns, of_A == TRANSPOSED};
  const iclgd_factor b = {B.at, B.columns, of_B == TRANSPOSED};
  const iclgd_factor da = {A.moved, A.columns, of_A == TRANSPOSED};
  const iclgd_factor db = {B.moved, B.columns, of_B == TRANSPOSED};
  const size_t m = C.rows, n = C.columns;
  iclgd_add_product(m, n, k, alpha, a, b, C.at, n);
  iclgd_add_product(m, n, k, alpha, da, b, C.moved, n);
  iclgd_add_product(m, n, k, alpha, a, db, C.moved, n);
}

static inline void iclgd_set_moving(iclgd_moving A, iclgd_turn of_A,
                                    iclgd_moving B, iclgd_turn of_B,
                                    iclgd_moving C) {
  iclgd_clear_moving(C);
  iclgd_add_moving(1, A, of_A, B, of_B, C);
}

#endif /* ICLGD_MODEL_LINEAR_MOVING_H */
