/* iclgd/linear.h - linear self-attention, whose predictions are linear in the
 * query: parameters, construction, and the capability `linear` of a model.
 *
 * Prompt as tokens, Z (D, n + 1) with D = d + 1:
 *   Z = [[x_1 .. x_n, x_query], [y_1 .. y_n, 0]]
 * Layer (Ahn et al. 2023; the query is masked from the keys):
 *   Z <- Z + (1/n) P_l Z M (Z^T Q_l Z),  M = diag(1, .., 1, 0)
 * Prediction after l blocks = sign * Z[d, n], sign = -1 (weights trained
 * elsewhere may have another sign), w_0 = 0. A layer sees the context through
 * (1/n) sum e e^T of its tokens alone, so that a training that draws this
 * matrix (prompt.sampler = wishart) is the same.
 *
 * How P and Q come from the parameters (model.weights):
 *   scalar    A = a I                      P = e e^T (e the last unit vector)
 *   diagonal  A = diag(a)                  Q = -[[A^T, 0], [0, 0]]
 *   gd        A (d, d)                     so that w <- w + A (b - S w)
 *   gdpp      A and B (d, d)               P = [[B, 0], [0, 1]], Q as above
 *   full      P and Q (D, D)
 * with S = (1/n) sum x x^T and b = (1/n) sum y x: A = eta I is gradient descent
 * with step size eta on (1/2n) |y - X^T w|^2.
 */
#ifndef ICLGD_LINEAR_H
#define ICLGD_LINEAR_H

#include "iclgd/architecture.h"

/* Which weights are trained: a row of the table of forms (forms.c). */
struct iclgd_linear {
  const char *name; /* of model.weights: "gd" */
  bool whole;       /* P and Q themselves are the parameters */
  bool has_B;       /* B is among the parameters */
  bool diagonal;    /* A_ij = 0 beside the diagonal, */
  bool scalar;      /* and all its entries are one number, A = a I */
  /* Which parameter of a layer A_ij is, or ICLGD_NO_PARAMETER: it is 0. The
   * first ones of the layer, `n_A` of them; unused where `whole`. */
  size_t (*parameter)(size_t d, size_t i, size_t j);
  size_t (*n_A)(size_t d);
};

enum { ICLGD_LINEAR_FORMS = 5 };
#define ICLGD_NO_PARAMETER ((size_t)-1)

extern const iclgd_architecture iclgd_linear_architecture;

/* The form of that name, or NULL. */
const iclgd_linear *iclgd_linear_named(const char *name);

/* A linear model without settings. */
void iclgd_linear_model(const iclgd_linear *form, size_t d, size_t layers,
                        size_t loops, iclgd_model *out);

/* Whether a layer moves only the residuals: then w_{l+1} = w_l + A_l (b - S
 * w_l) and the token form need not be run. False for what is not linear. */
static inline bool iclgd_model_descends(const iclgd_model *model) {
  return model->linear && !model->linear->whole && !model->linear->has_B;
}

/* The parameters of layer l of the pass. */
static inline const double *iclgd_linear_layer(const iclgd_model *model,
                                               const double *theta, size_t l) {
  return theta + l % model->layers * model->arrays[0].stride;
}

/* P, Q (D, D) of layer l. */
void iclgd_linear_matrices(const iclgd_model *model, const double *theta,
                           size_t l, double *P, double *Q);

/* The pull-back: dtheta += the gradient in the parameters of layer l from those
 * in its P and Q. */
void iclgd_linear_pull_back(const iclgd_model *model, size_t l,
                            const double *dP, const double *dQ, double *dtheta);
/* The same for a model that descends, from dA (d, d). */
void iclgd_linear_pull_back_A(const iclgd_model *model, size_t l,
                              const double *dA, double *dtheta);

/* A_l (d, d), the preconditioner that acts on the mean gradient: the parameter
 * itself, or sign * P[d, d] Q[:d, :d]^T of whole weights. B (d, d) may be NULL;
 * it is P[:d, :d] / P[d, d] of whole weights and zero where there is none. */
void iclgd_linear_A(const iclgd_model *model, const double *theta, size_t l,
                    double *A, double *B);

/* Make layer l exactly one step w <- w + A (b - S w), followed by x <- (I - B S
 * A^T) x (von Oswald et al. 2023, Proposition 1 and appendix A.10); B may be
 * NULL for 0. The form must hold A and B: ICLGD_EUSAGE if it cannot, and the
 * layer is then of no use. GD is A = eta I; GD++ is B = (gamma / eta) I. */
iclgd_status iclgd_linear_construct(const iclgd_model *model, double *theta,
                                    size_t l, const double *A, const double *B,
                                    iclgd_error *err);

/* Set to zero what no prediction of the model sees, so that training leaves it
 * where it is, and a model that is looped further than it was trained would
 * show: with one loop, B or the first d rows of P of the last layer, and, of a
 * single layer of whole weights, the last column of Q, which meets the query's
 * label, 0. */
void iclgd_linear_clear_unseen(const iclgd_model *model, double *theta);

#endif /* ICLGD_LINEAR_H */
