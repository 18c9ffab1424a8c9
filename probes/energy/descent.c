/* The in-context loss and its ridge form along the model, with more loops than
 * trained, and along the iterative algorithms, on the prompts that are fed.
 *
 *   ridge  E_l + lambda |w_l|^2 / 2, lambda = sigma^2 / (n w_scale^2) or given,
 *          whose minimum is the ridge estimator
 *
 * Gradient descent with eta < 2 / lambda_max(S) lowers E on every prompt, which
 * is a check: `certain` and `kept`. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <iclgd/architecture.h>
#include <iclgd/comparisons.h>

#include "probes/energy/energy.h"

enum { COLUMNS_MAX = 513 };
/* Of arrays that were brought, which may be float32. */
#define ROUNDING 1e-12
#define ROUNDING_GIVEN 1e-6

struct iclgd_energy_descent {
  const iclgd_probe_setup *setup;
  iclgd_model model;     /* looped on */
  size_t n_paths, loops; /* loops of it; those trained: goes not on */
  iclgd_path *paths;     /* (n_paths) the model and what is iterative */
  iclgd_energy_table loss, ridge;
  bool *missing; /* (n_paths) values at the context points are not known */
  bool *certain; /* (n_paths, prompts) E must fall */
  double *least; /* (prompts) the least E of any w */
  double lambda; /* 0: no ridge form */
  bool spectral;
  iclgd_path_scratch *path_scratches; /* (threads) */
  double *fits;                       /* (threads, columns, n) */
  double *energies;                   /* (threads, 2, columns) */
  const iclgd_probe_block *block;     /* the block that is on */
};

/* The penalty of the Bayes posterior, or as given; 0: not known. */
static double penalty_of(const iclgd_probe_setup *setup) {
  const iclgd_form form = iclgd_get_form(setup->settings, "energy.ridge");
  const iclgd_distribution *dist = setup->dist;
  if (form.count) return form.values[0];
  if (!iclgd_distribution_knows_tasks(dist) || !(dist->noise > 0)) return 0;
  const double ratio = dist->noise / dist->w_scale;
  return ratio * ratio / (double)setup->n;
}

/* Loops go on where there are several of the same layers to repeat. */
static void set_loops(iclgd_energy_descent *p) {
  const iclgd_model *model = p->setup->model;
  const size_t factor = iclgd_get_size(p->setup->settings, "energy.loops");
  const bool repeats =
      !p->setup->paths[0].given && model->size > 0 && model->loops > 1;
  size_t loops = repeats ? factor * model->loops : model->loops;
  while (loops > model->loops && loops * model->layers >= COLUMNS_MAX) --loops;
  p->loops = loops;
  p->model = iclgd_model_looped(model, loops);
}

static iclgd_status set_paths(iclgd_energy_descent *p, iclgd_error *err) {
  const iclgd_probe_setup *setup = p->setup;
  const size_t depth = iclgd_model_depth(&p->model);
  p->paths = iclgd_arena_take(setup->arena, setup->n_paths, sizeof *p->paths);
  TRY(iclgd_arena_status(setup->arena, err, "energy"));
  for (size_t k = 0; k < setup->n_paths; ++k) {
    iclgd_path path = setup->paths[k];
    if (iclgd_path_is_one_shot(&path)) continue;
    if (path.algorithm) {
      path.steps = iclgd_algorithm_steps(path.algorithm, &path.hyper, depth);
      p->spectral |= path.algorithm->spectral;
    } else if (!path.given) {
      path.model = &p->model;
      path.steps = depth;
    }
    p->paths[p->n_paths++] = path;
  }
  return ICLGD_OK;
}

static iclgd_status take_tables(iclgd_energy_descent *p, iclgd_error *err) {
  const iclgd_probe_setup *setup = p->setup;
  const iclgd_energy_table table = {
      .series = p->n_paths,
      .columns = iclgd_model_depth(&p->model) + 1,
      .prompts = iclgd_probe_prompts(setup, "energy.prompts"),
      .trained = setup->depth,
      .rounding = setup->paths[0].given ? ROUNDING_GIVEN : ROUNDING};
  p->loss = p->ridge = table;
  TRY(iclgd_energy_table_create(setup->arena, &p->loss, err));
  if (p->lambda > 0)
    TRY(iclgd_energy_table_create(setup->arena, &p->ridge, err));
  for (size_t k = 0; k < p->n_paths; ++k) {
    p->loss.names[k] = p->paths[k].name;
    if (p->lambda > 0) p->ridge.names[k] = p->paths[k].name;
  }
  return ICLGD_OK;
}

