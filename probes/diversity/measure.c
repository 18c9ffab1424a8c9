/* Risks on tasks of a pool and on new tasks w ~ N(0, w_scale^2 I). The risk of
 * a weight, (w - w_star)^T Sigma (w - w_star), is the exact mean of the squared
 * error over the query; a model whose predictions no weight implies has that
 * error. dMMSE is the Bayes
 * predictor for the pool, ridge for new tasks. Closed forms of one layer
 * (docs/theory.md, O1): with Omega_k = (1/k) sum w_i w_i^T, A* minimises the
 * loss on the tasks of the pool; its loss on new ones is that with Omega =
 * w_scale^2 I.
 */
#include <iclgd/oracle.h>
#include <iclgd/theory.h>
#include <iclgd/train.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/diversity/diversity.h"
#include "probes/shared/losses.h"

enum { GROUP = 16 };

/* Prompts of their own, beside those of shifted laws. */
static const uint64_t first_prompt = (uint64_t)1 << 41;

static iclgd_status create_law(iclgd_settings *law, const char *w,
                               uint64_t seed, iclgd_arena *arena,
                               iclgd_distribution *out, iclgd_error *err) {
  const iclgd_status status =
      iclgd_settings_set(law, "prompt.w", w, "diversity.pools", err);
  return status ? status
                : iclgd_distribution_create(law, seed, arena, out, err);
}

iclgd_status iclgd_pool_laws(const iclgd_probe_setup *setup, size_t k,
                             iclgd_pool_row *row, iclgd_error *err) {
  char pool[32];
  iclgd_settings *law;
  const uint64_t seed = setup->dist->seed;
  iclgd_status status = iclgd_law_copy(setup->settings, &law, err);
  snprintf(pool, sizeof pool, "pool:%zu", k);
  row->k = k;
  if (!status)
    status = create_law(law, pool, seed, setup->arena,
                        &row->laws[ICLGD_TASKS_SEEN], err);
  if (!status)
    status = create_law(law, "normal", seed, setup->arena,
                        &row->laws[ICLGD_TASKS_NEW], err);
  iclgd_settings_free(law);
  return status;
}

iclgd_status iclgd_pool_train(const iclgd_probe_setup *setup,
                              iclgd_pool_row *row, iclgd_error *err) {
  const uint64_t seed = (uint64_t)iclgd_get_int(setup->settings, "seed");
  iclgd_train_options options = iclgd_train_options_from(setup->settings);
  const size_t steps = iclgd_get_size(setup->settings, "diversity.steps");
  iclgd_distribution law = row->laws[ICLGD_TASKS_SEEN];
  const iclgd_prompt_source source = {.dist = &law,
                                      .stream = ICLGD_STREAM_TRAIN};
  iclgd_trainer *trainer;
  law.seed = seed;
  if (steps > 0) options.steps = steps;
  double *theta = NULL;
  iclgd_status status = iclgd_model_initialise(setup->model, setup->settings,
                                               seed, setup->arena, &theta, err);
  row->model = setup->model;
  row->theta = theta;
  if (!status)
    status = iclgd_model_use_sampler(
        setup->model, options.prefixes || options.points.every > 0,
        setup->settings, setup->arena, &law, err);
  if (!status)
    status = iclgd_trainer_create(&options, setup->model, theta, &source,
                                  setup->pool, &trainer, err);
  if (status) return status;
  status = iclgd_trainer_run(trainer, NULL, NULL, err);
  iclgd_trainer_free(trainer);
  row->diverged = status == ICLGD_DIVERGED;
  return row->diverged ? ICLGD_OK : status;
}

typedef struct measure {
  const iclgd_pool_row *row;
  iclgd_path paths[ICLGD_WHOS];
  bool there[ICLGD_WHOS], spectral;
  size_t prompts;
  double *risk;             /* (who, tasks, prompts) */
  double *best;             /* (d, d) the A of O1; there where that applies */
  iclgd_prompts *scratches; /* (threads) of GROUP */
  iclgd_path_scratch *path_scratches; /* (threads) */
  double *off;                        /* (threads, d) */
  double *Sigma;                      /* (d, d), the same under both laws */
  iclgd_arena arena;
} measure;

/* The risk of a path at its last step, or the squared error at the query. */
static double risk_of(const measure *m, const iclgd_path *path,
                      const iclgd_prompt *prompt, const iclgd_path_scratch *at,
                      double *off) {
  const double error = at->prediction[path->steps] - prompt->y_query;
  if (!iclgd_path_has_weights(path)) return error * error;
  return iclgd_losses_risk(prompt, at->w + path->steps * prompt->d, m->Sigma,
                           off);
}

