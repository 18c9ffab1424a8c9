/* Where a model was trained, if not here: attributes import_file, import_names,
 * check_prompts and check_difference of /entry/model. */
#include "base/line.h"
#include "run/stages.h"

/* Names of files may be any bytes, texts in the file are UTF-8. */
static iclgd_status write_name(iclgd_job *job, iclgd_error *err) {
  char *text = iclgd_arena_text(&job->arena, job->origin.file);
  if (!text) return iclgd_fail_memory(err, job->origin.file);
  iclgd_one_line(text);
  return iclgd_record_attr_text(job->record, "model", "import_file", text, err);
}

iclgd_status iclgd_write_origin(iclgd_job *job, iclgd_error *err) {
  const iclgd_origin *o = &job->origin;
  iclgd_record *r = job->record;
  if (!o->file) return ICLGD_OK;
  TRY(write_name(job, err));
  iclgd_record_attr_text(r, "model", "import_names", o->names, err);
  if (o->check_prompts > 0)
    iclgd_record_attr_real(r, "model", "check_difference", o->check_difference,
                           err);
  return iclgd_record_attr_int(r, "model", "check_prompts", o->check_prompts,
                               err);
}

iclgd_status iclgd_read_origin(iclgd_job *job, const iclgd_source *s,
                               iclgd_error *err) {
  iclgd_origin *o = &job->origin;
  char *file, *names;
  if (!iclgd_source_has_attr(s, "model", "import_file")) return ICLGD_OK;
  TRY(iclgd_source_attr_text(s, "model", "import_file", &job->arena, &file,
                             err));
  TRY(iclgd_source_attr_text(s, "model", "import_names", &job->arena, &names,
                             err));
  TRY(iclgd_source_attr_int(s, "model", "check_prompts", &o->check_prompts,
                            err));
  if (o->check_prompts > 0)
    TRY(iclgd_source_attr_real(s, "model", "check_difference",
                               &o->check_difference, err));
  o->file = file;
  o->names = names;
  return ICLGD_OK;
}
