/* The law that a model was trained on stays with it: a model that is probed
 * meets the same pool of tasks, rotation and split of a table, whatever the
 * seed, and a law that was changed is named.
 *
 * In the file: model/law, the keys prompt.* as INI text with prompt.seed, and
 * of a table the names of its features, with its target, rows and hash. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <iclgd/keys.h>
#include <iclgd/table.h>

#include "run/stages.h"

enum { HASH_SIZE = 40 };

static void hash_text(const iclgd_table *table, char out[HASH_SIZE]) {
  snprintf(out, HASH_SIZE, "fnv1a64:%016" PRIx64, iclgd_table_hash(table));
}

/* The keys prompt.* of `settings` as the text of the trained law. */
static iclgd_status keep_text(iclgd_job *job, const iclgd_settings *settings,
                              iclgd_error *err) {
  iclgd_settings *law;
  const iclgd_status status = iclgd_law_copy(settings, &law, err);
  char *text = status ? NULL : iclgd_settings_ini(law);
  if (text) job->trained.text = iclgd_arena_text(&job->arena, text);
  free(text);
  iclgd_settings_free(law);
  if (status || job->trained.text) return status;
  return iclgd_fail_memory(err, "the law");
}

iclgd_status iclgd_keep_law(iclgd_job *job, iclgd_error *err) {
  iclgd_trained_law *trained = &job->trained;
  if (job->given.there) {
    trained->prompts = job->options->prompts;
    return ICLGD_OK;
  }
  iclgd_settings *resolved = NULL;
  iclgd_status status = iclgd_resolve_settings(job, &resolved, err);
  if (!status) status = keep_text(job, resolved, err);
  iclgd_settings_free(resolved);
  if (!status && job->law.table)
    status =
        iclgd_identify_table(job->law.table, &job->arena, &trained->table, err);
  return status;
}

iclgd_status iclgd_identify_table(const iclgd_table *table, iclgd_arena *arena,
                                  iclgd_table_identity *out, iclgd_error *err) {
  char hash[HASH_SIZE];
  hash_text(table, hash);
  *out = (iclgd_table_identity){.d = table->d,
                                .names = table->names,
                                .target = table->target,
                                .rows = (int64_t)table->rows,
                                .hash = iclgd_arena_text(arena, hash)};
  return out->hash ? ICLGD_OK : iclgd_fail_memory(err, "the table");
}

iclgd_status iclgd_write_identity(iclgd_record *r, const char *group,
                                  const iclgd_table_identity *table,
                                  iclgd_error *err) {
  char path[64];
  snprintf(path, sizeof path, "%s/feature_name", group);
  iclgd_record_write(r, path, &table->d, table->names, err);
  iclgd_record_attr_text(r, path, "target", table->target, err);
  iclgd_record_attr_int(r, path, "table_rows", table->rows, err);
  return iclgd_record_attr_text(r, path, "table_hash", table->hash, err);
}

iclgd_status iclgd_write_law(iclgd_job *job, iclgd_error *err) {
  const iclgd_trained_law *trained = &job->trained;
  const char *text =
      trained->prompts ? "; that of the prompts of a file\n" : trained->text;
  if (!text) return ICLGD_OK; /* weights from elsewhere */
  iclgd_record_write(job->record, "model/law", NULL, &text, err);
  if (trained->prompts)
    iclgd_record_attr_text(job->record, "model/law", "prompts_file",
                           trained->prompts, err);
  if (trained->table.names)
    iclgd_write_identity(job->record, "model", &trained->table, err);
  return iclgd_record_status(job->record, err);
}

static iclgd_status read_identity(iclgd_job *job, const iclgd_source *s,
                                  iclgd_table_identity *out, iclgd_error *err) {
  const char *path = "model/feature_name";
  char **names, *target, *hash;
  if (!iclgd_source_has(s, path)) return ICLGD_OK;
  TRY(iclgd_source_texts(s, path, 1, &out->d, &job->arena, &names, err));
  TRY(iclgd_source_attr_text(s, path, "target", &job->arena, &target, err));
  TRY(iclgd_source_attr_int(s, path, "table_rows", &out->rows, err));
  TRY(iclgd_source_attr_text(s, path, "table_hash", &job->arena, &hash, err));
  out->names = (const char *const *)names;
  out->target = target;
  out->hash = hash;
  return ICLGD_OK;
}

/* A file that was made before models kept their law has that of all of it. */
static iclgd_status read_old_text(iclgd_job *job, const iclgd_source *s,
                                  iclgd_error *err) {
  iclgd_settings *settings;
  iclgd_status status = iclgd_settings_defaults(&settings, err);
  if (status) return status;
  status = iclgd_settings_from_file(settings, iclgd_source_path(s), err);
  if (!status) status = keep_text(job, settings, err);
  iclgd_settings_free(settings);
  return status;
}

/* The law of a file's model; weights made elsewhere have none. */
static iclgd_status read_text(iclgd_job *job, const iclgd_source *s,
                              iclgd_error *err) {
  const char *path = "model/law";
  char *file, **text;
  size_t one = 1;
  if (iclgd_source_has_attr(s, path, "prompts_file")) {
    TRY(iclgd_source_attr_text(s, path, "prompts_file", &job->arena, &file,
                               err));
    job->trained.prompts = file;
  } else if (iclgd_source_has(s, path)) {
    TRY(iclgd_source_texts(s, path, 0, &one, &job->arena, &text, err));
    job->trained.text = text[0];
  } else if (iclgd_source_has(s, "config/text") &&
             !iclgd_source_has_attr(s, "model", "import_file")) {
    return read_old_text(job, s, err);
  }
  return ICLGD_OK;
}

iclgd_status iclgd_read_law(iclgd_job *job, const char *path,
                            iclgd_error *err) {
  iclgd_source *source;
  iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) return status;
  status = read_text(job, source, err);
  if (!status) status = read_identity(job, source, &job->trained.table, err);
  if (!status) status = iclgd_source_check_read(source, err);
  iclgd_source_close(source);
  return status;
}

/* The table that is to be probed in the place of the one that the model was
 * trained on: the same columns, whatever their order, and the same rows, unless
 * another one was asked for. */
iclgd_status iclgd_match_table(iclgd_job *job, iclgd_error *err) {
  const iclgd_table_identity *trained = &job->trained.table;
  const iclgd_settings *s = job->settings;
  if (!trained->names) return ICLGD_OK;
  const char *path = iclgd_get_form(s, "prompt.source").argument;
  iclgd_table *table = iclgd_arena_take(&job->arena, 1, sizeof *table);
  if (!table) return iclgd_fail_memory(err, path);
  TRY(iclgd_table_select(job->law.table, path, trained->names, trained->d,
                         &job->arena, table, err));
  char hash[HASH_SIZE];
  hash_text(table, hash);
  job->law.table = table;
  job->law.d = table->d;
  if (strcmp(hash, trained->hash) == 0 ||
      iclgd_settings_is_set(s, "prompt.source"))
    return ICLGD_OK;
  return iclgd_fail(
      err, ICLGD_EINPUT,
      "%s: expected the table that the model of %s was trained on (%lld rows, "
      "hash %s), found %zu rows, hash %s; prompt.source=table:%s probes it on "
      "this one all the same",
      path, job->options->model, (long long)trained->rows, trained->hash,
      table->rows, hash, path);
}
