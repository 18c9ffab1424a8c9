/* Weights from predictions, for architectures without a gradient. */
#ifndef ICLGD_MODEL_FITTED_H
#define ICLGD_MODEL_FITTED_H

#include <iclgd/architecture.h>

/* x (K, d) = U q, the queries of the model in the frame of a prompt (U NULL:
 * its own). */
void iclgd_queries_turn(const iclgd_model *model, const double *U, double *x);

/* Scratch of one thread. */
typedef struct iclgd_fitted iclgd_fitted;
iclgd_status iclgd_fitted_create(const iclgd_model *model, iclgd_arena *arena,
                                 iclgd_fitted **out, iclgd_error *err);

/* w (depth + 1, d) and prediction (depth + 1) of a pass of one query. */
void iclgd_fitted_follow(iclgd_fitted *fitted, const iclgd_pass *pass,
                         double *w, double *prediction);

#endif /* ICLGD_MODEL_FITTED_H */
