/* /entry/trajectories, /entry/trajectories_loss and /entry/tuning. */
#include "run/trajectories.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const iclgd_group groups[] = {
    GROUP_PLOT_ON("trajectories_loss", "model", "index", "lin log",
                  "loss, layer by layer beside step by step",
                  "mean over prompts of (prediction - y_query)^2, no 1/2; NaN "
                  "where there is no such layer; a one-shot algorithm is drawn "
                  "as a level from index 1"),
    GROUP(
        "trajectories", "trajectories",
        "every iterate of the model and of each algorithm, on every prompt "
        "that is stored; hyperparameters were chosen on `tuning_count` prompts "
        "from `tuning_first` on of the stream `tuning_stream` (`iclgd generate "
        "--stream tune`), or of the file of prompts (`file`)"),
    GROUP_PLOT("trajectories/<who>", "prediction", "index,prompt",
               "predictions and implied weights",
               "index 0 is the zero predictor; prediction = weight . x_query "
               "where it is linear in the query (of a model that ran "
               "elsewhere: attribute `linear`); chosen numbers in attributes, "
               "of chebyshev a (eta), b (beta) "
               "and l (lambda) of r = b - (S + l I) w, w += a_k dir, r -= a_k "
               "(S + l I) dir, dir = r + b_k dir and, where there is a square "
               "`mix`, w_k = sum_m mix[k - 1, m] dir_m instead"),
    GROUP("tuning", "searches for hyperparameters",
          "on prompts held out from everything that is measured"),
    GROUP_PLOT_ON("tuning/<who>", "loss", "value", "log log", "search",
                  "loss at step = depth over the values of one hyperparameter "
                  "that were tried; for several, every trial, with the "
                  "attribute `parameters` their names"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("trajectories_loss/index", "index", "layer or step",
             "layer of the model and step of the algorithms"),
    DATA_REAL("trajectories_loss/<who>", "index",
              "in-context loss, sampled queries",
              "mean over prompts of (prediction - y_query)^2, one query each"),
    DATA_REAL("trajectories_loss/<who>_errors", "index", "standard error",
              "of the mean over prompts"),
    DATA_REAL("trajectories_loss/<who>_median", "index", "median squared error",
              "over the first `median_prompts` prompts (an attribute of the "
              "group); the mean is heavy-tailed"),
    DATA_REAL("trajectories_loss/<who>_risk", "index",
              "in-context loss, exact over queries",
              "mean over prompts of the risk (w - w_star)^T Sigma (w - "
              "w_star), where it is known: the same mean with less noise"),
    DATA_REAL("trajectories_loss/<who>_risk_errors", "index", "standard error",
              "of the mean risk over prompts"),
    DATA_INT("trajectories_loss/<who>_measurable", "index",
             "whether the mean can be trusted",
             "1 where the tail of the prompts' risks (of squared errors where "
             "risks are not known) is light enough for the mean and its error, "
             "0 where rare prompts carry the mean; the rule is Hill's "
             "index, include/iclgd/tail.h"),
    DATA_REAL("trajectories_loss/<who>_expected", "index",
              "in-context loss, over all prompts of the law",
              "a closed form, or from prompts of wider laws "
              "(probe.wide_prompts), weighed; NaN where neither is known"),
    DATA_REAL("trajectories_loss/<who>_expected_errors", "index",
              "standard error", "of the expected loss; 0 of a closed form"),
    DATA_INT("trajectories/<who>/index", "index", "layer or step",
             "0 is the zero predictor"),
    DATA_REAL("trajectories/<who>/prediction", "index,prompt", "prediction",
              "at x_query"),
    DATA_REAL(
        "trajectories/<who>/weight", "index,prompt,feature", "implied weight",
        "gradient of the prediction in x_query, exact; NaN for an "
        "algorithm that has none and where it is not known; of what is not "
        "linear in it the sensitivity at the prompt's own query, or the "
        "least-squares fit over further queries (attribute `weights`)"),
    DATA_REAL("trajectories/<who>/linearity", "index", "R^2",
              "of w . x + c over further queries of each prompt, corrected for "
              "the fit: 1 where predictions are linear in the query; NaN where "
              "nothing varies with it"),
    DATA_REAL(
        "trajectories/<who>/risk", "index,prompt", "risk",
        "(w - w_star)^T Sigma (w - w_star), the exact mean of the squared "
        "error over x_query; absent where w_star or Sigma is not "
        "known, NaN where the weight does not predict"),
    DATA_TEXT("trajectories/<who>/feature_name", "feature", "features",
              "columns of the table whose rows the prompts are"),
    DATA_REAL("trajectories/<who>/tasks", "task,feature", "task",
              "the pool of weights over which dmmse is the Bayes mixture"),
    DATA_REAL("tuning/<who>/value", "value", "value tried",
              "of the step size (of the penalty for ridge and lasso)"),
    DATA_REAL("tuning/<who>/loss", "value", "loss",
              "mean squared error over the tuning prompts"),
    DATA_REAL(
        "tuning/<who>/trials", "trial,parameter", "values tried",
        "of each of the `parameters` of the group, in the order of the search"),
    DATA_REAL("tuning/<who>/trial_loss", "trial", "loss",
              "of a trial: mean squared error over the tuning prompts, or its "
              "exact mean (how_chosen of the trajectory says which)"),
};

