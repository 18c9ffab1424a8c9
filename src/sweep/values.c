/* Lists of values: "1,2,4", "1..10", "log:1e-4..1e-1:7", "identity|diag:1,2".
 *   lin: a + i (b - a) / (N - 1),  log: a (b / a)^(i / (N - 1)),  i = 0..N-1 */
#include "sweep/values.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/key.h"

enum { WORD_MAX = ICLGD_VALUE_MAX };

/* A list as it grows. */
typedef struct list {
  const iclgd_key *key;
  const char *written; /* as it was typed, for messages */
  iclgd_arena *arena;
  iclgd_values values;
  size_t capacity;
} list;

static iclgd_status accepts(const list *l, const char *word, iclgd_error *err) {
  iclgd_value unused;
  iclgd_error reason;
  iclgd_arena scratch = {0};
  const iclgd_status status =
      iclgd_key_parse(l->key, word, &scratch, &unused, &reason);
  iclgd_arena_free(&scratch);
  if (!status) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE, "%s=%.60s: value '%.60s': %s",
                    l->key->name, l->written, word, reason.text);
}

static iclgd_status too_many(const list *l, iclgd_error *err) {
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s=%.60s: expected at most %d values in a list",
                    l->key->name, l->written, ICLGD_POINTS_MAX);
}

static iclgd_status add(list *l, const char *word, iclgd_error *err) {
  TRY(accepts(l, word, err));
  const size_t count = l->values.count;
  if (count > 0 && strcmp(l->values.text[count - 1], word) == 0)
    return ICLGD_OK;
  if (count == ICLGD_POINTS_MAX) return too_many(l, err);
  if (count == l->capacity) {
    const size_t capacity = 2 * l->capacity + 16;
    const char **grown = iclgd_arena_take(l->arena, capacity, sizeof *grown);
    if (!grown) return iclgd_fail_memory(err, "the values");
    if (count) memcpy(grown, l->values.text, count * sizeof *grown);
    l->values.text = grown;
    l->capacity = capacity;
  }
  l->values.text[l->values.count++] = iclgd_arena_text(l->arena, word);
  return iclgd_arena_status(l->arena, err, "the values");
}

static iclgd_status add_number(list *l, double value, iclgd_error *err) {
  char word[40];
  const bool whole = l->key->type == ICLGD_KEY_INT;
  snprintf(word, sizeof word, "%.12g", whole ? round(value) : value);
  return add(l, word, err);
}

/* "A..B" or "A..B:C"; false when it is none. */
static bool is_range(const char *word, double *from, double *to, double *by,
                     bool *has_by) {
  char *end;
  *from = strtod(word, &end);
  if (end == word) return false;
  if (end[-1] == '.') --end; /* "1." of "1..9" */
  if (strncmp(end, "..", 2) != 0) return false;
  const char *second = end + 2;
  *to = strtod(second, &end);
  if (end == second) return false;
  *has_by = *end == ':';
  *by = 1;
  if (*has_by) {
    second = end + 1;
    *by = strtod(second, &end);
    if (end == second) return false;
  }
  return *end == '\0' && isfinite(*from) && isfinite(*to) && isfinite(*by);
}

static iclgd_status bad_range(const list *l, const char *word,
                              const char *expected, iclgd_error *err) {
  return iclgd_fail(err, ICLGD_EUSAGE, "%s=%.60s: '%.60s': expected %s",
                    l->key->name, l->written, word, expected);
}

static iclgd_status add_steps(list *l, const char *word, double from, double to,
                              double by, iclgd_error *err) {
  if (!(by > 0) || !(from <= to))
    return bad_range(l, word, "FROM..TO:STEP with FROM <= TO, STEP > 0", err);
  const double steps = floor((to - from) / by * (1 + 1e-12) + 1e-9);
  if (steps >= ICLGD_POINTS_MAX) return too_many(l, err);
  for (size_t i = 0; i <= (size_t)steps; ++i)
    TRY(add_number(l, from + (double)i * by, err));
  return ICLGD_OK;
}

/* N values from one to the other, evenly or by their logarithms. */
static iclgd_status add_spaced(list *l, const char *word, iclgd_error *err) {
  const bool in_logs = strncmp(word, "log:", 4) == 0;
  double from, to, count;
  bool counted;
  if (!is_range(word + 4, &from, &to, &count, &counted) || !counted ||
      count < 2 || count != floor(count) || (in_logs && !(from > 0 && to > 0)))
    return bad_range(l, word,
                     in_logs ? "log:FROM..TO:N with FROM, TO > 0 and N >= 2"
                             : "lin:FROM..TO:N with N >= 2",
                     err);
  if (count > ICLGD_POINTS_MAX) return too_many(l, err);
  for (size_t i = 0; i < (size_t)count; ++i) {
    const double t = (double)i / (count - 1);
    TRY(add_number(
        l, in_logs ? from * pow(to / from, t) : from + t * (to - from), err));
  }
  return ICLGD_OK;
}

static iclgd_status add_word(list *l, const char *word, iclgd_error *err) {
  double from, to, by;
  bool has_by;
  iclgd_error unused;
  if (!accepts(l, word, &unused)) return add(l, word, err);
  if (strncmp(word, "log:", 4) == 0 || strncmp(word, "lin:", 4) == 0)
    return add_spaced(l, word, err);
  if (is_range(word, &from, &to, &by, &has_by))
    return add_steps(l, word, from, to, by, err);
  return accepts(l, word, err);
}

iclgd_status iclgd_values_read(const iclgd_key *key, const char *written,
                               iclgd_arena *arena, iclgd_values *out,
                               iclgd_error *err) {
  list l = {.key = key, .written = written, .arena = arena};
  iclgd_error unused;
  char word[WORD_MAX + 1];
  const bool barred = strchr(written, '|') != NULL;
  const char *between = barred ? "|" : ",";
  if (!barred && !accepts(&l, written, &unused)) between = "";
  for (const char *at = written;; ++at) {
    const size_t length = strcspn(at, between);
    if (length > WORD_MAX) return accepts(&l, at, err);
    snprintf(word, sizeof word, "%.*s", (int)length, at);
    TRY(add_word(&l, word, err));
    at += length;
    if (*at == '\0') break;
  }
  *out = l.values;
  return ICLGD_OK;
}
