/* What stands below the losses: what means of comparisons leave out, which of
 * them few prompts carry, and what was not run. */
#include <iclgd/tail.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "summary/views.h"

static void put_few(iclgd_blocks *out, const json_t *path, size_t prompts,
                    size_t depth) {
  size_t few = 0;
  for (size_t l = 1; l <= depth; ++l)
    few += iclgd_tail_is_few(
        iclgd_json_at(path, "prediction_difference", l),
        iclgd_json_at(path, "prediction_difference_standard_error", l),
        prompts);
  if (few > 0)
    iclgd_put_sentence(out,
                       "A few prompts carry the mean difference at %zu of %zu "
                       "layers, as its standard error shows.",
                       few, depth);
}

void iclgd_put_comparison_caution(iclgd_blocks *out, const json_t *summary,
                                  const json_t *path, size_t depth) {
  const double prompts =
      iclgd_json_real(json_object_get(summary, "prompts"), "count");
  iclgd_put_left_out(out, path, "prediction_difference_excluded", prompts,
                     "prompts, where the predictions have no difference: one "
                     "of them is not finite");
  iclgd_put_left_out(out, path, "sensitivity_cosine_excluded", prompts,
                     "prompts, where the weights have no cosine: one of them "
                     "is zero or not finite");
  if (prompts >= 2) put_few(out, path, (size_t)prompts, depth);
}

/* "NAME: reason" without its name; the whole note when there is none. */
static const char *reason_of(const char *note) {
  const char *colon = strstr(note, ": ");
  return colon ? colon + 2 : note;
}

static const char *note_at(const json_t *notes, size_t i) {
  return json_string_value(json_array_get(notes, i));
}

/* The names of note i and of those after it that have its reason. */
static void put_reason(iclgd_blocks *out, const json_t *notes, size_t i) {
  const char *reason = reason_of(note_at(notes, i));
  char names[1024] = "";
  size_t used = 0;
  for (size_t j = 0; j < i; ++j)
    if (strcmp(reason, reason_of(note_at(notes, j))) == 0) return;
  for (size_t j = i; j < json_array_size(notes) && used < sizeof names; ++j) {
    const char *note = note_at(notes, j);
    if (strcmp(reason, reason_of(note)) == 0)
      used += (size_t)snprintf(names + used, sizeof names - used, "%s%.*s",
                               used ? ", " : "", (int)strcspn(note, ":"), note);
  }
  iclgd_put_sentence(out, "%s: %s", names, reason);
}

void iclgd_put_not_run(iclgd_blocks *out, const json_t *notes) {
  const size_t count = json_array_size(notes);
  if (count == 0) return;
  iclgd_put_fold(out, "What was not run, and why");
  for (size_t i = 0; i < count; ++i) put_reason(out, notes, i);
  iclgd_put_fold_end(out);
}