const iclgd_schema iclgd_trajectories_schema = SCHEMA(groups, datasets);

bool iclgd_has_risk(const iclgd_job *job, const iclgd_prompts *prompts) {
  return job->Sigma && prompts->w_star;
}

static void write_search(iclgd_record *r, const iclgd_path *path,
                         iclgd_error *err) {
  const iclgd_hyper *h = &path->hyper;
  const size_t trials[] = {h->n_trials, h->n_parameters};
  char group[64];
  snprintf(group, sizeof group, "tuning/%s", path->name);
  if (h->n_search > 0) {
    iclgd_record_put(r, group, "value", &h->n_search, h->search, err);
    iclgd_record_put(r, group, "loss", &h->n_search, h->curve, err);
  }
  if (h->n_trials == 0) return;
  iclgd_record_put(r, group, "trials", trials, h->trials, err);
  iclgd_record_put(r, group, "trial_loss", trials, h->trial_loss, err);
  iclgd_record_attr_texts(r, group, "parameters", h->parameters,
                          h->n_parameters, err);
}

/* One number, or one per step; nothing when there is none. */
static void write_steps(iclgd_record *r, const char *group, const char *name,
                        const double *values, size_t count, iclgd_error *err) {
  if (count == 1)
    iclgd_record_attr_real(r, group, name, *values, err);
  else if (count > 1)
    iclgd_record_attr_reals(r, group, name, values, count, err);
}

/* The hyperparameters and how they were chosen, on the group. */
static void write_hyper(iclgd_job *job, const char *group,
                        const iclgd_path *path, iclgd_error *err) {
  const iclgd_hyper *h = &path->hyper;
  iclgd_record *r = job->record;
  iclgd_record_attr_text(r, group, "label", path->title, err);
  if (!path->algorithm) return;
  iclgd_record_attr_text(r, group, "algorithm", path->algorithm->description,
                         err);
  iclgd_record_attr_text(r, group, "how_chosen", h->how, err);
  write_steps(r, group, "eta", h->eta, h->n_eta, err);
  write_steps(r, group, "gamma", h->gamma, h->n_gamma, err);
  write_steps(r, group, "beta", h->beta, h->n_beta, err);
  if (h->mix)
    iclgd_record_attr_reals(r, group, "mix", h->mix, h->n_mix * h->n_mix, err);
  if (h->lambda != 0)
    iclgd_record_attr_real(r, group, "lambda", h->lambda, err);
  const iclgd_own_number *own = path->algorithm->own;
  for (size_t i = 0; i < ICLGD_OWN_MAX && own[i].name; ++i)
    if (own[i].whole)
      iclgd_record_attr_int(r, group, own[i].name, (int64_t)h->own[i], err);
    else
      iclgd_record_attr_real(r, group, own[i].name, h->own[i], err);
  if (h->n_tasks > 0)
    iclgd_record_put(r, group, "tasks", (size_t[]){h->n_tasks, job->d},
                     h->tasks, err);
  write_search(r, path, err);
}

