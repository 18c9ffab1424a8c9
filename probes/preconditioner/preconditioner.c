/* Is each layer's update a fixed matrix times the gradient?
 *
 * With g_l = b - S w_l, minus the gradient of (1/2n) |y - X w|^2 at w_l, the
 * update u_l = w_{l+1} - w_l is regressed on g_l over the tuning prompts,
 *   A_l = argmin over A of sum |u_l - A g_l|^2,
 * and on the prompts that are fed
 *   residual[l] = mean |u_l - A_l g_l|^2 / mean |u_l|^2,
 * zero to rounding for preconditioned gradient descent (Ahn et al. 2023, Lemma
 * 1). Whether A_l depends on the prompt shows in the residuals of
 * u = (A + (tr S / d) C) g and u = A g + C S g, fitted in the same way, and in
 * the fits to the halves of the tuning prompts of small and large
 * lambda_max(S):
 *   difference[l] = |A_large - A_small|_F / |A_l|_F
 * beside what noise alone makes of it. Standard errors by the jackknife. */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "probes/preconditioner/fit.h"
#include "probes/shared/whitening.h"
#include "probes/views.h"

static const iclgd_group groups[] = {
    GROUP_PLOT(
        "preconditioner", "residual", "layer",
        "update of the weights regressed on the gradient",
        "A_l fitted to w_l - w_{l-1} = A_l g_{l-1} over the tuning prompts, "
        "and what it leaves unexplained on the prompts that are probed"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("preconditioner/layer", "layer", "layer",
             "layer l, whose update is w_l - w_{l-1}"),
    DATA_REAL("preconditioner/A", "layer,row,column", "fitted preconditioner",
              "argmin over A of sum |u - A g|^2"),
    DATA_REAL("preconditioner/A_errors", "layer,row,column",
              "standard error of A",
              "jackknife over 16 groups of tuning prompts"),
    DATA_REAL("preconditioner/scale", "layer", "scale tr(A) / d",
              "the step size that the fitted A stands for, in coordinates in "
              "which Sigma = I where Sigma is known"),
    DATA_REAL("preconditioner/scale_errors", "layer",
              "standard error of the scale", "jackknife"),
    DATA_REAL(
        "preconditioner/distance_to_own", "layer",
        "distance to the layer's own A",
        "|A_fit - A_own| / |A_own|, Frobenius norms, A_own of the parameters"),
    DATA_REAL("preconditioner/residual", "layer",
              "share of the update not explained",
              "mean |u - A g|^2 / mean |u|^2 over the probed prompts"),
    DATA_REAL("preconditioner/residual_errors", "layer",
              "standard error of the residual", "delta method over prompts"),
    DATA_REAL("preconditioner/residual_trace", "layer",
              "share not explained with A + (tr S / d) C",
              "fitted and measured alike"),
    DATA_REAL("preconditioner/residual_trace_errors", "layer", "standard error",
              "delta method over prompts"),
    DATA_REAL("preconditioner/residual_curvature", "layer",
              "share not explained with A + C S", "fitted and measured alike"),
    DATA_REAL("preconditioner/residual_curvature_errors", "layer",
              "standard error", "delta method over prompts"),
    DATA_REAL("preconditioner/difference", "layer",
              "difference of A between curvatures",
              "|A_large - A_small| / |A|, fits to the tuning prompts with "
              "lambda_max(S) above and below its median"),
    DATA_REAL("preconditioner/difference_noise", "layer",
              "the same expected of noise",
              "root of the sum of the jackknife variances of A_large - "
              "A_small, / |A|"),
    DATA_INT("preconditioner/excluded", "layer", "prompts left out",
             "tuning and probed prompts where the update diverges"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

typedef struct preconditioner {
  const iclgd_probe_setup *setup;
  fit_sums *sums;                     /* (depth, groups, halves) */
  iclgd_path_scratch *path_scratches; /* (threads) */
  double *f, *u;          /* (threads, 3 d), (threads, d) of an update */
  double *curvature;      /* (tune prompts) lambda_max(S) */
  double *group_excluded; /* (groups, depth) */
  double median;          /* of the curvature */
  double *X[FIT_FORMS];   /* (depth, d, columns) */
  double *work;           /* of iclgd_fit_solve */
  iclgd_pairs *pairs;     /* (forms, depth) */
  int64_t *excluded;      /* (depth) */
} preconditioner;

/* Sums for 16 groups of two halves; beyond 256 MB the question is not asked. */
static iclgd_status check(const iclgd_probe_setup *setup, iclgd_error *err) {
  const size_t d = setup->d, each = 12 * d * d;
  if (setup->tune->count < 8 * d + 2 * JACKKNIFE_GROUPS)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "%zu prompts to fit on, %zu needed at d = %zu",
                      setup->tune->count, 8 * d + 2 * JACKKNIFE_GROUPS, d);
  if (each * setup->depth * JACKKNIFE_GROUPS * FIT_HALVES > 32000000)
    return iclgd_fail(err, ICLGD_ERANGE, "too many layers and features");
  return ICLGD_OK;
}

static iclgd_status take_memory(preconditioner *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t d = setup->d, depth = setup->depth;
  const size_t threads = iclgd_pool_threads(setup->pool);
  iclgd_arena *arena = setup->arena;
  s->sums = iclgd_fit_sums_take(arena, depth, d);
  s->curvature = iclgd_arena_reals(arena, setup->tune->count, 2, 1);
  s->group_excluded = iclgd_arena_reals(arena, JACKKNIFE_GROUPS, depth, 1);
  s->work = iclgd_arena_reals(arena, iclgd_fit_work(d), 1, 1);
  s->pairs = iclgd_arena_take(arena, FIT_FORMS * depth, sizeof *s->pairs);
  s->excluded = iclgd_arena_take(arena, depth, sizeof *s->excluded);
  for (size_t form = 0; form < FIT_FORMS; ++form)
    s->X[form] = iclgd_arena_reals(arena, depth, d,
                                   iclgd_fit_columns((fit_form)form, d));
  s->f = iclgd_arena_reals(arena, threads, 3 * d, 1);
  s->u = iclgd_arena_reals(arena, threads, d, 1);
  return iclgd_path_scratches_create(threads, setup->model, setup->n, depth,
                                     arena, &s->path_scratches, err);
}

static void measure_curvature(void *context, size_t k, size_t thread) {
  preconditioner *s = context;
  const size_t count = s->setup->tune->count;
  for (size_t i = jackknife_first(count, k); i < jackknife_first(count, k + 1);
       ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(s->setup->tune, i);
    iclgd_problem problem;
    iclgd_problem_set(&prompt, true, s->path_scratches[thread].problem_work,
                      &problem);
    s->curvature[i] = problem.lambda[0];
    for (size_t j = 1; j < prompt.d; ++j)
      s->curvature[i] = fmax(s->curvature[i], problem.lambda[j]);
  }
}

static void sum_group(void *context, size_t k, size_t thread) {
  preconditioner *s = context;
  const size_t d = s->setup->d, depth = s->setup->depth;
  const size_t count = s->setup->tune->count;
  const iclgd_path_scratch *path_scratch = &s->path_scratches[thread];
  double *f = s->f + thread * 3 * d, *u = s->u + thread * d;
  for (size_t i = jackknife_first(count, k); i < jackknife_first(count, k + 1);
       ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(s->setup->tune, i);
    const size_t half = s->curvature[i] > s->median;
    iclgd_problem problem;
    iclgd_problem_set(&prompt, false, path_scratch->problem_work, &problem);
    iclgd_path_follow(&s->setup->paths[0], &problem, path_scratch,
                      path_scratch->w, path_scratch->prediction);
    for (size_t l = 0; l < depth; ++l)
      if (iclgd_fit_features(&problem, path_scratch->w + l * d,
                             path_scratch->w + (l + 1) * d, f, u))
        iclgd_fit_add(&s->sums[(l * JACKKNIFE_GROUPS + k) * FIT_HALVES + half],
                      f, u, d);
      else
        s->group_excluded[k * depth + l] += 1;
  }
}

static const fit_sums *layer_sums(const preconditioner *s, size_t l) {
  return s->sums + l * JACKKNIFE_GROUPS * FIT_HALVES;
}

static void fit_tuning_prompts(preconditioner *s) {
  const size_t count = s->setup->tune->count, d = s->setup->d;
  iclgd_pool_for(s->setup->pool, JACKKNIFE_GROUPS, measure_curvature, s);
  memcpy(s->curvature + count, s->curvature, count * sizeof *s->curvature);
  s->median = iclgd_median(s->curvature + count, count);
  iclgd_pool_for(s->setup->pool, JACKKNIFE_GROUPS, sum_group, s);
  for (size_t l = 0; l < s->setup->depth; ++l) {
    for (size_t k = 0; k < JACKKNIFE_GROUPS; ++k)
      s->excluded[l] += (int64_t)s->group_excluded[k * s->setup->depth + l];
    for (size_t form = 0; form < FIT_FORMS; ++form)
      iclgd_fit_solve(layer_sums(s, l), JACKKNIFE_GROUPS, 0, FIT_HALVES - 1,
                      (fit_form)form, d,
                      s->X[form] + l * d * iclgd_fit_columns((fit_form)form, d),
                      s->work);
  }
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  preconditioner *s = state;
  s->setup = setup;
  TRY(check(setup, err));
  TRY(take_memory(s, err));
  fit_tuning_prompts(s);
  return ICLGD_OK;
}

static void feed_layer(preconditioner *s, const iclgd_problem *problem,
                       const double *w, size_t l) {
  const size_t d = s->setup->d;
  double *f = s->f, *u = s->u;
  if (!iclgd_fit_features(problem, w, w + d, f, u)) {
    ++s->excluded[l];
    return;
  }
  const double power = iclgd_dot(u, u, d);
  for (size_t form = 0; form < FIT_FORMS; ++form) {
    const double *X = s->X[form] + l * d * iclgd_fit_columns((fit_form)form, d);
    const double rest = iclgd_fit_residual(X, (fit_form)form, f, u, d);
    iclgd_pairs_add(&s->pairs[form * s->setup->depth + l], &rest, &power, 1);
  }
}

static iclgd_status feed(void *state, const iclgd_probe_block *block,
                         iclgd_error *err) {
  (void)err;
  preconditioner *s = state;
  const size_t d = s->setup->d, depth = s->setup->depth;
  for (size_t i = 0; i < block->prompts->count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(block->prompts, i);
    const double *w = block->paths[0].w + i * (depth + 1) * d;
    iclgd_problem problem;
    iclgd_problem_set(&prompt, false, s->path_scratches[0].problem_work,
                      &problem);
    for (size_t l = 0; l < depth; ++l) feed_layer(s, &problem, w + l * d, l);
  }
  return ICLGD_OK;
}

/* The arrays of the file. */
typedef struct results {
  double *A_errors;                   /* (depth, d, d) */
  double *scale, *scale_errors, *own; /* (depth) */
  double *residual[FIT_FORMS], *errors[FIT_FORMS];
  double *difference, *noise;
  double *A_own, *A, *low, *high; /* (d, d), the last three (groups + 1) */
} results;

static results take_results(const preconditioner *s) {
  const size_t d = s->setup->d, depth = s->setup->depth;
  iclgd_arena *arena = s->setup->arena;
  results out = {.A_errors = iclgd_arena_reals(arena, depth, d, d),
                 .scale = iclgd_arena_reals(arena, depth, 1, 1),
                 .scale_errors = iclgd_arena_reals(arena, depth, 1, 1),
                 .own = iclgd_arena_reals(arena, depth, 1, 1),
                 .difference = iclgd_arena_reals(arena, depth, 1, 1),
                 .noise = iclgd_arena_reals(arena, depth, 1, 1),
                 .A_own = iclgd_arena_reals(arena, d, d, 1),
                 .A = iclgd_arena_reals(arena, JACKKNIFE_GROUPS + 1, d, d),
                 .low = iclgd_arena_reals(arena, JACKKNIFE_GROUPS + 1, d, d),
                 .high = iclgd_arena_reals(arena, JACKKNIFE_GROUPS + 1, d, d)};
  for (size_t form = 0; form < FIT_FORMS; ++form) {
    out.residual[form] = iclgd_arena_reals(arena, depth, 1, 1);
    out.errors[form] = iclgd_arena_reals(arena, depth, 1, 1);
  }
  return out;
}

/* Fits of layer l without each group, and (the last) with all of them. */
static void refit(const preconditioner *s, size_t l, const results *out) {
  const size_t d = s->setup->d;
  for (size_t k = 0; k <= JACKKNIFE_GROUPS; ++k) {
    const size_t at = k * d * d;
    const fit_sums *sums = layer_sums(s, l);
    iclgd_fit_solve(sums, k, 0, 1, FIT_CONSTANT, d, out->A + at, s->work);
    iclgd_fit_solve(sums, k, 0, 0, FIT_CONSTANT, d, out->low + at, s->work);
    iclgd_fit_solve(sums, k, 1, 1, FIT_CONSTANT, d, out->high + at, s->work);
  }
}

static void judge_fits(const preconditioner *s, size_t l, const results *out) {
  const size_t d = s->setup->d, last = JACKKNIFE_GROUPS * d * d;
  const iclgd_distribution *dist = s->setup->dist;
  double values[JACKKNIFE_GROUPS], noise = 0;
  refit(s, l, out);
  const double norm = sqrt(iclgd_dot(out->A + last, out->A + last, d * d));
  for (size_t i = 0; i < d * d; ++i) {
    for (size_t k = 0; k < JACKKNIFE_GROUPS; ++k)
      values[k] = out->A[k * d * d + i];
    out->A_errors[l * d * d + i] = sqrt(jackknife_variance(values));
    for (size_t k = 0; k < JACKKNIFE_GROUPS; ++k)
      values[k] = out->high[k * d * d + i] - out->low[k * d * d + i];
    noise += jackknife_variance(values);
  }
  for (size_t k = 0; k < JACKKNIFE_GROUPS; ++k)
    values[k] = iclgd_whitened_scale(dist, out->A + k * d * d, d);
  out->scale[l] = iclgd_whitened_scale(dist, out->A + last, d);
  out->scale_errors[l] = sqrt(jackknife_variance(values));
  out->difference[l] =
      sqrt(iclgd_squared_distance(out->high + last, out->low + last, d * d)) /
      norm;
  out->noise[l] = sqrt(noise) / norm;
}

static void judge_layer(const preconditioner *s, size_t l, const results *out) {
  const size_t d = s->setup->d, depth = s->setup->depth;
  judge_fits(s, l, out);
  iclgd_linear_A(s->setup->model, s->setup->theta, l, out->A_own, NULL);
  out->own[l] = sqrt(iclgd_squared_distance(s->X[FIT_CONSTANT] + l * d * d,
                                            out->A_own, d * d) /
                     iclgd_dot(out->A_own, out->A_own, d * d));
  for (size_t form = 0; form < FIT_FORMS; ++form)
    iclgd_pairs_ratio(&s->pairs[form * depth + l], &out->residual[form][l],
                      &out->errors[form][l]);
}

static iclgd_status write_results(const preconditioner *s, const results *out,
                                  iclgd_record *record, iclgd_error *err) {
  const size_t d = s->setup->d, depth = s->setup->depth;
  const size_t cube[] = {depth, d, d};
  iclgd_record_put_axis(record, "preconditioner", "layer", 1, depth, err);
  const iclgd_member members[] = {
      {"A", cube, s->X[FIT_CONSTANT]},
      {"A_errors", cube, out->A_errors},
      {"scale", cube, out->scale},
      {"scale_errors", cube, out->scale_errors},
      {"distance_to_own", cube, out->own},
      {"residual", cube, out->residual[FIT_CONSTANT]},
      {"residual_errors", cube, out->errors[FIT_CONSTANT]},
      {"residual_trace", cube, out->residual[FIT_TRACE]},
      {"residual_trace_errors", cube, out->errors[FIT_TRACE]},
      {"residual_curvature", cube, out->residual[FIT_CURVATURE]},
      {"residual_curvature_errors", cube, out->errors[FIT_CURVATURE]},
      {"difference", cube, out->difference},
      {"difference_noise", cube, out->noise},
      {"excluded", cube, s->excluded},
  };
  iclgd_record_put_all(record, "preconditioner", MEMBERS(members), err);
  iclgd_record_attr_int(record, "preconditioner", "prompts",
                        (int64_t)(s->setup->tune->count + s->setup->prompts),
                        err);
  return iclgd_record_attr_int(record, "preconditioner", "fitted_on",
                               (int64_t)s->setup->tune->count, err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  preconditioner *s = state;
  const results out = take_results(s);
  if (iclgd_arena_status(s->setup->arena, err, "preconditioner"))
    return ICLGD_ENOMEM;
  for (size_t l = 0; l < s->setup->depth; ++l) judge_layer(s, l, &out);
  return write_results(s, &out, record, err);
}

const iclgd_probe iclgd_probe_preconditioner = {
    .name = "preconditioner",
    .question = "is each layer's update a fixed matrix times the gradient?",
    .needs = ICLGD_NEEDS_LINEAR,
    .schema = &schema,
    .view = &iclgd_view_preconditioner,
    .state_size = sizeof(preconditioner),
    .begin = begin,
    .feed = feed,
    .finish = finish,
};
