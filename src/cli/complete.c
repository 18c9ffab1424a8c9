/* iclgd complete: what the shell may propose for the last of some words. The
 * scripts of `iclgd completion` call it, so that presets, keys, their forms,
 * probes, algorithms, claims and figures are always those of the program. */
#include <iclgd/report.h>
#include <stdlib.h>
#include <string.h>

#include "cli/propose.h"

static void propose_commands(const char *typed, const iclgd_commands *all) {
  for (size_t i = 0; i < all->count; ++i)
    if (all->rows[i]->summary) iclgd_propose(typed, "", all->rows[i]->name, "");
  iclgd_propose(typed, "", "help", "");
  iclgd_propose(typed, "", "--help", "");
  iclgd_propose(typed, "", "--version", "");
}

static void propose_options(const char *typed, const iclgd_command *command) {
  iclgd_propose(typed, "", "--help", "");
  for (size_t i = 0; i < command->n_options; ++i)
    iclgd_propose(typed, "--", command->options[i].name, "");
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
      iclgd_propose(typed, "", line, "");
    }
  free(text);
}

static void propose_choices(const char *typed, const char *choices) {
  for (const char *at = choices; at && *at;) {
    char word[32];
    const size_t length = strcspn(at, "|");
    snprintf(word, sizeof word, "%.*s", (int)length, at);
    iclgd_propose(typed, "", word, "");
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
        strncmp(before, "--", 2) == 0 && strcmp(before + 2, row->name) == 0;
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
  if (typed[0] == '-')
    propose_options(typed, command);
  else if (command->propose)
    command->propose(count, words);
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
