/* iclgd/components.h - a model in parts: what every layer of the pass adds to
 * its tokens, head by head and in the mlp, read or replaced by something else
 * (ablation, activation patching); how its heads attend; and its prediction as
 * a sum over the numbers of the prompt.
 *
 * A head's output is the weighted values o_i = sum_j p_ij v_j of every token,
 * before they are written to the state; an mlp's is what it writes. To replace
 * them by 0 is to set the weights that write them to 0: W_O of the head (W_V
 * where there is no output matrix), W_down and b_down. A layer of linear
 * attention is one head, whose output is what it adds, (1/n) P Z M (Z^T Q Z).
 */
#ifndef ICLGD_COMPONENTS_H
#define ICLGD_COMPONENTS_H

#include "iclgd/model.h"

typedef enum iclgd_component_kind {
  ICLGD_COMPONENT_HEAD,
  ICLGD_COMPONENT_MLP
} iclgd_component_kind;

/* A component in layer < depth of the pass (of a looped model, in that loop
 * alone). */
typedef struct iclgd_component {
  iclgd_component_kind kind;
  size_t layer, head;
} iclgd_component;

/* What stands in the place of a component's output. */
typedef struct iclgd_intervention {
  iclgd_component component;
  const double *output; /* (tokens, width); NULL: 0 */
} iclgd_intervention;

/* How the prediction is taken apart. */
typedef enum iclgd_contribution_rule {
  /* z dyhat/dz of every number z of the prompt. They sum to the prediction only
   * where it is homogeneous of degree 1: of one whose degree is 3^D (depth D of
   * linear attention without skip connections) to 3^D of it (Euler). */
  ICLGD_BY_GRADIENT,
  /* The same with weights of attention, the scales of norms and the factors
   * f(a) / a of an mlp held as they are (Ali et al. 2022, arXiv:2202.07304):
   * the model is then affine in the tokens, and the sum is the prediction. */
  ICLGD_BY_CONSERVATION
} iclgd_contribution_rule;

/* Of the last layer's prediction. By conservation it is the sum of them all; by
 * gradient `bias` is 0. */
typedef struct iclgd_contributions {
  double *x, *y; /* (n) of every point and every label; the caller's */
  double query;  /* of x_query */
  double bias;   /* of what is in no prompt: biases and positions */
} iclgd_contributions;

typedef struct iclgd_pass iclgd_pass; /* iclgd/architecture.h */

/* The capability `components` of an architecture; passes of one query. */
typedef struct iclgd_components {
  /* Tokens of a prompt of n points, the query's last, and the point (n: the
   * query) that a token belongs to. */
  size_t (*tokens)(const iclgd_model *model, size_t n);
  size_t (*point)(const iclgd_model *model, size_t token);
  size_t (*heads)(const iclgd_model *model); /* of every layer */
  bool (*has_mlp)(const iclgd_model *model);
  /* Of a token of an output. */
  size_t (*width)(const iclgd_model *model, iclgd_component_kind kind);
  /* prediction (depth + 1) where these components are changed. */
  void (*forward)(const iclgd_pass *pass, const iclgd_intervention *changes,
                  size_t count, double *prediction);
  /* After a forward without changes: an output (tokens, width), and the weights
   * of attention (tokens, tokens), row i of token i over its keys, 0 where it
   * sees none. */
  void (*output)(const iclgd_pass *pass, iclgd_component component,
                 double *out);
  void (*pattern)(const iclgd_pass *pass, size_t layer, size_t head,
                  double *out);
  /* On its own. */
  void (*contribute)(const iclgd_pass *pass, iclgd_contribution_rule rule,
                     iclgd_contributions *out);
} iclgd_components;

/* The capability of a model; NULL: its parts are not known. */
const iclgd_components *iclgd_model_components(const iclgd_model *model);

/* The same for a prompt and a tape, whose last pass stands until it is used
 * again. */
void iclgd_model_predict_changed(const iclgd_model *model, const double *theta,
                                 const iclgd_prompt *prompt, iclgd_tape *tape,
                                 const iclgd_intervention *changes,
                                 size_t count, double *prediction);
void iclgd_model_output(const iclgd_model *model, const double *theta,
                        const iclgd_prompt *prompt, iclgd_tape *tape,
                        iclgd_component component, double *out);
void iclgd_model_pattern(const iclgd_model *model, const double *theta,
                         const iclgd_prompt *prompt, iclgd_tape *tape,
                         size_t layer, size_t head, double *out);
void iclgd_model_contribute(const iclgd_model *model, const double *theta,
                            const iclgd_prompt *prompt, iclgd_tape *tape,
                            iclgd_contribution_rule rule,
                            iclgd_contributions *out);

#endif /* ICLGD_COMPONENTS_H */
