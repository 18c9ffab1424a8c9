/* iclgd/model.h - what a model is to everything that is not a model: an
 * architecture, a shape and a table of named parameter arrays, all const; the
 * parameters theta stand beside it.
 *
 * `layers` distinct layers repeated `loops` times: depth = layers * loops, and
 * block l of the pass uses the parameters of layer l mod layers. After every
 * block the model predicts; prediction 0 is that before the first block. The
 * weight w_l (d) is the gradient of prediction l in the query. Where the model
 * is `linear`, prediction l is w_l . x_query for every query (iclgd/linear.h);
 * elsewhere w_l is the sensitivity at the prompt's query, or, of a model that
 * has predictions alone, the least-squares fit over further queries, for normal
 * ones the mean sensitivity (iclgd/slope.h).
 */
#ifndef ICLGD_MODEL_H
#define ICLGD_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#include "iclgd/arena.h"
#include "iclgd/prompt.h"
#include "iclgd/settings.h"
#include "iclgd/status.h"
#include "iclgd/transformer.h"

/* Of training, in the order of the forms of train.precision; everything that
 * is measured is computed in double. */
typedef enum iclgd_precision { ICLGD_SINGLE, ICLGD_DOUBLE } iclgd_precision;

typedef struct iclgd_architecture iclgd_architecture; /* iclgd/architecture.h */
typedef struct iclgd_linear iclgd_linear;             /* iclgd/linear.h */
typedef struct iclgd_program iclgd_program;           /* iclgd/program.h */

enum { ICLGD_ARRAYS_MAX = 32, ICLGD_ARRAY_RANK_MAX = 3 };

/* One named array of parameters: a row of the one table behind initialisation,
 * clipping, optimiser, snapshots and file. Of an array `by_layer` that of layer
 * l begins at offset + l * stride, and in the file `layer` is its first dim. */
typedef struct iclgd_array {
  const char *name; /* "A", "P"; a dataset of the file */
  bool by_layer;
  size_t rank, extents[ICLGD_ARRAY_RANK_MAX]; /* of one layer's */
  size_t offset, stride;                      /* in theta */
  /* Initial entries: centre + spread * model.init_scale * normal. */
  double centre, spread;
} iclgd_array;

typedef struct iclgd_model {
  const iclgd_architecture *architecture;
  const iclgd_linear
      *linear; /* its capability; NULL: not linear in the query */
  size_t d, layers, loops;
  size_t size; /* of theta */
  size_t n_arrays;
  iclgd_array arrays[ICLGD_ARRAYS_MAX];
  double sign; /* of a readout of the last coordinate, -1 or 1 */
  /* Of an architecture that takes them: what is read after each layer instead
   * of theta's own readout, (depth, width + 1), the constant last, of tokens as
   * iclgd_model_tokens has them; borrowed; NULL: its own. */
  const double *readouts;
  iclgd_transformer transformer; /* the choices of that architecture */
  /* Of an architecture without backward: what its weights are fitted at, K
   * queries (K, d), in pairs x, -x, in the frame of the prompt; borrowed. K is
   * 0 or at least iclgd_slope_queries(d). */
  size_t n_queries;
  const double *queries;
  iclgd_program *program; /* what computes, of iclgd_program_open; or NULL */
} iclgd_model;

/* The keys model.* of every architecture. */
extern const iclgd_key_set iclgd_model_keys;

/* The model of the keys model.*, of this architecture (NULL: the one that
 * model.architecture names). ICLGD_EUSAGE: the keys do not go together. */
iclgd_status iclgd_model_from_settings(const iclgd_settings *settings,
                                       const iclgd_architecture *architecture,
                                       size_t d, iclgd_model *out,
                                       iclgd_error *err);

/* Initial parameters *theta (size), from the arena, by model.init: `normal`
 * entries from the stream INIT of the seed, those that no prediction sees zero,
 * `zero`, or `gd:eta`, the architecture's construction of gradient descent.
 * ICLGD_EUSAGE where it has none, or none of this shape. */
iclgd_status iclgd_model_initialise(const iclgd_model *model,
                                    const iclgd_settings *settings,
                                    uint64_t seed, iclgd_arena *arena,
                                    double **theta, iclgd_error *err);

