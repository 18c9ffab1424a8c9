/* The text of a map, line by line:
 *   # a remark
 *   set KEY = VALUE                 a key of these models, unless it is given
 *   strip PREFIX                    names may begin with it
 *   same                            other names are ours
 *   THEIRS = -                      left out
 *   THEIRS = OURS [transpose] [rows I/K | rows A:B | first]
 * `*` in THEIRS is the number of the layer, from 0; without it an array by
 * layer has the layers as its first dim. Rows are counted after transposing. */
#include "import/map.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of 16 words of model.attention has the most. */
enum { WORDS_MAX = 19, LINES_MAX = 10000, LAYER_MAX = 4096 };

typedef struct line {
  const char *name; /* of the map */
  size_t number;
  char *words[WORDS_MAX];
  size_t count;
  bool is_long; /* there are more */
} line;

static iclgd_status refuse(const line *l, const char *expected,
                           iclgd_error *err) {
  return iclgd_fail(err, ICLGD_EINPUT, "%s, line %zu: expected %s", l->name,
                    l->number, expected);
}

/* The words of a line, in place; a remark ends it. */
static void split(char *text, line *l) {
  static const char blanks[] = " \t\r";
  text[strcspn(text, "#")] = '\0';
  l->count = 0;
  for (text += strspn(text, blanks); *text && l->count < WORDS_MAX;
       text += strspn(text, blanks)) {
    l->words[l->count++] = text;
    text += strcspn(text, blanks);
    if (*text) *text++ = '\0';
  }
  l->is_long = *text != '\0';
}

/* A whole number of digits alone that ends at `end`. */
static bool take_number(const char **text, char end, size_t *out) {
  char *stop;
  if (!isdigit((unsigned char)**text)) return false;
  const unsigned long value = strtoul(*text, &stop, 10);
  if (*stop != end || value > 1000000000) return false;
  *out = value;
  *text = stop + (end != '\0');
  return true;
}

/* "2/3" or "64:128". */
static bool take_rows(const char *text, iclgd_name_rule *rule) {
  const char *at = text;
  if (strchr(text, '/'))
    return take_number(&at, '/', &rule->part) &&
           take_number(&at, '\0', &rule->parts) && rule->part >= 1 &&
           rule->part <= rule->parts;
  return take_number(&at, ':', &rule->from) &&
         take_number(&at, '\0', &rule->to) && rule->from < rule->to;
}

static iclgd_status take_options(const line *l, iclgd_name_rule *rule,
                                 iclgd_error *err) {
  for (size_t i = 3; i < l->count; ++i) {
    const bool last = i + 1 == l->count;
    if (strcmp(l->words[i], "transpose") == 0)
      rule->transpose = true;
    else if (strcmp(l->words[i], "first") == 0)
      rule->first = true;
    else if (strcmp(l->words[i], "rows") != 0 || last ||
             !take_rows(l->words[++i], rule))
      return refuse(l, "transpose, first, rows I/K or rows A:B behind the name",
                    err);
  }
  if (rule->first + (rule->parts > 0) + (rule->to > 0) > 1)
    return refuse(l, "rows once", err);
  return ICLGD_OK;
}

static iclgd_status take_rule(const line *l, iclgd_name_map *map,
                              iclgd_error *err) {
  iclgd_name_rule *rule = &map->rules[map->n_rules++];
  if (l->count < 3 || strcmp(l->words[1], "=") != 0)
    return refuse(l,
                  "`THEIRS = OURS ...`, `THEIRS = -`, `set KEY = VALUE`, "
                  "`strip PREFIX` or `same`",
                  err);
  rule->theirs = l->words[0];
  rule->ours = l->words[2];
  const char *star = strchr(rule->theirs, '*');
  if (star && strchr(star + 1, '*')) return refuse(l, "one * at most", err);
  return take_options(l, rule, err);
}

static iclgd_status take_word(const line *l, iclgd_arena *arena,
                              iclgd_name_map *map, iclgd_error *err) {
  char value[1024] = "";
  if (l->count < 4 || strcmp(l->words[2], "=") != 0)
    return refuse(l, "`set KEY = VALUE`", err);
  for (size_t i = 3, used = 0; i < l->count && used < sizeof value; ++i)
    used += (size_t)snprintf(value + used, sizeof value - used, "%s%s",
                             i > 3 ? " " : "", l->words[i]);
  iclgd_remark *word = &map->words[map->n_words++];
  *word = (iclgd_remark){l->words[1], iclgd_arena_text(arena, value)};
  return iclgd_arena_status(arena, err, map->name);
}

static iclgd_status take_line(const line *l, iclgd_arena *arena,
                              iclgd_name_map *map, iclgd_error *err) {
  if (l->count == 0) return ICLGD_OK;
  if (l->is_long) return refuse(l, "fewer words", err);
  const bool is_rule = l->count > 1 && strcmp(l->words[1], "=") == 0;
  if (!is_rule && strcmp(l->words[0], "set") == 0)
    return take_word(l, arena, map, err);
  if (l->count == 2 && strcmp(l->words[0], "strip") == 0) {
    map->prefixes[map->n_prefixes++] = l->words[1];
    return ICLGD_OK;
  }
  if (l->count == 1 && strcmp(l->words[0], "same") == 0) {
    map->same = true;
    return ICLGD_OK;
  }
  return take_rule(l, map, err);
}

iclgd_status iclgd_name_map_parse(const char *text, const char *name,
                                  iclgd_arena *arena, iclgd_name_map *out,
                                  iclgd_error *err) {
  size_t lines = 1;
  for (const char *c = text; *c; ++c) lines += *c == '\n';
  char *copy = iclgd_arena_text(arena, text);
  line l = {.name = name};
  if (lines > LINES_MAX) return refuse(&l, "at most 10000 lines", err);
  *out = (iclgd_name_map){
      .name = name,
      .rules = iclgd_arena_take(arena, lines, sizeof *out->rules),
      .prefixes = iclgd_arena_take(arena, lines, sizeof *out->prefixes),
      .words = iclgd_arena_take(arena, lines, sizeof *out->words)};
  TRY(iclgd_arena_status(arena, err, name));
  for (char *next = copy; next && *next;) {
    char *begin = next, *end = strchr(begin, '\n');
    if (end) *end = '\0';
    next = end ? end + 1 : NULL;
    ++l.number;
    split(begin, &l);
    TRY(take_line(&l, arena, out, err));
  }
  return ICLGD_OK;
}

const char *iclgd_name_bare(const iclgd_name_map *map, const char *name) {
  for (size_t i = 0; i < map->n_prefixes;) {
    const size_t length = strlen(map->prefixes[i]);
    const bool begins =
        length > 0 && strncmp(name, map->prefixes[i], length) == 0;
    if (begins) name += length;
    i = begins ? 0 : i + 1;
  }
  return name;
}

bool iclgd_name_fits(const iclgd_name_rule *rule, const char *bare,
                     size_t *layer) {
  const char *star = strchr(rule->theirs, '*');
  *layer = 0;
  if (!star) return strcmp(rule->theirs, bare) == 0;
  const size_t before = (size_t)(star - rule->theirs);
  if (strncmp(rule->theirs, bare, before) != 0) return false;
  char *end;
  const char *number = bare + before;
  if (!isdigit((unsigned char)*number)) return false;
  *layer = strtoul(number, &end, 10);
  const bool plain = *number != '0' || end == number + 1;
  return plain && *layer < LAYER_MAX && strcmp(end, star + 1) == 0;
}
