/* The values of all keys, and where each of them came from. */
#include <iclgd/settings.h>

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "key.h"
#include "nearest.h"
#include "utf8.h"

typedef struct entry {
  const iclgd_key *key;
  iclgd_value value;
  const char *source;    /* NULL: the default */
  const char *inherited; /* the source before it became the default, or NULL */
  bool accepted;         /* though inherited */
  size_t placed;         /* bytes of the folder put before its path */
} entry;

struct iclgd_settings {
  iclgd_arena arena; /* texts, lists and sources of the values */
  size_t count;
  entry *entries;
};

static iclgd_status assign(iclgd_settings *s, entry *e, const char *text,
                           const char *source, iclgd_error *err) {
  const char *kept = iclgd_arena_text(&s->arena, text);
  const char *from = source ? iclgd_arena_text(&s->arena, source) : NULL;
  if (!kept || (source && !from)) return iclgd_fail_memory(err, e->key->name);
  iclgd_value value;
  iclgd_error reason;
  const iclgd_status status =
      iclgd_key_parse(e->key, kept, &s->arena, &value, &reason);
  if (status)
    return iclgd_fail(err, status, "%s: %s = %s: %s",
                      source ? source : "default", e->key->name, text,
                      reason.text);
  e->value = value;
  e->source = from;
  e->inherited = NULL;
  e->accepted = false;
  e->placed = 0;
  return ICLGD_OK;
}

iclgd_status iclgd_settings_create(const iclgd_key_set *sets, size_t count,
                                   iclgd_settings **out, iclgd_error *err) {
  iclgd_settings *s = calloc(1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "the settings");
  for (size_t i = 0; i < count; ++i) s->count += sets[i].count;
  s->entries = iclgd_arena_take(&s->arena, s->count, sizeof *s->entries);
  if (!s->entries) {
    iclgd_settings_free(s);
    return iclgd_fail_memory(err, "the settings");
  }
  entry *e = s->entries;
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j < sets[i].count; ++j, ++e) {
      e->key = &sets[i].keys[j];
      const iclgd_status status = assign(s, e, e->key->standard, NULL, err);
      assert(status != ICLGD_EUSAGE && "a default that breaks its own row");
      if (status) {
        iclgd_settings_free(s);
        return status;
      }
    }
  }
  *out = s;
  return ICLGD_OK;
}

void iclgd_settings_free(iclgd_settings *s) {
  if (!s) return;
  iclgd_arena_free(&s->arena);
  free(s);
}

static entry *find(const iclgd_settings *s, const char *name) {
  for (size_t i = 0; i < s->count; ++i)
    if (strcmp(s->entries[i].key->name, name) == 0) return &s->entries[i];
  return NULL;
}

static iclgd_nearest nearest(const iclgd_settings *s, const char *name) {
  iclgd_nearest near = iclgd_nearest_to(name);
  for (size_t i = 0; i < s->count; ++i) {
    const char *key = s->entries[i].key->name;
    const char *dot = strchr(key, '.');
    iclgd_nearest_try(&near, key);
    if (!strchr(name, '.') && dot) /* the section was forgotten */
      iclgd_nearest_try_as(&near, dot + 1, key);
  }
  return near;
}

/* Why a line of an INI file could not hold the value; NULL when it can. */
static const char *not_storable(const char *value) {
  const size_t length = strlen(value);
  if (length > ICLGD_VALUE_MAX) return "expected a shorter value";
  if (iclgd_utf8_valid(value, length) < length) return "expected text in UTF-8";
  for (const char *c = value; *c; ++c)
    if ((unsigned char)*c < ' ' || *c == '\x7f')
      return "expected no control characters";
  if (*value == ' ' || (length && value[length - 1] == ' '))
    return "expected no blanks at the ends";
  if (*value == ';' || strstr(value, " ;"))
    return "expected no ';' after a blank, where it starts a comment";
  return NULL;
}

iclgd_status iclgd_settings_set(iclgd_settings *s, const char *name,
                                const char *value, const char *source,
                                iclgd_error *err) {
  entry *e = find(s, name);
  if (!e) {
    iclgd_nearest near = nearest(s, name);
    return iclgd_fail(err, ICLGD_EUSAGE, "%s: unknown key '%s'%s", source, name,
                      iclgd_nearest_phrase(&near));
  }
  const char *reason = not_storable(value);
  if (reason)
    return iclgd_fail(err, ICLGD_EUSAGE, "%s: %s = %s: %s", source, name, value,
                      reason);
  return assign(s, e, value, source, err);
}

iclgd_status iclgd_settings_set_beside(iclgd_settings *s, const char *name,
                                       const char *value, const char *source,
                                       const char *folder, iclgd_error *err) {
  char placed[ICLGD_VALUE_MAX + 2]; /* too long by one is told from fitting */
  entry *e = find(s, name);
  const char *path = e && folder ? iclgd_key_path(e->key, value) : NULL;
  if (!path || *path == '/')
    return iclgd_settings_set(s, name, value, source, err);
  snprintf(placed, sizeof placed, "%.*s%s/%s", (int)(path - value), value,
           folder, path);
  TRY(iclgd_settings_set(s, name, placed, source, err));
  e->placed = strlen(folder) + 1;
  return ICLGD_OK;
}

iclgd_status iclgd_settings_override(iclgd_settings *s, const char *assignment,
                                     iclgd_error *err) {
  const char *equals = strchr(assignment, '=');
  if (!equals || equals == assignment)
    return iclgd_fail(err, ICLGD_EUSAGE, "argument '%s': expected key=value",
                      assignment);
  char name[128];
  snprintf(name, sizeof name, "%.*s", (int)(equals - assignment), assignment);
  return iclgd_settings_set(s, name, equals + 1, "command line", err);
}

