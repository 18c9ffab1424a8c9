/* What the algorithm leaves over: how far A is off a multiple of I, how much of
 * that is antisymmetric, which turns the steps (docs/theory.md, O8), and what
 * the loss would be without it. */
#include <math.h>
#include <string.h>

#include "summary/verdict.h"
#include "view/text.h"

/* The loss with the symmetric part of A alone over that with A alone, B left
 * out of both; NaN where it is not known. */
static void symmetric_ratio(const json_t *summary, double *ratio,
                            double *error) {
  enum { SYMMETRIC = 2 }; /* of the parts of the landscape */
  const json_t *parts =
      json_object_get(json_object_get(summary, "landscape"), "parts");
  *ratio = iclgd_json_element(json_object_get(parts, "ratio_to_previous"),
                              SYMMETRIC);
  *error = iclgd_json_at(parts, "ratio_to_previous_errors", SYMMETRIC);
}

/* The layer of the largest element of a list. */
static size_t furthest(const json_t *list) {
  size_t most = 0;
  for (size_t l = 1; l < json_array_size(list); ++l)
    if (!(iclgd_json_element(list, l) <= iclgd_json_element(list, most)))
      most = l;
  return most;
}

/* Of the square of what is off, the antisymmetric part. */
static void say_structure(iclgd_saying *s, const json_t *structure, double off,
                          double skew) {
  const bool whitened =
      strstr(iclgd_json_text(structure, "coordinates"), "white") != NULL;
  const size_t layers = iclgd_json_length(structure, "distance_to_identity");
  const double part = skew * skew / (off * off);
  iclgd_say(s, layers > 1 ? " In the layer where it is furthest, A" : " A");
  if (whitened) iclgd_say(s, " (in coordinates in which Sigma = I)");
  iclgd_say(s, " is off a multiple of the identity by %.*f%% of its norm",
            off < 0.0995 ? 1 : 0, 100 * off);
  if (part > 0.995)
    iclgd_say(s, ", almost all of it antisymmetric");
  else if (part < 0.005)
    iclgd_say(s, ", almost all of it symmetric");
  else
    iclgd_say(s, ", %.*f%% of the square of that antisymmetric",
              part < 0.0995 ? 1 : 0, 100 * part);
}

void iclgd_verdict_say_rest(iclgd_saying *s, const json_t *summary) {
  const double notable = 0.1;
  const json_t *structure = json_object_get(summary, "structure");
  const json_t *shares = json_object_get(structure, "antisymmetric_share");
  const json_t *distances = json_object_get(structure, "distance_to_identity");
  const size_t layer = furthest(distances);
  const double off = iclgd_json_element(distances, layer);
  const double skew = iclgd_json_element(shares, layer);
  double ratio, error;
  symmetric_ratio(summary, &ratio, &error);
  const double gain = ratio - 1;
  const bool matters = !iclgd_final_is_hidden(summary) && gain > 2 * error &&
                       gain > 0.01 && error < 0.25 * ratio;
  const char *kind =
      iclgd_json_text(json_object_get(summary, "identify"), "kind");
  const bool explained =
      strcmp(kind, "exact") == 0 || strcmp(kind, "same") == 0;
  if ((explained || !(off > notable)) && !matters) return;
  say_structure(s, structure, off, skew);
  if (matters)
    iclgd_say(s,
              "; without that part, which turns the steps, the loss is %.*f "
              "+- %.2g times as high",
              iclgd_decimals(error), ratio, error);
  iclgd_say(s, ".");
}
