/* Losses on prompts (see losses.h). */
#include "probes/shared/losses.h"

#include <iclgd/architecture.h>
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

iclgd_status iclgd_losses_scratches(const iclgd_probe_setup *setup,
                                    const iclgd_model *model,
                                    iclgd_losses_scratch **out,
                                    iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(setup->pool), d = model->d;
  const size_t rows = iclgd_model_depth(model) + 1;
  const bool known = setup->dist && !setup->dist->table;
  iclgd_arena *arena = setup->arena;
  iclgd_losses_scratch *scratches =
      iclgd_arena_take(arena, threads, sizeof *scratches);
  double *Sigma = known ? iclgd_arena_reals(arena, d, d, 1) : NULL;
  if (known && Sigma) iclgd_distribution_covariance(setup->dist, Sigma);
  iclgd_status status = ICLGD_OK;
  for (size_t t = 0; scratches && !status && t < threads; ++t) {
    scratches[t] =
        (iclgd_losses_scratch){.path = iclgd_arena_reals(arena, rows, d, 1),
                               .loss = iclgd_arena_reals(arena, rows, 1, 1),
                               .Sigma = Sigma,
                               .off = iclgd_arena_reals(arena, d, 1, 1)};
    if (model->architecture->forward)
      status =
          iclgd_tape_create(model, setup->n, arena, &scratches[t].tape, err);
  }
  *out = scratches;
  return status ? status
                : iclgd_arena_status(arena, err, "the losses of a probe");
}

iclgd_status iclgd_losses_prompts(const iclgd_probe_setup *setup,
                                  const char *key, iclgd_prompts *out,
                                  iclgd_error *err) {
  TRY(iclgd_prompts_create_for(&setup->source, iclgd_probe_prompts(setup, key),
                               setup->arena, out, err));
  iclgd_prompt_source_draw(&setup->source, setup->source_from, out);
  return ICLGD_OK;
}

iclgd_prompts iclgd_losses_tune(const iclgd_probe_setup *setup,
                                const char *key) {
  const size_t wanted = iclgd_get_size(setup->settings, key);
  const size_t all = setup->tune->count;
  return iclgd_prompts_part(setup->tune, 0, wanted < all ? wanted : all);
}

double iclgd_losses_risk(const iclgd_prompt *prompt, const double *w,
                         const double *Sigma, double *off) {
  const size_t d = prompt->d;
  for (size_t i = 0; i < d; ++i)
    off[i] = prompt->U ? 0 : w[i] - prompt->w_star[i];
  for (size_t k = 0; prompt->U && k < d; ++k)
    for (size_t i = 0; i < d; ++i)
      off[i] += prompt->U[k * d + i] * (w[k] - prompt->w_star[k]);
  return iclgd_quadratic_form(Sigma, off, d);
}

void iclgd_losses_along(const iclgd_model *model, const double *theta,
                        const iclgd_prompt *prompt,
                        const iclgd_losses_scratch *scratch, double *loss) {
  const size_t d = model->d, rows = iclgd_model_depth(model) + 1;
  const bool exact = scratch->Sigma && prompt->w_star;
  const bool weights = exact || iclgd_model_descends(model);
  if (weights) /* which a model that descends has without its tokens */
    iclgd_model_weights(model, theta, prompt, scratch->tape, scratch->path);
  else
    iclgd_model_predict(model, theta, prompt, scratch->tape, scratch->path);
  for (size_t l = 0; l < rows; ++l) {
    const double *w = scratch->path + l * d;
    if (exact) {
      loss[l] = iclgd_losses_risk(prompt, w, scratch->Sigma, scratch->off);
      continue;
    }
    const double error =
        (weights ? iclgd_dot(w, prompt->x_query, d) : scratch->path[l]) -
        prompt->y_query;
    loss[l] = error * error;
  }
}

static double loss_of(const iclgd_model *model, const double *theta,
                      const iclgd_prompt *prompt,
                      const iclgd_losses_scratch *scratch) {
  iclgd_losses_along(model, theta, prompt, scratch, scratch->loss);
  return scratch->loss[iclgd_model_depth(model)];
}

