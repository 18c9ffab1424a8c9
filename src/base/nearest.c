/* The word that was probably meant: by Levenshtein's distance, the number of
 * single-character insertions, deletions and replacements (V. I. Levenshtein
 * 1966, Soviet Physics Doklady 10:707). */
#include "nearest.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WORD_MAX = 64 };

static size_t distance(const char *a, const char *b) {
  size_t row[WORD_MAX + 1];
  const size_t n = strlen(b);
  if (n > WORD_MAX) return SIZE_MAX;
  for (size_t j = 0; j <= n; ++j) row[j] = j;
  for (size_t i = 0; a[i]; ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < n; ++j) {
      size_t best = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      if (diagonal + 1 < best) best = diagonal + 1;
      if (row[j] + 1 < best) best = row[j] + 1;
      row[j + 1] = best;
    }
  }
  return row[n];
}

iclgd_nearest iclgd_nearest_to(const char *wanted) {
  return (iclgd_nearest){.wanted = wanted, .distance = SIZE_MAX};
}

void iclgd_nearest_try_as(iclgd_nearest *n, const char *name,
                          const char *word) {
  size_t edits = distance(n->wanted, name);
  if (edits > 1 && *n->wanted && strstr(name, n->wanted)) edits = 1;
  if (edits > n->distance || edits == SIZE_MAX) return;
  if (edits == n->distance && strlen(word) >= strlen(n->word)) return;
  n->distance = edits;
  snprintf(n->word, sizeof n->word, "%s", word);
}

void iclgd_nearest_try(iclgd_nearest *n, const char *word) {
  iclgd_nearest_try_as(n, word, word);
}

const char *iclgd_nearest_phrase(iclgd_nearest *n) {
  const size_t letters = strlen(n->wanted);
  const bool near = n->distance <= 1 || 2 * n->distance <= letters;
  *n->phrase = '\0';
  if (near && *n->word)
    snprintf(n->phrase, sizeof n->phrase, ", did you mean '%s'?", n->word);
  return n->phrase;
}