iclgd_status iclgd_energy_descent_create(const iclgd_probe_setup *setup,
                                         iclgd_energy_descent **out,
                                         iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(setup->pool);
  iclgd_arena *arena = setup->arena;
  iclgd_energy_descent *p = iclgd_arena_take(arena, 1, sizeof *p);
  if (!p) return iclgd_fail_memory(err, "energy");
  *out = p;
  p->setup = setup;
  p->lambda = penalty_of(setup);
  set_loops(p);
  TRY(set_paths(p, err));
  TRY(take_tables(p, err));
  const size_t columns = p->loss.columns, prompts = p->loss.prompts;
  p->missing = iclgd_arena_take(arena, p->n_paths, sizeof *p->missing);
  p->certain = iclgd_arena_take(arena, p->n_paths * prompts, sizeof(bool));
  p->least = iclgd_arena_reals(arena, prompts, 1, 1);
  p->fits = iclgd_arena_reals(arena, threads, columns, setup->n);
  p->energies = iclgd_arena_reals(arena, threads, 2, columns);
  return iclgd_path_scratches_create(threads, &p->model, setup->n, columns - 1,
                                     arena, &p->path_scratches, err);
}

/* --- one prompt ---------------------------------------------------------- */

/* min_w 1/2 |X w - y|^2 / n, the loss at the least-squares weight. */
static double least_energy(const iclgd_problem *problem, double *w) {
  const iclgd_prompt *p = &problem->prompt;
  double most = 0, sum = 0;
  for (size_t j = 0; j < p->d; ++j) most = fmax(most, problem->lambda[j]);
  memset(w, 0, p->d * sizeof *w);
  for (size_t j = 0; j < p->d; ++j) {
    const double *v = problem->V + j * p->d;
    if (!(problem->lambda[j] > 1e-12 * most)) continue;
    const double along = iclgd_dot(v, problem->b, p->d) / problem->lambda[j];
    for (size_t i = 0; i < p->d; ++i) w[i] += along * v[i];
  }
  for (size_t i = 0; i < p->n; ++i) {
    const double off = iclgd_dot(w, p->x + i * p->d, p->d) - p->y[i];
    sum += off * off;
  }
  return sum / (2 * (double)p->mean_n);
}

/* Gradient descent with one step size that is not preconditioned. */
static bool is_certain(const iclgd_path *path, const iclgd_problem *problem) {
  double most = 0;
  if (!path->algorithm || !path->algorithm->plain_descent) return false;
  if (path->hyper.M || path->hyper.n_eta != 1) return false;
  for (size_t j = 0; j < problem->prompt.d; ++j)
    most = fmax(most, problem->lambda[j]);
  return path->hyper.eta[0] > 0 && path->hyper.eta[0] * most < 2;
}

static double finite_or_above(double energy) {
  return isfinite(energy) ? energy : INFINITY;
}

static void run_path(const iclgd_energy_descent *p, size_t k, size_t prompt,
                     const iclgd_problem *problem, size_t thread) {
  const size_t columns = p->loss.columns;
  double *energy = p->energies + thread * 2 * columns;
  double *ridge = p->lambda > 0 && iclgd_path_has_weights(&p->paths[k])
                      ? energy + columns
                      : NULL;
  p->certain[k * p->loss.prompts + prompt] = is_certain(&p->paths[k], problem);
  if (!iclgd_energy_along(&p->paths[k], problem, &p->path_scratches[thread],
                          p->lambda, p->fits + thread * columns * p->setup->n,
                          energy, ridge))
    return;
  for (size_t c = 0; c <= p->paths[k].steps; ++c) {
    *iclgd_energy_at(&p->loss, k, c, prompt) = finite_or_above(energy[c]);
    if (ridge)
      *iclgd_energy_at(&p->ridge, k, c, prompt) = finite_or_above(ridge[c]);
  }
}

