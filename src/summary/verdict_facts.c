/* What several parts of the verdict ask of a summary, and how they add words.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "summary/verdict.h"

void iclgd_say(iclgd_saying *s, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const int n = vsnprintf(s->text + s->length, sizeof s->text - s->length,
                          format, arguments);
  va_end(arguments);
  if (n > 0) s->length += (size_t)n;
  if (s->length >= sizeof s->text) s->length = sizeof s->text - 1;
}

bool iclgd_verdict_was_trained(const json_t *summary) {
  return iclgd_json_whole(json_object_get(summary, "training"), "steps") > 0;
}

const char *iclgd_verdict_subject(const json_t *summary) {
  return iclgd_verdict_was_trained(summary) ? "The trained model" : "The model";
}

const json_t *iclgd_hypothesis(const json_t *summary, const char *name) {
  const json_t *member = json_object_get(summary, "identify");
  return iclgd_json_named(json_object_get(member, "hypotheses"), name);
}

const json_t *iclgd_hypothesis_chosen(const json_t *summary) {
  const json_t *member = json_object_get(summary, "identify");
  return iclgd_hypothesis(summary, iclgd_json_text(member, "chosen"));
}

const json_t *iclgd_verdict_path(const json_t *summary, const char *name) {
  return iclgd_json_named(json_object_get(summary, "algorithms"), name);
}

const json_t *iclgd_verdict_row(const json_t *summary, const char *begin,
                                const char *who) {
  char name[96];
  snprintf(name, sizeof name, "%.30s%.60s", begin, who);
  return iclgd_json_named(json_object_get(summary, "oracle"), name);
}

void iclgd_say_step_of(iclgd_saying *s, const json_t *path) {
  const double eta = iclgd_json_real(path, "eta");
  if (!isnan(eta)) iclgd_say(s, " with step size %.4g", eta);
}
