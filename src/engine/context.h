/* A group of prompts as the engine sees it: of the context only the means
 *   G = [[S, b], [b^T, yy]] = (1/n) sum e e^T,  e = (x, y),
 * which is all that a model without token outputs can see of it. The numbers
 * are those of src/prompt/prompt.c, in its order: w_star, x_query, x_1..x_n,
 * noise (or the Wishart factor in place of the last two). Labels are never made
 * one by one: with y = w.x + e and f = (1/n) sum e x,
 *   b = S w + f,  yy = w.(b + f) + (1/n) sum e^2. */
#ifndef ICLGD_ENGINE_CONTEXT_H
#define ICLGD_ENGINE_CONTEXT_H

#include <math.h>

#include <iclgd/prompt.h>

#include "engine/kept.h"
#include "math/chi.h"

/* WIDTH prompts, D = d + 1. */
typedef struct context {
  vec *G;              /* (D, D) */
  vec *query;          /* (D) = (x_query, 0) */
  vec *y_query;        /* (1) */
  vec *task;           /* (d) */
  vec *tokens, *noise; /* (batch, d), (tokens) */
  vec *f, *work;       /* (d), (d, d) */
  kept_context kept;   /* the tokens, where there is no G */
} context;

/* S (d, d) within G, and b (d), the start of its last row. */
static inline matrix context_S(const context *chunk, size_t d) {
  return (matrix){chunk->G, d + 1, 1};
}
static inline vec *context_b(const context *chunk, size_t d) {
  return chunk->G + d * (d + 1);
}

/* The law in the engine's numbers. */
typedef struct prompt_law {
  const iclgd_distribution *dist;
  iclgd_stream_id stream;
  size_t d, n;     /* of the mean over the context */
  size_t tokens;   /* of a prompt: n, or the columns of the Wishart factor */
  size_t batch;    /* tokens drawn at a time */
  bool mixes;      /* F is not diagonal */
  bool keeps;      /* tokens, and forms no Gram matrix */
  real *scale;     /* (d) of one input, with a diagonal F */
  real *F, *G;     /* (d, d) */
  float *numbers;  /* (.., LANES) */
  float *diagonal; /* (tokens, LANES) of the Wishart factor */
} prompt_law;

static inline bool law_in_lanes(const iclgd_prompt_source *source) {
  const iclgd_distribution *dist = source->dist;
  if (source->fixed || source->features > 0) return false;
  if (dist->table || dist->rotate_per_prompt) return false;
  if (dist->x_law > ICLGD_X_SPHERE) return false;
  if (dist->x_law == ICLGD_X_SPHERE && dist->d == 1) return false;
  return dist->w_law == ICLGD_W_NORMAL ||
         dist->w_law == ICLGD_W_INVERSE_COVARIANCE;
}

/* Whether prompts come one by one instead (form.h). */
static inline bool law_packs(const iclgd_prompt_source *source) {
  return !law_in_lanes(source);
}

/* Entries of the factor T (rows, m) below its diagonal. */
static inline size_t law_lower_entries(size_t rows, size_t m) {
  size_t count = 0;
  for (size_t i = 1; i < rows; ++i) count += i < m ? i : m;
  return count;
}

/* Normals behind its diagonal. */
static inline size_t law_diagonal_normals(const iclgd_distribution *dist) {
  size_t count = 0;
  for (size_t j = 0; j < iclgd_distribution_tokens(dist); ++j)
    count += dist->chi[j].normals;
  return count;
}

/* out (count) = factor times rows of numbers, of one chunk */
static inline void take_numbers(vec *out, const float *numbers, size_t chunk,
                                size_t count, real factor) {
  for (size_t i = 0; i < count; ++i)
    out[i] = widen(numbers + i * LANES + chunk * WIDTH) * splat(factor);
}

