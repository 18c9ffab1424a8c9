/* Which parameters of a family come closest to path 0? Least squares,
 *   min over z of sum over layers and prompts of |r|^2,
 *   r = (what the hypothesis predicts - what path 0 predicts) c,
 * free running from the zero predictor, by Levenberg and Marquardt's steps
 * within a trust region. c makes the zero predictor's sum 1 at every layer, and
 * bounds a prompt whose prediction is far above the median, so that a few that
 * diverge do not decide the fit. It starts from the layers one after the other
 * (each with its own parameters, or the first l together with shared ones),
 * which is a sequence of small problems, from the simpler families that are
 * special cases, and from given values; the best counts, unless it does worse
 * than such a special case on other prompts. Intervals at 95% by
 * the sandwich H^-1 (sum over prompts g g^T) H^-1 of gradients g. */
#include "probes/identify/search.h"

#include <iclgd/algebra.h>
#include <math.h>
#include <string.h>

enum { MOST_JOINT = 24 }; /* more parameters than this stay as layer by layer */

/* c of one layer: 1 / max(median |t|, |t| / 5), to a sum of 1. */
static void weigh_layer(const identify_sample *s, const double *target,
                        double floor, double *work, double *weight) {
  double sum = 0;
  for (size_t i = 0; i < s->count; ++i)
    weight[i] = work[i] =
        sqrt(iclgd_dot(target + i * s->m, target + i * s->m, s->m));
  const double median = iclgd_median(work, s->count);
  const double least = median > floor ? median : floor;
  for (size_t i = 0; i < s->count; ++i) {
    const double size = weight[i];
    weight[i] = 1 / fmax(least, size / 5);
    sum += size * weight[i] * (size * weight[i]);
  }
  for (size_t i = s->count * s->m; i-- > 0;)
    weight[i] = weight[i / s->m] / (sum > 0 ? sqrt(sum) : 1);
}

iclgd_status iclgd_identify_weigh(const identify_sample *s, iclgd_arena *arena,
                                  double **out, iclgd_error *err) {
  double *weight = iclgd_arena_reals(arena, s->layers, s->count, s->m);
  double *work = iclgd_arena_reals(arena, s->count, 1, 1);
  if (iclgd_arena_status(arena, err, "identify")) return ICLGD_ENOMEM;
  double labels = 0;
  for (size_t i = 0; i < s->count; ++i)
    labels += iclgd_dot(s->problems[i].b, s->problems[i].b, s->d);
  const double floor = 1e-30 * sqrt(labels) + 1e-150;
  for (size_t l = 0; l < s->layers; ++l)
    weigh_layer(s, s->target + l * s->count * s->m, floor, work,
                weight + l * s->count * s->m);
  *out = weight;
  return ICLGD_OK;
}

/* Start from one list for all: shared parameters on the first layer, the first
 * two, and so on. */
static double grow_shared(identify_search *s, double *z) {
  const size_t L = s->sample->layers;
  double loss = INFINITY;
  for (size_t l = 1; l <= L; ++l)
    loss = iclgd_identify_descend(s, s->all, s->h->n_z, 1, l, l < L ? 8 : 40);
  memcpy(z, s->h->z, s->h->n_z * sizeof *z);
  return loss;
}

/* The parameters that act in layer l for the first time. */
static size_t new_in_layer(const identify_hypothesis *h, size_t L, size_t l,
                           size_t *which) {
  size_t count = 0;
  which[count++] = l - 1;
  if (h->family->knobs[1].name && l > 1) which[count++] = L + l - 2;
  return count;
}

/* The best of some starts on layer l alone: the given ones, and what the layer
 * before has. */
static void start_layer(identify_search *s, size_t l, const size_t *which,
                        size_t count) {
  const identify_knob *knob = &s->h->family->knobs[0];
  double best = INFINITY, chosen = knob->starts[0];
  for (size_t k = 0; k <= knob->n_starts; ++k) {
    if (k == knob->n_starts && l == 1) break;
    s->h->z[which[0]] =
        k < knob->n_starts ? knob->starts[k] : s->h->z[which[0] - 1];
    const double loss = iclgd_identify_loss(s, l, l);
    if (loss < best) {
      best = loss;
      chosen = s->h->z[which[0]];
    }
  }
  s->h->z[which[0]] = chosen;
  if (count > 1) s->h->z[which[1]] = s->h->family->knobs[1].starts[0];
}

