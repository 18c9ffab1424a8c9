/* Prompts drawn from their law, one stream per prompt. */
#include <iclgd/prompt.h>

#include <assert.h>
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>
#include <iclgd/table.h>

#include "math/products.h"
#include "prompt/factor.h"
#include "prompt/function.h"
#include "prompt/matrices.h"

iclgd_prompt iclgd_prompts_at(const iclgd_prompts *prompts, size_t i) {
  const size_t n = prompts->n, d = prompts->d;
  return (iclgd_prompt){
      .n = n,
      .d = d,
      .mean_n = prompts->mean_n,
      .x = prompts->x + i * n * d,
      .y = prompts->y + i * n,
      .x_query = prompts->x_query + i * d,
      .y_query = prompts->y_query[i],
      .w_star = prompts->w_star ? prompts->w_star + i * d : NULL,
      .U = prompts->U ? prompts->U + i * d * d : NULL,
      .place = prompts->place ? prompts->place[i] : 0,
  };
}

iclgd_prompt iclgd_prompt_first(const iclgd_prompt *prompt, size_t k) {
  assert(k <= prompt->n && prompt->mean_n == prompt->n);
  iclgd_prompt first = *prompt;
  first.n = k;
  first.mean_n = k > 0 ? k : 1;
  if (k < prompt->n) {
    first.x_query = prompt->x + k * prompt->d;
    first.y_query = prompt->y[k];
  }
  return first;
}

iclgd_prompts iclgd_prompts_part(const iclgd_prompts *prompts, size_t first,
                                 size_t count) {
  const size_t n = prompts->n, d = prompts->d;
  return (iclgd_prompts){
      .count = count,
      .n = n,
      .d = d,
      .mean_n = prompts->mean_n,
      .x = prompts->x + first * n * d,
      .y = prompts->y + first * n,
      .x_query = prompts->x_query + first * d,
      .y_query = prompts->y_query + first,
      .w_star = prompts->w_star ? prompts->w_star + first * d : NULL,
      .U = prompts->U ? prompts->U + first * d * d : NULL,
      .place = prompts->place ? prompts->place + first : NULL,
  };
}

iclgd_status iclgd_prompts_create(size_t count, size_t n, size_t d,
                                  bool has_w_star, bool has_U,
                                  iclgd_arena *arena, iclgd_prompts *out,
                                  iclgd_error *err) {
  *out = (iclgd_prompts){
      .count = count,
      .n = n,
      .d = d,
      .mean_n = n,
      .x = iclgd_arena_reals(arena, count, n, d),
      .y = iclgd_arena_reals(arena, count, n, 1),
      .x_query = iclgd_arena_reals(arena, count, d, 1),
      .y_query = iclgd_arena_reals(arena, count, 1, 1),
      .w_star = has_w_star ? iclgd_arena_reals(arena, count, d, 1) : NULL,
      .U = has_U ? iclgd_arena_reals(arena, count, d, d) : NULL,
  };
  if (arena->failed)
    return iclgd_fail(err, ICLGD_ENOMEM,
                      "out of memory for %zu prompts of n = %zu, d = %zu",
                      count, n, d);
  return ICLGD_OK;
}

/* v <- M v, through the d numbers of `spare` unless M is diagonal. */
static void transform(const double *M, bool diagonal, size_t d, double *v,
                      double *spare) {
  if (diagonal) {
    for (size_t i = 0; i < d; ++i) v[i] *= M[i * d + i];
    return;
  }
  memcpy(spare, v, d * sizeof *v);
  for (size_t i = 0; i < d; ++i) v[i] = dot(M + i * d, spare, d);
}

/* The sum of squares of `count` normals. */
static double draw_chi2(iclgd_stream *stream, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; ++i) {
    const double z = (double)iclgd_stream_normal(stream);
    sum += z * z;
  }
  return sum;
}

/* One number with mean 0 and variance 1. Half of chi^2_2 is exponential, and
 * the difference of two such is Laplace: sums, products, quotients and roots of
 * normals, whose bits do not depend on a library, where a logarithm's would. */
