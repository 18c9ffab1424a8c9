/* Files at the output of a run: the one that is under way, and, where someone
 * watches, one of its own for what is known so far. A file is never changed
 * once it has its name: the next one takes its place at once (rename), so a
 * reader always finds a whole one, and none needs to know of the writer. */
#include "run/stages.h"

iclgd_status iclgd_open_record(const iclgd_job *job, const char *path,
                               bool replace, iclgd_record **out,
                               iclgd_error *err) {
  char title[1024];
  iclgd_run_title(job->settings, title, sizeof title);
  const iclgd_record_options options = {
      .force = replace,
      .reproducible = job->options->reproducible,
      .title = *title ? title : "iclgd run"};
  return iclgd_record_create(path, job->schemas, job->n_schemas, &options, out,
                             err);
}

iclgd_status iclgd_write_aside(iclgd_job *job, const char *path, bool replace,
                               iclgd_status (*write)(iclgd_job *job,
                                                     void *context,
                                                     iclgd_error *err),
                               void *context, iclgd_error *err) {
  iclgd_job aside = *job;
  aside.arena = (iclgd_arena){0};
  TRY(iclgd_open_record(job, path, replace, &aside.record, err));
  iclgd_status status = iclgd_write_config(&aside, err);
  if (!status) status = write(&aside, context, err);
  if (status)
    iclgd_record_discard(aside.record);
  else
    status = iclgd_record_commit(aside.record, err);
  iclgd_arena_free(&aside.arena);
  return status;
}

iclgd_status iclgd_show_live_file(iclgd_job *job,
                                  iclgd_status (*write)(iclgd_job *job,
                                                        void *context,
                                                        iclgd_error *err),
                                  void *context, iclgd_error *err) {
  TRY(iclgd_write_aside(job, job->options->output,
                        job->options->force || job->is_shown, write, context,
                        err));
  job->is_shown = true;
  return ICLGD_OK;
}
