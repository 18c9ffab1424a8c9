/* How much do training runs differ? Held-out losses of training are of prompts
 * of their own; beside gradient descent stand the losses on the prompts that
 * are probed:
 *   loss[s]  = mean over prompts of the risk of seed s at the last layer,
 *   ratio[s] = loss[s] / loss of gradient descent at the same depth, paired,
 * then over seeds: mean, spread (standard deviation) and spread / sqrt(N). */
#include "run/seed_losses.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void take(iclgd_arena *arena, iclgd_seed_losses *s) {
  const size_t runs = s->runs;
  s->errors = iclgd_arena_reals(arena, runs, s->block, 1);
  s->row = iclgd_arena_reals(arena, runs, 1, 1);
  s->moments.count = iclgd_arena_reals(arena, runs, 1, 1);
  s->moments.mean = iclgd_arena_reals(arena, runs, 1, 1);
  s->moments.squares = iclgd_arena_reals(arena, runs, 1, 1);
  s->pairs = iclgd_arena_take(arena, runs, sizeof *s->pairs);
}

iclgd_status iclgd_seed_losses_create(iclgd_job *job,
                                      const iclgd_outcome *outcome,
                                      size_t block, iclgd_seed_losses *out,
                                      iclgd_error *err) {
  const iclgd_history *h = &job->history;
  *out = (iclgd_seed_losses){.runs = h->runs > 1 ? h->runs : 0, .block = block};
  if (out->runs == 0) return ICLGD_OK;
  take(&job->arena, out);
  if (iclgd_arena_status(&job->arena, err, "the training runs"))
    return ICLGD_ENOMEM;
  for (size_t p = 1; p < outcome->n_paths; ++p)
    if (strcmp(outcome->paths[p].name, "gd") == 0) out->gd = &outcome->paths[p];
  return ICLGD_OK;
}

/* A model that has run away to NaN is infinitely wrong, not left out. */
void iclgd_seed_losses_measure(const iclgd_job *job, iclgd_seed_losses *s,
                               const iclgd_prompts *block, size_t i,
                               const iclgd_problem *problem,
                               const iclgd_walker *walker, double *w,
                               double *prediction, double *v) {
  const size_t d = job->d, depth = iclgd_model_depth(&job->model);
  for (size_t k = 0; k < s->runs; ++k) {
    const iclgd_path path = iclgd_path_of_model(
        &job->model, job->history.finals + k * job->model.size, "model", "");
    iclgd_walk(&path, problem, walker, w, prediction);
    const double off = prediction[depth] - block->y_query[i];
    const double error =
        job->model.linear && iclgd_has_risk(job, block)
            ? iclgd_risk(job->Sigma, block->U ? block->U + i * d * d : NULL,
                         w + depth * d, block->w_star + i * d, d, v)
            : off * off;
    s->errors[k * s->block + i] = isnan(error) ? INFINITY : error;
  }
}

void iclgd_seed_losses_add(iclgd_seed_losses *s, size_t count) {
  for (size_t i = 0; s->runs && i < count; ++i) {
    for (size_t k = 0; k < s->runs; ++k)
      s->row[k] = s->errors[k * s->block + i];
    iclgd_moments_row_add(&s->moments, s->row, s->runs);
  }
  for (size_t k = 0; s->gd && k < s->runs; ++k)
    iclgd_pairs_add(&s->pairs[k], s->errors + k * s->block,
                    s->gd->pairs_risks ? s->gd->last_risk : s->gd->last, count);
}

/* Values by seed with their errors over prompts, and as attributes what they
 * are over seeds; values that are not finite are left out there. */
static iclgd_status write_values(iclgd_job *job, const char *path,
                                 const double *values, const double *errors,
                                 size_t runs, iclgd_error *err) {
  iclgd_record *r = job->record;
  iclgd_moments over = {0};
  char of_errors[64];
  snprintf(of_errors, sizeof of_errors, "%s_errors", path);
  for (size_t k = 0; k < runs; ++k)
    iclgd_moments_add(&over, isfinite(values[k]) ? values[k] : NAN);
  const double error = iclgd_moments_standard_error(&over);
  iclgd_record_write(r, path, &runs, values, err);
  iclgd_record_write(r, of_errors, &runs, errors, err);
  iclgd_record_attr_real(r, path, "mean", iclgd_moments_mean(&over), err);
  iclgd_record_attr_real(r, path, "spread", error * sqrt((double)over.count),
                         err);
  iclgd_record_attr_real(r, path, "standard_error", error, err);
  return iclgd_record_attr_int(r, path, "seeds_counted", (int64_t)over.count,
                               err);
}

/* The group is there already unless the model is that of a file. */
static void write_group(iclgd_job *job, size_t runs, iclgd_error *err) {
  if (!job->options->model) return;
  iclgd_record_write(job->record, "seeds/seed", &runs, job->history.seed, err);
  if (job->final_loss)
    iclgd_record_write(job->record, "seeds/final_loss", &runs, job->final_loss,
                       err);
}

iclgd_status iclgd_seed_losses_write(iclgd_job *job, iclgd_seed_losses *s,
                                     iclgd_error *err) {
  const size_t runs = s->runs;
  double *error = s->row, *ratio = s->errors;
  if (runs == 0) return ICLGD_OK;
  for (size_t k = 0; k < runs; ++k) {
    const iclgd_moments m =
        iclgd_moments_row_at(&s->moments, k, (size_t)s->moments.count[k]);
    error[k] = iclgd_moments_standard_error(&m);
  }
  write_group(job, runs, err);
  const iclgd_status status =
      write_values(job, "seeds/probe_loss", s->moments.mean, error, runs, err);
  if (!s->gd) return status;
  for (size_t k = 0; k < runs; ++k)
    iclgd_pairs_ratio(&s->pairs[k], &ratio[k], &error[k]);
  return write_values(job, "seeds/ratio_to_gd", ratio, error, runs, err);
}
