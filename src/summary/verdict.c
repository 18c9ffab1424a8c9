/* The verdict, in at most four sentences: what the model is, how sure that is,
 * how its loss compares, what is left over; before them, or instead of them,
 * what makes them void. */
#include "summary/verdict.h"

#include <math.h>

#include "view/text.h"

/* The table beside the layers is that of the algorithm the model is held to be,
 * with the parameters that are best for the loss. */
static void set_closest(json_t *summary, const char *name) {
  if (iclgd_verdict_path(summary, name))
    json_object_set_new(summary, "closest", json_string(name));
}

/* Of a model to which nothing could be fitted: why, and what its predictions
 * alone tell. */
static void say_unknown(iclgd_saying *s, json_t *summary, const char *reason) {
  const json_t *layers = json_object_get(summary, "explains");
  const json_t *last = json_object_get(
      json_array_get(layers, json_array_size(layers) - 1), "same_step");
  const json_t *losses =
      json_object_get(json_object_get(summary, "trajectory"), "loss");
  const char *name = iclgd_json_text(last, "name");
  char difference[ICLGD_NUMBER_MAX], labels[ICLGD_NUMBER_MAX];
  iclgd_say(
      s, "%sWhich algorithm %s is, is unknown: identify %s.",
      s->length ? " " : "",
      iclgd_verdict_was_trained(summary) ? "the trained model" : "the model",
      reason);
  if (!*name) return;
  set_closest(summary, name);
  iclgd_say(
      s,
      " Closest to its predictions, among algorithms after as many "
      "steps, are those of %s: the mean difference is %s, where labels "
      "have a root mean square of %s.",
      iclgd_summary_title(summary, name),
      iclgd_text_number(difference, 3, iclgd_json_real(last, "difference")),
      iclgd_text_number(labels, 3, sqrt(iclgd_json_element(losses, 0))));
}

json_t *iclgd_summary_verdict(json_t *summary) {
  const size_t depth = iclgd_summary_depth(summary);
  iclgd_saying s = {.length = 0};
  const bool measured =
      json_object_get(json_object_get(summary, "trajectory"), "loss");
  if (!measured || depth == 0) return NULL;
  if (iclgd_verdict_say_first(&s, summary, depth)) return json_string(s.text);
  const bool failed = s.length > 0;
  const json_t *chosen = iclgd_hypothesis_chosen(summary);
  const char *reason = iclgd_not_run(summary, "identify");
  if (!isnan(iclgd_json_real(chosen, "overall"))) {
    set_closest(summary, iclgd_json_text(chosen, "algorithm"));
    iclgd_verdict_say_what(&s, summary);
    iclgd_verdict_say_how_sure(&s, summary);
  } else if (reason) {
    say_unknown(&s, summary, reason);
  } else {
    return failed ? json_string(s.text) : NULL;
  }
  iclgd_verdict_say_loss(&s, summary, depth);
  if (!failed) iclgd_verdict_say_rest(&s, summary);
  return json_string(s.text);
}