static void run_prompt(void *context, size_t i, size_t thread) {
  iclgd_energy_descent *p = context;
  const size_t at = p->block->first + i;
  const iclgd_problem *problem = &p->block->problems[i];
  p->least[at] = least_energy(problem, p->path_scratches[thread].w);
  for (size_t k = 0; k < p->n_paths; ++k) run_path(p, k, at, problem, thread);
}

void iclgd_energy_descent_feed(iclgd_energy_descent *p,
                               const iclgd_probe_block *block) {
  p->block = block;
  iclgd_pool_for(p->setup->pool, iclgd_block_within(block, p->loss.prompts),
                 run_prompt, p);
}

/* --- writing ------------------------------------------------------------- */

/* certain, kept (n_paths): of the prompts the share where E must fall, of which
 * it does at every step. */
static void fill_check(const iclgd_energy_descent *p, double *certain,
                       double *kept) {
  for (size_t k = 0; k < p->n_paths; ++k) {
    double must = 0, does = 0;
    for (size_t i = 0; i < p->loss.prompts; ++i) {
      if (!p->certain[k * p->loss.prompts + i]) continue;
      const iclgd_energy_fate fate = iclgd_energy_fate_of(&p->loss, k, i);
      ++must;
      does += fate.falls && fate.falls_on;
    }
    const bool knows = p->paths[k].algorithm &&
                       p->paths[k].algorithm->plain_descent &&
                       !p->paths[k].hyper.M;
    certain[k] = knows ? must / (double)p->loss.prompts : NAN;
    kept[k] = does / must;
  }
}

static iclgd_status write_check(const iclgd_energy_descent *p,
                                iclgd_record *record, iclgd_error *err) {
  static const char group[] = "energy/loss";
  iclgd_arena *arena = p->setup->arena;
  double *certain = iclgd_arena_reals(arena, p->n_paths, 1, 1);
  double *kept = iclgd_arena_reals(arena, p->n_paths, 1, 1);
  const size_t levels = ICLGD_QUANTILES;
  double least[ICLGD_QUANTILES];
  TRY(iclgd_arena_status(arena, err, group));
  fill_check(p, certain, kept);
  iclgd_quantiles(p->least, p->loss.prompts, least);
  iclgd_record_put(record, group, "certain", &p->n_paths, certain, err);
  iclgd_record_put(record, group, "kept", &p->n_paths, kept, err);
  return iclgd_record_put(record, group, "least", &levels, least, err);
}

/* What the model's numbers are of. */
static iclgd_status write_notes(const iclgd_energy_descent *p,
                                iclgd_record *record, iclgd_error *err) {
  const iclgd_model *model = p->setup->model;
  const iclgd_path *path = &p->setup->paths[0];
  const char *values = "predictions at the context points";
  if (iclgd_path_has_weights(path))
    values = "w . x";
  else if (path->given)
    values = "not known at the context points";
  iclgd_record_attr_text(record, "energy/loss", "model_values", values, err);
  iclgd_record_attr_int(record, "energy/loss", "layers", (int64_t)model->layers,
                        err);
  iclgd_record_attr_int(record, "energy/loss", "loops", (int64_t)p->loops, err);
  if (p->loops == model->loops)
    iclgd_record_attr_text(record, "energy/loss", "more_loops",
                           model->loops > 1
                               ? "not asked for (energy.loops = 1)"
                               : "not applicable: no layer is used twice",
                           err);
  if (!(p->lambda > 0))
    return iclgd_record_attr_text(
        record, "energy", "ridge",
        "not run: without noise that is known, or with energy.ridge = 0, it is "
        "the loss itself",
        err);
  return iclgd_record_attr_real(record, "energy/ridge", "lambda", p->lambda,
                                err);
}

iclgd_status iclgd_energy_descent_write(iclgd_energy_descent *p,
                                        iclgd_record *record,
                                        iclgd_error *err) {
  iclgd_arena *arena = p->setup->arena;
  iclgd_energy_table_write(&p->loss, "energy/loss", arena, record, err);
  if (p->lambda > 0)
    iclgd_energy_table_write(&p->ridge, "energy/ridge", arena, record, err);
  write_check(p, record, err);
  write_notes(p, record, err);
  return iclgd_record_status(record, err);
}
