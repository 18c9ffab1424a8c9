/* What the files of the probe `identify` share: families of algorithms with
 * parameters, prompts as they are compared, and hypotheses fitted to path 0. */
#ifndef ICLGD_PROBES_IDENTIFY_H
#define ICLGD_PROBES_IDENTIFY_H

#include <iclgd/comparisons.h>
#include <iclgd/kernel.h>
#include <iclgd/probe.h>

/* --- families (table.c) ---------------------------------------- */

/* Where a parameter goes in the hyperparameters. */
typedef enum identify_slot {
  IDENTIFY_ETA,
  IDENTIFY_GAMMA,
  IDENTIFY_BETA,
  IDENTIFY_SCALE,
  IDENTIFY_LAMBDA,
  IDENTIFY_KERNEL_SCALE
} identify_slot;

/* What a parameter is measured in, so that one of order 1 is natural. */
typedef enum identify_unit {
  IDENTIFY_PURE,             /* 1 */
  IDENTIFY_STEP,             /* 1 / mean eigenvalue of S */
  IDENTIFY_CURVATURE,        /* mean eigenvalue of S */
  IDENTIFY_POINT_STEP,       /* 1 / mean |x|^2 */
  IDENTIFY_KERNEL_STEP,      /* 1 / mean k(x, x); n where rows have the sum 1 */
  IDENTIFY_KERNEL_CURVATURE, /* mean k(x, x) */
  IDENTIFY_PRODUCT           /* mean eigenvalue of S times sqrt d, of u.v */
} identify_unit;

/* A parameter through a coordinate z: unit z, or unit exp(z). */
typedef struct identify_knob {
  const char *name;       /* NULL: there is none */
  const char *one, *many; /* what sentences call it */
  identify_slot slot;
  identify_unit unit;
  bool logarithmic;
  double low, high;     /* of z */
  const double *starts; /* (n_starts) of z, the first for want of others */
  size_t n_starts;
} identify_knob;

typedef enum identify_kind {
  IDENTIFY_FILTER,   /* w_k = q_k(S) b, with the filter of the algorithm */
  IDENTIFY_ITERATES, /* the iterates of the algorithm, prompt by prompt */
  IDENTIFY_GIVEN,    /* the same with hyperparameters that nothing fits */
  IDENTIFY_MATRIX,   /* GD with a fitted preconditioner */
  IDENTIFY_KERNEL,   /* predictions of the algorithm, with the kernel that the
                        one among the reference algorithms has */
  IDENTIFY_SCORES    /* the same with that of the model's scores */
} identify_kind;

/* The longest context on which methods with a kernel are fitted. */
enum { IDENTIFY_KERNEL_POINTS = 128 };

enum { IDENTIFY_KNOBS = 2, IDENTIFY_BASES = 2 };

/* A row of the table: which algorithm, what is fitted. */
typedef struct identify_family {
  const char *name, *title;
  identify_kind kind;
  const char *algorithm;      /* of the reference algorithms */
  iclgd_spectral_step filter; /* one that has no row among these, or NULL */
  identify_knob knobs[IDENTIFY_KNOBS];
  bool per_layer;         /* each layer has parameters of its own */
  iclgd_kernel_form form; /* IDENTIFY_SCORES: applies to scores of this one */
  bool whitened;          /* in coordinates in which Sigma = I */
  bool adapts;          /* takes a step of its own for every prompt and layer */
  size_t steps, layers; /* layer l = step l steps / layers; 0: 1 */
  size_t least_depth;   /* below it is the same as another */
  /* Simpler ones that it holds as special cases, earlier in the table. */
  const char *bases[IDENTIFY_BASES];
  const char *optimum; /* the algorithm whose parameters are best for the loss,
                          in the same order; or NULL */
} identify_family;

const identify_family *iclgd_identify_families(size_t *count);

/* What sentences call the parameter of that name, "eta" or "eta_2". */
const char *iclgd_identify_word(const char *parameter, bool many);

/* --- prompts (sample.c) ----------------------------------------- */