/* Of a key that is asked for by the program. */
static entry *known(const iclgd_settings *s, const char *name) {
  entry *e = find(s, name);
  assert(e && "a key that no room declares");
  return e;
}

static const entry *get(const iclgd_settings *s, const char *name,
                        iclgd_key_type type) {
  const entry *e = known(s, name);
  assert(e->key->type == type && "a key read by the wrong type");
  (void)type;
  return e;
}

int64_t iclgd_get_int(const iclgd_settings *s, const char *name) {
  return get(s, name, ICLGD_KEY_INT)->value.integer;
}

size_t iclgd_get_size(const iclgd_settings *s, const char *name) {
  const int64_t value = iclgd_get_int(s, name);
  assert(value >= 0);
  return (size_t)value;
}

double iclgd_get_real(const iclgd_settings *s, const char *name) {
  return get(s, name, ICLGD_KEY_REAL)->value.form.values[0];
}

const char *iclgd_get_text(const iclgd_settings *s, const char *name) {
  return get(s, name, ICLGD_KEY_TEXT)->value.form.text;
}

iclgd_form iclgd_get_form(const iclgd_settings *s, const char *name) {
  return get(s, name, ICLGD_KEY_FORM)->value.form;
}

const double *iclgd_get_reals(const iclgd_settings *s, const char *name,
                              size_t *count) {
  const iclgd_form *form = &get(s, name, ICLGD_KEY_REALS)->value.form;
  *count = form->count;
  return form->values;
}

bool iclgd_settings_is_set(const iclgd_settings *s, const char *name) {
  return known(s, name)->source != NULL;
}

void iclgd_settings_rebase(iclgd_settings *s) {
  for (entry *e = s->entries; e < s->entries + s->count; ++e) {
    if (!e->source) continue;
    e->inherited = e->source;
    e->accepted = false;
    e->source = NULL;
  }
}

const char *iclgd_settings_inherited(const iclgd_settings *s,
                                     const char *name) {
  return known(s, name)->inherited;
}

void iclgd_settings_accept(iclgd_settings *s, const char *name) {
  known(s, name)->accepted = true;
}

bool iclgd_settings_is_accepted(const iclgd_settings *s, const char *name) {
  const entry *e = known(s, name);
  return !e->inherited || e->accepted;
}

const char *iclgd_settings_written_path(const iclgd_settings *s,
                                        const char *name) {
  return get(s, name, ICLGD_KEY_FORM)->value.form.argument +
         find(s, name)->placed;
}

const char *iclgd_settings_source(const iclgd_settings *s, const char *name) {
  const entry *e = known(s, name);
  return e->source ? e->source : "default";
}

iclgd_status iclgd_settings_reject(const iclgd_settings *s, const char *name,
                                   iclgd_error *err, const char *reason, ...) {
  const entry *e = known(s, name);
  char text[512];
  va_list arguments;
  va_start(arguments, reason);
  vsnprintf(text, sizeof text, reason, arguments);
  va_end(arguments);
  return iclgd_fail(err, ICLGD_EUSAGE, "%s: %s = %s: %s",
                    e->source ? e->source : "default", name, e->value.form.text,
                    text);
}

void iclgd_settings_expand(const iclgd_settings *s, const char *name, char *out,
                           size_t size) {
  char key[128];
  size_t used = 0;
  for (const char *c = iclgd_get_text(s, name); *c && used + 1 < size;) {
    const size_t length = *c == '{' ? strcspn(c + 1, "}") : 0;
    snprintf(key, sizeof key, "%.*s", (int)length, c + 1);
    const entry *e = length > 0 && c[1 + length] ? find(s, key) : NULL;
    const size_t left = size - used;
    if (!e) {
      out[used++] = *c++;
      continue;
    }
    const int written = snprintf(out + used, left, "%s", e->value.form.text);
    used += (size_t)written < left ? (size_t)written : left - 1;
    c += length + 2;
  }
  out[used] = '\0';
}

size_t iclgd_settings_count(const iclgd_settings *s) {
  return s->count;
}

const iclgd_key *iclgd_settings_key(const iclgd_settings *s, size_t i) {
  return s->entries[i].key;
}

const char *iclgd_settings_value(const iclgd_settings *s, size_t i) {
  return s->entries[i].value.form.text;
}

/* The length of "section." in a key's name; 0 when it has no section. */
static size_t section_length(const char *name) {
  const char *dot = strchr(name, '.');
  return dot ? (size_t)(dot - name) + 1 : 0;
}

/* Write the keys of the section that the name of key `first` starts with,
 * unless an earlier key has the same. */
static void write_section(const iclgd_settings *s, size_t first, FILE *out) {
  const char *section = s->entries[first].key->name;
  const size_t length = section_length(section);
  for (size_t i = 0; i < s->count; ++i) {
    const entry *e = &s->entries[i];
    const char *name = e->key->name;
    if (section_length(name) != length || strncmp(name, section, length) != 0)
      continue;
    if (i < first) return;
    if (i == first && length > 0)
      fprintf(out, "\n[%.*s]\n", (int)length - 1, name);
    fprintf(out, "%s = %s\n", name + length, e->value.form.text);
  }
}

/* Keys without a section stand first: an INI file cannot leave a section. */
char *iclgd_settings_ini(const iclgd_settings *s) {
  char *text = NULL;
  size_t length = 0;
  FILE *out = open_memstream(&text, &length);
  if (!out) return NULL;
  for (int sections = 0; sections < 2; ++sections)
    for (size_t i = 0; i < s->count; ++i)
      if ((section_length(s->entries[i].key->name) > 0) == sections)
        write_section(s, i, out);
  const bool failed = ferror(out) != 0;
  if (fclose(out) == 0 && !failed) return text;
  free(text);
  return NULL;
}