/* Make `law` draw as prompt.sampler says, to train this model, at other context
 * lengths than the whole, too, if `by_context`: pseudo-tokens stand for the
 * points in their Gram matrix alone, so that only a linear model can be trained
 * on them, and at the whole context alone. law may be NULL (prompts are given).
 */
iclgd_status iclgd_model_use_sampler(const iclgd_model *model, bool by_context,
                                     const iclgd_settings *settings,
                                     iclgd_arena *arena,
                                     iclgd_distribution *law, iclgd_error *err);

/* The most queries that one pass has. */
size_t iclgd_model_queries(const iclgd_model *model);

/* ICLGD_OK, or why the model does not compute any more (a program that has
 * ended): then its predictions are NaN. To be asked after each piece of work.
 */
iclgd_status iclgd_model_status(const iclgd_model *model, iclgd_error *err);

static inline size_t iclgd_model_depth(const iclgd_model *model) {
  return model->layers * model->loops;
}

/* The same parameters looped another number of times, with its own readout. */
static inline iclgd_model iclgd_model_looped(const iclgd_model *model,
                                             size_t loops) {
  iclgd_model out = *model;
  out.loops = loops;
  out.readouts = NULL;
  return out;
}

/* Entries of an array of the table, those of one layer. */
size_t iclgd_array_size(const iclgd_array *array);
/* The array of that name, or NULL. */
const iclgd_array *iclgd_model_array(const iclgd_model *model,
                                     const char *name);

/* Multiply what the layers add to their input by `factor`; false: the model has
 * no such parameters, and theta stays. */
bool iclgd_model_damp(const iclgd_model *model, double factor, double *theta);

/* --- the arrays of the file --------------------------------------------- */

/* The arrays as the file has them, out[ICLGD_ARRAYS_MAX]; their number. Those
 * of theta, unless the architecture has a common form for several kinds of
 * parameters (offset and stride are then those in one file array after the
 * other). */
size_t iclgd_model_stored(const iclgd_model *model, iclgd_array *out);

/* Extents of stored array k in the file, `layer` first; their number. */
size_t iclgd_stored_extents(const iclgd_model *model, const iclgd_array *stored,
                            size_t extents[ICLGD_ARRAY_RANK_MAX + 1]);

/* Stored array k of all layers from theta. */
void iclgd_model_store(const iclgd_model *model, const double *theta, size_t k,
                       double *out);

/* theta from all stored arrays. ICLGD_EUSAGE: these parameters cannot hold
 * them. */
iclgd_status iclgd_model_load(const iclgd_model *model,
                              const double *const *arrays, double *theta,
                              iclgd_error *err);

/* --- forward and backward ---------------------------------------------- */

/* Scratch for one prompt of up to n context points; owned by an arena. It also
 * serves models of the same arrays and less depth. */
typedef struct iclgd_tape iclgd_tape;
iclgd_status iclgd_tape_create(const iclgd_model *model, size_t n,
                               iclgd_arena *arena, iclgd_tape **out,
                               iclgd_error *err);

/* prediction (depth + 1) of the prompt's query. */
void iclgd_model_predict(const iclgd_model *model, const double *theta,
                         const iclgd_prompt *prompt, iclgd_tape *tape,
                         double *prediction);

/* prediction (depth + 1, count) of the queries x (count, d), each of which sees
 * the prompt's context and no other query. */
void iclgd_model_predict_queries(const iclgd_model *model, const double *theta,
                                 const iclgd_prompt *prompt, const double *x,
                                 size_t count, iclgd_tape *tape,
                                 double *prediction);

/* prediction (n + 1, depth + 1) at every context length: in row k that of the
 * query x_{k+1} (of x_query in the last row) from the first k points alone. Of
 * prompts of true tokens (mean_n = n). */
void iclgd_model_predict_by_context(const iclgd_model *model,
                                    const double *theta,
                                    const iclgd_prompt *prompt,
                                    iclgd_tape *tape, double *prediction);

/* Both of one prompt: w (depth + 1, d) as iclgd_model_weights has it, and
 * prediction (depth + 1) as iclgd_model_predict, from one pass where the model
 * is not linear. */
