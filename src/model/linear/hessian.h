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

/* The same of models that descend (descent_hessian.c); each (.., 2, rows,
 * columns), of d. */
typedef struct iclgd_descent_directions iclgd_descent_directions;
typedef struct iclgd_descent_scratch {
  double *S, *b;
  double *A, *dA;     /* by layer */
  double *w, *r;      /* before every block, and after the last */
  double *u, *u_of_A; /* (1, d) */
  iclgd_descent_directions *directions; /* or NULL: not of this model */
} iclgd_descent_scratch;
iclgd_status iclgd_descent_scratch_curved(const iclgd_model *model,
                                          iclgd_arena *arena, void **out,
                                          iclgd_error *err);
void iclgd_descent_tangent(const iclgd_pass *pass, const double *direction,
                           double *prediction, double *tangent);
void iclgd_descent_hessian(const iclgd_pass *pass, const double *slope,
                           const double *dslope, double *out);

/* Along several directions at once (descent_directions.c). */
bool iclgd_descent_has_directions(const iclgd_model *model);
iclgd_status iclgd_descent_directions_create(const iclgd_model *model,
                                             iclgd_arena *arena,
                                             iclgd_descent_directions **out,
                                             iclgd_error *err);
void iclgd_descent_tangents(const iclgd_pass *pass, const double *directions,
                            size_t count, double *prediction, double *tangents);
void iclgd_descent_hessians(const iclgd_pass *pass, const double *slope,
                            const double *dslopes, size_t count, double *out);

#endif /* ICLGD_MODEL_LINEAR_HESSIAN_H */
