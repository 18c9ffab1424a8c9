/* iclgd/path.h - a path from the zero predictor to a prediction: the layers of
 * a model, or the steps of a reference algorithm, on any prompt; or arrays of
 * what a model elsewhere predicted, on the prompts that it was shown.
 */
#ifndef ICLGD_PATH_H
#define ICLGD_PATH_H

#include "iclgd/algorithm.h"
#include "iclgd/model.h"

/* What was brought of a model that ran elsewhere: row l is layer l, 0 the zero
 * predictor, column i the prompt at place i of the file of prompts. */
typedef struct iclgd_given_path {
  size_t prompts;
  const double *prediction; /* (steps + 1, prompts) */
  const double *weight;     /* (steps + 1, prompts, d); NULL: not known */
  size_t units;
  const double *tokens; /* (steps + 1, prompts, units) of the query; or NULL */
  /* (steps + 1, prompts, contexts), contexts = n or n + 1: entry k is of
   * x_{k+1} (the last of n + 1 of x_query) from the first k points alone; or
   * NULL */
  size_t contexts;
  const double *by_context;
  /* (steps + 1) R^2 of w . x + c over further queries (iclgd/slope.h), NaN
   * where nothing varies with the query; NULL: not known */
  const double *linearity;
  bool is_linear; /* to rounding, at every layer: prediction = w . x_query */
} iclgd_given_path;

/* A model, an algorithm with its hyperparameters, or arrays; all borrowed. */
typedef struct iclgd_path {
  const char *name;                 /* "model", "gd", ... */
  const char *title;                /* for labels */
  const iclgd_model *model;         /* iterate l is layer l; or NULL */
  const iclgd_given_path *given;    /* in the place of theta; or NULL */
  const double *theta;              /* (size) of the model */
  const iclgd_algorithm *algorithm; /* NULL for a model */
  iclgd_hyper hyper;                /* of the algorithm */
  size_t steps;                     /* iterates 0..steps */
} iclgd_path;

static inline bool iclgd_path_is_one_shot(const iclgd_path *path) {
  return path->algorithm && path->algorithm->one_shot;
}

/* Whether its predictions are w . x_query for every query; else w is their
 * gradient at the query, or NaN where that is not known. */
static inline bool iclgd_path_has_weights(const iclgd_path *path) {
  if (path->algorithm) return !path->algorithm->predict;
  return path->given ? path->given->is_linear : !!path->model->linear;
}

/* Of n_paths the one that is gradient descent, w <- w + eta (b - S w); 0, the
 * model's, for none. */
size_t iclgd_path_of_descent(const iclgd_path *paths, size_t n_paths);

/* The path of a model, `steps` its depth. */
iclgd_path iclgd_path_of_model(const iclgd_model *model, const double *theta,
                               const char *name, const char *title);

/* What one thread needs to go along paths; arrays of an arena. */
typedef struct iclgd_path_scratch {
  iclgd_tape *tape;            /* NULL for a model that runs elsewhere */
  double *work, *problem_work; /* of algorithms, of a problem */
  double *w, *prediction; /* (steps + 1, d), (steps + 1) of the path that is on;
                             NULL where it goes elsewhere */
} iclgd_path_scratch;

/* For prompts of up to n context points and models of the shape of `model`, or
 * of less depth. */
iclgd_status iclgd_path_scratch_create(const iclgd_model *model, size_t n,
                                       iclgd_arena *arena,
                                       iclgd_path_scratch *out,
                                       iclgd_error *err);

/* `count` of them, one for each thread, with w and prediction for paths of up
 * to `steps` steps. */
iclgd_status iclgd_path_scratches_create(size_t count, const iclgd_model *model,
                                         size_t n, size_t steps,
                                         iclgd_arena *arena,
                                         iclgd_path_scratch **out,
                                         iclgd_error *err);

/* w (steps + 1, d) and prediction (steps + 1) of the path on the prompt of a
 * problem, which has its spectrum where the algorithm is spectral. */
void iclgd_path_follow(const iclgd_path *path, const iclgd_problem *problem,
                       const iclgd_path_scratch *path_scratch, double *w,
                       double *prediction);

/* prediction (steps + 1) and w (steps + 1, d) of every path, one path after the
 * other, from the first k points of the prompt alone, at the query of
 * iclgd_prompt_first. With hyperparameters as they are, of the whole prompt;
 * NaN where an algorithm needs more points. A model is asked for this length
 * only; predictions at all of them are iclgd_model_predict_by_context. */
void iclgd_paths_follow_by_context(const iclgd_path *paths, size_t n_paths,
                                   const iclgd_prompt *prompt, size_t k,
                                   const iclgd_path_scratch *path_scratch,
                                   double *w, double *prediction);

#endif /* ICLGD_PATH_H */
