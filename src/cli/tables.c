/* iclgd keys, presets: what can be set, and settings that come with iclgd. */
#include <errno.h>
#include <iclgd/keys.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/command.h"
#include "cli/data_folder.h"
#include "cli/options.h"
#include "report/text.h"

/* Parse options; true when the command has been answered with *code. */
static bool answered(int argc, char **argv, const iclgd_command *command,
                     iclgd_cli *cli, int *code) {
  iclgd_error err;
  const iclgd_status status = iclgd_cli_parse(argc, argv, ICLGD_OPT_JSON,
                                              ICLGD_STREAM_PROBE, cli, &err);
  if (status) {
    *code = iclgd_cli_fail(status, &err);
    return true;
  }
  if (cli->help) fputs(command->help, stdout);
  *code = 0;
  return cli->help;
}

static void print_json(json_t *list) {
  json_dumpf(list, stdout, JSON_INDENT(2));
  putchar('\n');
  json_decref(list);
}

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

static int run_keys(int argc, char **argv) {
  iclgd_cli cli;
  iclgd_error err;
  iclgd_settings *settings;
  int code;
  if (answered(argc, argv, &iclgd_command_keys, &cli, &code)) return code;
  iclgd_status status = iclgd_settings_defaults(&settings, &err);
  if (status) return iclgd_cli_fail(status, &err);
  json_t *list = json_array();
  size_t found = 0;
  for (size_t i = 0; i < iclgd_settings_count(settings); ++i) {
    const iclgd_key *key = iclgd_settings_key(settings, i);
    char accepts[512];
    if (cli.count > 0 && !strstr(key->name, cli.rest[0])) continue;
    ++found;
    iclgd_key_accepts(key, accepts, sizeof accepts);
    json_array_append_new(list, key_object(key, accepts));
    if (cli.json) continue;
    const int named = printf("%s =", key->name);
    iclgd_text_hang(stdout, key->standard, named, 4);
    iclgd_text_wrap(stdout, key->meaning, 4);
    iclgd_text_wrap(stdout, accepts, 4);
  }
  if (found == 0 && cli.count > 0)
    status = unknown_key(settings, cli.rest[0], &err);
  iclgd_settings_free(settings);
  if (cli.json && !status)
    print_json(list);
  else
    json_decref(list);
  return status ? iclgd_cli_fail(status, &err) : 0;
}

const iclgd_command iclgd_command_keys = {
    .name = "keys",
    .summary = "every setting: default, meaning, what it accepts",
    .help =
        "usage: iclgd keys [WORD] [--json]\n"
        "\n"
        "  iclgd keys             all of them\n"
        "  iclgd keys prompt.     those whose name contains the word\n",
    .run = run_keys,
    .words = ICLGD_WORDS_KEY_NAMES,
};

/* The preset as it is, with its comments. */
static iclgd_status print_preset(const char *name, iclgd_error *err) {
  char path[4096], line[1024];
  const iclgd_status status = iclgd_cli_preset(name, path, sizeof path, err);
  if (status) return status;
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
  for (size_t i = 0; !status && i < count; ++i) {
    iclgd_settings *settings;
    status = iclgd_cli_settings(names[i], NULL, 0, &settings, err);
    if (status) break;
    char title[1024];
    iclgd_settings_expand(settings, "title", title, sizeof title);
    json_array_append_new(
        list, json_pack("{s:s,s:s}", "name", names[i], "title", title));
    if (!as_json) printf("%-16s %s\n", names[i], title);
    iclgd_settings_free(settings);
  }
  iclgd_arena_free(&arena);
  if (as_json && !status)
    print_json(list);
  else
    json_decref(list);
  return status;
}

static int run_presets(int argc, char **argv) {
  iclgd_cli cli;
  iclgd_error err;
  int code;
  if (answered(argc, argv, &iclgd_command_presets, &cli, &code)) return code;
  if (cli.count > 1 || (cli.count == 1 && cli.json)) {
    fputs(iclgd_command_presets.help, stderr);
    return iclgd_status_exit_code(ICLGD_EUSAGE);
  }
  const iclgd_status status = cli.count ? print_preset(cli.rest[0], &err)
                                        : list_presets(cli.json, &err);
  return status ? iclgd_cli_fail(status, &err) : 0;
}

const iclgd_command iclgd_command_presets = {
    .name = "presets",
    .summary = "the experiments that come with iclgd",
    .help =
        "usage: iclgd presets [NAME|--json]\n"
        "\n"
        "  iclgd presets                        their names and titles\n"
        "  iclgd presets looped                 one as it is: an INI file\n"
        "  iclgd presets looped >my.ini         the start of one's own\n"
        "  iclgd run looped                     run one of them\n",
    .run = run_presets,
    .words = ICLGD_WORDS_PRESETS,
};