static double draw_entry(const iclgd_distribution *dist, iclgd_stream *stream) {
  const size_t nu = dist->x_freedom;
  if (dist->x_law == ICLGD_X_EXPONENTIAL) return draw_chi2(stream, 2) / 2 - 1;
  if (dist->x_law == ICLGD_X_LAPLACE) {
    const double first = draw_chi2(stream, 2);
    return (first - draw_chi2(stream, 2)) / sqrt(8);
  }
  const double z = (double)iclgd_stream_normal(stream);
  return z * sqrt((double)(nu - 2) / draw_chi2(stream, nu));
}

/* A point of the sphere of radius sqrt(d). A normal is zero once in 3e7, so
 * that one feature alone may have no direction: drawn again. */
static void draw_direction(iclgd_stream *stream, size_t d, double *g) {
  double square;
  do {
    iclgd_stream_normals(g, stream, d);
    square = dot(g, g, d);
  } while (square == 0);
  const double scale = sqrt((double)d / square);
  for (size_t i = 0; i < d; ++i) g[i] *= scale;
}

/* d numbers of the input law. */
static void draw_law(const iclgd_distribution *dist, iclgd_stream *stream,
                     double *g) {
  const size_t d = dist->d;
  switch (dist->x_law) {
    case ICLGD_X_NORMAL:
      iclgd_stream_normals(g, stream, d);
      break;
    case ICLGD_X_UNIFORM:
      iclgd_stream_uniforms(g, stream, d);
      break;
    case ICLGD_X_SPHERE:
      draw_direction(stream, d, g);
      break;
    case ICLGD_X_EXPONENTIAL:
    case ICLGD_X_LAPLACE:
    case ICLGD_X_STUDENT_T:
      for (size_t i = 0; i < d; ++i) g[i] = draw_entry(dist, stream);
      break;
    case ICLGD_X_UNKNOWN:
      assert(!"given prompts are not drawn");
  }
  for (size_t i = 0; i < d; ++i) g[i] *= dist->x_scale;
}

/* k of d entries are kept, all choices alike. */
static void draw_sparse(const iclgd_distribution *dist, iclgd_stream *stream,
                        double *w) {
  const size_t d = dist->d;
  size_t left = dist->w_count;
  for (size_t i = 0; i < d; ++i) { /* selection sampling (Knuth 3.4.2 S) */
    w[i] = 0;
    if (iclgd_stream_below(stream, (uint32_t)(d - i)) >= left) continue;
    w[i] = (double)iclgd_stream_normal(stream);
    --left;
  }
}

static void draw_task(const iclgd_distribution *dist, iclgd_stream *stream,
                      double *w, double *spare) {
  const size_t d = dist->d;
  if (dist->w_law == ICLGD_W_POOL) {
    const size_t k = iclgd_stream_below(stream, (uint32_t)dist->w_count);
    memcpy(w, dist->pool + k * d, d * sizeof *w);
    return;
  }
  if (dist->w_law == ICLGD_W_SPARSE) {
    draw_sparse(dist, stream, w);
  } else {
    iclgd_stream_normals(w, stream, d);
  }
  double scale = dist->w_scale;
  if (dist->w_law == ICLGD_W_INVERSE_COVARIANCE) {
    transform(dist->G, dist->diagonal, d, w, spare);
    scale /= sqrt(dist->x_variance);
  }
  for (size_t i = 0; i < d; ++i) w[i] *= scale;
}

/* x <- U F x. */
static void shape_input(const iclgd_distribution *dist, const double *U,
                        double *x, double *spare) {
  if (!dist->isotropic || !dist->diagonal || dist->F[0] != 1)
    transform(dist->F, dist->diagonal, dist->d, x, spare);
  if (U) transform(U, false, dist->d, x, spare);
}

/* One input x = U F g. */
static void draw_input(const iclgd_distribution *dist, iclgd_stream *stream,
                       const double *U, double *x, double *spare) {
  draw_law(dist, stream, x);
  shape_input(dist, U, x, spare);
}

