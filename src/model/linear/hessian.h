/* Second derivatives of linear attention (hessian.c): capabilities of the
 * architecture. */
#ifndef ICLGD_MODEL_LINEAR_HESSIAN_H
#define ICLGD_MODEL_LINEAR_HESSIAN_H

#include <iclgd/architecture.h>

iclgd_status iclgd_linear_scratch_curved(const iclgd_model *model, size_t n,
                                         iclgd_arena *arena, void **out,
                                         iclgd_error *err);
void iclgd_linear_tangent(const iclgd_pass *pass, const double *direction,
                          double *prediction, double *tangent);
void iclgd_linear_hessian(const iclgd_pass *pass, const double *slope,
                          const double *dslope, double *out);

/* The same of models that descend (descent_hessian.c). */
iclgd_status iclgd_descent_scratch_curved(const iclgd_model *model,
                                          iclgd_arena *arena, void **out,
                                          iclgd_error *err);
void iclgd_descent_tangent(const iclgd_pass *pass, const double *direction,
                           double *prediction, double *tangent);
void iclgd_descent_hessian(const iclgd_pass *pass, const double *slope,
                           const double *dslope, double *out);

#endif /* ICLGD_MODEL_LINEAR_HESSIAN_H */
