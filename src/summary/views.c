/* What the stages of the pipeline have to say first, then every probe, then
 * what is about training. */
#include "summary/views.h"

#include <iclgd/probe.h>

static const iclgd_named_view first[] = {
    {"setup", NULL, &iclgd_view_setup},
    {"losses", "Does it lose what the algorithms lose, layer by layer?",
     &iclgd_view_losses},
    {"causality", "Does the model see what it is to predict?",
     &iclgd_view_causality},
    {"sweep", NULL, &iclgd_view_sweep},
};
static const iclgd_named_view last[] = {
    {"theory", "Are the weights those that a closed form expects?",
     &iclgd_view_theory},
    {"training", NULL, &iclgd_view_training},
    {"seeds", "How much do the models of different seeds differ?",
     &iclgd_view_seeds},
};

static size_t add(iclgd_named_view *out, size_t count,
                  const iclgd_named_view *rows, size_t n_rows) {
  for (size_t i = 0; i < n_rows; ++i) out[count++] = rows[i];
  return count;
}

size_t iclgd_views(iclgd_named_view out[ICLGD_VIEWS_MAX]) {
  const size_t n_last = sizeof last / sizeof *last;
  size_t n_probes;
  const iclgd_probe *const *probes = iclgd_probes(&n_probes);
  size_t count = add(out, 0, first, sizeof first / sizeof *first);
  for (size_t i = 0; i < n_probes && count + n_last < ICLGD_VIEWS_MAX; ++i)
    if (probes[i]->view)
      out[count++] = (iclgd_named_view){probes[i]->name, probes[i]->question,
                                        probes[i]->view};
  return add(out, count, last, n_last);
}
