/* The settings that a file was made with, from its own text. */
#include <iclgd/record.h>
#include <iclgd/run.h>
#include <stdio.h>

/* The INI text of a file on top of the settings, where it has it. */
static iclgd_status load_text(iclgd_settings *settings,
                              const iclgd_source *source, const char *name,
                              iclgd_error *err) {
  iclgd_arena arena = {0};
  char **text;
  size_t count = 1;
  if (!iclgd_source_has(source, name)) return ICLGD_OK;
  iclgd_status status =
      iclgd_source_texts(source, name, 0, &count, &arena, &text, err);
  if (!status)
    status = iclgd_settings_load_text(settings, text[0],
                                      iclgd_source_path(source), err);
  iclgd_arena_free(&arena);
  return status;
}

/* Files that do not say what made the pool, the rotation or the split were made
 * when the seed of the run did. */
static iclgd_status settle_law_seed(iclgd_settings *settings, const char *path,
                                    iclgd_error *err) {
  char number[32];
  if (iclgd_get_form(settings, "prompt.seed").count) return ICLGD_OK;
  snprintf(number, sizeof number, "%lld",
           (long long)iclgd_get_int(settings, "seed"));
  return iclgd_settings_set(settings, "prompt.seed", number, path, err);
}

static iclgd_status load_file(iclgd_settings *settings, const char *path,
                              bool model, iclgd_error *err) {
  iclgd_source *source;
  iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) return status;
  status = load_text(settings, source, "config/text", err);
  if (!status && model) status = load_text(settings, source, "model/law", err);
  if (!status && iclgd_source_has(source, "config/text"))
    status = settle_law_seed(settings, path, err);
  if (!status) iclgd_settings_rebase(settings);
  /* The hash tells the table: another file in its place is refused. */
  if (!status && model &&
      iclgd_source_has_attr(source, "model/feature_name", "table_hash"))
    iclgd_settings_accept(settings, "prompt.source");
  if (!status) status = iclgd_source_check_read(source, err);
  iclgd_source_close(source);
  return status;
}

iclgd_status iclgd_settings_from_file(iclgd_settings *settings,
                                      const char *path, iclgd_error *err) {
  return load_file(settings, path, false, err);
}

iclgd_status iclgd_settings_from_model(iclgd_settings *settings,
                                       const char *path, iclgd_error *err) {
  return load_file(settings, path, true, err);
}

iclgd_status iclgd_settings_of_run(iclgd_settings *settings, const char *path,
                                   iclgd_error *err) {
  iclgd_source *source;
  iclgd_status status = iclgd_source_open(path, &source, err);
  if (status) return status;
  status = iclgd_source_has(source, "config/text")
               ? load_text(settings, source, "config/text", err)
               : iclgd_fail(err, ICLGD_EINPUT,
                            "%s: /entry/config/text: expected the settings of "
                            "a run, found none",
                            path);
  iclgd_source_close(source);
  if (!status) iclgd_settings_rebase(settings);
  return status;
}
