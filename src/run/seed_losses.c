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

iclgd_status iclgd_seed_losses_create(iclgd_job *job,
                                      const iclgd_outcome *outcome,
                                      size_t block, iclgd_seed_losses *out,
                                      iclgd_error *err) {
  iclgd_arena *arena = &job->arena;
  const bool fitted = !!job->model.readouts; /* to one of them alone */
  const size_t runs = job->history.runs > 1 && !fitted ? job->history.runs : 0;
  *out = (iclgd_seed_losses){
      .runs = runs,
      .block = block,
      .errors = iclgd_arena_reals(arena, runs, block, 1),
      .row = iclgd_arena_reals(arena, runs, 1, 1),
      .moments = iclgd_take_moments(arena, runs),
      .pairs = iclgd_arena_take(arena, runs, sizeof *out->pairs)};
  for (size_t p = 1; p < outcome->n_paths; ++p)
    if (strcmp(outcome->paths[p].name, iclgd_algorithm_descent()->name) == 0)
      out->gd = &outcome->paths[p];
  return iclgd_arena_status(arena, err, "the training runs");
}

/* A model that has run away to NaN is infinitely wrong, not left out. */
void iclgd_seed_losses_measure(const iclgd_job *job, iclgd_seed_losses *s,
                               const iclgd_problem *problem, size_t i,
                               const iclgd_thread *own) {
  const iclgd_prompt *prompt = &problem->prompt;
  const size_t d = job->d, depth = iclgd_model_depth(&job->model);
  const bool has_risk = job->model.linear && job->Sigma && prompt->w_star;
  for (size_t k = 0; k < s->runs; ++k) {
    const iclgd_path path = iclgd_path_of_model(
        &job->model, job->history.finals + k * job->model.size, "model", "");
    iclgd_path_follow(&path, problem, &own->path_scratch, own->w,
                      own->prediction);
    const double off = own->prediction[depth] - prompt->y_query;
    const double error =
        has_risk ? iclgd_risk(job->Sigma, prompt->U, own->w + depth * d,
                              prompt->w_star, d, own->v)
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
