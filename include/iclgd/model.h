/* iclgd/model.h - linear transformers on regression prompts: parameters,
 * forward and backward in double precision, readouts.
 *
 * Prompt as tokens, Z (D, n + 1) with D = d + 1:
 *   Z = [[x_1 .. x_n, x_query], [y_1 .. y_n, 0]]
 * Layer (Ahn et al. 2023; the query is masked from the keys):
 *   Z <- Z + (1/n) P_l Z M (Z^T Q_l Z),  M = diag(1, .., 1, 0)
 * `layers` distinct blocks repeated `loops` times: depth = layers * loops, and
 * block l of the pass uses the parameters of l mod layers.
 * Prediction after l blocks = sign * Z[d, n], sign = -1 (weights trained
 * elsewhere may have another sign); it is linear in x_query, and its
 * gradient there is the implied weight w_l (d); w_0 = 0.
 *
 * Families (P, Q from the trained blocks):
 *   scalar    A = a I                      P = e e^T (e the last unit vector)
 *   diagonal  A = diag(a)                  Q = -[[A^T, 0], [0, 0]]
 *   gd        A (d, d)                     so that w <- w + A (b - S w)
 *   gdpp      A and B (d, d)               P = [[B, 0], [0, 1]], Q as above
 *   full      P and Q (D, D)
 * with S = (1/n) sum x x^T and b = (1/n) sum y x: A = eta I is gradient descent
 * with step size eta on (1/2n) |y - X^T w|^2.
 */
#ifndef ICLGD_MODEL_H
#define ICLGD_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "iclgd/arena.h"
#include "iclgd/prompt.h"
#include "iclgd/settings.h"
#include "iclgd/status.h"

/* In the order of the forms of model.weights. */
typedef enum iclgd_family {
  ICLGD_SCALAR,
  ICLGD_DIAGONAL,
  ICLGD_GD,
  ICLGD_GDPP,
  ICLGD_FULL
} iclgd_family;

/* Of training, in the order of the forms of train.precision; everything that
 * is measured is computed in double. */
typedef enum iclgd_precision { ICLGD_SINGLE, ICLGD_DOUBLE } iclgd_precision;

enum { ICLGD_BLOCKS_MAX = 2 };

/* One trained block of a layer, the single table behind layout, gradient,
 * optimiser and file. */
typedef struct iclgd_block {
  const char *name; /* "A", "B", "P" or "Q" */
  size_t rows, columns;
  size_t offset; /* in the parameters of a layer */
} iclgd_block;

typedef struct iclgd_model {
  iclgd_family family;
  size_t d, layers, loops;
  double sign;       /* of the readout, -1 or 1 */
  size_t layer_size; /* parameters of one layer */
  size_t n_blocks;
  iclgd_block blocks[ICLGD_BLOCKS_MAX];
  double *theta; /* (layers, layer_size), owned by the caller's arena */
} iclgd_model;

/* The keys model.*. */
extern const iclgd_key_set iclgd_model_keys;

/* "scalar", "diagonal", ... */
const char *iclgd_family_name(iclgd_family family);
/* The family of that name, or false. */
bool iclgd_family_find(const char *name, iclgd_family *out);

/* A model with all parameters zero. */
iclgd_status iclgd_model_create(iclgd_family family, size_t d, size_t layers,
                                size_t loops, iclgd_arena *arena,
                                iclgd_model *out, iclgd_error *err);

/* A model by the keys model.*, with initial weights drawn from the stream INIT
 * of the seed: `normal` entries of standard deviation init_scale, those that no
 * prediction sees zero, `zero`, or `gd:eta` the construction of gradient
 * descent. */
iclgd_status iclgd_model_from_settings(const iclgd_settings *settings, size_t d,
                                       uint64_t seed, iclgd_arena *arena,
                                       iclgd_model *out, iclgd_error *err);

/* Set to zero what no prediction of the model sees, so that training leaves it
 * where it is, and a model that is looped further than it was trained would
 * show: with one loop, B (gdpp) or the first d rows of P (full) of the last
 * layer, and, of a single full layer, the last column of Q, which meets the
 * query's label, 0. */
void iclgd_model_clear_unseen(const iclgd_model *model);

