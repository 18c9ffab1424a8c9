/* iclgd/hessian.h - the Hessian of the loss of one prompt in theta, times a
 * vector. With the loss sum_l c_l rho(e_l), e_l = yhat_l - y_query
 * (iclgd/model.h) and J_l the gradient of prediction l in theta,
 *
 *   H v = sum_l c_l rho''(e_l) J_l (J_l . v)          outer (Gauss-Newton) part
 *       + sum_l c_l rho'(e_l) (d^2 yhat_l / dtheta^2) v      functional part
 */
#ifndef ICLGD_HESSIAN_H
#define ICLGD_HESSIAN_H

#include "iclgd/model.h"

/* Scratch for prompts of up to n points, from the arena. ICLGD_ERANGE: the
 * model has no gradient. */
typedef struct iclgd_hessian_tape iclgd_hessian_tape;
iclgd_status iclgd_hessian_tape_create(const iclgd_model *model, size_t n,
                                       iclgd_arena *arena,
                                       iclgd_hessian_tape **out,
                                       iclgd_error *err);

/* Both parts of one prompt in the direction v (size), added to outer and
 * functional (size), either of which may be NULL: exactly where the model has
 * second derivatives (iclgd_model_has_hessian), else the gradient of the
 * predictions, times fixed slopes, is differentiated by central differences of
 * order four. The loss, of a prompt on which it is finite. */
double iclgd_model_hessian_product(const iclgd_model *model,
                                   const double *theta,
                                   const iclgd_prompt *prompt,
                                   const iclgd_loss *loss,
                                   iclgd_hessian_tape *tape, const double *v,
                                   double *outer, double *functional);

/* The same in several directions V (count, size), outer and functional (count,
 * size): models that descend take ICLGD_DIRECTIONS of them at a time. */
void iclgd_model_hessian_products(const iclgd_model *model, const double *theta,
                                  const iclgd_prompt *prompt,
                                  const iclgd_loss *loss,
                                  iclgd_hessian_tape *tape, const double *V,
                                  size_t count, double *outer,
                                  double *functional);

#endif /* ICLGD_HESSIAN_H */
