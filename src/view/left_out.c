/* What means leave out: prompts on which the quantity is not defined or has run
 * away. Of 1% or fewer nothing is said. */
#include <iclgd/view.h>

#include <jansson.h>
#include <math.h>

/* The most that were left out of a mean that still is one. */
static double most_of(const json_t *counts, double offered) {
  double most = json_is_array(counts) ? 0 : json_number_value(counts);
  for (size_t i = 0; i < json_array_size(counts); ++i) {
    const double count = iclgd_json_element(counts, i);
    if (count < offered) most = fmax(most, count);
  }
  return most;
}

void iclgd_put_left_out(iclgd_blocks *out, const json_t *object,
                        const char *excluded, double offered,
                        const char *what) {
  const double told = 0.01;
  const double most = most_of(json_object_get(object, excluded), offered);
  if (most > told * offered)
    iclgd_put_sentence(out, "Left out of means: as many as %.0f of %.0f %s.",
                       most, offered, what);
}