static void run_group(void *context, size_t round, size_t thread) {
  measure *m = context;
  const iclgd_path_scratch *path_scratch = &m->path_scratches[thread];
  const size_t groups = (m->prompts + GROUP - 1) / GROUP;
  const size_t tasks = round / groups, first = round % groups * GROUP;
  const size_t left = m->prompts - first;
  iclgd_prompts block = m->scratches[thread];
  block.count = left < GROUP ? left : GROUP;
  iclgd_prompts_draw(&m->row->laws[tasks], ICLGD_STREAM_SHIFT,
                     first_prompt + first, &block);
  for (size_t i = 0; i < block.count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&block, i);
    const size_t d = prompt.d;
    iclgd_problem problem;
    iclgd_problem_set(&prompt, m->spectral, path_scratch->problem_work,
                      &problem);
    for (size_t who = 0; who < ICLGD_WHOS; ++who) {
      if (!m->there[who]) continue;
      iclgd_path_follow(&m->paths[who], &problem, path_scratch, path_scratch->w,
                        path_scratch->prediction);
      m->risk[(who * ICLGD_TASKS + tasks) * m->prompts + first + i] = risk_of(
          m, &m->paths[who], &prompt, path_scratch, m->off + thread * d);
    }
  }
}

/* The algorithm of that name with hyperparameters for a law; ICLGD_ERANGE where
 * there is none or it does not apply. */
static iclgd_status choose(measure *m, const iclgd_probe_setup *setup,
                           size_t who, const char *name,
                           const iclgd_distribution *dist, iclgd_error *err) {
  const iclgd_choice choice = {.settings = setup->settings,
                               .dist = dist,
                               .model = m->row->model,
                               .theta = m->row->theta,
                               .tune = setup->tune,
                               .arena = &m->arena};
  const iclgd_algorithm *algorithm = iclgd_algorithm_named(name);
  iclgd_path path = {.name = name, .algorithm = algorithm, .steps = 1};
  const iclgd_status status =
      iclgd_algorithm_choose(algorithm, &choice, &path.hyper, err);
  if (status) return status;
  m->paths[who] = path;
  m->there[who] = true;
  m->spectral |= algorithm->spectral;
  return ICLGD_OK;
}

/* Whether O1 speaks of the law of a pool and of models like this one. */
static bool has_theory(const iclgd_pool_row *row) {
  return row->model->linear && iclgd_model_depth(row->model) == 1 &&
         iclgd_theory_one_layer(&row->laws[ICLGD_TASKS_SEEN]);
}

/* One step with the A of O1 that is best for the tasks of the pool, so that it
 * stands beside the others on the same prompts. */
static iclgd_status choose_best(measure *m, iclgd_error *err) {
  const iclgd_distribution *dist = &m->row->laws[ICLGD_TASKS_SEEN];
  const size_t d = dist->d;
  const iclgd_setting setting = {d, dist->n, dist->noise * dist->noise};
  if (!has_theory(m->row)) return ICLGD_OK;
  double *Omega = iclgd_arena_reals(&m->arena, d, d, 1);
  double *eta = iclgd_arena_reals(&m->arena, 1, 1, 1);
  m->best = iclgd_arena_reals(&m->arena, d, d, 1);
  if (iclgd_arena_status(&m->arena, err, "diversity")) return ICLGD_ENOMEM;
  iclgd_distribution_task_covariance(dist, Omega);
  *eta = 1;
  const iclgd_status status =
      iclgd_oracle_one_layer(setting, m->Sigma, Omega, m->best, NULL, err);
  m->there[ICLGD_WHO_BEST] = !status;
  m->paths[ICLGD_WHO_BEST] =
      (iclgd_path){.name = "best",
                   .algorithm = iclgd_algorithm_descent(),
                   .hyper = {.eta = eta, .n_eta = 1, .M = m->best, .n_M = 1},
                   .steps = 1};
  return status == ICLGD_ERANGE ? ICLGD_OK : status;
}

/* Without noise ridge is least squares. */
static iclgd_status choose_paths(measure *m, const iclgd_probe_setup *setup,
                                 iclgd_error *err) {
  const iclgd_distribution *laws = m->row->laws;
  m->paths[ICLGD_WHO_MODEL] = iclgd_path_of_model(m->row->model, m->row->theta,
                                                  "model", "trained model");
  m->there[ICLGD_WHO_MODEL] = !m->row->diverged;
  iclgd_status status =
      choose(m, setup, ICLGD_WHO_DMMSE, "dmmse", &laws[ICLGD_TASKS_SEEN], err);
  if (status && status != ICLGD_ERANGE) return status;
  status =
      choose(m, setup, ICLGD_WHO_RIDGE, "ridge", &laws[ICLGD_TASKS_NEW], err);
  if (status == ICLGD_ERANGE)
    status = choose(m, setup, ICLGD_WHO_RIDGE, "least_squares",
                    &laws[ICLGD_TASKS_NEW], err);
  if (status && status != ICLGD_ERANGE) return status;
  return choose_best(m, err);
}

