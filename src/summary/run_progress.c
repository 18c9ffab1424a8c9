/* Where a run stands: the last row of /entry/training. Only a file that is
 * under way says how many steps are planned. */
#include <iclgd/report.h>
#include <string.h>
#include <unistd.h>

#include <iclgd/reader.h>

static long writer_of(iclgd_reader *r) {
  char here[256] = "", *host;
  int64_t process;
  iclgd_error unused;
  if (iclgd_source_attr_int(r->source, "training", "writer_process", &process,
                            &unused) ||
      iclgd_source_attr_text(r->source, "training", "writer_host", &r->arena,
                             &host, &unused) ||
      gethostname(here, sizeof here - 1) != 0 || strcmp(host, here) != 0)
    return 0;
  return (long)process;
}

static iclgd_status read_progress(iclgd_reader *r, iclgd_run_progress *out) {
  size_t rows = 0;
  double *step, *loss;
  int64_t planned = 0;
  TRY(iclgd_source_reals(r->source, "training/step", 1, &rows, &r->arena, &step,
                         r->err));
  TRY(iclgd_source_reals(r->source, "training/loss_eval", 1, &rows, &r->arena,
                         &loss, r->err));
  out->finished =
      !iclgd_source_has_attr(r->source, "training", "planned_steps");
  if (!out->finished)
    TRY(iclgd_source_attr_int(r->source, "training", "planned_steps", &planned,
                              r->err));
  out->step = (long)step[rows - 1];
  out->planned = out->finished ? out->step : (long)planned;
  out->loss = loss[rows - 1];
  out->writer = out->finished ? 0 : writer_of(r);
  return ICLGD_OK;
}

iclgd_status iclgd_run_progress_of(const char *path, iclgd_run_progress *out,
                                   iclgd_error *err) {
  iclgd_source *source;
  TRY(iclgd_source_open(path, &source, err));
  iclgd_reader r = {.source = source, .err = err};
  iclgd_status status = read_progress(&r, out);
  iclgd_source_close(source);
  iclgd_arena_free(&r.arena);
  return status;
}