/* What puts g (d, LANES) on the sphere of radius sqrt(d). */
static inline vec sphere_factor(const float *g, size_t d) {
  vec squares = {0}, factor = {0};
  for (size_t i = 0; i < d; ++i)
    squares = madd(widen(g + i * LANES), widen(g + i * LANES), squares);
  for (size_t l = 0; l < WIDTH; ++l)
    factor[l] = (real)sqrt((double)d / (double)squares[l]);
  return factor;
}

/* Inputs from their numbers, tokens (count, d), but for a mixing F. */
static inline void take_inputs(vec *tokens, const prompt_law *law, size_t chunk,
                               size_t count) {
  const size_t d = law->d;
  const bool sphere = law->dist->x_law == ICLGD_X_SPHERE;
  const real *scale = law->scale;
  const float *g = law->numbers + chunk * WIDTH;
  for (size_t t = 0; t < count; ++t, g += d * LANES, tokens += d) {
    const vec factor = sphere ? sphere_factor(g, d) : splat(1);
    for (size_t i = 0; i < d; ++i)
      tokens[i] = widen(g + i * LANES) * (factor * splat(scale[i]));
  }
}

static inline void draw_numbers(const prompt_law *law, iclgd_lanes *lanes,
                                size_t count) {
  if (law->dist->x_law == ICLGD_X_UNIFORM)
    iclgd_lanes_uniforms(law->numbers, lanes, count);
  else
    iclgd_lanes_normals(law->numbers, lanes, count);
}

static inline void mix(vec *x, const real *M, vec *spare, size_t d) {
  copy(spare, x, d);
  apply_shared(x, (shared){M, d, 1}, spare, d, d, SET);
}

static inline void draw_task(context *chunks, const prompt_law *law,
                             iclgd_lanes *lanes) {
  const iclgd_distribution *dist = law->dist;
  const size_t d = law->d;
  const bool inverse = dist->w_law == ICLGD_W_INVERSE_COVARIANCE;
  const double scale =
      inverse ? dist->w_scale / sqrt(dist->x_variance) : dist->w_scale;
  iclgd_lanes_normals(law->numbers, lanes, d);
  for (size_t c = 0; c < CHUNKS; ++c) {
    take_numbers(chunks[c].task, law->numbers, c, d, (real)scale);
    if (inverse) mix(chunks[c].task, law->G, chunks[c].work, d);
  }
}

static inline void draw_query(context *chunks, const prompt_law *law,
                              iclgd_lanes *lanes) {
  const size_t d = law->d;
  draw_numbers(law, lanes, d);
  for (size_t c = 0; c < CHUNKS; ++c) {
    take_inputs(chunks[c].query, law, c, 1);
    if (law->mixes) mix(chunks[c].query, law->F, chunks[c].work, d);
    chunks[c].query[d] = (vec){0};
  }
}

/* S = or += sum of x x^T over `count` tokens, lower triangle. */
static inline void add_tokens(context *chunk, size_t count, size_t d,
                              update how) {
  multiply_lower(context_S(chunk, d), (matrix){chunk->tokens, 1, d},
                 (matrix){chunk->tokens, d, 1}, d, count, how);
}

/* The context token by token; noise from all of them. */
static inline void draw_tokens(context *chunks, const prompt_law *law,
                               iclgd_lanes *lanes) {
  const size_t d = law->d, n = law->n;
  for (size_t first = 0; first < n; first += law->batch) {
    const size_t count = n - first < law->batch ? n - first : law->batch;
    draw_numbers(law, lanes, count * d);
    for (size_t c = 0; c < CHUNKS; ++c) {
      take_inputs(chunks[c].tokens, law, c, count);
      if (!law->keeps) add_tokens(&chunks[c], count, d, first ? ADD : SET);
    }
  }
  if (!(law->dist->noise > 0)) return;
  iclgd_lanes_normals(law->numbers, lanes, n);
  for (size_t c = 0; c < CHUNKS; ++c)
    take_numbers(chunks[c].noise, law->numbers, c, n, (real)law->dist->noise);
}

