/* The verdict on a run of the pipeline: its words, and that they contradict
 * none of the numbers behind them. */
#ifndef ICLGD_TESTS_VERDICT_H
#define ICLGD_TESTS_VERDICT_H

#include <iclgd/run.h>
#include <iclgd/schemas.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "summary/summary.h"
#include "support/world.h"

/* Settings from words with blanks between them; "preset:NAME" loads one. */
static inline iclgd_settings *verdict_settings(const char *words) {
  iclgd_settings *settings;
  iclgd_error err;
  char copy[1024], *rest = NULL, path[512];
  assert_ok(iclgd_settings_defaults(&settings, &err), err);
  snprintf(copy, sizeof copy, "%s", words);
  for (char *word = strtok_r(copy, " ", &rest); word;
       word = strtok_r(NULL, " ", &rest)) {
    if (strncmp(word, "preset:", 7) == 0) {
      snprintf(path, sizeof path, "%s/data/presets/%s.ini", ICLGD_SOURCE_DIR,
               word + 7);
      assert_ok(iclgd_settings_load(settings, path, &err), err);
    } else {
      assert_ok(iclgd_settings_override(settings, word, &err), err);
    }
  }
  return settings;
}

/* The summary of the file, which is removed. */
static inline json_t *verdict_summary(const char *file) {
  iclgd_source *source;
  json_t *summary;
  iclgd_error err;
  assert_ok(iclgd_source_open(file, &source, &err), err);
  assert_ok(iclgd_summary_build(source, &summary, &err), err);
  iclgd_source_close(source);
  unlink(file);
  return summary;
}

/* Run and sum up; `model` and `prompts` are files or NULL. */
static inline json_t *verdict_run(const char *words, const char *model,
                                  const char *prompts) {
  char file[] = "/tmp/iclgd_verdict_XXXXXX";
  const int descriptor = mkstemp(file);
  assert_true(descriptor >= 0 && close(descriptor) == 0);
  iclgd_settings *settings = verdict_settings(words);
  const iclgd_run_options options = {.output = file,
                                     .force = true,
                                     .reproducible = true,
                                     .model = model,
                                     .prompts = prompts,
                                     .stream = ICLGD_STREAM_PROBE};
  iclgd_error err;
  const iclgd_status status = iclgd_run(
      settings, model ? ICLGD_STAGE_PROBE : ICLGD_STAGE_ALL, &options, &err);
  if (status < 0) fail_msg("%s: %s", words, err.text);
  iclgd_settings_free(settings);
  return verdict_summary(file);
}

/* --- words and numbers ---------------------------------------------------- */

static inline double verdict_real(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  return json_is_number(value) ? json_number_value(value) : NAN;
}

static inline const char *verdict_text(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return text ? text : "";
}

static inline const json_t *verdict_named(const json_t *list,
                                          const char *name) {
  size_t i;
  json_t *item;
  json_array_foreach(list, i, item) {
    if (strcmp(verdict_text(item, "name"), name) == 0) return item;
  }
  return NULL;
}

static inline bool verdict_is_trained(const json_t *summary) {
  const json_t *training = json_object_get(summary, "training");
  return json_integer_value(json_object_get(training, "steps")) > 0;
}

/* Ends of sentences: a stop before a blank and a capital letter, or at the
 * end. */
static inline size_t verdict_sentences(const char *text) {
  size_t count = 0;
  for (const char *at = strchr(text, '.'); at; at = strchr(at + 1, '.'))
    count += at[1] == '\0' || (at[1] == ' ' && at[2] >= 'A' && at[2] <= 'Z');
  return count;
}

/* Every "A +- B times": known to a quarter at least, and "no clear difference"
 * where, and only where, 1 lies within two errors. */