static double grow_per_layer(identify_search *s, double *z) {
  const size_t L = s->sample->layers, n_z = s->h->n_z;
  size_t which[2];
  for (size_t l = 1; l <= L; ++l) {
    const size_t count = new_in_layer(s->h, L, l, which);
    start_layer(s, l, which, count);
    iclgd_identify_descend(s, which, count, l, l, 20);
  }
  const double loss = n_z > MOST_JOINT
                          ? iclgd_identify_loss(s, 1, L)
                          : iclgd_identify_descend(s, s->all, n_z, 1, L, 40);
  memcpy(z, s->h->z, n_z * sizeof *z);
  return loss;
}

/* The coordinates at which h is its base. */
static void copy_base(const identify_hypothesis *base, identify_hypothesis *h) {
  for (size_t i = 0; i < h->n_z; ++i) {
    size_t layer, other;
    const identify_knob *knob = iclgd_identify_knob(h, i, &layer);
    h->z[i] = 0;
    for (size_t k = 0; k < base->n_z; ++k) {
      const identify_knob *of = iclgd_identify_knob(base, k, &other);
      if (of->slot != knob->slot || (other > 0 && other != layer)) continue;
      /* flow: t_l = l t */
      h->z[i] = base->z[k] *
                (strcmp(of->name, "t") == 0 && other == 0 ? (double)layer : 1);
    }
  }
}

static void set_start(identify_hypothesis *h, size_t k) {
  for (size_t i = 0; i < h->n_z; ++i) {
    size_t layer;
    const identify_knob *knob = iclgd_identify_knob(h, i, &layer);
    h->z[i] = knob->starts[k < knob->n_starts ? k : 0];
  }
}

static void keep_better(double loss, const double *z, size_t count,
                        double *best, double *chosen) {
  if (!(loss < *best)) return;
  *best = loss;
  memcpy(chosen, z, count * sizeof *z);
}

/* z and chosen (n_z) are scratch. */
static void search(identify_search *s, const identify_hypothesis *all,
                   double *z, double *chosen) {
  identify_hypothesis *h = s->h;
  const size_t L = s->sample->layers, n_z = h->n_z;
  double best = INFINITY, loss;
  set_start(h, 0);
  loss = h->family->per_layer ? grow_per_layer(s, z) : grow_shared(s, z);
  memcpy(chosen, z, n_z * sizeof *z);
  best = loss;
  for (size_t b = 0; b < h->n_bases; ++b) {
    copy_base(&all[h->bases[b]], h);
    loss = n_z > MOST_JOINT ? iclgd_identify_loss(s, 1, L)
                            : iclgd_identify_descend(s, s->all, n_z, 1, L, 40);
    keep_better(loss, h->z, n_z, &best, chosen);
  }
  for (size_t k = 0; !h->family->per_layer && best > 1e-20 &&
                     k < h->family->knobs[0].n_starts;
       ++k) {
    set_start(h, k);
    loss = iclgd_identify_descend(s, s->all, n_z, 1, L, 20);
    keep_better(loss, h->z, n_z, &best, chosen);
  }
  memcpy(h->z, chosen, n_z * sizeof *z);
  iclgd_identify_apply(h, s->sample);
}

typedef struct job {
  const identify_sample *sample;
  identify_hypothesis *hypotheses;
  size_t wave, count;
  identify_search *threads;
  identify_search *few;    /* of those with a kernel */
  identify_search *checks; /* on other prompts */
} job;

/* Leave a fit for a base that does better, by a tenth, on other prompts: one
 * that follows path 0 to prompts where it diverges itself. False where it was
 * left. */
