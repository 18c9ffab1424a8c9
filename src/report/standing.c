/* Where a run stands: the last row of /entry/training. Only a file that is
 * under way says how many steps are planned. */
#include <iclgd/report.h>

#include "report/reader.h"

static iclgd_status read(iclgd_reader *r, iclgd_standing *out) {
  size_t rows = 0;
  double *step, *loss;
  int64_t planned = 0;
  iclgd_status status = iclgd_source_reals(r->source, "training/step", 1, &rows,
                                           &r->arena, &step, r->err);
  if (!status)
    status = iclgd_source_reals(r->source, "training/loss_eval", 1, &rows,
                                &r->arena, &loss, r->err);
  out->finished =
      !iclgd_source_has_attr(r->source, "training", "planned_steps");
  if (!status && !out->finished)
    status = iclgd_source_attr_int(r->source, "training", "planned_steps",
                                   &planned, r->err);
  if (status) return status;
  out->step = (long)step[rows - 1];
  out->planned = out->finished ? out->step : (long)planned;
  out->loss = loss[rows - 1];
  return ICLGD_OK;
}

iclgd_status iclgd_report_standing(const char *path, iclgd_standing *out,
                                   iclgd_error *err) {
  iclgd_source *source;
  iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) return status;
  iclgd_reader r = {.source = source, .err = err};
  status = read(&r, out);
  iclgd_source_close(source);
  iclgd_arena_free(&r.arena);
  return status;
}