static iclgd_status begin_path(iclgd_job *job, const iclgd_path *path,
                               size_t prompts, size_t block, bool with_risk,
                               iclgd_error *err) {
  const size_t rows = path->steps + 1;
  const size_t extents[] = {rows, prompts, job->d};
  const size_t part[] = {rows, block, job->d};
  char group[64], name[96];
  snprintf(group, sizeof group, "trajectories/%s", path->name);
  TRY(iclgd_record_put_axis(job->record, group, "index", 0, rows, err));
  write_hyper(job, group, path, err);
  for (size_t i = 0; prompts > 0 && i < (with_risk ? 3 : 2); ++i) {
    static const char *const leaves[] = {"prediction", "weight", "risk"};
    snprintf(name, sizeof name, "%s/%s", group, leaves[i]);
    iclgd_record_begin_blocks(job->record, name, extents, part, err);
  }
  if (prompts > 0 && job->dist && job->dist->table)
    iclgd_record_put(job->record, group, "feature_name", &job->d,
                     job->dist->table->names, err);
  return iclgd_record_status(job->record, err);
}

iclgd_status iclgd_begin_trajectories(iclgd_job *job, const iclgd_path *paths,
                                      iclgd_track *tracks, size_t n_paths,
                                      const iclgd_prompts *block, size_t stored,
                                      iclgd_error *err) {
  const bool with_risk = iclgd_has_risk(job, block);
  for (size_t p = 0; p < n_paths; ++p) {
    iclgd_stored_part *part = &tracks[p].stored;
    const size_t rows = paths[p].steps + 1;
    TRY(begin_path(job, &paths[p], stored,
                   block->count < stored ? block->count : stored, with_risk,
                   err));
    part->prediction = iclgd_arena_reals(&job->arena, rows, block->count, 1);
    part->weight = iclgd_arena_reals(&job->arena, rows, block->count, job->d);
    if (with_risk)
      part->risk = iclgd_arena_reals(&job->arena, rows, block->count, 1);
  }
  return iclgd_arena_status(&job->arena, err, "the trajectories");
}

double iclgd_risk(const double *Sigma, const double *U, const double *w,
                  const double *w_star, size_t d, double *restrict v) {
  double *product = v + d, value = 0;
  for (size_t i = 0; i < d; ++i) {
    v[i] = U ? 0 : w[i] - w_star[i];
    product[i] = 0;
  }
  for (size_t k = 0; U && k < d; ++k)
    for (size_t i = 0; i < d; ++i) v[i] += U[k * d + i] * (w[k] - w_star[k]);
  for (size_t k = 0; k < d; ++k)
    for (size_t i = 0; i < d; ++i) product[i] += v[k] * Sigma[k * d + i];
  for (size_t i = 0; i < d; ++i) value += v[i] * product[i];
  return value;
}

