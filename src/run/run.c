/* The pipeline: open what the stages need, run them, commit the file. */
#include <iclgd/run.h>

#include <iclgd/keys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "math/dense.h"
#include "record/output/lock.h"
#include "record/output/target.h"
#include "run/checkpoint.h"
#include "run/outside/outside.h"
#include "run/stages.h"

/* Sigma for the risk, where the law has one. */
static iclgd_status set_covariance(iclgd_job *job, iclgd_error *err) {
  if (job->law.table) return ICLGD_OK;
  job->Sigma = iclgd_arena_reals(&job->arena, job->d, job->d, 1);
  if (!job->Sigma) return iclgd_fail_memory(err, "the covariance");
  iclgd_distribution_covariance(&job->law, job->Sigma);
  return ICLGD_OK;
}

/* What is probed must not have been trained on: a run that does both takes the
 * first half of a file's prompts for the one and the rest for the other. */
static iclgd_status share_prompts(iclgd_job *job, unsigned stages,
                                  iclgd_error *err) {
  const iclgd_prompts *all = &job->given.all;
  job->given.to_train = job->given.to_probe = *all;
  if (!(stages & ICLGD_STAGE_TRAIN) || !(stages & ICLGD_STAGE_PROBE))
    return ICLGD_OK;
  const size_t half = all->count / 2;
  if (half < 3)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/prompts: expected at least 6 prompts to "
                      "train on some and probe the others, found %zu",
                      job->options->prompts, all->count);
  job->given.to_train = iclgd_prompts_part(all, 0, half);
  job->given.to_probe = iclgd_prompts_part(all, half, all->count - half);
  return ICLGD_OK;
}

static iclgd_status open_prompts(iclgd_job *job, unsigned stages,
                                 iclgd_error *err) {
  const uint64_t seed = (uint64_t)iclgd_get_int(job->settings, "seed");
  if (job->options->model) TRY(iclgd_read_law(job, job->options->model, err));
  if (job->options->prompts) {
    TRY(iclgd_read_prompts(job, job->options->prompts, err));
    if (job->options->trajectories) TRY(iclgd_read_outside(job, err));
    return share_prompts(job, stages, err);
  }
  TRY(iclgd_distribution_create(job->settings, seed, &job->arena, &job->law,
                                err));
  if (job->law.table) TRY(iclgd_match_table(job, err));
  job->dist = &job->law;
  if (!job->law.table) iclgd_state_law(job);
  job->n = job->law.n;
  job->d = job->law.d;
  return set_covariance(job, err);
}

static iclgd_status check_lists(const iclgd_settings *settings,
                                iclgd_error *err) {
  const char *keys[] = {"reference.list", "probe.list"};
  size_t algorithms, probes;
  const iclgd_algorithm *const *a = iclgd_algorithms(&algorithms);
  const iclgd_probe *const *p = iclgd_probes(&probes);
  for (size_t k = 0; k < 2; ++k) {
    const char *list = iclgd_get_text(settings, keys[k]);
    if (strcmp(list, "all") == 0) continue;
    for (list += strspn(list, ", "); *list; list += strspn(list, ", ")) {
      char word[64];
      const size_t length = strcspn(list, ", ");
      snprintf(word, sizeof word, "%.*s", (int)length, list);
      iclgd_nearest near = iclgd_nearest_to(word);
      for (size_t i = 0; k == 0 && i < algorithms; ++i)
        iclgd_nearest_try(&near, a[i]->name);
      for (size_t i = 0; k == 1 && i < probes; ++i)
        iclgd_nearest_try(&near, p[i]->name);
      if (strcmp(near.word, word) != 0)
        return iclgd_settings_reject(
            settings, keys[k], err, "no such %s: '%s'%s (see `iclgd probes`)",
            k == 0 ? "algorithm" : "probe", word, iclgd_nearest_phrase(&near));
      list += length;
    }
  }
  return ICLGD_OK;
}

/* What the file says of the model is what runs. */
static iclgd_status check_architecture(const iclgd_settings *settings,
                                       const iclgd_architecture *own,
                                       iclgd_error *err) {
  if (!own ||
      strcmp(iclgd_get_text(settings, "model.architecture"), own->name) == 0)
    return ICLGD_OK;
  return iclgd_settings_reject(settings, "model.architecture", err,
                               "the program runs its own, '%s'", own->name);
}

static iclgd_status run_stages(iclgd_job *job, unsigned stages,
                               iclgd_error *err) {
  const bool is_program =
      (stages & ICLGD_STAGE_PROBE) && iclgd_has_program(job->settings);
  if (is_program) TRY(iclgd_open_program(job, err));
  TRY(iclgd_write_config(job, err));
  if (stages & ICLGD_STAGE_TRAIN) TRY(iclgd_keep_law(job, err));
  if (stages & ICLGD_STAGE_GENERATE) TRY(iclgd_stage_generate(job, err));
  if (stages & ICLGD_STAGE_TRAIN) TRY(iclgd_stage_train(job, err));
  if (!(stages & ICLGD_STAGE_PROBE)) return ICLGD_OK;
  if (job->options->model) TRY(iclgd_read_model(job, job->options->model, err));
  if (job->options->model || job->program || job->outside)
    TRY(iclgd_write_model(job, err));
  return iclgd_stage_probe(job, err);
}

