/* `iclgd show` of the table of a sweep, by columns that are asked for. */
#include <jansson.h>

#include "record/output/save.h"
#include "summary/summary.h"
#include "summary/sweep_view.h"
#include "view/terminal.h"

static iclgd_status print(const json_t *summary, bool whole, FILE *out,
                          iclgd_error *err) {
  iclgd_blocks blocks = {.first = NULL};
  iclgd_summary_head(summary, out);
  fputc('\n', out);
  iclgd_sweep_tell(summary, &blocks);
  if (!blocks.lost) iclgd_terminal_blocks(&blocks, !whole, out);
  const bool lost = blocks.lost;
  iclgd_blocks_free(&blocks);
  return lost ? iclgd_fail_memory(err, "the table") : ICLGD_OK;
}

static iclgd_status show(const iclgd_source *source,
                         const iclgd_sweep_choice *choice, bool whole,
                         bool json, FILE *out, iclgd_error *err) {
  iclgd_reader r = {.source = source, .err = err};
  json_t *summary;
  TRY(iclgd_summary_build(source, &summary, err));
  json_object_del(summary, "sweep");
  iclgd_sweep_read(&r, choice, summary);
  if (!r.status)
    r.status = json ? iclgd_json_print(summary, out, err)
                    : print(summary, whole, out, err);
  if (!r.status) r.status = iclgd_check_written(out, "the table", err);
  iclgd_arena_free(&r.arena);
  json_decref(summary);
  return r.status;
}

iclgd_status iclgd_sweep_show(const char *path,
                              const iclgd_sweep_choice *choice, bool whole,
                              bool json, FILE *out, iclgd_error *err) {
  iclgd_source *source;
  TRY(iclgd_source_open(path, &source, err));
  const iclgd_status status = show(source, choice, whole, json, out, err);
  iclgd_source_close(source);
  return status;
}
