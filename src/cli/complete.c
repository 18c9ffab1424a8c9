/* iclgd complete: what the shell may propose for the last of some words. The
 * scripts of `iclgd completion` call it, so that presets, keys, their forms,
 * probes, algorithms, claims and figures are always those of the program. */
#include <iclgd/algorithm.h>
#include <iclgd/keys.h>
#include <iclgd/probe.h>
#include <iclgd/report.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "cli/command.h"
#include "cli/data_folder.h"
#include "cli/oracle_table.h"
#include "verify/claim.h"

static bool starts(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

/* Print head + word + end if it continues what was typed. */
static void propose(const char *typed, const char *head, const char *word,
                    const char *end) {
  char text[4608];
  snprintf(text, sizeof text, "%s%s%s", head, word, end);
  if (starts(text, typed)) puts(text);
}

static void propose_commands(const char *typed, const iclgd_commands *all) {
  for (size_t i = 0; i < all->count; ++i)
    if (all->rows[i]->summary) propose(typed, "", all->rows[i]->name, "");
  propose(typed, "", "help", "");
  propose(typed, "", "--help", "");
  propose(typed, "", "--version", "");
}

static void propose_options(const char *typed, const iclgd_command *command) {
  propose(typed, "", "--help", "");
  for (size_t i = 0; i < command->n_options; ++i)
    propose(typed, "--", command->options[i].name, "");
}

static void propose_presets(const char *typed) {
  iclgd_arena arena = {0};
  iclgd_error unused;
  char **names;
  size_t count;
  if (!iclgd_data_presets(&arena, &names, &count, &unused))
    for (size_t i = 0; i < count; ++i) propose(typed, "", names[i], "");
  iclgd_arena_free(&arena);
}

static void propose_probes(const char *typed, const char *head) {
  size_t count;
  const iclgd_probe *const *probes = iclgd_probes(&count);
  for (size_t i = 0; i < count; ++i) propose(typed, head, probes[i]->name, "");
}

static void propose_algorithms(const char *typed, const char *head) {
  size_t count;
  const iclgd_algorithm *const *algorithms = iclgd_algorithms(&count);
  for (size_t i = 0; i < count; ++i)
    propose(typed, head, algorithms[i]->name, "");
}

/* Names after the last comma of a list. */
static void propose_listed(const char *typed, const char *key) {
  const char *comma = strrchr(typed, ',');
  const char *value = comma ? comma + 1 : strchr(typed, '=') + 1;
  char head[4096];
  snprintf(head, sizeof head, "%.*s", (int)(value - typed), typed);
  if (!comma) propose(typed, head, "all", "");
  if (strcmp(key, "probe.list") == 0)
    propose_probes(typed, head);
  else
    propose_algorithms(typed, head);
}

static bool is_type(const char *word) {
  return strcmp(word, "int") == 0 || strcmp(word, "real") == 0 ||
         strcmp(word, "reals") == 0 || strcmp(word, "text") == 0 ||
         strcmp(word, "path") == 0;
}

/* "identity|diag:reals": the words, with a colon where a value follows. */
static void propose_forms(const char *typed, const iclgd_key *key) {
  char head[128], word[64];
  snprintf(head, sizeof head, "%s=", key->name);
  for (const char *form = key->forms; form;) {
    const size_t length = strcspn(form, "|"), name = strcspn(form, "|:");
    snprintf(word, sizeof word, "%.*s", (int)name, form);
    if (name < length || !is_type(word))
      propose(typed, head, word, name < length ? ":" : "");
    form = form[length] ? form + length + 1 : NULL;
  }
}

static void propose_values(const char *typed, const iclgd_settings *settings) {
  const size_t length = strcspn(typed, "=");
  for (size_t i = 0; i < iclgd_settings_count(settings); ++i) {
    const iclgd_key *key = iclgd_settings_key(settings, i);
    if (strlen(key->name) != length || !starts(typed, key->name)) continue;
    if (key->type == ICLGD_KEY_FORM) propose_forms(typed, key);
    if (strstr(key->name, ".list")) propose_listed(typed, key->name);
  }
}

/* Sections first ("prompt."), then the keys of one. */
static void propose_keys(const char *typed, const char *end) {
  iclgd_settings *settings;
  iclgd_error unused;
  char last[64] = "";
  if (iclgd_settings_defaults(&settings, &unused)) return;
  const bool named = strchr(typed, '=') != NULL;
  if (named) propose_values(typed, settings);
  for (size_t i = 0; !named && i < iclgd_settings_count(settings); ++i) {
    const char *name = iclgd_settings_key(settings, i)->name;
    const char *dot = strchr(name, '.');
    if (!dot || strchr(typed, '.')) {
      propose(typed, "", name, end);
      continue;
    }
    char section[64];
    snprintf(section, sizeof section, "%.*s.", (int)(dot - name), name);
    if (strcmp(section, last) != 0) propose(typed, "", section, "");
    snprintf(last, sizeof last, "%s", section);
  }
  iclgd_settings_free(settings);
}

static void propose_claims(const char *typed) {
  size_t count;
  char last[64] = "";
  const iclgd_claim *claims = iclgd_claims(&count);
  for (size_t i = 0; i < count; ++i) {
    char group[64];
    snprintf(group, sizeof group, "%.*s", (int)strcspn(claims[i].id, "."),
             claims[i].id);
    if (strcmp(group, last) != 0) propose(typed, "", group, "");
    snprintf(last, sizeof last, "%s", group);
    if (strchr(typed, '.')) propose(typed, "", claims[i].id, "");
  }
}

/* The names of oracles, then the keys of the one that is named. */
static void propose_oracles(const char *typed, int count, char **words) {
  for (size_t i = 0; i < ICLGD_ORACLES; ++i) {
    if (count == 2) propose(typed, "", iclgd_oracles[i].name, "");
    if (count == 2 || strcmp(words[1], iclgd_oracles[i].name) != 0) continue;
    for (size_t k = 0; k < ICLGD_ORACLE_KEYS; ++k) {
      char word[32];
      snprintf(word, sizeof word, " %s ", iclgd_oracle_keys[k].name);
      if (strstr(iclgd_oracles[i].keys, word))
        propose(typed, "", iclgd_oracle_keys[k].name, "=");
    }
  }
}

static void propose_cases(const char *typed) {
  size_t count;
  const char *part = "";
  const iclgd_bench_case *cases = iclgd_bench_cases(&count);
  for (size_t i = 0; i < count; ++i) {
    if (strcmp(cases[i].part, part) != 0) propose(typed, "", cases[i].part, "");
    part = cases[i].part;
    propose(typed, "", cases[i].name, "");
  }
}

/* The first word of each line of the list of figures. */
static void propose_figures(const char *typed) {
  char *text = NULL, *rest;
  size_t size;
  FILE *lines = open_memstream(&text, &size);
  if (!lines) return;
  iclgd_report_figures(lines);
  if (fclose(lines) == 0)
    for (char *line = strtok_r(text, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
      line += strspn(line, " ");
      line[strcspn(line, " ")] = '\0';
      propose(typed, "", line, "");
    }
  free(text);
}

static void propose_choices(const char *typed, const char *choices) {
  for (const char *at = choices; at && *at;) {
    char word[32];
    const size_t length = strcspn(at, "|");
    snprintf(word, sizeof word, "%.*s", (int)length, at);
    propose(typed, "", word, "");
    at += length + (at[length] == '|');
  }
}

/* The value of an option that stands before; true when there was one. */
static bool propose_argument(const char *typed, const char *before,
                             const iclgd_command *command) {
  for (size_t i = 0; i < command->n_options; ++i) {
    const iclgd_option *row = &command->options[i];
    const char letter[] = {'-', row->letter, '\0'};
    const bool named =
        starts(before, "--") && strcmp(before + 2, row->name) == 0;
    if (!row->argument || (!named && strcmp(before, letter) != 0)) continue;
    if (row->figures) propose_figures(typed);
    propose_choices(typed, row->choices);
    return true;
  }
  return false;
}

/* words[0] is the subcommand, the last one what was typed so far. */
static void propose_words(const iclgd_command *command, int count,
                          char **words) {
  const char *typed = words[count - 1];
  if (propose_argument(typed, words[count - 2], command)) return;
  if (typed[0] == '-') {
    propose_options(typed, command);
    return;
  }
  if (command->words & ICLGD_WORDS_PRESETS && count == 2)
    propose_presets(typed);
  if (command->words & ICLGD_WORDS_KEYS) propose_keys(typed, "=");
  if (command->words & ICLGD_WORDS_KEY_NAMES) propose_keys(typed, "");
  if (command->words & ICLGD_WORDS_CLAIMS) propose_claims(typed);
  if (command->words & ICLGD_WORDS_ORACLES)
    propose_oracles(typed, count, words);
  if (command->words & ICLGD_WORDS_CASES) propose_cases(typed);
  if (command->words & ICLGD_WORDS_PROBES) {
    propose_probes(typed, "");
    propose_algorithms(typed, "");
  }
  if (command->words & ICLGD_WORDS_SHELLS) {
    propose(typed, "", "bash", "");
    propose(typed, "", "zsh", "");
  }
}

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  (void)err;
  char **words = cli->rest;
  const int count = cli->count;
  if (count == 1 || (count == 2 && strcmp(words[0], "help") == 0))
    propose_commands(words[count - 1], cli->all);
  for (size_t i = 0; count > 1 && i < cli->all->count; ++i)
    if (strcmp(cli->all->rows[i]->name, words[0]) == 0)
      propose_words(cli->all->rows[i], count, words);
  return ICLGD_OK;
}

const iclgd_command iclgd_command_complete = {
    .name = "complete",
    .arguments = "WORD ...",
    .count = {1, ICLGD_ANY},
    .raw = true,
    .examples = "  iclgd complete run look     for `iclgd completion`\n",
    .run = run,
};
