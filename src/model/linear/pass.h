/* The pass of linear attention by tokens, and what it leaves (pass.c). */
#ifndef ICLGD_MODEL_LINEAR_PASS_H
#define ICLGD_MODEL_LINEAR_PASS_H

#include <iclgd/architecture.h>

#include "model/linear/attention.h"

typedef struct iclgd_linear_scratch {
  bool by_tokens;       /* also where the implied weight would do */
  double *Z;            /* (depth + 1, n + d, D) tokens after every block */
  double *G;            /* (depth, D, D) */
  double *P, *Q;        /* (layers, D, D) */
  double *dP, *dQ;      /* (layers, D, D) */
  double *dZ, *dZ_next; /* (n + d, D) */
  double *work;         /* (5, D, D) */
  double *S, *b;        /* (d, d), (d) */
  double *A, *dA;       /* (layers, d, d) */
  double *w, *r;        /* (depth + 1, d), (depth, d) */
  double *u;            /* (2, d) */
  double *slope;        /* (depth + 1) */
} iclgd_linear_scratch;

/* Tokens before the first block, and P and Q of every layer. */
void iclgd_linear_begin(const iclgd_pass *pass);
/* The same, and through all blocks. */
void iclgd_linear_run(const iclgd_pass *pass);
/* Block l of the pass. */
attention_layer iclgd_linear_block(const iclgd_pass *pass, size_t l);
/* prediction (depth + 1, count) from the tokens. */
void iclgd_linear_read(const iclgd_pass *pass, double *prediction);
/* The last block that a prediction with a slope comes after. */
size_t iclgd_linear_last_block(const iclgd_pass *pass, const double *slope);
/* backward by tokens; dZ is left as the slopes in the tokens before the first
 * block. */
void iclgd_linear_back(const iclgd_pass *pass, const double *slope,
                       double *dtheta, double *dx);

/* The capability `components` (components.c). */
extern const iclgd_components iclgd_linear_components;

#endif /* ICLGD_MODEL_LINEAR_PASS_H */
