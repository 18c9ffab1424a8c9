/* Hyperparameters by search on prompts held out from all that is measured. */
#ifndef ICLGD_REFERENCE_TUNE_H
#define ICLGD_REFERENCE_TUNE_H

#include <iclgd/algorithm.h>

/* Mean squared error of iterate `steps` over the prompts, of its predictions
 * where no weight implies them; infinite, at once, when stop is set. */
typedef struct iclgd_tuning_loss {
  iclgd_arena *arena;
  const iclgd_algorithm *algorithm;
  const iclgd_prompts *prompts;
  size_t steps;
  double *work, *w, *prediction;     /* scratch for one prompt */
  size_t kept;                       /* problems that stay from loss to loss */
  iclgd_problem *problems;           /* (kept) */
  double *problem_work;              /* for one that does not */
  const volatile sig_atomic_t *stop; /* or NULL */
} iclgd_tuning_loss;

/* Of the algorithm that chooses, with memory of its arena. */
iclgd_status iclgd_tuning_loss_create(const iclgd_choice *choice,
                                      const iclgd_prompts *prompts,
                                      size_t steps, iclgd_tuning_loss *out,
                                      iclgd_error *err);

/* Of an iclgd_tuning_loss. */
double iclgd_tuning_loss_at(const void *objective, const iclgd_hyper *hyper);

/* Set *value (a member of *hyper) to the minimiser of the loss over [low,
 * high], on a logarithmic grid whose curve is kept in hyper->search and
 * ->curve, then by golden section between the neighbours of the best point. */
iclgd_status iclgd_line_search(const iclgd_tuning_loss *objective,
                               iclgd_hyper *hyper, double *value, double low,
                               double high, iclgd_error *err);

/* The first of the tuning prompts, few enough for searches in several
 * dimensions. */
iclgd_prompts iclgd_tuning_sample(const iclgd_prompts *tune);

/* A step size on the scale of the data: 1 / mean eigenvalue of S. */
double iclgd_natural_step(const iclgd_prompts *prompts);

/* reference.eta when it is given, else 0. */
double iclgd_given_eta(const iclgd_settings *settings);

/* hyper->M = Sigma^-1 for an algorithm that is preconditioned; ICLGD_ERANGE
 * where that is not known or changes nothing. */
iclgd_status iclgd_set_preconditioner(const iclgd_choice *choice,
                                      iclgd_hyper *hyper, iclgd_error *err);

/* One step size in hyper->eta[0] by, in this order: the key reference.eta;
 * unless that asks for a search, O5 at the model's depth, where it holds; a
 * line search at that depth. And the preconditioner. */
iclgd_status iclgd_choose_eta(const iclgd_choice *choice, iclgd_hyper *hyper,
                              iclgd_error *err);

#endif /* ICLGD_REFERENCE_TUNE_H */