/* The file of a watchable run is replaced by later ones, so whether it may be
 * is asked at the start. */
static iclgd_status open_record(iclgd_job *job, iclgd_error *err) {
  const iclgd_run_options *options = job->options;
  const bool force = options->force || job->is_shown;
  TRY(options->watchable ? iclgd_target_check(options->output, force, err)
                         : ICLGD_OK);
  return iclgd_open_record(job, options->output, force || options->watchable,
                           &job->record, err);
}

static size_t threads_of(const iclgd_settings *settings) {
  const iclgd_form form = iclgd_get_form(settings, "train.threads");
  return form.count ? (size_t)form.values[0] : iclgd_cores();
}

/* Trajectories are of prompts that are there, and of no other model. */
static iclgd_status check_outside(unsigned stages,
                                  const iclgd_run_options *options,
                                  iclgd_error *err) {
  if (!options->trajectories) return ICLGD_OK;
  if (options->prompts && !options->model && !options->architecture &&
      stages == ICLGD_STAGE_PROBE)
    return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: trajectories from elsewhere are probed in the place "
                    "of a model, with the prompts they belong to: expected a "
                    "file of prompts, and no model",
                    options->trajectories);
}

/* A run that is stopped: what is there of it, behind the words in `err`. */
static iclgd_status leave(iclgd_job *job, iclgd_error *err) {
  if (job->to_keep) iclgd_checkpoint_keep(job, job->to_keep);
  const bool failed = !job->is_kept && job->n_unkept > 0;
  const iclgd_error said = *err;
  return iclgd_fail(err, ICLGD_STOPPED, "%.200s, %s%s%.300s", said.text,
                    !job->is_shown               ? "no file written"
                    : job->history.snapshots > 0 ? "the file has the trained "
                                                   "model"
                                                 : "the file has what was "
                                                   "watched",
                    job->is_kept ? "; the same command with --resume goes on"
                    : failed     ? "; no checkpoint could be written: "
                                 : "",
                    failed ? job->unkept.text : "");
}

/* All but what has to be given back. */
static iclgd_status run(iclgd_job *job, unsigned stages,
                        iclgd_output_lock *lock, iclgd_error *err) {
  const iclgd_run_options *options = job->options;
  TRY(check_outside(stages, options, err));
  TRY(check_lists(job->settings, err));
  TRY(check_architecture(job->settings, options->architecture, err));
  if (stages != ICLGD_STAGE_GENERATE && iclgd_has_program(job->settings)) {
    TRY(iclgd_check_program(job->settings, stages, options, err));
    stages &= ~(unsigned)ICLGD_STAGE_TRAIN;
  } else if (stages == ICLGD_STAGE_PROBE && !options->model &&
             !options->trajectories) {
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "expected a model to probe: a file that has one, "
                      "model.program, or trajectories of one");
  }
  const bool follows = iclgd_team_follows(options->team);
  if (!follows)
    TRY(iclgd_output_lock_take(options->output, &job->arena, lock, err));
  TRY(iclgd_dense_prepare(err));
  TRY(open_prompts(job, stages, err));
  TRY(iclgd_pool_create(threads_of(job->settings), &job->pool, err));
  if (follows) return iclgd_stage_follow(job, err);
  TRY(iclgd_checkpoint_find(job, stages, err));
  if (job->is_complete) return ICLGD_OK;
  TRY(open_record(job, err));
  iclgd_status status = run_stages(job, stages, err);
  if (!status) status = iclgd_arena_status(&job->arena, err, "the results");
  if (status) {
    iclgd_record_discard(job->record);
    return status == ICLGD_STOPPED ? leave(job, err) : status;
  }
  TRY(iclgd_record_commit(job->record, err));
  iclgd_checkpoint_remove(job);
  return ICLGD_OK;
}

iclgd_status iclgd_run(const iclgd_settings *settings, unsigned stages,
                       const iclgd_run_options *options, iclgd_error *err) {
  iclgd_job job = {.settings = settings, .options = options};
  iclgd_output_lock lock = {.file = -1};
  job.n_schemas = iclgd_schemas(job.schemas);
  if (options->architecture)
    job.schemas[job.n_schemas++] = *options->architecture->schema;
  job.schemas[job.n_schemas++] = iclgd_checkpoint_schema;
  const iclgd_status status = run(&job, stages, &lock, err);
  iclgd_program_close(job.program);
  iclgd_checkpoint_close(&job);
  iclgd_pool_free(job.pool);
  iclgd_output_lock_release(&lock);
  iclgd_arena_free(&job.arena);
  if (!status && job.diverged)
    return iclgd_fail(err, ICLGD_DIVERGED,
                      "training diverged (see /entry/seeds/diverged_at)");
  return status;
}
