/* What the program says of a run, in one line, beside its numbers. */
#ifndef ICLGD_TESTS_SAYS_H
#define ICLGD_TESTS_SAYS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/shell.h"

static char out[1 << 18];

/* The member of a probe in the summary of a run with these keys; in `out`, with
 * single blanks, what is shown of it. */
static inline json_t *run_and_show(const char *probe, const char *keys) {
  char line[1024];
  snprintf(line, sizeof line,
           "\"$I\" run %s probe.list=%s reference.list=gd "
           "reference.tune_prompts=60 --force -q -o a.h5",
           keys, probe);
  shell_succeed(line, out, sizeof out);
  shell_succeed("\"$I\" show a.h5 --json", out, sizeof out);
  json_t *summary = json_loads(out, 0, NULL);
  assert_non_null(summary);
  json_t *own = json_incref(json_object_get(summary, probe));
  assert_non_null(own);
  json_decref(summary);
  snprintf(line, sizeof line, "\"$I\" show a.h5 %s | tr -s '\\n ' ' '", probe);
  shell_succeed(line, out, sizeof out);
  return own;
}

static inline double item(const json_t *own, const char *list, size_t i) {
  return json_number_value(json_array_get(json_object_get(own, list), i));
}

/* The number after some words. */
static inline double said(const char *words) {
  const char *at = strstr(out, words);
  if (!at) fail_msg("'%s' is not in %s", words, out);
  return strtod(at + strlen(words), NULL);
}

static inline void assert_says(const char *words, double expected,
                               double tolerance) {
  assert_close(said(words), expected, 1e-12, tolerance);
}

static inline void assert_words(const char *words, bool there) {
  if ((strstr(out, words) != NULL) != there)
    fail_msg("'%s' is %sin %s", words, there ? "not " : "", out);
}

#endif /* ICLGD_TESTS_SAYS_H */