void iclgd_fill_stored_part(const iclgd_job *job, const iclgd_path *path,
                            const iclgd_track *track,
                            const iclgd_prompts *prompts, size_t first,
                            size_t count, double *v) {
  const size_t rows = path->steps + 1, d = job->d, width = prompts->count;
  const iclgd_stored_part *stored = &track->stored;
  for (size_t k = 0; k < rows; ++k)
    for (size_t i = first; i < first + count; ++i) {
      const double *U = prompts->U ? prompts->U + i * d * d : NULL;
      const double *w = track->w + (i * rows + k) * d;
      const size_t at = k * width + i;
      stored->prediction[at] = track->prediction[i * rows + k];
      memcpy(stored->weight + at * d, w, d * sizeof *w);
      if (stored->risk)
        stored->risk[at] =
            k == 0 || iclgd_path_has_weights(path)
                ? iclgd_risk(job->Sigma, U, w, prompts->w_star + i * d, d, v)
                : NAN;
    }
}

/* Rows of `width` prompts become rows of their first `count`. */
static void narrow(double *rows, size_t n_rows, size_t width, size_t count,
                   size_t size) {
  for (size_t k = 1; rows && k < n_rows; ++k)
    memmove(rows + k * count * size, rows + k * width * size,
            count * size * sizeof *rows);
}

enum { ARRAYS = 3, PATHS_AT_ONCE = 8 };

/* The trajectories of at most PATHS_AT_ONCE paths together. */
static iclgd_status write_several(iclgd_job *job, const iclgd_path *paths,
                                  const iclgd_track *tracks, size_t n_paths,
                                  size_t count, size_t first,
                                  iclgd_error *err) {
  const char *const leaves[ARRAYS] = {"weight", "prediction", "risk"};
  const size_t start[] = {0, first, 0};
  size_t extents[PATHS_AT_ONCE][3], used = 0;
  iclgd_part parts[PATHS_AT_ONCE * ARRAYS] = {{0}};
  char names[PATHS_AT_ONCE * ARRAYS][96];
  for (size_t p = 0; p < n_paths; ++p) {
    const iclgd_stored_part *stored = &tracks[p].stored;
    const double *data[ARRAYS] = {stored->weight, stored->prediction,
                                  stored->risk};
    extents[p][0] = paths[p].steps + 1;
    extents[p][1] = count;
    extents[p][2] = job->d;
    for (size_t i = 0; i < ARRAYS; ++i) {
      if (!data[i]) continue;
      snprintf(names[used], sizeof names[used], "trajectories/%s/%s",
               paths[p].name, leaves[i]);
      parts[used] = (iclgd_part){names[used], start, extents[p], data[i]};
      ++used;
    }
  }
  return iclgd_record_parts(job->record, parts, used, job->pool, err);
}

iclgd_status iclgd_write_trajectories(iclgd_job *job, const iclgd_path *paths,
                                      const iclgd_track *tracks, size_t n_paths,
                                      size_t width, size_t count, size_t first,
                                      iclgd_error *err) {
  for (size_t p = 0; count < width && p < n_paths; ++p) {
    const iclgd_stored_part *stored = &tracks[p].stored;
    const size_t rows = paths[p].steps + 1;
    narrow(stored->prediction, rows, width, count, 1);
    narrow(stored->weight, rows, width, count, job->d);
    narrow(stored->risk, rows, width, count, 1);
  }
  for (size_t p = 0; p < n_paths; p += PATHS_AT_ONCE) {
    const size_t left = n_paths - p;
    TRY(write_several(job, paths + p, tracks + p,
                      left < PATHS_AT_ONCE ? left : PATHS_AT_ONCE, count, first,
                      err));
  }
  return ICLGD_OK;
}

iclgd_status iclgd_write_tuning(iclgd_job *job, size_t count,
                                iclgd_error *err) {
  iclgd_record *r = job->record;
  const int64_t first =
      job->given.there
          ? (int64_t)((size_t)(job->given.to_probe.x - job->given.all.x) /
                      (job->n * job->d))
          : 0;
  iclgd_record_attr_text(r, "trajectories", "tuning_stream",
                         job->given.there ? "file" : "tune", err);
  iclgd_record_attr_int(r, "trajectories", "tuning_first", first, err);
  return iclgd_record_attr_int(r, "trajectories", "tuning_count",
                               (int64_t)count, err);
}