void iclgd_model_follow(const iclgd_model *model, const double *theta,
                        const iclgd_prompt *prompt, iclgd_tape *tape, double *w,
                        double *prediction);

/* w (depth + 1, d): the gradient of every prediction in the query; of a linear
 * model the implied weights, exactly; of a model without gradient the fit at
 * its queries, NaN where it has none or a prediction is not finite. */
void iclgd_model_weights(const iclgd_model *model, const double *theta,
                         const iclgd_prompt *prompt, iclgd_tape *tape,
                         double *w);

/* The tokens before the first block and after every block, (depth + 1, n + 1,
 * width), the query's last; NULL where the architecture has none. They belong
 * to the tape and stand until it is used again. */
const double *iclgd_model_tokens(const iclgd_model *model, const double *theta,
                                 const iclgd_prompt *prompt, iclgd_tape *tape);
/* Units of one token, 0 without tokens. */
size_t iclgd_model_token_width(const iclgd_model *model);

/* The loss of one prompt, sum_l c[l] rho(yhat_l - y_query), where rho(e) = e^2
 * up to |e| = guard and goes on along its tangent, 2 guard |e| - guard^2. */
typedef struct iclgd_loss {
  const double *c; /* (depth + 1) */
  double guard;    /* 0: none, rho(e) = e^2 */
} iclgd_loss;

/* The loss of one prompt and its gradient added to gradient (size), unless that
 * is NULL. With a guard, a prompt whose prediction overflows has the loss
 * INFINITY and adds nothing to the gradient. */
double iclgd_model_gradient(const iclgd_model *model, const double *theta,
                            const iclgd_prompt *prompt, const iclgd_loss *loss,
                            iclgd_tape *tape, double *gradient);

/* The same at every context length: the mean over k = 0..n of the loss of the
 * query x_{k+1} with the target y_{k+1} (of x_query with y_query, k = n) from
 * the first k points, as iclgd_model_predict_by_context predicts. */
double iclgd_model_gradient_by_context(const iclgd_model *model,
                                       const double *theta,
                                       const iclgd_prompt *prompt,
                                       const iclgd_loss *loss, iclgd_tape *tape,
                                       double *gradient);

/* --- second derivatives ------------------------------------------------- */

/* How many directions are taken at a time where that is faster than one by
 * one. */
enum { ICLGD_DIRECTIONS = 8 };

/* Whether the model has them: its architecture's `hessian`. */
bool iclgd_model_has_hessian(const iclgd_model *model);

/* A tape that also serves the Hessian of a model that has it. */
iclgd_status iclgd_tape_create_curved(const iclgd_model *model, size_t n,
                                      iclgd_arena *arena, iclgd_tape **out,
                                      iclgd_error *err);

/* The Hessian of the loss of one prompt in theta times a direction v (size), in
 * its two parts, of which either may be NULL:
 *   outer (size) += sum_l c[l] rho''(e_l) (dyhat_l/dtheta . v) dyhat_l/dtheta
 *   functional (size) += sum_l c[l] rho'(e_l) (d^2 yhat_l / dtheta^2) v,
 * e_l = yhat_l - y_query; rho'' is 0 beyond the guard. The loss is returned; of
 * a prompt that overflows (iclgd_model_gradient) nothing is added. */
double iclgd_model_hessian(const iclgd_model *model, const double *theta,
                           const iclgd_prompt *prompt, const iclgd_loss *loss,
                           const double *v, iclgd_tape *tape, double *outer,
                           double *functional);

/* The same in several directions V (count, size), outer and functional (count,
 * size). */
void iclgd_model_hessians(const iclgd_model *model, const double *theta,
                          const iclgd_prompt *prompt, const iclgd_loss *loss,
                          const double *V, size_t count, iclgd_tape *tape,
                          double *outer, double *functional);

/* In one direction of the loss of iclgd_model_gradient_by_context. */
double iclgd_model_hessian_by_context(const iclgd_model *model,
                                      const double *theta,
                                      const iclgd_prompt *prompt,
                                      const iclgd_loss *loss, const double *v,
                                      iclgd_tape *tape, double *outer,
                                      double *functional);

#endif /* ICLGD_MODEL_H */