static bool holds(const job *j, identify_search *s, identify_search *check) {
  identify_hypothesis *h = s->h;
  const size_t L = s->sample->layers;
  if (check->sample->count < 20 || h->n_bases == 0) return true;
  check->h = h;
  memcpy(s->chosen, h->z, h->n_z * sizeof *h->z);
  const double loss = iclgd_identify_loss(check, 1, L);
  double best = loss;
  for (size_t b = 0; b < h->n_bases; ++b) {
    copy_base(&j->hypotheses[h->bases[b]], h);
    keep_better(1.1 * iclgd_identify_loss(check, 1, L), h->z, h->n_z, &best,
                s->chosen);
  }
  memcpy(h->z, s->chosen, h->n_z * sizeof *h->z);
  return best == loss || loss < 1e-20;
}

/* An end of an interval, which ends where the parameter does; NaN stays. */
static double value_at(const identify_search *s, size_t i, double z) {
  size_t layer;
  const identify_knob *knob = iclgd_identify_knob(s->h, i, &layer);
  const double within = z < knob->low    ? knob->low
                        : z > knob->high ? knob->high
                                         : z;
  return iclgd_identify_value(s->h, s->sample, i, within);
}

static void set_values(identify_search *s) {
  identify_hypothesis *h = s->h;
  const double within = 1.959963984540054;
  for (size_t i = 0; i < h->n_z; ++i) {
    const double error = within * s->errors[i];
    h->value[i] = value_at(s, i, h->z[i]);
    h->low[i] = value_at(s, i, h->z[i] - error);
    h->high[i] = value_at(s, i, h->z[i] + error);
  }
}

static void fit_one(void *context, size_t index, size_t thread) {
  const job *j = context;
  identify_hypothesis *h = &j->hypotheses[index];
  identify_search *searches = h->kernel ? j->few : j->threads;
  if (h->wave != j->wave || h->n_z == 0 || j->sample->count == 0 || !searches)
    return;
  identify_search *s = &searches[thread];
  s->h = h;
  search(s, j->hypotheses, s->z, s->chosen);
  const bool determined = holds(j, s, &j->checks[thread]);
  iclgd_identify_errors(s, determined && h->n_z <= MOST_JOINT);
  iclgd_identify_apply(h, s->sample);
  set_values(s);
}

static iclgd_status create_searches(const job *j, const identify_sample *sample,
                                    size_t threads, size_t joint,
                                    iclgd_arena *arena, identify_search **out,
                                    iclgd_error *err) {
  size_t most = 1;
  for (size_t i = 0; i < j->count; ++i)
    if (j->hypotheses[i].n_z > most) most = j->hypotheses[i].n_z;
  double *weight;
  TRY(iclgd_identify_weigh(sample, arena, &weight, err));
  *out = iclgd_arena_take(arena, threads, sizeof **out);
  if (!*out) return iclgd_fail_memory(err, "identify");
  for (size_t t = 0; t < threads; ++t)
    TRY(iclgd_identify_search_create(sample, weight, most,
                                     most < joint ? most : joint, arena,
                                     &(*out)[t], err));
  return ICLGD_OK;
}

iclgd_status iclgd_identify_fit(const iclgd_probe_setup *setup,
                                const identify_sample *sample,
                                const identify_sample *few,
                                const identify_sample *check,
                                identify_hypothesis *hypotheses, size_t count,
                                iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(setup->pool);
  iclgd_arena arena = {0};
  job j = {.sample = sample, .hypotheses = hypotheses, .count = count};
  size_t waves = 0;
  for (size_t i = 0; i < count; ++i)
    if (hypotheses[i].wave + 1 > waves) waves = hypotheses[i].wave + 1;
  iclgd_status status =
      create_searches(&j, sample, threads, MOST_JOINT, &arena, &j.threads, err);
  if (!status && few->count > 0)
    status = create_searches(&j, few, threads, MOST_JOINT, &arena, &j.few, err);
  if (!status)
    status = create_searches(&j, check, threads, 1, &arena, &j.checks, err);
  for (j.wave = 0; !status && j.wave < waves; ++j.wave)
    iclgd_pool_for(setup->pool, count, fit_one, &j);
  iclgd_arena_free(&arena);
  return status;
}
