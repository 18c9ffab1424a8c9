/* The weights of predictions that were brought: as they were brought, or the
 * least-squares fit over the further queries of each prompt (iclgd/slope.h),
 * and how linear in the query the predictions are.
 *
 * A sensitivity that is zero while predictions vary with the query is none:
 * readouts of inner layers that were trained on detached states have it. */
#include "run/outside/outside.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Up to this unexplained share predictions are linear in the query to the
 * rounding of what was brought, float16 at most. */
static const double rounding = 1e-6;

typedef struct fit {
  const iclgd_arrival *a;
  size_t d, rows, prompts, queries;
  const double *more;     /* (rows, prompts, queries) */
  double *w;              /* (rows, prompts, d) */
  iclgd_slope_rest *rest; /* (rows) over all prompts */
} fit;

static iclgd_status take_fit(fit *f, double **work, iclgd_error *err) {
  iclgd_arena *arena = &f->a->job->arena;
  f->w = iclgd_arena_reals(arena, f->rows, f->prompts, f->d);
  f->rest = iclgd_arena_take(arena, f->rows, sizeof *f->rest);
  *work = iclgd_arena_reals(
      arena, iclgd_slope_work(f->d, f->rows) + f->rows * (f->queries + f->d), 1,
      1);
  return iclgd_arena_status(arena, err, "implied weights");
}

/* All layers of one prompt. */
static bool fit_prompt(fit *f, size_t i, iclgd_slope_rest *rest, double *work) {
  const size_t d = f->d, K = f->queries;
  double *own = work, *w = own + f->rows * K, *left = w + f->rows * d;
  for (size_t l = 0; l < f->rows; ++l)
    memcpy(own + l * K, f->more + (l * f->prompts + i) * K, K * sizeof *own);
  if (!iclgd_slope_fit(f->a->x_more + i * K * d, own, K, d, f->rows, left, w,
                       rest))
    return false;
  for (size_t l = 0; l < f->rows; ++l) {
    memcpy(f->w + (l * f->prompts + i) * d, w + l * d, d * sizeof *w);
    f->rest[l].left += rest[l].left;
    f->rest[l].whole += rest[l].whole;
    f->rest[l].squares += rest[l].squares;
  }
  return true;
}

static iclgd_status fit_all(fit *f, iclgd_error *err) {
  const iclgd_job *job = f->a->job;
  double *work;
  TRY(take_fit(f, &work, err));
  iclgd_slope_rest *rest =
      iclgd_arena_take(&f->a->job->arena, f->rows, sizeof *rest);
  if (!rest) return iclgd_fail_memory(err, "implied weights");
  for (size_t i = 0; i < f->prompts; ++i)
    if (!fit_prompt(f, i, rest, work))
      return iclgd_fail(
          err, ICLGD_EINPUT,
          "%s: /entry/prompts/x_more: expected queries in all %zu "
          "directions, found fewer at prompt %zu",
          job->options->prompts, f->d, i);
  return ICLGD_OK;
}

static iclgd_status read_more(const iclgd_arrival *a, fit *f,
                              iclgd_error *err) {
  size_t queries = a->queries;
  double *more;
  char path[128];
  snprintf(path, sizeof path, "%s/prediction_more", a->group);
  if (!iclgd_source_has(a->source, path)) return ICLGD_OK;
  if (!a->x_more)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/%s: expected the queries that it is at, "
                      "/entry/prompts/x_more of %s, found none (iclgd generate "
                      "with prompt.queries=4d)",
                      iclgd_source_path(a->source), path,
                      a->job->options->prompts);
  TRY(iclgd_arrival_read(a, "prediction_more", &queries, &more, err));
  *f = (fit){.a = a,
             .d = a->job->d,
             .rows = a->rows,
             .prompts = a->job->given.all.count,
             .queries = queries,
             .more = more};
  return fit_all(f, err);
}

/* Whether predictions go with (X^T y) . (x_query - its mean) beyond
 * four standard errors: what is decided by the context alone does not. */
static bool goes_with_query(const iclgd_prompts *p, const double *prediction,
                            double *restrict mean) {
  const size_t n = p->n, d = p->d;
  double sum = 0, squares = 0;
  for (size_t j = 0; j < d; ++j) mean[j] = 0;
  for (size_t i = 0; i < p->count * d; ++i)
    mean[i % d] += p->x_query[i] / (double)p->count;
  for (size_t i = 0; i < p->count; ++i) {
    double along = 0;
    for (size_t k = 0; k < n; ++k)
      for (size_t j = 0; j < d; ++j)
        along += p->y[i * n + k] * p->x[(i * n + k) * d + j] *
                 (p->x_query[i * d + j] - mean[j]);
    sum += prediction[i] * along;
    squares += prediction[i] * along * (prediction[i] * along);
  }
  return fabs(sum) > 4 * sqrt(squares);
}

