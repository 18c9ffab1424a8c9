/* The word that was probably meant, for "did you mean". */
#ifndef ICLGD_BASE_NEAREST_H
#define ICLGD_BASE_NEAREST_H

#include <stddef.h>

typedef struct iclgd_nearest {
  const char *wanted;
  size_t distance; /* SIZE_MAX: no word has been tried */
  char word[400];  /* the nearest so far, "" when there is none */
  char phrase[424];
} iclgd_nearest;

/* To be followed by a try of every word there is. */
iclgd_nearest iclgd_nearest_to(const char *wanted);

/* The fewest single-character edits win, then the shorter word; a word that
 * contains what is wanted counts as one edit away. */
void iclgd_nearest_try(iclgd_nearest *n, const char *word);

/* The same for a word that has another name, by which it is compared. */
void iclgd_nearest_try_as(iclgd_nearest *n, const char *name, const char *word);

/* ", did you mean 'WORD'?", or "" when nothing is near: when more than
 * half of the letters would have to change. Kept in n->phrase. */
const char *iclgd_nearest_phrase(iclgd_nearest *n);

#endif /* ICLGD_BASE_NEAREST_H */
