/* Progress of a run, and the wish to stop it. */
#include "run/stages.h"

iclgd_status iclgd_report_progress(const iclgd_job *job,
                                   iclgd_progress progress, iclgd_error *err) {
  const iclgd_run_options *options = job->options;
  if (options->progress) options->progress(options->context, &progress);
  if (options->stop && *options->stop)
    return iclgd_fail(
        err, ICLGD_STOPPED, "stopped while %s, %s", progress.phase,
        !job->is_shown               ? "no file written"
        : job->history.snapshots > 0 ? "the file has the trained model"
                                     : "the file has what was watched");
  return ICLGD_OK;
}
