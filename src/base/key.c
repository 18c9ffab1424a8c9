/* One value parsed by one row of the table of keys. */
#include "key.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 64 };

static bool is_number_type(const char *word) {
  return strcmp(word, "int") == 0 || strcmp(word, "real") == 0 ||
         strcmp(word, "reals") == 0;
}

/* Copy the form that starts at `forms` to name and type (the type is empty
 * for a plain word); return where the next form starts, or NULL. */
static const char *next_form(const char *forms, char *name, char *type) {
  const size_t length = strcspn(forms, "|");
  const size_t head = strcspn(forms, "|:");
  snprintf(name, WORD_MAX, "%.*s", (int)head, forms);
  type[0] = '\0';
  if (head < length)
    snprintf(type, WORD_MAX, "%.*s", (int)(length - head - 1),
             forms + head + 1);
  return forms[length] ? forms + length + 1 : NULL;
}

/* Whether any of the forms has a number. */
static bool takes_number(const char *forms) {
  char name[WORD_MAX], type[WORD_MAX];
  while (forms) {
    forms = next_form(forms, name, type);
    if (is_number_type(type) || (!type[0] && is_number_type(name))) return true;
  }
  return false;
}

void iclgd_key_accepts(const iclgd_key *key, char *out, size_t size) {
  switch (key->type) {
    case ICLGD_KEY_INT:
      snprintf(out, size, "a whole number from %.15g to %.15g", key->min,
               key->max);
      return;
    case ICLGD_KEY_REAL:
      snprintf(out, size, "a number from %g to %g", key->min, key->max);
      return;
    case ICLGD_KEY_REALS:
      snprintf(out, size, "numbers from %g to %g, separated by commas",
               key->min, key->max);
      return;
    case ICLGD_KEY_FORM:
      snprintf(out, size, "%s", key->forms);
      if (takes_number(key->forms)) {
        const size_t used = strlen(out);
        snprintf(out + used, size - used, ", numbers from %g to %g", key->min,
                 key->max);
      }
      return;
    case ICLGD_KEY_TEXT:
      snprintf(out, size, "text");
      return;
  }
}

static iclgd_status reject(const iclgd_key *key, iclgd_error *err) {
  char accepts[256];
  iclgd_key_accepts(key, accepts, sizeof accepts);
  return iclgd_fail(err, ICLGD_EUSAGE, "expected %s", accepts);
}

static bool in_range(const iclgd_key *key, double value) {
  return isfinite(value) && value >= key->min && value <= key->max;
}

static bool parse_int(const iclgd_key *key, const char *text, int64_t *out) {
  char *end;
  errno = 0;
  const long long value = strtoll(text, &end, 10);
  if (end == text || *end != '\0' || errno) return false;
  *out = value;
  return in_range(key, (double)value);
}

static bool parse_real(const iclgd_key *key, const char *text, char **end,
                       double *out) {
  errno = 0;
  *out = strtod(text, end);
  return *end != text && in_range(key, *out);
}

/* Parse up to `limit` comma-separated numbers; the whole text must be used. */
static iclgd_status parse_list(const iclgd_key *key, const char *text,
                               size_t limit, iclgd_arena *arena,
                               iclgd_form *out, iclgd_error *err) {
  size_t count = 1;
  for (const char *c = text; *c; ++c) count += *c == ',';
  if (count > limit) return reject(key, err);
  double *values = iclgd_arena_reals(arena, count, 1, 1);
  if (!values) return iclgd_fail_memory(err, key->name);
  for (size_t i = 0; i < count; ++i) {
    char *end;
    if (!parse_real(key, text, &end, &values[i])) return reject(key, err);
    if (*end != (i + 1 < count ? ',' : '\0')) return reject(key, err);
    text = end + 1;
  }
  out->values = values;
  out->count = count;
  return ICLGD_OK;
}

static iclgd_status parse_argument(const iclgd_key *key, const char *type,
                                   const char *text, iclgd_arena *arena,
                                   iclgd_form *out, iclgd_error *err) {
  if (strcmp(type, "text") == 0 || strcmp(type, "path") == 0) {
    return *text ? ICLGD_OK : reject(key, err);
  }
  if (strcmp(type, "int") == 0) {
    int64_t value;
    if (!parse_int(key, text, &value)) return reject(key, err);
  }
  const size_t limit = strcmp(type, "reals") == 0 ? SIZE_MAX : 1;
  return parse_list(key, text, limit, arena, out, err);
}

static iclgd_status parse_form(const iclgd_key *key, const char *text,
                               iclgd_arena *arena, iclgd_form *out,
                               iclgd_error *err) {
  const size_t head = strcspn(text, ":");
  out->argument = text[head] ? text + head + 1 : "";
  char name[WORD_MAX], type[WORD_MAX];
  size_t choice = 0;
  for (const char *forms = key->forms; forms; ++choice) {
    forms = next_form(forms, name, type);
    out->choice = choice;
    if (type[0] == '\0' && is_number_type(name)) {
      if (strchr("+-.0123456789", text[0]) && text[0])
        return parse_argument(key, name, text, arena, out, err);
      continue;
    }
    if (strlen(name) != head || strncmp(name, text, head) != 0) continue;
    if ((type[0] == '\0') != (text[head] == '\0')) continue;
    if (type[0] == '\0') return ICLGD_OK;
    return parse_argument(key, type, out->argument, arena, out, err);
  }
  return reject(key, err);
}

iclgd_status iclgd_key_parse(const iclgd_key *key, const char *text,
                             iclgd_arena *arena, iclgd_value *out,
                             iclgd_error *err) {
  *out = (iclgd_value){.form = {.text = text, .argument = ""}};
  switch (key->type) {
    case ICLGD_KEY_INT:
      return parse_int(key, text, &out->integer) ? ICLGD_OK : reject(key, err);
    case ICLGD_KEY_REAL:
      return parse_list(key, text, 1, arena, &out->form, err);
    case ICLGD_KEY_REALS:
      if (*text == '\0') return ICLGD_OK;
      return parse_list(key, text, SIZE_MAX, arena, &out->form, err);
    case ICLGD_KEY_FORM:
      return parse_form(key, text, arena, &out->form, err);
    case ICLGD_KEY_TEXT:
      return ICLGD_OK;
  }
  return ICLGD_OK;
}

const char *iclgd_key_path(const iclgd_key *key, const char *text) {
  char name[WORD_MAX], type[WORD_MAX];
  const size_t head = strcspn(text, ":");
  const char *forms = key->type == ICLGD_KEY_FORM ? key->forms : NULL;
  while (forms) {
    forms = next_form(forms, name, type);
    if (strcmp(type, "path") == 0 && strlen(name) == head &&
        strncmp(name, text, head) == 0 && text[head] == ':' && text[head + 1])
      return text + head + 1;
  }
  return NULL;
}
