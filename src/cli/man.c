/* iclgd man: the manual page (man 7 groff_man), from the tables of commands and
 * keys. */
#include <iclgd/keys.h>
#include <iclgd/run.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/help.h"

/* Text as roff takes it: no escapes, no requests, quotes and dashes as typed.
 */
static void put(const char *text) {
  bool at_start = true;
  for (; *text; ++text) {
    if (at_start && (*text == '.' || *text == '\'')) fputs("\\&", stdout);
    at_start = *text == '\n';
    if (*text == '\\')
      fputs("\\e", stdout);
    else if (*text == '-')
      fputs("\\-", stdout);
    else if (*text == '`')
      fputs("\\`", stdout);
    else if (*text == '^')
      fputs("\\(ha", stdout);
    else if (*text == '~')
      fputs("\\(ti", stdout);
    else if (*text == '\'')
      fputs("\\(aq", stdout);
    else
      putchar(*text);
  }
}

static void put_example(const char *text) {
  puts(".EX");
  put(text);
  puts(".EE");
}

static iclgd_status put_help(const iclgd_command *command, iclgd_error *err) {
  char *text = NULL;
  size_t size;
  FILE *help = open_memstream(&text, &size);
  if (help) iclgd_help_of(command, help);
  const bool ok = help && fclose(help) == 0;
  if (ok) put_example(text);
  free(text);
  return ok ? ICLGD_OK : iclgd_fail_memory(err, "the manual page");
}

static iclgd_status put_commands(const iclgd_commands *all, iclgd_error *err) {
  puts(".SH COMMANDS");
  for (size_t i = 0; i < all->count; ++i) {
    if (!all->rows[i]->summary) continue;
    printf(".SS %s\n", all->rows[i]->name);
    put(all->rows[i]->summary);
    puts("\n.PP");
    TRY(put_help(all->rows[i], err));
  }
  return ICLGD_OK;
}

static void put_key(const iclgd_key *key) {
  char accepts[512];
  iclgd_key_accepts(key, accepts, sizeof accepts);
  fputs(".TP\n.B ", stdout);
  put(key->name);
  fputs(" = ", stdout);
  put(*key->standard ? key->standard : "(empty)");
  putchar('\n');
  put(key->meaning);
  if (key->unit) {
    fputs(" (", stdout);
    put(key->unit);
    putchar(')');
  }
  fputs(";\naccepts ", stdout);
  put(accepts);
  puts(".");
}

static iclgd_status put_keys(iclgd_error *err) {
  iclgd_settings *settings;
  TRY(iclgd_settings_defaults(&settings, err));
  puts(
      ".SH KEYS\n"
      "Settings and their defaults, for files of settings and as\n"
      ".I key=value\n"
      "on the command line. Lists of words stand between bars; what follows\n"
      "a colon is the type of an argument.");
  for (size_t i = 0; i < iclgd_settings_count(settings); ++i)
    put_key(iclgd_settings_key(settings, i));
  iclgd_settings_free(settings);
  return ICLGD_OK;
}

static const char head[] =
    ".SH NAME\n"
    "iclgd \\- measure whether transformers that learn in context run\n"
    "gradient descent\n"
    ".SH SYNOPSIS\n"
    ".B iclgd\n"
    ".I command\n"
    ".RI [ argument \" ...]\"\n"
    ".SH DESCRIPTION\n"
    ".B iclgd\n"
    "draws linear-regression prompts, trains small linear and looped\n"
    "transformers on them, follows the prediction of every layer beside\n"
    "explicit gradient descent and its rivals on the same prompts, and writes\n"
    "every trajectory into one HDF5 file.\n"
    ".SH EXAMPLES\n";

static const char tail[] =
    ".SH EXIT STATUS\n"
    ".TP\n.B 0\nsuccess\n"
    ".TP\n.B 1\nfailure: out of memory, a full disk, a claim that fails\n"
    ".TP\n.B 2\nusage: an unknown word, a value out of range\n"
    ".TP\n.B 3\nan input file that is damaged or not what it should be\n"
    ".TP\n.B 4\ntraining diverged; the file is complete and says so\n"
    ".TP\n.B 128+n\nstopped by signal n\n"
    ".SH ENVIRONMENT\n"
    ".TP\n.B ICLGD_DATA\n"
    "a folder with\n.I presets\nand\n.IR tables ,\nlooked into first\n"
    ".TP\n.B NO_COLOR\nno colours in the terminal\n"
    ".TP\n.B COLUMNS\nwidth of figures in the terminal, 80 at most\n"
    ".SH SEE ALSO\n"
    ".BR h5dump (1),\n.BR h5ls (1)\n"
    ".PP\n"
    "The format of the file:\n.BR \"iclgd schema\" .\n";

static iclgd_status run(iclgd_cli *cli, iclgd_error *err) {
  printf(".TH ICLGD 1 \"\" \"iclgd %s\" \"User Commands\"\n%s", iclgd_version(),
         head);
  put_example(iclgd_help_examples);
  TRY(put_commands(cli->all, err));
  TRY(put_keys(err));
  fputs(tail, stdout);
  return ICLGD_OK;
}

const iclgd_command iclgd_command_man = {
    .name = "man",
    .summary = "the manual page",
    .arguments = "",
    .examples =
        "  iclgd man | man -l -     read it\n"
        "  man iclgd                the same, once installed\n",
    .run = run,
};