/* x (n, d) and standard normal noise y (n), or n pseudo-tokens. */
static void draw_context(const iclgd_distribution *dist, iclgd_stream *stream,
                         const double *U, size_t n, double *x, double *y,
                         double *spare) {
  const size_t d = dist->d;
  if (dist->sampler == ICLGD_WISHART) {
    assert(n == iclgd_distribution_tokens(dist));
    iclgd_draw_factor(dist, stream, x, y);
    for (size_t i = 0; i < n * d; ++i) x[i] *= dist->x_scale;
    for (size_t j = 0; j < n; ++j) shape_input(dist, U, x + j * d, spare);
    return;
  }
  for (size_t j = 0; j < n; ++j) draw_input(dist, stream, U, x + j * d, spare);
  memset(y, 0, n * sizeof *y);
  if (dist->noise > 0) iclgd_stream_normals(y, stream, n);
}

/* Inputs, a function of them, noise. */
static void draw_function(const iclgd_distribution *dist, iclgd_stream *stream,
                          const double *U, const iclgd_prompts *out, size_t i,
                          double *spare) {
  const size_t n = out->n, d = out->d;
  double *x = out->x + i * n * d, *y = out->y + i * n;
  double *x_query = out->x_query + i * d;
  assert(dist->sampler == ICLGD_TOKENS);
  draw_input(dist, stream, U, x_query, spare);
  for (size_t j = 0; j < n; ++j) draw_input(dist, stream, U, x + j * d, spare);
  iclgd_function_draw(
      dist, stream,
      &(iclgd_function_points){n, d, x, x_query, y, out->y_query + i});
  if (!(dist->noise > 0)) return;
  for (size_t j = 0; j < n; ++j)
    y[j] += dist->noise * (double)iclgd_stream_normal(stream);
}

static void draw_prompt(const iclgd_distribution *dist, iclgd_stream_id id,
                        uint64_t index, const iclgd_prompts *out, size_t i,
                        double *spare) {
  const size_t n = out->n, d = out->d;
  double *x = out->x + i * n * d, *y = out->y + i * n;
  double *x_query = out->x_query + i * d;
  iclgd_stream stream;
  iclgd_stream_seed(&stream, dist->seed, id, index);
  if (dist->table) {
    iclgd_table_prompt(dist->table, id, &stream, n, x, y, x_query,
                       &out->y_query[i]);
    return;
  }
  double *U = dist->rotate_per_prompt ? out->U + i * d * d : NULL;
  if (U) iclgd_random_rotation(&stream, d, U);
  if (!iclgd_distribution_is_linear(dist)) {
    draw_function(dist, &stream, U, out, i, spare);
    return;
  }
  double *w = out->w_star + i * d;
  draw_task(dist, &stream, w, spare);
  if (U && dist->w_law == ICLGD_W_INVERSE_COVARIANCE)
    transform(U, false, d, w, spare);
  draw_input(dist, &stream, U, x_query, spare);
  draw_context(dist, &stream, U, n, x, y, spare);
  for (size_t j = 0; j < n; ++j)
    y[j] = dot(w, x + j * d, d) + dist->noise * y[j];
  out->y_query[i] = dot(w, x_query, d);
}

void iclgd_prompts_draw(const iclgd_distribution *dist, iclgd_stream_id stream,
                        uint64_t first, iclgd_prompts *out) {
  enum { D_MAX = 512 }; /* the limit of prompt.d */
  double spare[D_MAX];
  out->mean_n = dist->sampler == ICLGD_WISHART ? dist->n : out->n;
  for (size_t i = 0; i < out->count; ++i)
    draw_prompt(dist, stream, first + i, out, i, spare);
}