/* Put T_ij where token j stands: its input i, or its noise in row d. */
static inline void put_factor(context *chunk, const prompt_law *law, size_t i,
                              size_t j, vec T_ij) {
  const size_t d = law->d;
  if (i < d)
    chunk->tokens[j * d + i] = T_ij * splat(law->scale[i]);
  else
    chunk->noise[j] = T_ij * splat((real)law->dist->noise);
}

/* The strict lower triangle of T, row by row, and zeros above it. */
static inline void take_lower(context *chunk, const prompt_law *law, size_t c,
                              size_t rows) {
  const size_t m = law->tokens;
  const float *g = law->numbers + c * WIDTH;
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < i && j < m; ++j, g += LANES)
      put_factor(chunk, law, i, j, widen(g));
    for (size_t j = i + 1; j < m; ++j) put_factor(chunk, law, i, j, (vec){0});
  }
}

/* The context by a factor of its Gram matrix (src/prompt/factor.c). */
static inline void draw_factor(context *chunks, const prompt_law *law,
                               iclgd_lanes *lanes) {
  const iclgd_distribution *dist = law->dist;
  const size_t m = law->tokens, rows = iclgd_distribution_rows(dist);
  iclgd_lanes_normals(law->numbers, lanes, law_lower_entries(rows, m));
  for (size_t c = 0; c < CHUNKS; ++c) take_lower(&chunks[c], law, c, rows);
  iclgd_lanes_normals(law->numbers, lanes, law_diagonal_normals(dist));
  const float *g = law->numbers;
  for (size_t j = 0; j < m; g += dist->chi[j++].normals * LANES)
    iclgd_chi_evaluate(law->diagonal + j * LANES, &dist->chi[j], g, LANES);
  for (size_t c = 0; c < CHUNKS; ++c) {
    const float *t = law->diagonal + c * WIDTH;
    for (size_t j = 0; j < m; ++j)
      put_factor(&chunks[c], law, j, j, widen(t + j * LANES));
    if (!law->keeps) add_tokens(&chunks[c], m, law->d, SET);
  }
}

/* S <- F S F^T, S (d, d) within G. */
static inline void mix_gram(context *chunk, const real *F, size_t d) {
  const shared F_ = {F, d, 1};
  const matrix S = context_S(chunk, d), work = {chunk->work, d, 1};
  mirror(S, d);
  multiply_shared(work, F_, S, d, d, d, SET);
  multiply_shared(transpose(S), F_, transpose(work), d, d, d, SET);
}

/* The sum of squares of the noise; f = sum of noise times input. */
static inline vec sum_noise(context *chunk, const prompt_law *law) {
  const size_t d = law->d, count = law->tokens;
  apply(chunk->f, (matrix){chunk->tokens, 1, d}, chunk->noise, d, count, SET);
  if (law->mixes) mix(chunk->f, law->F, chunk->work, d);
  return dot(chunk->noise, chunk->noise, count);
}

/* From sums over the context to means; b, yy and the label of the query. */
static inline void finish_context(context *chunk, const prompt_law *law) {
  const size_t d = law->d, D = d + 1;
  const vec share = splat((real)(1 / (double)law->n));
  vec *G = chunk->G, *b = context_b(chunk, d), *yy = &G[d * D + d];
  *chunk->y_query = dot(chunk->task, chunk->query, d);
  if (law->keeps) return;
  if (law->mixes) mix_gram(chunk, law->F, d);
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j <= i; ++j)
      G[j * D + i] = G[i * D + j] = G[i * D + j] * share;
  apply(b, context_S(chunk, d), chunk->task, d, d, SET);
  *yy = (vec){0};
  if (law->dist->noise > 0) {
    *yy = sum_noise(chunk, law) * share;
    for (size_t i = 0; i < d; ++i) chunk->f[i] *= share;
    for (size_t i = 0; i < d; ++i) b[i] += chunk->f[i];
    *yy += dot(chunk->task, chunk->f, d);
  }
  *yy += dot(chunk->task, b, d);
  for (size_t i = 0; i < d; ++i) G[i * D + d] = b[i];
}