static iclgd_status take_memory(measure *m, const iclgd_probe_setup *setup,
                                iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(setup->pool), d = setup->d;
  const size_t risks = (size_t)ICLGD_WHOS * ICLGD_TASKS * m->prompts;
  m->risk = iclgd_arena_reals(&m->arena, risks, 1, 1);
  m->off = iclgd_arena_reals(&m->arena, threads, d, 1);
  m->scratches = iclgd_arena_take(&m->arena, threads, sizeof *m->scratches);
  iclgd_status status = iclgd_path_scratches_create(
      threads, m->row->model, setup->n, iclgd_model_depth(m->row->model) + 1,
      &m->arena, &m->path_scratches, err);
  for (size_t t = 0; !status && t < threads; ++t)
    status = iclgd_prompts_create(GROUP, setup->n, d, true,
                                  m->row->laws[0].rotate_per_prompt, &m->arena,
                                  &m->scratches[t], err);
  for (size_t i = 0; !status && i < risks; ++i) m->risk[i] = NAN;
  return status;
}

/* What overflows makes the mean infinite; there[who] false: NaN. */
static void summarise(const measure *m, iclgd_pool_row *row) {
  for (size_t who = 0; who < ICLGD_WHOS; ++who)
    for (size_t tasks = 0; tasks < ICLGD_TASKS; ++tasks) {
      const double *risk = m->risk + (who * ICLGD_TASKS + tasks) * m->prompts;
      iclgd_moments moments = {0};
      bool finite = true;
      for (size_t i = 0; i < m->prompts; ++i) {
        finite &= isfinite(risk[i]) != 0;
        iclgd_moments_add(&moments, risk[i]);
      }
      const double bad = m->there[who] ? INFINITY : NAN;
      row->mean[who][tasks] = finite ? iclgd_moments_mean(&moments) : bad;
      row->error[who][tasks] =
          finite ? iclgd_moments_standard_error(&moments) : bad;
    }
}

/* O1 at the best A for the pool, and at the learned one. */
static iclgd_status closed_forms(measure *m, iclgd_pool_row *row,
                                 iclgd_error *err) {
  const iclgd_distribution *dist = &row->laws[ICLGD_TASKS_SEEN];
  const size_t d = dist->d;
  for (size_t k = 0; k < ICLGD_TASKS; ++k)
    row->mean[ICLGD_THEORY][k] = row->mean[ICLGD_EXACT][k] = NAN;
  if (!m->there[ICLGD_WHO_BEST]) return ICLGD_OK;
  const bool exact = !row->model->linear->whole && !row->diverged;
  const iclgd_setting setting = {d, dist->n, dist->noise * dist->noise};
  double *Omega = iclgd_arena_reals(&m->arena, d, d, 1);
  double *learned = iclgd_arena_reals(&m->arena, d, d, 1);
  if (iclgd_arena_status(&m->arena, err, "diversity")) return ICLGD_ENOMEM;
  iclgd_linear_A(row->model, row->theta, 0, learned, NULL);
  iclgd_status status = ICLGD_OK;
  for (size_t k = 0; !status && k < ICLGD_TASKS; ++k) {
    iclgd_distribution_task_covariance(&row->laws[k], Omega);
    status = iclgd_oracle_one_layer_loss(setting, m->Sigma, Omega, m->best,
                                         &row->mean[ICLGD_THEORY][k], err);
    if (!status && exact)
      status = iclgd_oracle_one_layer_loss(setting, m->Sigma, Omega, learned,
                                           &row->mean[ICLGD_EXACT][k], err);
  }
  return status == ICLGD_ERANGE ? ICLGD_OK : status;
}

iclgd_status iclgd_pool_measure(const iclgd_probe_setup *setup, size_t prompts,
                                iclgd_pool_row *row, iclgd_error *err) {
  measure m = {.row = row, .prompts = prompts};
  m.Sigma = iclgd_arena_reals(&m.arena, setup->d, setup->d, 1);
  iclgd_status status = iclgd_arena_status(&m.arena, err, "diversity");
  if (!status) iclgd_distribution_covariance(&row->laws[0], m.Sigma);
  if (!status) status = choose_paths(&m, setup, err);
  if (!status) status = take_memory(&m, setup, err);
  if (!status) {
    const size_t groups = (prompts + GROUP - 1) / GROUP;
    iclgd_pool_for(setup->pool, ICLGD_TASKS * groups, run_group, &m);
    summarise(&m, row);
    status = closed_forms(&m, row, err);
  }
  iclgd_arena_free(&m.arena);
  return status;
}
