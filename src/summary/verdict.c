/* The verdict, in at most four sentences: what the model is, how sure that is,
 * how its loss compares, what is left over; before them, or instead of them,
 * what makes them void. */
#include "summary/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "summary/summary.h"

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

/* The table beside the layers is that of the algorithm the model is held to be,
 * with the parameters that are best for the loss. */
static void set_closest(json_t *summary) {
  const char *name =
      iclgd_json_text(iclgd_hypothesis_chosen(summary), "algorithm");
  if (iclgd_verdict_path(summary, name))
    json_object_set_new(summary, "closest", json_string(name));
}

json_t *iclgd_summary_verdict(json_t *summary) {
  const size_t depth = iclgd_summary_depth(summary);
  iclgd_saying s = {.length = 0};
  const bool measured =
      json_object_get(json_object_get(summary, "trajectory"), "loss");
  if (!measured || depth == 0) return NULL;
  if (iclgd_verdict_say_first(&s, summary, depth)) return json_string(s.text);
  const bool failed = s.length > 0;
  if (isnan(iclgd_json_real(iclgd_hypothesis_chosen(summary), "overall")))
    return failed ? json_string(s.text) : NULL;
  set_closest(summary);
  iclgd_verdict_say_what(&s, summary);
  iclgd_verdict_say_how_sure(&s, summary);
  iclgd_verdict_say_loss(&s, summary, depth);
  if (!failed) iclgd_verdict_say_rest(&s, summary);
  return json_string(s.text);
}
