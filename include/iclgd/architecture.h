/* iclgd/architecture.h - an architecture: how a model computes, as an object
 * with capabilities. What it has not, it leaves NULL, and whoever needs that
 * says so instead of asking for a name.
 *
 * One folder in src/model and one row in the table of architecture.c; a fast
 * path for training has a row in src/engine/engine.c, without one the trainer
 * goes prompt by prompt through forward and backward. The conformance suite
 * (tests/model/test_architectures.c) holds every architecture to this page.
 */
#ifndef ICLGD_ARCHITECTURE_H
#define ICLGD_ARCHITECTURE_H

#include "iclgd/components.h"
#include "iclgd/model.h"
#include "iclgd/record.h"
#include "iclgd/symmetry.h"

struct iclgd_kernel; /* iclgd/kernel.h */

/* What forward and backward work on. */
struct iclgd_pass {
  const iclgd_model *model;
  const double *theta;
  const iclgd_prompt *prompt;
  const double *x; /* (count, d) the queries, at most iclgd_model_queries */
  size_t count;
  void *scratch; /* what `scratch` made */
};

struct iclgd_architecture {
  const char *name;           /* model.architecture, attribute of the file */
  const char *description;    /* one line */
  const iclgd_key_set *keys;  /* model.* that it adds; NULL: none */
  const iclgd_schema *schema; /* its arrays in the file (DATA_PARAMETER) */

  /* Fill arrays, size and capabilities of a model with d, layers and loops set.
   * ICLGD_EUSAGE: the keys do not go together. */
  iclgd_status (*shape)(const iclgd_settings *settings, iclgd_model *model,
                        iclgd_error *err);

  /* Scratch for prompts of up to n points, from the arena. */
  iclgd_status (*scratch)(const iclgd_model *model, size_t n,
                          iclgd_arena *arena, void **out, iclgd_error *err);

  /* prediction (depth + 1, count); what backward needs stays in the scratch. */
  void (*forward)(const iclgd_pass *pass, double *prediction);

  /* After forward of the same pass, once or several times: from slope (depth +
   * 1, count), the gradient of a loss in the predictions, dtheta (size) += its
   * gradient in theta, and dx (count, d) = that in the queries. Either may be
   * NULL. An architecture without backward is not trained, and its weights are
   * fitted to predictions (iclgd_model.queries). */
  void (*backward)(const iclgd_pass *pass, const double *slope, double *dtheta,
                   double *dx);

  /* --- where it has them --- */

