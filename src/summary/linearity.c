/* What weights can tell of predictions that were brought: R^2 over further
 * queries, beside the cosines. */
#include <jansson.h>
#include <stdio.h>

#include "summary/views.h"

/* R^2 of the layers as words: "0.95, 0.98 and 1". */
static void list_linearity(iclgd_blocks *out, const json_t *model, size_t depth,
                           char *text, size_t size) {
  enum { MOST = 12 };
  const size_t all = json_object_get(model, "linearity") ? depth : 0;
  const size_t count = all < MOST ? all : MOST;
  size_t used = 0;
  for (size_t i = 0; i < count && used < size; ++i) {
    const size_t l = 1 + iclgd_evenly(i, depth, MOST);
    const char *between = i == 0 ? "" : i + 1 < count ? ", " : " and ";
    used += (size_t)snprintf(
        text + used, size - used, "%s%s", between,
        iclgd_number_text(out, 4, iclgd_json_at(model, "linearity", l)));
  }
  if (count < all && used < size)
    snprintf(text + used, size - used, " at %zu of the layers", count);
}

void iclgd_put_linearity(iclgd_blocks *out, const json_t *model, size_t depth) {
  char text[512] = "";
  const char *weights = iclgd_json_text(model, "weights");
  const char *readout = iclgd_json_text(model, "readout");
  if (*readout)
    iclgd_put_sentence(out, "Predictions of the model are %s.", readout);
  if (!*weights) return;
  list_linearity(out, model, depth, text, sizeof text);
  if (iclgd_json_real(model, "linear") == 1)
    iclgd_put_sentence(out,
                       "The predictions are linear in the query: over further "
                       "queries R^2 is 1 to rounding. Weights are %s.",
                       weights);
  else if (*text)
    iclgd_put_sentence(out,
                       "How linear in the query the predictions are, R^2 over "
                       "further queries, layer by layer: %s. Weights, and so "
                       "cosines, are of %s alone.",
                       text, weights);
  else
    iclgd_put_sentence(out,
                       "Weights are %s; how linear in the query the "
                       "predictions are is not known.",
                       weights);
}