/* The 16 prompts of a group, CHUNKS contexts. */
static inline void draw_group(context *chunks, const prompt_law *law,
                              uint64_t group) {
  iclgd_lanes lanes;
  iclgd_lanes_seed(&lanes, law->dist->seed, (uint32_t)law->stream, group);
  draw_task(chunks, law, &lanes);
  draw_query(chunks, law, &lanes);
  if (law->dist->sampler == ICLGD_WISHART)
    draw_factor(chunks, law, &lanes);
  else
    draw_tokens(chunks, law, &lanes);
  for (size_t c = 0; c < CHUNKS; ++c) finish_context(&chunks[c], law);
}

/* Lane l = prompt `first` + l of those that were drawn or read one by one. */
static inline void pack_tokens(context *chunk, const iclgd_prompts *prompts,
                               size_t first) {
  const size_t d = prompts->d, n = prompts->n;
  clear(chunk->tokens, n * d);
  clear(chunk->noise, n);
  clear(chunk->query, d + 1);
  clear(chunk->y_query, 1);
  for (size_t l = 0; l < WIDTH && first + l < prompts->count; ++l) {
    const iclgd_prompt p = iclgd_prompts_at(prompts, first + l);
    for (size_t i = 0; i < n * d; ++i) chunk->tokens[i][l] = (real)p.x[i];
    for (size_t i = 0; i < n; ++i) chunk->noise[i][l] = (real)p.y[i];
    for (size_t i = 0; i < d; ++i) chunk->query[i][l] = (real)p.x_query[i];
    (*chunk->y_query)[l] = (real)p.y_query;
  }
}

/* A group of such prompts, labels where noise would be. */
static inline void pack_group(context *chunks, const iclgd_prompts *prompts) {
  const size_t d = prompts->d, D = d + 1, n = prompts->n;
  const vec share = splat((real)(1 / (double)prompts->mean_n));
  for (size_t c = 0; c < CHUNKS; ++c) {
    context *chunk = &chunks[c];
    vec *G = chunk->G, *b = context_b(chunk, d);
    pack_tokens(chunk, prompts, c * WIDTH);
    add_tokens(chunk, n, d, SET);
    apply(b, (matrix){chunk->tokens, 1, d}, chunk->noise, d, n, SET);
    b[d] = dot(chunk->noise, chunk->noise, n);
    for (size_t i = 0; i < D; ++i)
      for (size_t j = 0; j <= i; ++j)
        G[j * D + i] = G[i * D + j] = G[i * D + j] * share;
  }
}

/* Lanes that are not kept become zero: no data, no loss, no gradient. */
static inline void keep_lanes(const context *chunk, const bool keep[WIDTH],
                              size_t d) {
  const size_t D = d + 1;
  for (size_t k = 0; k < WIDTH; ++k) {
    if (keep[k]) continue;
    for (size_t i = 0; i < D * D; ++i) chunk->G[i][k] = 0;
    for (size_t i = 0; i < chunk->kept.count * d; ++i) chunk->tokens[i][k] = 0;
    for (size_t i = 0; chunk->kept.noise && i < chunk->kept.count; ++i)
      chunk->noise[i][k] = 0;
    for (size_t i = 0; i < d; ++i) chunk->query[i][k] = 0;
    (*chunk->y_query)[k] = 0;
  }
}

/* Those from `count` on. */
static inline void clear_lanes(const context *chunk, size_t count, size_t d) {
  bool keep[WIDTH];
  for (size_t l = 0; l < WIDTH; ++l) keep[l] = l < count;
  keep_lanes(chunk, keep, d);
}

#endif /* ICLGD_ENGINE_CONTEXT_H */
