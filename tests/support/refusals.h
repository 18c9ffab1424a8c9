/* Settings that make no law of prompts. */
#ifndef ICLGD_TESTS_REFUSALS_H
#define ICLGD_TESTS_REFUSALS_H

#include <string.h>

#include "support/world.h"

/* The status, and one line that says where and what. */
static inline void refuse(const char *const *overrides, iclgd_status status,
                          const char *where, const char *what) {
  world w;
  iclgd_error err = {""};
  world_settings(&w, overrides);
  assert_int_equal(
      iclgd_distribution_create(w.settings, 1, &w.arena, &w.dist, &err),
      status);
  if (!strstr(err.text, where) || !strstr(err.text, what))
    fail_msg("'%s' says neither '%s' nor '%s'", err.text, where, what);
  assert_null(strchr(err.text, '\n'));
  world_free(&w);
}

static inline void refuse_pair(const char *first, const char *second,
                               const char *words) {
  const char *const keys[] = {first, second, NULL};
  refuse(keys, ICLGD_EUSAGE, words, words);
}

#endif /* ICLGD_TESTS_REFUSALS_H */
