/* iclgd keys, presets: what can be set, and settings that come with iclgd. */
#include <errno.h>
#include <iclgd/keys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/data_folder.h"
#include "cli/propose.h"
#include "cli/settings.h"
#include "view/text.h"

static json_t *key_object(const iclgd_key *key, const char *accepts) {
  return json_pack("{s:s,s:s,s:s,s:s,s:s}", "key", key->name, "default",
                   key->standard, "accepts", accepts, "unit",
                   key->unit ? key->unit : "", "meaning", key->meaning);
}

/* The section or the key that was probably meant. */
static iclgd_status unknown_key(const iclgd_settings *settings,
                                const char *word, iclgd_error *err) {
  iclgd_nearest near = iclgd_nearest_to(word);
  for (size_t i = 0; i < iclgd_settings_count(settings); ++i) {
    const char *key = iclgd_settings_key(settings, i)->name;
    const char *dot = strchr(key, '.');
    char section[64];
    snprintf(section, sizeof section, "%.*s", (int)strcspn(key, "."), key);
    iclgd_nearest_try(&near, section);
    iclgd_nearest_try_as(&near, dot ? dot + 1 : key, key);
    iclgd_nearest_try(&near, key);
  }
  return iclgd_fail(err, ICLGD_EUSAGE, "no key contains '%s'%s", word,
                    iclgd_nearest_phrase(&near));
}

static void print_key(const iclgd_key *key, const char *accepts) {
  const int named = printf("%s =", key->name);
  iclgd_text_hang(stdout, key->standard, named, 4);
  iclgd_text_wrap(stdout, key->meaning, 4);
  iclgd_text_wrap(stdout, accepts, 4);
}

static iclgd_status run_keys(iclgd_cli *cli, iclgd_error *err) {
  iclgd_settings *settings;
  iclgd_status status = iclgd_settings_defaults(&settings, err);
  if (status) return status;
  json_t *list = json_array();
  for (size_t i = 0; i < iclgd_settings_count(settings); ++i) {
    const iclgd_key *key = iclgd_settings_key(settings, i);
    char accepts[512];
    if (cli->count > 0 && !strstr(key->name, cli->rest[0])) continue;
    iclgd_key_accepts(key, accepts, sizeof accepts);
    json_array_append_new(list, key_object(key, accepts));
    if (!cli->json) print_key(key, accepts);
  }
  if (json_array_size(list) == 0)
    status = unknown_key(settings, cli->rest[0], err);
  iclgd_settings_free(settings);
  if (cli->json && !status) return iclgd_cli_json(list, JSON_INDENT(2), err);
  json_decref(list);
  return status;
}

static void propose_keys(int count, char **words) {
  iclgd_propose_keys(words[count - 1], "");
}

const iclgd_command iclgd_command_keys = {
    .name = "keys",
    .summary = "every setting: default, meaning, what it accepts",
    .arguments = "[WORD]",
    .count = {0, ICLGD_ANY},
    ICLGD_OPTIONS(iclgd_option_json),
    .examples =
        "  iclgd keys             all of them\n"
        "  iclgd keys prompt.     those whose name contains the word\n",
    .propose = propose_keys,
    .run = run_keys,
};

/* The preset as it is, with its comments. */
static iclgd_status print_preset(const char *name, iclgd_error *err) {
  char path[4096], line[1024];
  TRY(iclgd_cli_preset(name, path, sizeof path, err));
  FILE *file = fopen(path, "r");
  if (!file)
    return iclgd_fail(err, ICLGD_EIO, "%s: cannot open: %s", path,
                      strerror(errno));
  while (fgets(line, sizeof line, file)) fputs(line, stdout);
  const bool failed = ferror(file);
  fclose(file);
  return failed ? iclgd_fail(err, ICLGD_EIO, "%s: cannot read", path)
                : ICLGD_OK;
}

/* Names and titles of all presets. */
static iclgd_status list_presets(bool as_json, iclgd_error *err) {
  iclgd_arena arena = {0};
  char **names;
  size_t count;
  iclgd_status status = iclgd_data_presets(&arena, &names, &count, err);
  json_t *list = json_array();
  int widest = 0;
  for (size_t i = 0; !status && i < count; ++i)
    if ((int)strlen(names[i]) > widest) widest = (int)strlen(names[i]);
  for (size_t i = 0; !status && i < count; ++i) {
    iclgd_settings *settings;
    status = iclgd_cli_settings(names[i], NULL, 0, &settings, err);
    if (status) break;
    char title[1024];
    iclgd_settings_expand(settings, "title", title, sizeof title);
    json_array_append_new(
        list, json_pack("{s:s,s:s}", "name", names[i], "title", title));
    if (!as_json) printf("%-*s %s\n", widest, names[i], title);
    iclgd_settings_free(settings);
  }
  iclgd_arena_free(&arena);
  if (as_json && !status) return iclgd_cli_json(list, JSON_INDENT(2), err);
  json_decref(list);
  return status;
}

static iclgd_status run_presets(iclgd_cli *cli, iclgd_error *err) {
  if (cli->count == 0) return list_presets(cli->json, err);
  return cli->json ? ICLGD_EUSAGE : print_preset(cli->rest[0], err);
}

static void propose_presets(int count, char **words) {
  if (count == 2) iclgd_propose_presets(words[1]);
}

const iclgd_command iclgd_command_presets = {
    .name = "presets",
    .summary = "the experiments that come with iclgd",
    .arguments = "[NAME]",
    .count = {0, 1},
    ICLGD_OPTIONS(iclgd_option_json),
    .examples =
        "  iclgd presets                        their names and titles\n"
        "  iclgd presets looped                 one as it is: an INI file\n"
        "  iclgd presets looped >my.ini         the start of one's own\n"
        "  iclgd run looped                     run one of them\n",
    .propose = propose_presets,
    .run = run_presets,
};
