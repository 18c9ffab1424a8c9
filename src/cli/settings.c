/* Presets, files of settings and key=value arguments. */
#include "cli/settings.h"

#include <iclgd/keys.h>
#include <iclgd/run.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"
#include "cli/data_folder.h"

/* The name of a table that a run file has from us ("/usr/share/iclgd/tables/
 * diabetes.csv"): what we shipped may be opened on its word. */
static const char *shipped_name(const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash) return path;
  static const char folder[] = "/tables";
  const size_t length = sizeof folder - 1;
  return (size_t)(slash - path) >= length &&
                 strncmp(slash - length, folder, length) == 0
             ? slash + 1
             : "";
}

/* A table that a run file names: one of ours, or left for the user to name. */
static iclgd_status find_inherited(iclgd_settings *settings, iclgd_error *err) {
  const char *path = iclgd_get_form(settings, "prompt.source").argument;
  const char *name = shipped_name(path);
  char found[4096], value[4200];
  if (!*name || iclgd_data_file("tables", name, found, sizeof found, err))
    return ICLGD_OK;
  snprintf(value, sizeof value, "table:%s", found);
  if (strcmp(found, path) != 0)
    return iclgd_settings_set(
        settings, "prompt.source", value,
        iclgd_settings_inherited(settings, "prompt.source"), err);
  iclgd_settings_accept(settings, "prompt.source");
  return ICLGD_OK;
}

/* `table:NAME` that is no file here is looked for in data/tables; `here` is the
 * folder of the INI that says so, else the working directory. */
static iclgd_status find_table(iclgd_settings *settings, iclgd_error *err) {
  static const char key[] = "prompt.source";
  const iclgd_form source = iclgd_get_form(settings, key);
  const char *written = iclgd_settings_written_path(settings, key);
  char path[4096], value[4200];
  if (*source.argument == '\0') return ICLGD_OK;
  if (iclgd_settings_inherited(settings, key))
    return find_inherited(settings, err);
  if (access(source.argument, F_OK) == 0) return ICLGD_OK;
  if (iclgd_data_file("tables", written, path, sizeof path, err))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: prompt.source = %s: no such file%s, nor among the "
                      "tables that come with iclgd",
                      iclgd_settings_source(settings, key), source.text,
                      written != source.argument
                          ? " (paths in a file start at its folder)"
                          : " here");
  snprintf(value, sizeof value, "table:%s", path);
  return iclgd_settings_set(settings, key, value,
                            iclgd_settings_source(settings, key), err);
}

/* The same key twice: which was meant? */
static iclgd_status refuse_twice(char **assignments, int i, iclgd_error *err) {
  const size_t length = strcspn(assignments[i], "=") + 1;
  for (int j = 0; j < i; ++j)
    if (strncmp(assignments[j], assignments[i], length) == 0)
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "argument '%s': expected each key once, found '%s' "
                        "before it",
                        assignments[i], assignments[j]);
  return ICLGD_OK;
}

iclgd_status iclgd_cli_override(iclgd_settings *settings, char **assignments,
                                int count, iclgd_error *err) {
  for (int i = 0; i < count; ++i) {
    iclgd_status status =
        iclgd_settings_override(settings, assignments[i], err);
    if (!status) status = refuse_twice(assignments, i, err);
    if (status) return status;
  }
  return find_table(settings, err);
}

static iclgd_status unknown_preset(const char *name, iclgd_error *err) {
  iclgd_arena arena = {0};
  iclgd_nearest near = iclgd_nearest_to(name);
  char **names;
  size_t count;
  iclgd_status status = iclgd_data_presets(&arena, &names, &count, err);
  for (size_t i = 0; !status && i < count; ++i)
    iclgd_nearest_try(&near, names[i]);
  iclgd_arena_free(&arena);
  if (status) return status;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "no preset '%s'%s (see `iclgd presets`; "
                    "a file of your own ends with .ini)",
                    name, iclgd_nearest_phrase(&near));
}

iclgd_status iclgd_cli_preset(const char *name, char *out, size_t size,
                              iclgd_error *err) {
  char file[256];
  snprintf(file, sizeof file, "%s.ini", name);
  return iclgd_data_file("presets", file, out, size, err)
             ? unknown_preset(name, err)
             : ICLGD_OK;
}

static bool ends_with(const char *text, const char *end) {
  const size_t length = strlen(text), tail = strlen(end);
  return length > tail && strcmp(text + length - tail, end) == 0;
}

bool iclgd_cli_is_run(const char *name) {
  return ends_with(name, ".h5");
}

/* A file when it looks like one (of a run: the settings it was made with), else
 * a preset. */
static iclgd_status load_named(iclgd_settings *settings, const char *name,
                               iclgd_error *err) {
  char path[4096];
  if (iclgd_cli_is_run(name)) return iclgd_settings_of_run(settings, name, err);
  if (strchr(name, '/') || ends_with(name, ".ini"))
    return iclgd_settings_load(settings, name, err);
  TRY(iclgd_cli_preset(name, path, sizeof path, err));
  return iclgd_settings_load(settings, path, err);
}

iclgd_status iclgd_cli_settings(const char *name, char **assignments, int count,
                                iclgd_settings **out, iclgd_error *err) {
  iclgd_status status = iclgd_settings_defaults(out, err);
  if (status) return status;
  if (name) status = load_named(*out, name, err);
  if (!status) status = iclgd_cli_override(*out, assignments, count, err);
  if (status) {
    iclgd_settings_free(*out);
    *out = NULL;
  }
  return status;
}
