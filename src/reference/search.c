/* A search over several hyperparameters (see search.h), by NLopt. */
#include "reference/search.h"

#include <math.h>

#include <nlopt.h>

typedef struct context {
  const iclgd_search *search;
  iclgd_hyper *hyper;
  size_t best; /* trial */
} context;

static void set(const iclgd_knob *knob, double z) {
  *knob->value = knob->unit * (knob->logarithmic ? exp(z) : z);
}

static double try_point(unsigned count, const double *z, double *gradient,
                        void *data) {
  (void)gradient; /* the simplex asks for none */
  context *c = data;
  iclgd_hyper *h = c->hyper;
  double *trial = h->trials + h->n_trials * count;
  for (unsigned i = 0; i < count; ++i) {
    set(&c->search->knobs[i], z[i]);
    trial[i] = *c->search->knobs[i].value;
  }
  double loss = c->search->loss(c->search->objective, h);
  if (!isfinite(loss)) loss = HUGE_VAL;
  h->trial_loss[h->n_trials] = loss;
  if (loss < h->trial_loss[c->best]) c->best = h->n_trials;
  ++h->n_trials;
  return loss;
}

static iclgd_status run_from(context *c, const double *start, double *z,
                             iclgd_error *err) {
  const iclgd_search *s = c->search;
  nlopt_opt simplex = nlopt_create(NLOPT_LN_NELDERMEAD, (unsigned)s->n_knobs);
  if (!simplex) return iclgd_fail_memory(err, "a search");
  nlopt_set_min_objective(simplex, try_point, c);
  for (size_t i = 0; i < s->n_knobs; ++i) {
    z[i] = start[i];
    nlopt_set_lower_bound(simplex, (int)i, s->knobs[i].low);
    nlopt_set_upper_bound(simplex, (int)i, s->knobs[i].high);
  }
  nlopt_set_xtol_rel(simplex, 1e-4);
  nlopt_set_maxeval(simplex, (int)s->trials);
  double unused; /* all trials are kept anyway */
  nlopt_optimize(simplex, z, &unused);
  nlopt_destroy(simplex);
  return ICLGD_OK;
}

static iclgd_status take_memory(const iclgd_search *s, iclgd_hyper *hyper,
                                iclgd_arena *arena, iclgd_error *err) {
  const size_t most = s->n_starts * s->trials;
  const char **names = iclgd_arena_take(arena, s->n_knobs, sizeof *names);
  hyper->trials = iclgd_arena_reals(arena, most, s->n_knobs, 1);
  hyper->trial_loss = iclgd_arena_reals(arena, most, 1, 1);
  TRY(iclgd_arena_status(arena, err, "a search"));
  for (size_t i = 0; i < s->n_knobs; ++i) names[i] = s->knobs[i].name;
  hyper->parameters = names;
  hyper->n_parameters = s->n_knobs;
  hyper->n_trials = 0;
  return ICLGD_OK;
}

iclgd_status iclgd_search_run(const iclgd_search *search, iclgd_hyper *hyper,
                              iclgd_arena *arena, iclgd_error *err) {
  context c = {search, hyper, 0};
  double *z = iclgd_arena_reals(arena, search->n_knobs, 1, 1);
  TRY(take_memory(search, hyper, arena, err));
  for (size_t k = 0; k < search->n_starts; ++k)
    TRY(run_from(&c, search->starts + k * search->n_knobs, z, err));
  if (!isfinite(hyper->trial_loss[c.best]))
    return iclgd_fail(err, ICLGD_ERANGE, "no finite loss was found");
  for (size_t i = 0; i < search->n_knobs; ++i)
    *search->knobs[i].value = hyper->trials[c.best * search->n_knobs + i];
  return ICLGD_OK;
}