void iclgd_losses_fill(const iclgd_model *model, const double *theta,
                       const iclgd_prompts *prompts,
                       const iclgd_losses_scratch *scratch, double *loss) {
  for (size_t i = 0; i < prompts->count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(prompts, i);
    loss[i] = loss_of(model, theta, &prompt, scratch);
  }
}

enum { SEARCH = 17, ZOOMS = 3 };

struct iclgd_losses_search {
  iclgd_pool *pool;
  const iclgd_model *model;
  const double *theta;
  const iclgd_prompts *prompts;
  double *tried;                   /* (threads, size) */
  iclgd_losses_scratch *scratches; /* (threads) */
  double factor[SEARCH], value[SEARCH];
};

iclgd_status iclgd_losses_search_open(const iclgd_probe_setup *setup,
                                      const iclgd_model *model,
                                      const double *theta,
                                      iclgd_losses_search **out,
                                      iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(setup->pool);
  iclgd_losses_search *s = iclgd_arena_take(setup->arena, 1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "the losses of a probe");
  s->pool = setup->pool;
  s->model = model;
  s->theta = theta;
  s->tried = iclgd_arena_reals(setup->arena, threads, model->size, 1);
  *out = s;
  return iclgd_losses_scratches(setup, model, &s->scratches, err);
}

/* theta times the factor, in the place of a thread. */
static double *scale_steps(const iclgd_losses_search *s, double factor,
                           size_t thread) {
  const size_t size = s->model->size;
  double *out = s->tried + thread * size;
  for (size_t i = 0; i < size; ++i) out[i] = factor * s->theta[i];
  return out;
}

static void try_factor(void *context, size_t k, size_t thread) {
  iclgd_losses_search *s = context;
  double sum = 0;
  const double *theta = scale_steps(s, s->factor[k], thread);
  for (size_t i = 0; i < s->prompts->count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(s->prompts, i);
    sum += loss_of(s->model, theta, &prompt, &s->scratches[thread]);
  }
  s->value[k] = isnan(sum) ? INFINITY : sum;
}

/* Grids in the logarithm of the factor, each about the best of the one before,
 * which it holds; 1 is in the first. */
double iclgd_losses_search_best(iclgd_losses_search *s,
                                const iclgd_prompts *prompts) {
  const size_t middle = SEARCH / 2;
  const double half = (double)middle;
  double centre = 0, step = log(8) / half;
  s->prompts = prompts;
  for (size_t zoom = 0; zoom < ZOOMS; ++zoom) {
    size_t best = middle;
    for (size_t k = 0; k < SEARCH; ++k)
      s->factor[k] = exp(centre + step * ((double)k - half));
    iclgd_pool_for(s->pool, SEARCH, try_factor, s);
    for (size_t k = 0; k < SEARCH; ++k)
      if (s->value[k] < s->value[best]) best = k;
    centre += step * ((double)best - half);
    step /= half;
  }
  return exp(centre);
}

void iclgd_losses_search_fill(iclgd_losses_search *s, double factor,
                              const iclgd_prompts *prompts, double *loss) {
  iclgd_losses_fill(s->model, scale_steps(s, factor, 0), prompts,
                    &s->scratches[0], loss);
}

iclgd_losses_table iclgd_losses_table_take(iclgd_arena *arena, size_t rows) {
  return (iclgd_losses_table){
      .mean = iclgd_arena_reals(arena, rows, 1, 1),
      .error = iclgd_arena_reals(arena, rows, 1, 1),
      .median = iclgd_arena_reals(arena, rows, 1, 1),
      .ratio = iclgd_arena_reals(arena, rows, 1, 1),
      .ratio_error = iclgd_arena_reals(arena, rows, 1, 1)};
}

void iclgd_losses_judge(const iclgd_losses_table *out, size_t row,
                        const double *trained, double *loss, size_t count) {
  iclgd_moments moments = {0};
  iclgd_pairs pairs = {0};
  for (size_t i = 0; i < count; ++i) {
    iclgd_moments_add(&moments, loss[i]);
    iclgd_pairs_add(&pairs, &loss[i], &trained[i], 1);
  }
  out->mean[row] = iclgd_moments_mean(&moments);
  out->error[row] = iclgd_moments_standard_error(&moments);
  iclgd_pairs_ratio(&pairs, &out->ratio[row], &out->ratio_error[row]);
  out->median[row] = iclgd_median(loss, count);
}