static inline void verdict_check_ratios(const char *text) {
  for (const char *at = strstr(text, " times"); at;
       at = strstr(at + 1, " times")) {
    const char *sign = at;
    while (sign > text && strncmp(sign, " +- ", 4) != 0 && *sign != ',' &&
           *sign != ';')
      --sign;
    if (strncmp(sign, " +- ", 4) != 0) continue;
    const char *begin = sign;
    while (begin > text && begin[-1] != ' ') --begin;
    const double ratio = strtod(begin, NULL), error = strtod(sign + 4, NULL);
    assert_true(error < 0.26 * ratio);
    const bool unclear = strncmp(at, " times (no clear", 16) == 0;
    if (unclear) assert_true(fabs(ratio - 1) <= 2.1 * error);
  }
}

/* The kind, the share and the name that the text tells are those chosen. */
static inline void verdict_check_identity(const char *text,
                                          const json_t *summary) {
  const json_t *member = json_object_get(summary, "identify");
  const char *kind = verdict_text(member, "kind");
  const json_t *chosen = verdict_named(json_object_get(member, "hypotheses"),
                                       verdict_text(member, "chosen"));
  assert_non_null(chosen);
  const double share = verdict_real(chosen, "overall");
  const double tolerance = verdict_real(member, "tolerance");
  const char *percent;
  if (strcmp(kind, "exact") == 0) {
    assert_true(share < 1e-10);
    assert_non_null(strstr(text, ", exactly"));
    assert_null(strstr(text, "unexplained"));
  } else if (strcmp(kind, "same") == 0) {
    assert_true(share <= tolerance);
    percent = strstr(text, "to within ");
    assert_non_null(percent);
    assert_close(strtod(percent + 10, NULL), 100 * share, 0, 0.06);
    assert_null(strstr(text, "unexplained"));
  } else {
    assert_true(share > tolerance);
    assert_null(strstr(text, "exactly, "));
    percent = strstr(text, "leaves ");
    if (!percent) {
      assert_non_null(strstr(text, "predicting zero explains as much"));
      assert_true(share >= 1 - 1e-9);
      return;
    }
    if (strcmp(verdict_text(chosen, "name"), "zero") != 0)
      assert_close(strtod(percent + 7, NULL), 100 * share, 0, 0.06);
    assert_non_null(strstr(text, "unexplained"));
  }
}

/* What no verdict may do, whatever the model is. */
static inline void verdict_check(const json_t *summary) {
  const char *text = verdict_text(summary, "verdict");
  assert_true(*text != '\0');
  static const char *const never[] = {"nan",   "inf ",   "(null)", " -0 ",
                                      "lower", "higher", "  "};
  for (size_t i = 0; i < sizeof never / sizeof *never; ++i)
    if (strstr(text, never[i])) fail_msg("'%s' in: %s", never[i], text);
  const size_t sentences = verdict_sentences(text);
  if (sentences < 1 || sentences > 4)
    fail_msg("%zu sentences: %s", sentences, text);
  if (!verdict_is_trained(summary) && strstr(text, "rained model"))
    fail_msg("nothing was trained: %s", text);
  if (strstr(text, "antisymmetric"))
    assert_non_null(strstr(text, "off a multiple of the identity"));
  verdict_check_ratios(text);
  if (strstr(text, "mean square of its predictions") ||
      strstr(text, ", exactly"))
    verdict_check_identity(text, summary);
}

/* Words, with '|' between them, that must be there or must not. */
static inline void verdict_expect(const char *what, const json_t *summary,
                                  const char *words, bool wanted) {
  const char *text = verdict_text(summary, "verdict");
  char copy[512], *rest = NULL;
  snprintf(copy, sizeof copy, "%s", words ? words : "");
  for (char *word = strtok_r(copy, "|", &rest); word;
       word = strtok_r(NULL, "|", &rest))
    if ((strstr(text, word) != NULL) != wanted)
      fail_msg("%s: %s '%s' in: %s", what, wanted ? "no" : "there is", word,
               text);
}

#endif /* ICLGD_TESTS_VERDICT_H */
