/* `--help` of the program and of a command, from the rows of its tables. */
#include "cli/help.h"

#include <string.h>

#include "view/text.h"

const char iclgd_help_examples[] =
    "  iclgd run quickstart              train, probe, print a summary\n"
    "  iclgd show quickstart.h5          the summary again\n"
    "  iclgd plot quickstart.h5          a picture in the terminal\n"
    "  iclgd report quickstart.h5        one page for the browser\n"
    "  iclgd run looped model.loops=5    another preset, with a change\n"
    "  iclgd oracle untied d=5 n=20 L=3  one closed form\n";

void iclgd_help_all(const iclgd_commands *all, FILE *out) {
  fprintf(out,
          "Do transformers that learn in context run gradient descent?\n"
          "\n%s\nCommands (iclgd COMMAND --help):\n",
          iclgd_help_examples);
  for (size_t i = 0; i < all->count; ++i)
    if (all->rows[i]->summary)
      fprintf(out, "  %-10s %s\n", all->rows[i]->name, all->rows[i]->summary);
  fputs(
      "\nExit codes: 0 ok, 1 failure, 2 usage, 3 bad input file, 4 training\n"
      "diverged, 128+n stopped by signal n.\n",
      out);
}

/* "  -o, --output FILE"; its length. */
static int print_option(const iclgd_option *row, FILE *out) {
  const int length = row->letter
                         ? fprintf(out, "  -%c, --%s", row->letter, row->name)
                         : fprintf(out, "      --%s", row->name);
  return length + (row->argument ? fprintf(out, " %s", row->argument) : 0);
}

static int longest_option(const iclgd_command *command) {
  int longest = 0;
  for (size_t i = 0; i < command->n_options; ++i) {
    const iclgd_option *row = &command->options[i];
    const size_t argument = row->argument ? strlen(row->argument) + 1 : 0;
    const int length = (int)(strlen("  -o, --") + strlen(row->name) + argument);
    if (length > longest) longest = length;
  }
  return longest;
}

static void print_options(const iclgd_command *command, FILE *out) {
  const int indent = longest_option(command) + 2;
  if (command->n_options) fputs("\nOptions:\n", out);
  for (size_t i = 0; i < command->n_options; ++i) {
    const iclgd_option *row = &command->options[i];
    iclgd_text_hang(out, row->meaning, print_option(row, out), indent);
  }
}

static void print_keys(const iclgd_key_set *set, FILE *out) {
  if (set->count) fputs("\nKeys (default):\n", out);
  for (size_t i = 0; i < set->count; ++i) {
    const iclgd_key *key = &set->keys[i];
    const char *standard = *key->standard ? key->standard : "-";
    iclgd_text_hang(out, key->meaning,
                    fprintf(out, "  %-8s %s", key->name, standard), 20);
  }
}

static void print_notes(const char *notes, FILE *out) {
  if (notes) fputc('\n', out);
  while (notes && *notes) {
    char line[1024];
    const size_t length = strcspn(notes, "\n");
    snprintf(line, sizeof line, "%.*s", (int)length, notes);
    if (*line == ' ')
      fprintf(out, "%s\n", line);
    else
      iclgd_text_wrap(out, line, 0);
    notes += length + (notes[length] == '\n');
  }
}

void iclgd_help_of(const iclgd_command *command, FILE *out) {
  const int used = fprintf(out, "usage: iclgd %s", command->name);
  char words[256];
  snprintf(words, sizeof words, "%s%s", command->arguments,
           command->n_options ? " [OPTION ...]" : "");
  iclgd_text_hang(out, words, used, 12);
  fprintf(out, "\nExamples:\n%s", command->examples);
  print_options(command, out);
  print_notes(command->notes, out);
  print_keys(&command->keys, out);
  if (command->list) command->list(out);
}