void iclgd_queries_draw(const iclgd_distribution *dist, iclgd_stream_id id,
                        uint64_t first, const iclgd_prompts *out, size_t K,
                        double *x) {
  enum { D_MAX = 512 };
  const size_t d = out->d;
  double spare[D_MAX];
  assert(K % 2 == 0 && !dist->table);
  for (size_t i = 0; i < out->count; ++i) {
    const double *U = dist->rotate_per_prompt ? out->U + i * d * d : NULL;
    iclgd_stream stream;
    iclgd_stream_seed(&stream, dist->seed,
                      ICLGD_STREAM_QUERIES + 256 * (uint32_t)id, first + i);
    for (size_t k = 0; k < K; k += 2) {
      double *query = x + (i * K + k) * d;
      draw_input(dist, &stream, U, query, spare);
      for (size_t j = 0; j < d; ++j) query[d + j] = -query[j];
    }
  }
}

/* Row `from` of a set to row `to`, `width` numbers, where both have it. */
static void copy_row(double *out, size_t to, const double *in, size_t from,
                     size_t width) {
  if (out && in)
    memcpy(out + to * width, in + from * width, width * sizeof *out);
}

iclgd_status iclgd_prompts_create_for(const iclgd_prompt_source *source,
                                      size_t count, iclgd_arena *arena,
                                      iclgd_prompts *out, iclgd_error *err) {
  const iclgd_prompts *set = source->fixed;
  if (set) {
    const iclgd_status status =
        iclgd_prompts_create(count, set->n, set->d, set->w_star != NULL,
                             set->U != NULL, arena, out, err);
    if (set->place)
      out->place = iclgd_arena_take(arena, count, sizeof *out->place);
    return status ? status : iclgd_arena_status(arena, err, "prompts");
  }
  const iclgd_distribution *dist = source->dist;
  return iclgd_prompts_create(
      count, iclgd_distribution_tokens(dist), dist->d,
      !dist->table && iclgd_distribution_is_linear(dist),
      dist->rotate_per_prompt, arena, out, err);
}

/* x (d) without the features from `kept` on; what they gave to its label. */
static double drop_features(double *x, const double *w, size_t kept, size_t d) {
  const double given = iclgd_dot(w + kept, x + kept, d - kept);
  memset(x + kept, 0, (d - kept) * sizeof *x);
  return given;
}

static void keep_features(const iclgd_prompts *p, size_t kept) {
  const size_t n = p->n, d = p->d;
  for (size_t i = 0; i < p->count; ++i) {
    double *w = p->w_star + i * d;
    for (size_t j = i * n; j < (i + 1) * n; ++j)
      p->y[j] -= drop_features(p->x + j * d, w, kept, d);
    p->y_query[i] -= drop_features(p->x_query + i * d, w, kept, d);
    memset(w + kept, 0, (d - kept) * sizeof *w);
  }
}

static void copy_prompts(const iclgd_prompts *set, uint64_t first,
                         iclgd_prompts *out) {
  const size_t n = set->n, d = set->d;
  out->mean_n = set->mean_n;
  for (size_t i = 0; i < out->count; ++i) {
    const size_t from = (size_t)((first + i) % set->count);
    copy_row(out->x, i, set->x, from, n * d);
    copy_row(out->y, i, set->y, from, n);
    copy_row(out->x_query, i, set->x_query, from, d);
    copy_row(out->y_query, i, set->y_query, from, 1);
    copy_row(out->w_star, i, set->w_star, from, d);
    copy_row(out->U, i, set->U, from, d * d);
    if (out->place && set->place) out->place[i] = set->place[from];
  }
}

void iclgd_prompt_source_draw(const iclgd_prompt_source *source, uint64_t first,
                              iclgd_prompts *out) {
  if (source->fixed)
    copy_prompts(source->fixed, first, out);
  else
    iclgd_prompts_draw(source->dist, source->stream, first, out);
  if (source->features > 0) keep_features(out, source->features);
}

void iclgd_context_gram(double *S, double *b, const double *x, const double *y,
                        size_t n, size_t d, size_t mean_n) {
  iclgd_products_best()->gram(n, d, (double)mean_n, x, y, S, b);
}
