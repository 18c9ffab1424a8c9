/* Words that the shell may propose for several commands. */
#include "cli/propose.h"

#include <iclgd/algorithm.h>
#include <iclgd/keys.h>
#include <iclgd/probe.h>
#include <string.h>

#include "cli/data_folder.h"

static bool starts(const char *text, const char *with) {
  return strncmp(text, with, strlen(with)) == 0;
}

void iclgd_propose(const char *typed, const char *head, const char *word,
                   const char *end) {
  char text[4608];
  snprintf(text, sizeof text, "%s%s%s", head, word, end);
  if (starts(text, typed)) puts(text);
}

void iclgd_propose_probes(const char *typed, const char *head) {
  size_t count;
  const iclgd_probe *const *probes = iclgd_probes(&count);
  for (size_t i = 0; i < count; ++i)
    iclgd_propose(typed, head, probes[i]->name, "");
}

void iclgd_propose_algorithms(const char *typed, const char *head) {
  size_t count;
  const iclgd_algorithm *const *algorithms = iclgd_algorithms(&count);
  for (size_t i = 0; i < count; ++i)
    iclgd_propose(typed, head, algorithms[i]->name, "");
}

void iclgd_propose_presets(const char *typed) {
  iclgd_arena arena = {0};
  iclgd_error unused;
  char **names;
  size_t count;
  if (!iclgd_data_presets(&arena, &names, &count, &unused))
    for (size_t i = 0; i < count; ++i) iclgd_propose(typed, "", names[i], "");
  iclgd_arena_free(&arena);
}

/* Names after the last comma of a list. */
static void propose_listed(const char *typed, const char *key) {
  const char *comma = strrchr(typed, ',');
  const char *value = comma ? comma + 1 : strchr(typed, '=') + 1;
  char head[4096];
  snprintf(head, sizeof head, "%.*s", (int)(value - typed), typed);
  if (!comma) iclgd_propose(typed, head, "all", "");
  if (strcmp(key, "probe.list") == 0)
    iclgd_propose_probes(typed, head);
  else
    iclgd_propose_algorithms(typed, head);
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
      iclgd_propose(typed, head, word, name < length ? ":" : "");
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
void iclgd_propose_keys(const char *typed, const char *end) {
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
      iclgd_propose(typed, "", name, end);
      continue;
    }
    char section[64];
    snprintf(section, sizeof section, "%.*s.", (int)(dot - name), name);
    if (strcmp(section, last) != 0) iclgd_propose(typed, "", section, "");
    snprintf(last, sizeof last, "%s", section);
  }
  iclgd_settings_free(settings);
}
