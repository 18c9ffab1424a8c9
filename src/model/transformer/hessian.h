/* Second derivatives of a transformer in theta (hessian.c): capabilities of the
 * architecture. */
#ifndef ICLGD_MODEL_TRANSFORMER_HESSIAN_H
#define ICLGD_MODEL_TRANSFORMER_HESSIAN_H

#include <iclgd/architecture.h>

iclgd_status iclgd_transformer_scratch_curved(const iclgd_model *model,
                                              size_t n, iclgd_arena *arena,
                                              void **out, iclgd_error *err);
void iclgd_transformer_tangent(const iclgd_pass *pass, const double *direction,
                               double *prediction, double *tangent);
void iclgd_transformer_hessian(const iclgd_pass *pass, const double *slope,
                               const double *dslope, double *out);
void iclgd_transformer_tangent_by_context(const iclgd_pass *pass,
                                          const double *direction,
                                          double *prediction, double *tangent);
void iclgd_transformer_hessian_by_context(const iclgd_pass *pass,
                                          const double *slope,
                                          const double *dslope, double *out);

#endif /* ICLGD_MODEL_TRANSFORMER_HESSIAN_H */
