/* The verdict, in at most four sentences: what the model is, how sure that is,
 * how its loss compares, what is left over; before them, or instead of them,
 * what makes them void. */
#include "summary/verdict.h"

#include <math.h>

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
