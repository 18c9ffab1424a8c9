/* What grows while a model is trained (Garg et al. 2022, A.2): at step s
 *   from + by floor(s / every)
 * features, at most d, and points, at most n. Features beyond are 0 and labels
 * follow (iclgd_prompt_source); prompts are drawn with that many points, so
 * that a batch is made anew whenever their number grows. */
#include "train/trainer.h"

size_t iclgd_ramp_at(const iclgd_ramp *ramp, size_t whole, size_t s) {
  if (ramp->every == 0) return whole;
  const size_t times = s / ramp->every;
  if (ramp->from >= whole || times > (whole - ramp->from) / ramp->by)
    return whole;
  return ramp->from + times * ramp->by;
}

static bool makes_labels(const iclgd_prompt_source *source) {
  if (source->fixed) return source->fixed->w_star != NULL;
  return iclgd_distribution_draws(source->dist) &&
         iclgd_distribution_is_linear(source->dist);
}

static bool draws_points(const iclgd_prompt_source *source) {
  return !source->fixed && iclgd_distribution_draws(source->dist) &&
         iclgd_distribution_has_labels(source->dist) &&
         source->dist->sampler == ICLGD_TOKENS;
}

iclgd_status iclgd_curriculum_check(const iclgd_train_options *o,
                                    const iclgd_prompt_source *source,
                                    iclgd_error *err) {
  const struct {
    const char *key, *of;
    const iclgd_ramp *ramp;
    size_t whole;
    bool can;
    const char *reason;
  } ramps[] = {
      {"train.curriculum_d", "prompt.d", &o->features,
       source->fixed ? source->fixed->d : source->dist->d, makes_labels(source),
       "labels of fewer features are made from w_star, which only a "
       "linear task that is drawn has"},
      {"train.curriculum_n", "prompt.n", &o->points,
       source->fixed ? source->fixed->n : source->dist->n, draws_points(source),
       "shorter prompts must be drawn, point by point "
       "(prompt.sampler = tokens), and not of a memory task"}};
  for (size_t i = 0; i < sizeof ramps / sizeof *ramps; ++i) {
    const iclgd_ramp *ramp = ramps[i].ramp;
    if (ramp->every == 0) continue;
    if (ramp->from == 0 || ramp->by == 0)
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "%s: expected from:first,more,steps, three whole "
                        "numbers from 1 on",
                        ramps[i].key);
    if (ramp->from > ramps[i].whole)
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "%s: expected to begin with at most %s = %zu, found "
                        "%zu",
                        ramps[i].key, ramps[i].of, ramps[i].whole, ramp->from);
    if (!ramps[i].can)
      return iclgd_fail(err, ICLGD_EUSAGE, "%s: %s", ramps[i].key,
                        ramps[i].reason);
  }
  return ICLGD_OK;
}

void iclgd_curriculum_begin(iclgd_trainer *t,
                            const iclgd_prompt_source *source) {
  t->source = *source;
  if (t->options.points.every == 0) return;
  t->law = *source->dist;
  t->source.dist = &t->law;
  t->whole = t->law.n;
}

iclgd_status iclgd_curriculum_fit(iclgd_trainer *t, iclgd_error *err) {
  const iclgd_train_options *o = &t->options;
  const bool grows = o->points.every > 0;
  if (o->features.every > 0)
    t->source.features = iclgd_ramp_at(&o->features, t->model->d, t->step);
  const size_t n = grows ? iclgd_ramp_at(&o->points, t->whole, t->step) : 0;
  if (t->batch && (!grows || n == t->law.n)) return ICLGD_OK;
  if (grows) t->law.n = n;
  t->batch = NULL;
  iclgd_arena_free(&t->batch_arena);
  return iclgd_batch_create(t->model, &t->source, o->batch, false, o->prefixes,
                            o->precision, t->pool, o->team, &t->batch_arena,
                            &t->batch, err);
}
