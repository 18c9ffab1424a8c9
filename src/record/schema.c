/* Declared paths against actual ones, component by component. */
#include "schema.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const iclgd_group entry_row = {"", "NXentry",         "", "", "",
                                      "", "one run of iclgd"};
static const iclgd_dataset title_row = {"title", ICLGD_TEXT,           "", "",
                                        "title", "what the file holds"};

/* What a placeholder is worth in *wild, less the length of its ending. */
enum { PLACEHOLDER = 1000 };

/* Whether the name (actual bytes) is one that <placeholder>ending stands for;
 * *wild grows by what the pattern (declared bytes) leaves open. */
static bool stands_for(const char *pattern, size_t declared, const char *name,
                       size_t actual, size_t *wild) {
  const char *close = memchr(pattern, '>', declared);
  const size_t ending = close ? declared - (size_t)(close + 1 - pattern) : 0;
  *wild += PLACEHOLDER - ending;
  return ending == 0 ||
         (actual > ending &&
          memcmp(close + 1, name + actual - ending, ending) == 0);
}

/* Match all components of `path` with the first ones of `pattern`. The rest of
 * the pattern ("" when nothing is left), or NULL when they differ; *wild
 * says how much the placeholders leave open. */
static const char *match(const char *pattern, const char *path, size_t *wild) {
  *wild = 0;
  while (*path) {
    if (*pattern != '<' && *pattern != *path) return NULL;
    const size_t declared = strcspn(pattern, "/");
    const size_t actual = strcspn(path, "/");
    if (declared == 0 || actual == 0) return NULL;
    if (pattern[0] == '<') {
      if (!stands_for(pattern, declared, path, actual, wild)) return NULL;
    } else if (declared != actual || memcmp(pattern, path, actual) != 0) {
      return NULL;
    }
    pattern += declared + (pattern[declared] == '/');
    path += actual;
    if (*path == '/' && *++path == '\0') return NULL;
  }
  return pattern;
}

static bool matches_all(const char *pattern, const char *path, size_t *wild) {
  const char *rest = match(pattern, path, wild);
  return rest && *rest == '\0';
}

const iclgd_dataset *iclgd_schema_dataset(iclgd_schema_set set,
                                          const char *path) {
  const iclgd_dataset *best = NULL;
  size_t fewest = SIZE_MAX, wild;
  for (size_t s = 0; s < set.count; ++s)
    for (size_t i = 0; i < set.schemas[s].n_datasets; ++i) {
      const iclgd_dataset *row = &set.schemas[s].datasets[i];
      if (!matches_all(row->path, path, &wild) || wild >= fewest) continue;
      best = row;
      fewest = wild;
    }
  if (!best && strcmp(path, title_row.path) == 0) return &title_row;
  return best;
}

const iclgd_group *iclgd_schema_group(iclgd_schema_set set, const char *path) {
  const iclgd_group *best = NULL;
  size_t fewest = SIZE_MAX, wild;
  for (size_t s = 0; s < set.count; ++s)
    for (size_t i = 0; i < set.schemas[s].n_groups; ++i) {
      const iclgd_group *row = &set.schemas[s].groups[i];
      if (!matches_all(row->path, path, &wild) || wild >= fewest) continue;
      best = row;
      fewest = wild;
    }
  if (!best && *path == '\0') return &entry_row;
  return best;
}

static bool is_below(const char *pattern, const char *path) {
  size_t wild;
  const char *rest = match(pattern, path, &wild);
  return rest && *rest != '\0';
}

bool iclgd_schema_is_parent(iclgd_schema_set set, const char *path) {
  for (size_t s = 0; s < set.count; ++s) {
    const iclgd_schema *schema = &set.schemas[s];
    for (size_t i = 0; i < schema->n_datasets; ++i)
      if (is_below(schema->datasets[i].path, path)) return true;
    for (size_t i = 0; i < schema->n_groups; ++i)
      if (is_below(schema->groups[i].path, path)) return true;
  }
  return *path == '\0';
}

static bool has_dim(const iclgd_dataset *row, const char *name) {
  iclgd_word dims[ICLGD_RANK_MAX];
  const size_t rank = iclgd_schema_words(row->dims, dims, ICLGD_RANK_MAX);
  for (size_t i = 0; i < rank; ++i)
    if (strcmp(dims[i], name) == 0) return true;
  return false;
}

bool iclgd_schema_is_dim(iclgd_schema_set set, const char *group,
                         const char *name) {
  for (size_t s = 0; s < set.count; ++s)
    for (size_t i = 0; i < set.schemas[s].n_datasets; ++i) {
      const iclgd_dataset *row = &set.schemas[s].datasets[i];
      size_t wild;
      const char *rest = match(row->path, group, &wild);
      if (rest && *rest && !strchr(rest, '/') && has_dim(row, name))
        return true;
    }
  return false;
}

size_t iclgd_schema_words(const char *list, iclgd_word *words, size_t max) {
  static const char separators[] = ", ";
  size_t count = 0;
  for (;;) {
    list += strspn(list, separators);
    const size_t length = strcspn(list, separators);
    if (length == 0) return count;
    if (count < max)
      snprintf(words[count], ICLGD_WORD_MAX, "%.*s", (int)length, list);
    ++count;
    list += length;
  }
}

const char *iclgd_path_leaf(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

void iclgd_path_parent(const char *path, char *out, size_t size) {
  const char *slash = strrchr(path, '/');
  snprintf(out, size, "%.*s", slash ? (int)(slash - path) : 0, path);
}
