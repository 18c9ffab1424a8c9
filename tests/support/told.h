/* What a view tells of a summary that was made for it. */
#ifndef ICLGD_TESTS_TOLD_H
#define ICLGD_TESTS_TOLD_H

#include <ctype.h>
#include <iclgd/view.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/close.h"
#include "view/terminal.h"

/* All of it, to be freed; in the summary ' stands for ". */
static inline char *told(const iclgd_view *view, const char *summary) {
  iclgd_blocks blocks = {.first = NULL};
  char *text = strdup(summary), *out;
  size_t length;
  FILE *stream = open_memstream(&out, &length);
  assert_non_null(text);
  assert_non_null(stream);
  for (char *c = text; *c; ++c)
    if (*c == '\'') *c = '"';
  json_t *made = json_loads(text, 0, NULL);
  if (!made) fail_msg("no JSON: %s", text);
  view->tell(made, &blocks);
  iclgd_terminal_blocks(&blocks, false, stream);
  fclose(stream);
  iclgd_blocks_free(&blocks);
  json_decref(made);
  free(text);
  return out;
}

/* The same in one line, with single blanks. */
static inline char *told_in_a_line(const iclgd_view *view,
                                   const char *summary) {
  char *text = told(view, summary), *to = text;
  for (const char *c = text; *c; ++c) {
    const bool blank = isspace((unsigned char)*c);
    if (!blank) *to++ = *c;
    if (blank && to > text && to[-1] != ' ') *to++ = ' ';
  }
  *to = '\0';
  return text;
}

/* Whether these words are there, or not. */
static inline void expect_told(const iclgd_view *view, const char *summary,
                               const char *words, bool wanted) {
  char *text = told_in_a_line(view, summary);
  if ((strstr(text, words) != NULL) != wanted)
    fail_msg("'%s' is %s in:\n%s", words, wanted ? "not" : "there", text);
  free(text);
}

#endif /* ICLGD_TESTS_TOLD_H */