  /* Where forward can fail: how it did since the model was made; from then on
   * its predictions are NaN. */
  iclgd_status (*status)(const iclgd_model *model, iclgd_error *err);
  /* w (depth + 1, d), faster than by backward, and prediction (depth + 1) as of
   * forward; that may be NULL. */
  void (*weights)(const iclgd_pass *pass, double *w, double *prediction);
  /* Whether its predictions are by iclgd_model.readouts, where they are set. */
  bool takes_readouts;
  /* Hidden states, and their width. */
  const double *(*tokens)(const iclgd_pass *pass);
  size_t (*token_width)(const iclgd_model *model);
  /* Whether no token sees those after it, so that one pass predicts at every
   * context length: in row k the query x_{k+1} (x_query in the last) from the
   * first k points. Then prediction (n + 1, depth + 1), and after it, from a
   * slope of that shape, dtheta (size) +=; the pass's own queries are not
   * used. All three or none. */
  bool (*is_causal)(const iclgd_model *model);
  void (*by_context)(const iclgd_pass *pass, double *prediction);
  void (*backward_by_context)(const iclgd_pass *pass, const double *slope,
                              double *dtheta);
  /* Heads and mlps, their outputs and patterns (iclgd/components.h). */
  const iclgd_components *components;
  /* Second derivatives in theta, exact to rounding; all three or none. The
   * passes of `tangent` and `hessian` have a scratch of their own kind. */
  iclgd_status (*scratch_curved)(const iclgd_model *model, size_t n,
                                 iclgd_arena *arena, void **out,
                                 iclgd_error *err);
  /* prediction (depth + 1, count) as of forward, and tangent of that shape: its
   * derivative along a direction (size) in theta. What `hessian` needs stays in
   * the scratch. */
  void (*tangent)(const iclgd_pass *pass, const double *direction,
                  double *prediction, double *tangent);
  /* After tangent of the same pass, once or several times: from slope (depth +
   * 1, count), the gradient of a loss in the predictions, and dslope, what that
   * changes by along the direction, out (size) += what the gradient in theta
   * changes by,
   *   sum slope (d^2 prediction / dtheta^2) direction
   *   + sum dslope (d prediction / dtheta).
   * With dslope = the loss's second derivatives times tangent this is its
   * Hessian times the direction; the second sum alone is the outer product
   * (Gauss-Newton). Either may be NULL, which stands for 0. */
  void (*hessian)(const iclgd_pass *pass, const double *slope,
                  const double *dslope, double *out);
  /* Along up to ICLGD_DIRECTIONS directions (count, size) at a time, for the
   * pass's first query: tangent (count, depth + 1), and out (count, size) += of
   * dslope (count, depth + 1). `has_directions`: whether this model does it;
   * all three or none. */
  bool (*has_directions)(const iclgd_model *model);
  void (*tangents)(const iclgd_pass *pass, const double *directions,
                   size_t count, double *prediction, double *tangents);
  void (*hessians)(const iclgd_pass *pass, const double *slope,
                   const double *dslopes, size_t count, double *out);
  /* The same in one pass for every context length, where is_causal,
   * tangent and hessian are there: both or none. */
  void (*tangent_by_context)(const iclgd_pass *pass, const double *direction,
                             double *prediction, double *tangent);
  void (*hessian_by_context)(const iclgd_pass *pass, const double *slope,
                             const double *dslope, double *out);
  /* After initial numbers were drawn: zero what no prediction sees. */
  void (*settle)(const iclgd_model *model, double *theta);
  /* theta of exactly gradient descent with step size eta in every layer, on
   * functions where scores are not linear. ICLGD_EUSAGE: the shape cannot hold
   * it, and which key would have to be what. */
  iclgd_status (*construct)(const iclgd_model *model, double eta, double *theta,
                            iclgd_error *err);
  /* The kernel, of scale 1, that all scores of such a construction are; false:
   * no kernel, or several. */
  bool (*kernel)(const iclgd_model *model, struct iclgd_kernel *out);
  /* What layers add to their input times `factor`; false: these layers replace
   * it, and theta stays. */
  bool (*damp)(const iclgd_model *model, double factor, double *theta);
  /* *out, the same with nothing passing its layers: no skip connections. */
  bool (*without_shortcuts)(const iclgd_model *model, iclgd_model *out);
  /* What of theta no prediction sees (iclgd/symmetry.h). */
  void (*symmetries)(const iclgd_model *model, iclgd_arena *arena,
                     iclgd_symmetries *out);
  /* Arrays of the file where they are not those of theta; all three or none. */
  size_t (*stored)(const iclgd_model *model, iclgd_array *out);
  void (*store)(const iclgd_model *model, const double *theta, size_t k,
                double *out);
  iclgd_status (*load)(const iclgd_model *model, const double *const *arrays,
                       double *theta, iclgd_error *err);
};

/* Append an array to the table of a model that is being shaped; by layer, or
 * one for all. The arrays of a layer are neighbours: those by layer come first
 * and together. Its row, for what is not 0. */
iclgd_array *iclgd_model_add_array(iclgd_model *model, const char *name,
                                   bool by_layer, size_t rank,
                                   const size_t *extents);

/* Datasets of one parameter array: in the model, over training, and of every
 * training run. `dims` are those of the array, "layer,row,column". */
#define DATA_PARAMETER(name, dims, title, description)                      \
  DATA_REAL("model/" name, dims, title, description),                       \
      DATA_REAL("snapshots/" name, "snapshot," dims, name " over training", \
                "as /entry/model/" name ", at the steps of `step`"),        \
      DATA_REAL("seeds/" name, "seed," dims, "final " name,                 \
                "as /entry/model/" name ", for every training run")

/* That of a model which runs elsewhere and is known by its trajectories alone:
 * `outside`, which can do nothing and is in no table. */
extern const iclgd_architecture iclgd_outside_architecture;

/* The table of architectures, and that of a name, or NULL. */
const iclgd_architecture *const *iclgd_architectures(size_t *count);
const iclgd_architecture *iclgd_architecture_named(const char *name);

#endif /* ICLGD_ARCHITECTURE_H */
