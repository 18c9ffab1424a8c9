/* Progress of a run, the wish to stop it, and the failure of a program. */
#include <math.h>

#include "run/stages.h"

iclgd_status iclgd_report_progress(const iclgd_job *job,
                                   iclgd_progress progress, iclgd_error *err) {
  const iclgd_run_options *options = job->options;
  if (options->progress) options->progress(options->context, &progress);
  if (options->stop && *options->stop)
    return iclgd_fail(err, ICLGD_STOPPED, "stopped while %s", progress.phase);
  return job->program ? iclgd_program_status(job->program, err) : ICLGD_OK;
}

iclgd_status iclgd_report_done(const iclgd_job *job, const char *phase,
                               size_t prompts, size_t done, size_t total,
                               iclgd_error *err) {
  const iclgd_progress progress = {.phase = phase,
                                   .prompts = prompts,
                                   .runs = 1,
                                   .loss = NAN,
                                   .done = done,
                                   .total = total};
  return iclgd_report_progress(job, progress, err);
}