/* S of the prompts by its spectrum: in x itself, or whitened. */
typedef struct identify_view {
  double *lambda, *beta; /* (count, d) eigenvalues, v . b */
  double *map;           /* (count, m, d) from coordinates along v to what is
                            compared; unused where `same` */
  bool same;             /* they are what is compared */
  double curvature;      /* mean eigenvalue, a scale for step sizes */
} identify_view;

enum { IDENTIFY_PLAIN, IDENTIFY_WHITENED, IDENTIFY_VIEWS };

/* What a path predicts for a prompt is held against another's as m numbers
 * whose squared distance is, up to a constant, the mean square over the query
 * of the difference of predictions, (w - w')^T Sigma (w - w'), in m = d
 * coordinates; or m = 1, the prediction at the prompt's own query. */
typedef struct identify_sample {
  size_t count, limit; /* prompts that are kept, and may be */
  size_t n, d, m, layers;
  bool weights, whitened; /* m = d; there is the second view */
  identify_view views[IDENTIFY_VIEWS];
  iclgd_problem *problems; /* (count) */
  double *scratches;       /* of the problems, where they are our own */
  double *toward;          /* (count, m, d): w -> what is compared */
  double *target;          /* (layers, count, m) of path 0, from layer 1 */
  size_t *from;            /* (count) index of the prompt in what was given */
} identify_sample;

/* Scratch of a thread that sets prompts. */
typedef struct identify_setter {
  const iclgd_path_scratch *path_scratch; /* along path 0 */
  double *x;                              /* (n + 1, d) whitened points */
} identify_setter;

iclgd_status iclgd_identify_setters(const iclgd_probe_setup *setup,
                                    identify_setter **out, iclgd_error *err);

/* Empty, with room; iclgd_arena_status says whether it is there. */
void iclgd_identify_sample_create(const iclgd_probe_setup *setup, size_t limit,
                                  bool own_problems, iclgd_arena *arena,
                                  identify_sample *out);

/* Go along path 0 on tuning prompt `at`, whose problem is set; whether it is
 * finite at all layers. */
bool iclgd_identify_follow(const iclgd_probe_setup *setup, size_t at,
                           const iclgd_path_scratch *path_scratch,
                           iclgd_problem *problem);

/* Set the sample to those of the tuning prompts first .. first + limit - 1, as
 * far as there are, at which path 0 is finite; the number of the others is
 * added to *excluded. */
void iclgd_identify_sample_tune(const iclgd_probe_setup *setup,
                                identify_setter *setters, size_t first,
                                identify_sample *sample, size_t *excluded);

/* The same for prompts first .. first + count - 1 of a block. */
void iclgd_identify_sample_block(const iclgd_probe_setup *setup,
                                 identify_setter *setters,
                                 const iclgd_probe_block *block, size_t first,
                                 size_t count, identify_sample *sample,
                                 size_t *excluded);

/* --- hypotheses (hypothesis.c) ----------------------------------- */

typedef struct identify_hypothesis {
  const identify_family *family;
  const iclgd_algorithm *algorithm; /* NULL: the filter is the family's own */
  iclgd_spectral_step filter;
  size_t view, steps, layers; /* layer l = step l steps / layers */
  size_t wave;                /* 1 + that of the bases */
  size_t bases[IDENTIFY_BASES], n_bases;
  bool by_construction;
  iclgd_hyper hyper;
  iclgd_kernel *kernel; /* its own, which hyper has; NULL: none */
  double trace;         /* what the unit of steps in function space is of */
  size_t n_z;           /* parameters that are searched for */
  double *z;
  size_t n_parameters;                  /* all that are fitted */
  double *value, *low, *high, *optimal; /* (n_parameters) */
  double *trial;                        /* (steps of n_z) */
} identify_hypothesis;

/* The hypotheses that apply, in the order of the table. */
iclgd_status iclgd_identify_hypotheses(const iclgd_probe_setup *setup,
                                       const identify_sample *sample,
                                       identify_hypothesis **out, size_t *count,
                                       iclgd_error *err);

