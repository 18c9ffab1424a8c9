/* What differs between the law a model was trained on and that of the prompts
 * it is probed on: "prompt.noise = 1 (trained: 0)", an attribute of
 * /entry/prompts. */
#include <stdio.h>
#include <string.h>

#include <iclgd/keys.h>
#include <iclgd/table.h>

#include "run/stages.h"

enum { CHANGES_MAX = 64, VALUE_MAX = 200, CHANGE_SIZE = 2 * VALUE_MAX + 100 };

typedef struct changes {
  size_t count;
  char line[CHANGES_MAX][CHANGE_SIZE];
} changes;

/* The length of a value, cut between two characters of UTF-8. */
static int value_length(const char *value) {
  size_t length = strlen(value);
  if (length > VALUE_MAX)
    for (length = VALUE_MAX; ((unsigned char)value[length] & 0xc0) == 0x80;)
      --length;
  return (int)length;
}

static void add(changes *c, const char *what, const char *now,
                const char *trained) {
  if (c->count == CHANGES_MAX) return;
  if (*now == '\0') now = "none";
  if (*trained == '\0') trained = "none";
  snprintf(c->line[c->count++], CHANGE_SIZE, "%.60s = %.*s (trained: %.*s)",
           what, value_length(now), now, value_length(trained), trained);
}

/* Whether both say the same, however they are written (1 and 1.0). */
static bool same_value(const iclgd_settings *a, const iclgd_settings *b,
                       const iclgd_key *key) {
  const char *name = key->name;
  if (key->type == ICLGD_KEY_INT)
    return iclgd_get_int(a, name) == iclgd_get_int(b, name);
  if (key->type == ICLGD_KEY_REAL)
    return iclgd_get_real(a, name) == iclgd_get_real(b, name);
  if (key->type != ICLGD_KEY_FORM)
    return strcmp(iclgd_get_text(a, name), iclgd_get_text(b, name)) == 0;
  const iclgd_form x = iclgd_get_form(a, name), y = iclgd_get_form(b, name);
  if (x.choice != y.choice || x.count != y.count) return false;
  for (size_t i = 0; i < x.count; ++i)
    if (x.values[i] != y.values[i]) return false;
  return x.count > 0 || strcmp(x.argument, y.argument) == 0;
}

/* Keys that are of no account: how training draws, further queries, a seed of
 * nothing, and the path of a table, which is told by its numbers. */
static bool counts(const iclgd_job *job, const iclgd_settings *law,
                   const char *name) {
  if (strcmp(name, "prompt.sampler") == 0 ||
      strcmp(name, "prompt.queries") == 0)
    return false;
  if (strcmp(name, "prompt.seed") == 0) return iclgd_law_shares(law);
  return strcmp(name, "prompt.source") != 0 || !job->trained.table.names ||
         !job->law.table;
}

static void compare_laws(const iclgd_job *job, const iclgd_settings *now,
                         const iclgd_settings *trained, changes *c) {
  for (size_t i = 0; i < iclgd_settings_count(now); ++i) {
    const iclgd_key *key = iclgd_settings_key(now, i);
    if (counts(job, now, key->name) && !same_value(now, trained, key))
      add(c, key->name, iclgd_settings_value(now, i),
          iclgd_settings_value(trained, i));
  }
}

static iclgd_status compare_tables(iclgd_job *job, changes *c,
                                   iclgd_error *err) {
  const iclgd_table_identity *trained = &job->trained.table;
  iclgd_table_identity now;
  if (!trained->names || !job->law.table) return ICLGD_OK;
  const iclgd_status status =
      iclgd_identify_table(job->law.table, &job->arena, &now, err);
  if (status || strcmp(now.hash, trained->hash) == 0) return status;
  char text[2][80];
  snprintf(text[0], sizeof text[0], "%lld rows, hash %s", (long long)now.rows,
           now.hash);
  snprintf(text[1], sizeof text[1], "%lld rows, hash %s",
           (long long)trained->rows, trained->hash);
  add(c, "table", text[0], text[1]);
  return ICLGD_OK;
}

/* The keys prompt.* of the prompts that are probed: of the run, or of the file
 * that they come from, if it says so; else *out is NULL. */
static iclgd_status law_of_prompts(const iclgd_job *job, iclgd_settings **out,
                                   iclgd_error *err) {
  iclgd_settings *all = NULL;
  iclgd_status status = ICLGD_OK;
  *out = NULL;
  if (!job->given.there) {
    status = iclgd_resolve_settings(job, &all, err);
  } else if (job->given.are_ours) {
    status = iclgd_settings_defaults(&all, err);
    if (!status)
      status = iclgd_settings_from_file(all, job->options->prompts, err);
  }
  if (!status && all) status = iclgd_law_copy(all, out, err);
  iclgd_settings_free(all);
  return status;
}

static iclgd_status find_changes(iclgd_job *job, changes *c, iclgd_error *err) {
  const iclgd_trained_law *trained = &job->trained;
  iclgd_settings *now, *then = NULL;
  if (trained->prompts && !job->given.there)
    add(c, "prompts", "drawn", trained->prompts);
  if (!trained->text) return ICLGD_OK;
  iclgd_status status = law_of_prompts(job, &now, err);
  if (!status && now)
    status = iclgd_settings_create(&iclgd_prompt_keys, 1, &then, err);
  if (!status && now)
    status =
        iclgd_settings_load_text(then, trained->text, job->options->model, err);
  if (!status && now) compare_laws(job, now, then, c);
  if (!status && now) status = compare_tables(job, c, err);
  iclgd_settings_free(now);
  iclgd_settings_free(then);
  return status;
}

iclgd_status iclgd_write_law_changes(iclgd_job *job, iclgd_error *err) {
  changes *c = iclgd_arena_take(&job->arena, 1, sizeof *c);
  if (!c) return iclgd_fail_memory(err, "the law");
  const iclgd_status status = find_changes(job, c, err);
  const char *lines[CHANGES_MAX];
  for (size_t i = 0; i < c->count; ++i) lines[i] = c->line[i];
  if (status || c->count == 0) return status;
  return iclgd_record_attr_texts(job->record, "prompts", "law_changes", lines,
                                 c->count, err);
}
