/* iclgd keys, presets, probes: the tables of the program. */
#include <iclgd/algorithm.h>
#include <iclgd/keys.h>
#include <iclgd/probe.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/command.h"
#include "cli/data_folder.h"
#include "cli/options.h"

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
                   key->standard, "accepts", accepts, "unit", key->unit,
                   "meaning", key->meaning);
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
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "no key contains '%s', did you mean '%s'?", word,
                    near.word);
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
    printf("%s = %s\n    %s\n    %s\n", key->name, key->standard, key->meaning,
           accepts);
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

static int run_presets(int argc, char **argv) {
  iclgd_cli cli;
  iclgd_error err;
  iclgd_arena arena = {0};
  char **names;
  size_t count;
  int code;
  if (answered(argc, argv, &iclgd_command_presets, &cli, &code)) return code;
  iclgd_status status = iclgd_data_presets(&arena, &names, &count, &err);
  json_t *list = json_array();
  for (size_t i = 0; !status && i < count; ++i) {
    iclgd_settings *settings;
    status = iclgd_cli_settings(names[i], NULL, 0, &settings, &err);
    if (status) break;
    const char *title = iclgd_get_text(settings, "title");
    json_array_append_new(
        list, json_pack("{s:s,s:s}", "name", names[i], "title", title));
    if (!cli.json) printf("%-16s %s\n", names[i], title);
    iclgd_settings_free(settings);
  }
  iclgd_arena_free(&arena);
  if (cli.json && !status)
    print_json(list);
  else
    json_decref(list);
  return status ? iclgd_cli_fail(status, &err) : 0;
}

const iclgd_command iclgd_command_presets = {
    .name = "presets",
    .summary = "the experiments that come with iclgd",
    .help =
        "usage: iclgd presets [--json]\n"
        "\n"
        "  iclgd presets\n"
        "  iclgd run NAME         run one of them\n",
    .run = run_presets,
};

static int run_probes(int argc, char **argv) {
  iclgd_cli cli;
  int code;
  if (answered(argc, argv, &iclgd_command_probes, &cli, &code)) return code;
  size_t n_probes, n_algorithms;
  const iclgd_probe *const *probes = iclgd_probes(&n_probes);
  const iclgd_algorithm *const *algorithms = iclgd_algorithms(&n_algorithms);
  json_t *probe_list = json_array(), *algorithm_list = json_array();
  for (size_t i = 0; i < n_probes; ++i)
    json_array_append_new(
        probe_list, json_pack("{s:s,s:s}", "name", probes[i]->name, "question",
                              probes[i]->question));
  for (size_t i = 0; i < n_algorithms; ++i)
    json_array_append_new(
        algorithm_list, json_pack("{s:s,s:s,s:s}", "name", algorithms[i]->name,
                                  "title", algorithms[i]->title, "description",
                                  algorithms[i]->description));
  if (!cli.json) {
    puts("Probes (probe.list)");
    for (size_t i = 0; i < n_probes; ++i)
      printf("  %-14s %s\n", probes[i]->name, probes[i]->question);
    puts("\nReference algorithms (reference.list)");
    for (size_t i = 0; i < n_algorithms; ++i)
      printf("  %-18s %s\n", algorithms[i]->name, algorithms[i]->description);
  }
  json_t *both = json_pack("{s:o,s:o}", "probes", probe_list, "algorithms",
                           algorithm_list);
  if (cli.json)
    print_json(both);
  else
    json_decref(both);
  return 0;
}

const iclgd_command iclgd_command_probes = {
    .name = "probes",
    .summary = "the probes and the reference algorithms",
    .help =
        "usage: iclgd probes [--json]\n"
        "\n"
        "  iclgd probes\n"
        "  iclgd run quickstart probe.list=alignment reference.list=gd\n",
    .run = run_probes,
};
