/* iclgd probes: what can be asked of a model, and what it is compared with. */
#include <iclgd/algorithm.h>
#include <iclgd/probe.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/propose.h"
#include "view/text.h"

enum { INDENT = 21 }; /* of what stands behind a name */

static bool is_wanted(const iclgd_cli *cli, const char *name) {
  for (int i = 0; i < cli->count; ++i)
    if (strcmp(cli->rest[i], name) == 0) return true;
  return cli->count == 0;
}

/* Every name that was given is one of a probe or of an algorithm. */
static iclgd_status check_name(const char *name, iclgd_error *err) {
  size_t n_probes, n_algorithms;
  iclgd_nearest near = iclgd_nearest_to(name);
  const iclgd_probe *const *probes = iclgd_probes(&n_probes);
  const iclgd_algorithm *const *algorithms = iclgd_algorithms(&n_algorithms);
  for (size_t i = 0; i < n_probes; ++i)
    iclgd_nearest_try(&near, probes[i]->name);
  for (size_t i = 0; i < n_algorithms; ++i)
    iclgd_nearest_try(&near, algorithms[i]->name);
  if (near.distance == 0) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE, "no probe or algorithm '%s'%s", name,
                    iclgd_nearest_phrase(&near));
}

static json_t *probe_object(const iclgd_probe *probe) {
  json_t *keys = json_array(), *groups = json_array();
  for (size_t i = 0; probe->keys && i < probe->keys->count; ++i)
    json_array_append_new(keys, json_string(probe->keys->keys[i].name));
  for (size_t i = 0; i < probe->schema->n_groups; ++i)
    json_array_append_new(groups, json_string(probe->schema->groups[i].path));
  return json_pack("{s:s,s:s,s:o,s:o}", "name", probe->name, "question",
                   probe->question, "keys", keys, "groups", groups);
}

static json_t *list_probes(const iclgd_cli *cli) {
  size_t count;
  json_t *list = json_array();
  const iclgd_probe *const *probes = iclgd_probes(&count);
  for (size_t i = 0; i < count; ++i)
    if (is_wanted(cli, probes[i]->name))
      json_array_append_new(list, probe_object(probes[i]));
  return list;
}

static json_t *list_algorithms(const iclgd_cli *cli) {
  size_t count;
  json_t *list = json_array();
  const iclgd_algorithm *const *rows = iclgd_algorithms(&count);
  for (size_t i = 0; i < count; ++i)
    if (is_wanted(cli, rows[i]->name))
      json_array_append_new(
          list, json_pack("{s:s,s:s,s:s}", "name", rows[i]->name, "title",
                          rows[i]->title, "description", rows[i]->description));
  return list;
}

/* The names of a list, or "none", behind a word. */
static void print_names(const char *what, const json_t *names) {
  char text[2048] = "none";
  size_t i, used = 0;
  const json_t *name;
  json_array_foreach(names, i, name) {
    if (used < sizeof text)
      used += (size_t)snprintf(text + used, sizeof text - used, "%s%s",
                               i ? ", " : "", json_string_value(name));
  }
  iclgd_text_hang(stdout, text, printf("    %s", what), INDENT);
}

/* With keys and groups of the probes where these are asked for by name. */
static void print_rows(const char *heading, const json_t *list,
                       const char *meaning, bool whole) {
  size_t i;
  const json_t *row, *keys;
  if (json_array_size(list) > 0) puts(heading);
  json_array_foreach(list, i, row) {
    const int column = printf("  %s", iclgd_json_text(row, "name"));
    iclgd_text_hang(stdout, iclgd_json_text(row, meaning), column, INDENT);
    if (!whole || !(keys = json_object_get(row, "keys"))) continue;
    print_names("keys", keys);
    print_names("groups", json_object_get(row, "groups"));
  }
}

static void print_lists(const iclgd_cli *cli, const json_t *probes,
                        const json_t *algorithms) {
  const bool both = json_array_size(probes) && json_array_size(algorithms);
  print_rows("Probes (probe.list)", probes, "question", cli->count > 0);
  print_rows(both ? "\nReference algorithms (reference.list)"
                  : "Reference algorithms (reference.list)",
             algorithms, "description", false);
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  for (int i = 0; i < cli->count; ++i) {
    TRY(check_name(cli->rest[i], err));
  }
  json_t *probes = list_probes(cli), *algorithms = list_algorithms(cli);
  json_t *both =
      json_pack("{s:o,s:o}", "probes", probes, "algorithms", algorithms);
  if (cli->json) return iclgd_cli_json(both, JSON_INDENT(2), err);
  print_lists(cli, probes, algorithms);
  json_decref(both);
  return ICLGD_OK;
}

static void propose(int count, char **words) {
  iclgd_propose_probes(words[count - 1], "");
  iclgd_propose_algorithms(words[count - 1], "");
}

const iclgd_command iclgd_command_probes = {
    .name = "probes",
    .summary = "the probes and the reference algorithms",
    .arguments = "[NAME ...]",
    .count = {0, ICLGD_ANY},
    ICLGD_OPTIONS(iclgd_option_json),
    .examples =
        "  iclgd probes                  all of them\n"
        "  iclgd probes alignment gd     two; of a probe its keys and groups\n"
        "  iclgd run quickstart probe.list=alignment reference.list=gd\n",
    .notes =
        "`iclgd keys NAME.` says what keys mean, `iclgd schema GROUP` what "
        "groups hold.",
    .propose = propose,
    .run = run,
};