/* The layer is compared: a step falls on it. */
static inline bool iclgd_identify_compares(const identify_hypothesis *h,
                                           size_t layer) {
  return layer * h->steps % h->layers == 0;
}

/* The knob and the layer (0: shared) that parameter i stands for. */
const identify_knob *iclgd_identify_knob(const identify_hypothesis *h, size_t i,
                                         size_t *layer);

/* The value of parameter i at the coordinate z. */
double iclgd_identify_value(const identify_hypothesis *h,
                            const identify_sample *sample, size_t i, double z);

/* Let the hyperparameters be those at h->z. */
void iclgd_identify_apply(const identify_hypothesis *h,
                          const identify_sample *sample);

/* Scratch of a thread that follows hypotheses. */
typedef struct identify_scratch {
  double *state, *work, *w;
} identify_scratch;

void iclgd_identify_scratch_create(const identify_sample *sample,
                                   iclgd_arena *arena, identify_scratch *out);

/* Follow a hypothesis from the zero predictor: out (last, count, m) for layers
 * 1..last; layers that it does not compare are left alone. */
void iclgd_identify_walk(const identify_hypothesis *h,
                         const identify_sample *sample, size_t last,
                         const identify_scratch *scratch, double *out);

/* --- fitting (fit.c, matrix.c) -------------------------- */

/* Fit all hypotheses but matrices to path 0 on the sample, those with a kernel
 * on `few` prompts, in the units of the same sample. What does worse than a
 * base of its own on other prompts, `check`, is set to that base. */
iclgd_status iclgd_identify_fit(const iclgd_probe_setup *setup,
                                const identify_sample *sample,
                                const identify_sample *few,
                                const identify_sample *check,
                                identify_hypothesis *hypotheses, size_t count,
                                iclgd_error *err);

/* Fit the matrices to the updates of path 0 on the tuning prompts. */
iclgd_status iclgd_identify_fit_matrices(const iclgd_probe_setup *setup,
                                         const identify_setter *setters,
                                         identify_hypothesis *hypotheses,
                                         size_t count, iclgd_error *err);

/* --- choosing (choose.c) -------------------------------------------------- */

/* Squared distances on the prompts that were fed. */
typedef struct identify_measured {
  size_t hypotheses, layers, prompts, limit; /* prompts: so far */
  double *error;  /* (hypotheses, limit, layers) to path 0; NaN: not compared */
  double *square; /* (limit, layers) of path 0 */
  double *apart;  /* (hypotheses, hypotheses, layers) sums over prompts */
  double scale;   /* sum of squares of labels, to tell zero from small */
  double size;    /* the same of the last predictions of path 0 */
} identify_measured;

typedef struct identify_result {
  double *unexplained, *unexplained_errors; /* (hypotheses, layers + 1) */
  double *overall, *overall_errors;         /* (hypotheses) */
  double *excess, *excess_errors;           /* (hypotheses) */
  double *apart;                            /* (hypotheses, hypotheses) */
  size_t chosen;
  const char *kind;
} identify_result;

iclgd_status iclgd_identify_choose(const identify_measured *m,
                                   const identify_hypothesis *hypotheses,
                                   double tolerance, iclgd_arena *arena,
                                   identify_result *out, iclgd_error *err);

/* --- writing (write.c) ---------------------------------------------------- */

typedef struct identify_findings {
  const identify_hypothesis *hypotheses; /* (count) */
  size_t count, layers;
  const identify_result *result;
  double tolerance;
  double prediction_size; /* of the last predictions, over that of labels */
  bool weights;           /* not the prompts' own queries */
  size_t excluded, prompts, fitted; /* prompts fed, and fitted on */
} identify_findings;

iclgd_status iclgd_identify_write(const identify_findings *findings,
                                  iclgd_arena *arena, iclgd_record *record,
                                  iclgd_error *err);

#endif /* ICLGD_PROBES_IDENTIFY_H */
