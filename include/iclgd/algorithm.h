/* iclgd/algorithm.h - reference algorithms: explicit iterates for a prompt.
 *
 * Each algorithm is one file in src/reference and one row in the table there.
 * It chooses its hyperparameters once, before anything is measured, and then
 * writes every iterate's implied weight for every prompt. Predictions follow:
 * yhat_k = w_k . x_query, but where an algorithm has `predict`. Iterate 0 is
 * the zero predictor.
 */
#ifndef ICLGD_ALGORITHM_H
#define ICLGD_ALGORITHM_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "iclgd/model.h"
#include "iclgd/prompt.h"

struct iclgd_kernel;

enum { ICLGD_OWN_MAX = 4 };

/* Hyperparameters of one algorithm; each reads what it needs. */
typedef struct iclgd_hyper {
  double *eta; /* (n_eta) one step size, or one per step */
  size_t n_eta;
  double *gamma; /* (n_gamma) GD++: one, or one per step */
  size_t n_gamma;
  double *beta; /* (n_beta) momentum: one, or one per step */
  size_t n_beta;
  double *mix; /* (n_mix, n_mix) chebyshev: what iterates are made of */
  size_t n_mix;
  const double *M; /* (n_M, d, d) preconditioners of the steps, in turn */
  size_t n_M;
  double lambda;       /* a penalty; what it multiplies, each file says */
  const double *prior; /* ridge: (d, d) inverse covariance of w, times tau^2 */
  const double *tasks; /* dmmse: (n_tasks, d) the pool */
  size_t n_tasks;
  const struct iclgd_kernel *kernel; /* of methods that have one */
  double own[ICLGD_OWN_MAX];         /* what the algorithm's row names */
  const char *how;                   /* how they were chosen, for the file */
  /* A line search: (n_search) values tried and their losses. */
  double *search, *curve;
  size_t n_search;
  /* A search over several: every point tried, (n_trials, n_parameters), its
   * loss (n_trials), and the names of the parameters. */
  double *trials, *trial_loss;
  size_t n_trials;
  const char *const *parameters;
  size_t n_parameters;
} iclgd_hyper;

/* What an algorithm may look at when it chooses. `tune` is held out from
 * everything that is measured. */
typedef struct iclgd_choice {
  const struct iclgd_algorithm *algorithm; /* set by iclgd_algorithm_choose */
  const iclgd_settings *settings;
  const iclgd_distribution *dist; /* NULL when the law is not known */
  const iclgd_model *model;       /* the trained one, */
  const double *theta;            /* and its parameters */
  const iclgd_prompts *tune;
  size_t steps; /* how many iterates will be wanted; 0: the model's depth */
  iclgd_arena *arena; /* holds what is chosen */
  /* Set asynchronously when the choice is no longer wanted: searches then end
   * early, with any result. Or NULL. */
  const volatile sig_atomic_t *stop;
} iclgd_choice;

/* The least-squares problem of one prompt's context, min_w |y - X w|^2: its
 * points, their moments and, for algorithms that are `spectral`, the spectrum
 * S = V^T diag(lambda) V. */
typedef struct iclgd_problem {
  iclgd_prompt prompt;
  double *S, *b;      /* (d, d) (1/n) sum x x^T, (d) (1/n) sum y x */
  double *lambda, *V; /* (d), (d, d): row j belongs to lambda[j] */
} iclgd_problem;

/* Methods that act on every eigenvalue of S alone, w_k = q_k(S) b, with the
 * same q_k for all prompts: advance `count` eigenvalues from iterate k to k
 * + 1. The first row of state (ICLGD_FILTER_STATE, count) is q_k(lambda), 0 at
 * k = 0; the others are the method's own, 1 at k = 0. */
enum { ICLGD_FILTER_STATE = 3 };
typedef void (*iclgd_spectral_step)(const iclgd_hyper *hyper, size_t k,
                                    size_t count, const double *lambda,
                                    double *state);

/* How the degree of an iterate's residual polynomial 1 - s q_k(s), w_k = q_k(S)
 * b, grows with k, where q_k is the same for all prompts. */
typedef enum iclgd_growth {
  ICLGD_NO_POLYNOMIAL, /* or another one for each prompt */
  ICLGD_ONE_A_STEP,    /* k at most */
  ICLGD_THREEFOLD      /* (3^k - 1) / 2 at most: GD++ */
} iclgd_growth;

/* How its lines look in every figure: one of six colours, 1 to 6, and one of
 * four kinds of dashes, 0 to 3. Those that are often drawn together differ in
 * colour. Colour 0: whatever is free. */
