/* iclgd/attention_hessian.h - the Hessian of one layer of attention in closed
 * form, block by block (Ormaniec, Dangel and Singh 2024, arXiv:2410.10986).
 *
 *   F = A X V,  A = softmax_rows(T) or T itself,  T = tau X Q K^T X^T,
 *   loss = 1/2 sum_i c_i |F_i - Y_i|^2
 * for tokens X (L, d), Q, K (d, key), V (d, value). The paper's loss, the mean
 * of the squared errors of the whole sequence, has c_i = 2 / (L value) and tau
 * = 1 / sqrt key; that of a query alone has c = 0 on all other rows. There is
 * no residual connection, no norm and no mask. H = Ho + Hf: outer product
 * (Gauss-Newton) and functional part.
 */
#ifndef ICLGD_ATTENTION_HESSIAN_H
#define ICLGD_ATTENTION_HESSIAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "iclgd/arena.h"
#include "iclgd/status.h"

/* All row-major, borrowed. */
typedef struct iclgd_attention_layer {
  size_t L, d, key, value;
  bool softmax; /* else linear: A = T */
  bool merged;  /* G = Q K^T (d, d) is one parameter, in the place of both */
  double tau;
  const double *X;     /* (L, d) */
  const double *Y;     /* (L, value) */
  const double *c;     /* (L) */
  const double *V;     /* (d, value) */
  const double *Q, *K; /* (d, key); where merged only Q, which is G (d, d) */
} iclgd_attention_layer;

/* Parameters: V, then Q, then K, or V, then G, entries row by row. */
typedef enum iclgd_attention_array {
  ICLGD_ATTENTION_V,
  ICLGD_ATTENTION_Q, /* or G */
  ICLGD_ATTENTION_K,
  ICLGD_ATTENTION_ARRAYS
} iclgd_attention_array;

/* Entries of an array (0 for K where merged); where they begin; of all. */
size_t iclgd_attention_entries(const iclgd_attention_layer *layer,
                               iclgd_attention_array array);
size_t iclgd_attention_begins(const iclgd_attention_layer *layer,
                              iclgd_attention_array array);
size_t iclgd_attention_parameters(const iclgd_attention_layer *layer);

/* The loss by its definition. work (L). */
double iclgd_attention_loss(const iclgd_attention_layer *layer, double *work);

/* outer, functional (P, P), P = iclgd_attention_parameters. ICLGD_ENOMEM. */
iclgd_status iclgd_attention_hessian(const iclgd_attention_layer *layer,
                                     double *outer, double *functional,
                                     iclgd_error *err);

/* log10 |Ho|_F of D layers of linear attention in a row, X <- T X V_l, d
 * columns each, without residual: from the tangents of its outputs in all
 * parameters. V (D, d, d), Q, K (D, d, key); c = 2 / (L d) on every row. */
iclgd_status iclgd_attention_stack_outer(size_t D, size_t L, size_t d,
                                         size_t key, const double *X,
                                         const double *V, const double *Q,
                                         const double *K, double *log_norm,
                                         iclgd_error *err);

/* --- how blocks grow with the tokens: |block|_F ~ sigma^p for X -> sigma X  */

/* A row of the table: which norm of which model. */
typedef struct iclgd_attention_row {
  const char *name;                 /* "softmax Ho(Q,Q)" */
  bool softmax, merged, normalised; /* normalised: layer norm on X first */
  size_t D;                         /* > 1: |Ho| of so many linear layers */
  char part;                        /* 'o', 'f' or 'H' */
  iclgd_attention_array a, b;
  double exponent; /* p for small sigma, Y fixed */
} iclgd_attention_row;

const iclgd_attention_row *iclgd_attention_rows(size_t *count);

/* The row of that name, or NULL. */
const iclgd_attention_row *iclgd_attention_row_named(const char *name);

/* log10 of the norm of the row at every sigma (count), a mean over `draws` of X
 * and Y ~ N(0, 1), weights ~ N(0, 1 / d), of L = 6, d = 4, key = 3, value = 2:
 * log_norm (count). */
iclgd_status iclgd_attention_sweep(const iclgd_attention_row *row,
                                   uint64_t seed, size_t draws,
                                   const double *sigma, size_t count,
                                   double *log_norm, iclgd_error *err);

/* The slope of log_norm over log10 sigma by least squares over sigma <= most;
 * NaN below two of them. */
double iclgd_attention_slope(const double *sigma, const double *log_norm,
                             size_t count, double most);

#endif /* ICLGD_ATTENTION_HESSIAN_H */