/* Whether predictions vary with the query, as far as is known: at further
 * queries, or over the prompts. */
static bool varies(const fit *f, const iclgd_arrival *a,
                   const iclgd_given_path *path, size_t l) {
  if (f->more) return !isnan(iclgd_slope_r2(&f->rest[l]));
  double *mean = iclgd_arena_reals(&a->job->arena, a->job->d, 1, 1);
  return mean && goes_with_query(&a->job->given.all,
                                 path->prediction + l * path->prompts, mean);
}

static iclgd_status check_brought(const iclgd_arrival *a, const fit *f,
                                  const iclgd_given_path *path,
                                  iclgd_error *err) {
  const size_t each = path->prompts * a->job->d;
  for (size_t l = 1; l < a->rows; ++l) {
    const double *w = path->weight + l * each;
    double size = 0, off = 0, fitted = 0;
    for (size_t i = 0; i < each; ++i) size += w[i] * w[i];
    if (size == 0 && varies(f, a, path, l))
      return iclgd_fail(
          err, ICLGD_EINPUT,
          "%s: /entry/%s/weight: expected the gradient of the predictions in "
          "x_query, found zero at index %zu for every prompt, where %s: a "
          "readout of an inner layer that was trained on detached states has "
          "no gradient; leave `weight` out and bring prediction_more",
          iclgd_source_path(a->source), a->group, l - a->first_layer,
          f->more ? "predictions vary with the query"
                  : "predictions go with X^T y . x_query");
    if (!f->more || !(iclgd_slope_r2(&f->rest[l]) >= 1 - rounding)) continue;
    for (size_t i = 0; i < each; ++i) {
      const double other = f->w[l * each + i];
      off += (w[i] - other) * (w[i] - other);
      fitted += other * other;
    }
    if (off > 1e-4 * fitted)
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: /entry/%s/weight: expected the slope of "
                        "prediction_more, which is linear in the query, found "
                        "another at index %zu (relative distance %.2g)",
                        iclgd_source_path(a->source), a->group,
                        l - a->first_layer, sqrt(off / fitted));
  }
  return ICLGD_OK;
}

/* prediction = w . x_query at layer l, at the prompts' own queries. */
static bool predicts(const iclgd_job *job, const iclgd_given_path *path,
                     size_t l) {
  const size_t d = job->d, count = path->prompts;
  double off = 0, whole = 0;
  for (size_t i = 0; i < count; ++i) {
    const double f = path->prediction[l * count + i];
    const double left = f - iclgd_dot(path->weight + (l * count + i) * d,
                                      job->given.all.x_query + i * d, d);
    off += left * left;
    whole += f * f;
  }
  return off <= rounding * whole;
}

static iclgd_status set_linearity(const iclgd_arrival *a, const fit *f,
                                  iclgd_given_path *path, iclgd_error *err) {
  double *r2 = iclgd_arena_reals(&a->job->arena, a->rows, 1, 1);
  if (!r2) return iclgd_fail_memory(err, "linearity");
  path->linearity = r2;
  path->is_linear = true;
  r2[0] = NAN;
  for (size_t l = 1; l < a->rows; ++l) {
    r2[l] = iclgd_slope_r2(&f->rest[l]);
    path->is_linear = path->is_linear &&
                      (f->rest[l].squares == 0 || r2[l] >= 1 - rounding) &&
                      predicts(a->job, path, l);
  }
  return ICLGD_OK;
}

iclgd_status iclgd_arrival_weights(const iclgd_arrival *a,
                                   iclgd_given_path *path, bool *is_fitted,
                                   iclgd_error *err) {
  size_t d = a->job->d;
  fit f = {0};
  double *brought;
  TRY(read_more(a, &f, err));
  TRY(iclgd_arrival_read(a, "weight", &d, &brought, err));
  path->weight = brought ? brought : f.w;
  *is_fitted = !brought && f.w;
  if (brought) TRY(check_brought(a, &f, path, err));
  return f.more ? set_linearity(a, &f, path, err) : ICLGD_OK;
}