typedef struct iclgd_look {
  unsigned colour, dash;
} iclgd_look;

/* A hyperparameter that no other algorithm has: hyper->own in the order of the
 * row, in the file an attribute of that name, whole numbers as integers. */
typedef struct iclgd_own_number {
  const char *name; /* NULL: no more */
  bool whole;
} iclgd_own_number;

typedef struct iclgd_algorithm {
  const char *name;  /* in paths of the file: "gd" */
  const char *title; /* in tables: "gradient descent" */
  iclgd_look look;
  /* The equation of an iterate and its source, one line. */
  const char *description;
  /* w <- w + eta M (b - S w) with one eta and M for all steps. */
  bool plain_descent;
  bool nothing;        /* predicts zero: what loses as much learned nothing */
  bool held_out;       /* a model may be trained to it: on the prompts of the
                          loss over training it is measured, too; costs little */
  bool by_context;     /* drawn unasked where the error by context length is */
  bool owes_model;     /* its hyperparameters are the model's own weights */
  bool one_shot;       /* iterate 1 is the result, there are no more */
  bool preconditioned; /* by Sigma^-1; does not apply where it is not known */
  bool spectral;       /* reads lambda and V of the problem */
  /* With M beside it, S stands for M S; a first iterate is M b in any case. */
  iclgd_growth growth;
  const iclgd_key_set *keys; /* reference.* that it alone reads, or NULL */
  iclgd_own_number own[ICLGD_OWN_MAX];
  const char *how; /* its hyperparameters are chosen, unless `choose` says it */
  /* Fill *out, which is zero but for `how`. ICLGD_ERANGE: does not apply here,
   * the message says why in a few words. NULL: there is nothing to choose. */
  iclgd_status (*choose)(const iclgd_choice *choice, iclgd_hyper *out,
                         iclgd_error *err);
  /* w (steps + 1, d); work (iclgd_algorithm_work(n, d)). */
  void (*iterate)(const iclgd_hyper *hyper, const iclgd_problem *problem,
                  size_t steps, double *work, double *w);
  /* Where predictions are not linear in the query, so that no weight implies
   * them: prediction (steps + 1) at the query, and iterate leaves in the rows
   * of w from 1 on its gradient there, or NaN. NULL: prediction_k = w_k .
   * x_query. */
  void (*predict)(const iclgd_hyper *hyper, const iclgd_problem *problem,
                  size_t steps, double *work, double *prediction);
  /* The same method as a filter, its hyperparameters but M; NULL: is none, or
   * not written as one. */
  iclgd_spectral_step filter;
} iclgd_algorithm;

/* The table of algorithms, in the order of tables and plots. */
const iclgd_algorithm *const *iclgd_algorithms(size_t *count);

/* The algorithm of that name, or NULL. */
const iclgd_algorithm *iclgd_algorithm_named(const char *name);

/* Gradient descent, the first that is plain descent; the zero predictor. */
const iclgd_algorithm *iclgd_algorithm_descent(void);
const iclgd_algorithm *iclgd_algorithm_nothing(void);

/* Choose the algorithm's hyperparameters; ICLGD_ERANGE: does not apply here. */
iclgd_status iclgd_algorithm_choose(const iclgd_algorithm *algorithm,
                                    const iclgd_choice *choice,
                                    iclgd_hyper *out, iclgd_error *err);

/* The keys reference.* of several algorithms; the others stand in their rows.
 */
extern const iclgd_key_set iclgd_reference_keys;

/* How many of `wanted` steps the algorithm has with these hyperparameters. */
size_t iclgd_algorithm_steps(const iclgd_algorithm *algorithm,
                             const iclgd_hyper *hyper, size_t wanted);

/* Doubles of room for the arrays of a problem with d features. */
size_t iclgd_problem_work(size_t d);

/* The problem of a prompt in `room` (iclgd_problem_work(d)), which it borrows;
 * without the spectrum when that is not asked for. */
void iclgd_problem_set(const iclgd_prompt *prompt, bool spectral,
                       double *problem_work, iclgd_problem *out);

/* The problem of prompt i. */
iclgd_problem iclgd_problem_of(const iclgd_prompts *prompts, size_t i,
                               bool spectral, double *problem_work);

/* Doubles of scratch that any algorithm may use for one prompt. */
size_t iclgd_algorithm_work(size_t n, size_t d);

#endif /* ICLGD_ALGORITHM_H */