static inline size_t iclgd_model_depth(const iclgd_model *model) {
  return model->layers * model->loops;
}
static inline size_t iclgd_model_size(const iclgd_model *model) {
  return model->layers * model->layer_size;
}
static inline double *iclgd_model_layer(const iclgd_model *model, size_t l) {
  return model->theta + l % model->layers * model->layer_size;
}

/* Whether the model moves only the residuals (scalar, diagonal, gd): then
 * w_{l+1} = w_l + A_l (b - S w_l) and the token form need not be run. */
static inline bool iclgd_family_is_descent(iclgd_family family) {
  return family == ICLGD_SCALAR || family == ICLGD_DIAGONAL ||
         family == ICLGD_GD;
}

/* P, Q (D, D) of layer l. */
void iclgd_model_matrices(const iclgd_model *model, size_t l, double *P,
                          double *Q);

/* The pull-back: dtheta (layer_size) += the gradient with respect to the
 * parameters of layer l from those with respect to P and Q. */
void iclgd_model_pull_back(const iclgd_model *model, const double *dP,
                           const double *dQ, double *dtheta);

/* The same for a descent family from dA (d, d). */
void iclgd_model_pull_back_A(const iclgd_model *model, const double *dA,
                             double *dtheta);

/* A_l (d, d), the preconditioner that acts on the mean gradient: the parameter
 * itself, or sign * P[d, d] Q[:d, :d]^T for full weights. B (d, d) may be NULL;
 * it is P[:d, :d] / P[d, d] for full weights and zero for the descent families.
 */
void iclgd_model_preconditioner(const iclgd_model *model, size_t l, double *A,
                                double *B);

/* --- construction ------------------------------------------------------ */

/* Make layer l exactly one step w <- w + A (b - S w), followed (gdpp and full)
 * by x <- (I - B S A^T) x; B may be NULL for 0. The family must hold A and B:
 * ICLGD_EUSAGE if it cannot. GD is A = eta I; GD++ is B = (gamma / eta) I. */
iclgd_status iclgd_model_construct(iclgd_model *model, size_t l,
                                   const double *A, const double *B,
                                   iclgd_error *err);

/* --- forward and backward ---------------------------------------------- */

/* Scratch for one prompt of up to n context points; owned by an arena. */
typedef struct iclgd_tape iclgd_tape;
iclgd_status iclgd_tape_create(const iclgd_model *model, size_t n,
                               iclgd_arena *arena, iclgd_tape **out,
                               iclgd_error *err);

/* w (depth + 1, d): the implied weight after every block, exactly. */
void iclgd_model_weights(const iclgd_model *model, const iclgd_prompt *prompt,
                         iclgd_tape *tape, double *w);

/* prediction (depth + 1): sign * Z[d, n] of the token form, for every family.
 */
void iclgd_model_predict(const iclgd_model *model, const iclgd_prompt *prompt,
                         iclgd_tape *tape, double *prediction);

/* The tokens before the first block and after every block, (depth + 1, n + 1,
 * D): row t of Z_l is column t of the paper's matrix, the query comes last.
 * They belong to the tape and stand until it is used again. */
const double *iclgd_model_tokens(const iclgd_model *model,
                                 const iclgd_prompt *prompt, iclgd_tape *tape);

/* The loss of one prompt, sum_l c[l] rho(yhat_l - y_query), where rho(e) = e^2
 * up to |e| = guard and goes on along its tangent, 2 guard |e| - guard^2. */
typedef struct iclgd_loss {
  const double *c; /* (depth + 1) */
  double guard;    /* 0: none, rho(e) = e^2 */
} iclgd_loss;

/* The loss of one prompt and its gradient added to gradient (layers,
 * layer_size), unless that is NULL. With a guard, a prompt whose prediction
 * overflows has the loss INFINITY and adds nothing to the gradient. */
double iclgd_model_gradient(const iclgd_model *model,
                            const iclgd_prompt *prompt, const iclgd_loss *loss,
                            iclgd_tape *tape, double *gradient);

/* The same through the token form for every family: the reference. */
double iclgd_model_gradient_tokens(const iclgd_model *model,
                                   const iclgd_prompt *prompt,
                                   const iclgd_loss *loss, iclgd_tape *tape,
                                   double *gradient);

#endif /* ICLGD_MODEL_H */
