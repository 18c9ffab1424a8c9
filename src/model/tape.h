/* What one thread needs to run a model on a prompt. */
#ifndef ICLGD_MODEL_TAPE_H
#define ICLGD_MODEL_TAPE_H

#include "model/fitted.h"

struct iclgd_tape {
  size_t n_max, queries; /* points and queries of a pass, at most */
  void *scratch;         /* the architecture's */
  iclgd_fitted *fitted;  /* where there is no backward; else NULL */
  double *prediction;    /* (depth + 1, queries) */
  double *slope;         /* (depth + 1) */
  double *by_context;    /* (2, n_max + 1, depth + 1): predictions, slopes */
  void *curved; /* the architecture's scratch_curved; NULL: not asked */
  double *rows; /* of that (4, n_max + 1 or ICLGD_DIRECTIONS, depth + 1) */
};

#endif /* ICLGD_MODEL_TAPE_H */
