/* A group of prompts as the engine sees it: the context only through
 *   S = (1/n) sum x x^T,  b = (1/n) sum y x,  yy = (1/n) sum y^2,
 * which is all that a model without token outputs can see of it. The numbers
 * are those of src/prompt/prompt.c, in its order: w_star, x_query, x_1..x_n,
 * noise (or the Wishart factor in place of the last two). Labels are never made
 * one by one: with y = w.x + e, b = S w + f,  yy = w.(b + f) + (1/n) sum e^2,
 * f = (1/n) sum e x. */
#ifndef ICLGD_ENGINE_CONTEXT_H
#define ICLGD_ENGINE_CONTEXT_H

#include <math.h>

#include <iclgd/prompt.h>

#include "engine/product.h"
#include "math/chi.h"

/* WIDTH prompts. */
typedef struct context {
  vec *S, *b;          /* (d, d), (d) */
  vec *task, *x_query; /* (d) */
  vec *yy, *y_query;   /* (1) */
  vec *tokens, *noise; /* (batch, d), (n) */
  vec *f, *work;       /* (d), (d, d) */
} context;

/* The law in the engine's numbers. */
typedef struct prompt_law {
  const iclgd_distribution *dist;
  iclgd_stream_id stream;
  size_t d, n;     /* of the mean over the context */
  size_t tokens;   /* of a prompt: n, or the columns of the Wishart factor */
  size_t batch;    /* tokens drawn at a time */
  bool mixes;      /* F is not diagonal */
  real *scale;     /* (d) of one input, with a diagonal F */
  real *F, *G;     /* (d, d) */
  float *numbers;  /* (.., LANES) */
  float *diagonal; /* (tokens, LANES) of the Wishart factor */
} prompt_law;

static inline bool law_in_lanes(const iclgd_supply *supply) {
  const iclgd_distribution *dist = supply->dist;
  if (supply->fixed || dist->table || dist->rotate_per_prompt) return false;
  if (dist->x_law == ICLGD_X_SPHERE && dist->d == 1) return false;
  return dist->w_law == ICLGD_W_NORMAL ||
         dist->w_law == ICLGD_W_INVERSE_COVARIANCE;
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

/* rows (count) of numbers, of one chunk */
static inline void take_numbers(vec *out, const float *numbers, size_t chunk,
                                size_t count) {
  for (size_t i = 0; i < count; ++i)
    out[i] = widen(numbers + i * LANES + chunk * WIDTH);
}

/* x (d) to the sphere of radius sqrt(d) */
static inline void to_sphere(vec *x, size_t d) {
  const vec squares = dot(x, x, d);
  vec factor;
  for (size_t l = 0; l < WIDTH; ++l)
    factor[l] = (real)sqrt((double)d / (double)squares[l]);
  for (size_t i = 0; i < d; ++i) x[i] *= factor;
}

static inline void scale_inputs(vec *tokens, const prompt_law *law,
                                size_t count) {
  for (size_t t = 0; t < count; ++t)
    for (size_t i = 0; i < law->d; ++i)
      tokens[t * law->d + i] *= splat(law->scale[i]);
}

/* Inputs from their numbers, tokens (count, d), but for a mixing F. */
static inline void take_inputs(vec *tokens, const prompt_law *law, size_t chunk,
                               size_t count) {
  const size_t d = law->d;
  take_numbers(tokens, law->numbers, chunk, count * d);
  if (law->dist->x_law == ICLGD_X_SPHERE)
    for (size_t t = 0; t < count; ++t) to_sphere(tokens + t * d, d);
  scale_inputs(tokens, law, count);
}

static inline void draw_numbers(const prompt_law *law, iclgd_lanes *lanes,
                                size_t count) {
  if (law->dist->x_law == ICLGD_X_UNIFORM)
    iclgd_lanes_uniforms(law->numbers, lanes, count);
  else
    iclgd_lanes_normals(law->numbers, lanes, count);
}

static inline void mix(vec *x, const real *M, vec *spare, size_t d) {
  memcpy(spare, x, d * sizeof *x);
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
    vec *w = chunks[c].task;
    take_numbers(w, law->numbers, c, d);
    for (size_t i = 0; i < d; ++i) w[i] *= splat((real)scale);
    if (inverse) mix(w, law->G, chunks[c].work, d);
  }
}

static inline void draw_query(context *chunks, const prompt_law *law,
                              iclgd_lanes *lanes) {
  draw_numbers(law, lanes, law->d);
  for (size_t c = 0; c < CHUNKS; ++c) {
    take_inputs(chunks[c].x_query, law, c, 1);
    if (law->mixes) mix(chunks[c].x_query, law->F, chunks[c].work, law->d);
  }
}

/* S += sum of x x^T over `count` tokens, lower triangle. */
static inline void add_tokens(context *chunk, size_t count, size_t d) {
  multiply_lower((matrix){chunk->S, d, 1}, (matrix){chunk->tokens, 1, d},
                 (matrix){chunk->tokens, d, 1}, d, count, ADD);
}

/* S <- F S F^T, S symmetric. */
static inline void mix_gram(context *chunk, const real *F, size_t d) {
  const shared F_ = {F, d, 1};
  multiply_shared((matrix){chunk->work, d, 1}, F_, (matrix){chunk->S, d, 1}, d,
                  d, d, SET);
  multiply_shared((matrix){chunk->S, 1, d}, F_, (matrix){chunk->work, 1, d}, d,
                  d, d, SET);
}

/* f and the sum of squares of the noise, from all tokens. */
static inline vec add_noise(context *chunk, const prompt_law *law) {
  const size_t d = law->d, count = law->tokens;
  const vec scale = splat((real)law->dist->noise);
  for (size_t t = 0; t < count; ++t) chunk->noise[t] *= scale;
  apply(chunk->f, (matrix){chunk->tokens, 1, d}, chunk->noise, d, count, SET);
  if (law->mixes) mix(chunk->f, law->F, chunk->work, d);
  return dot(chunk->noise, chunk->noise, count);
}

/* From sums over the context to means, b and yy. */
static inline void finish_context(context *chunk, const prompt_law *law,
                                  vec noise_squares) {
  const size_t d = law->d;
  const vec share = splat((real)(1 / (double)law->n));
  mirror((matrix){chunk->S, d, 1}, d);
  if (law->mixes) mix_gram(chunk, law->F, d);
  for (size_t i = 0; i < d * d; ++i) chunk->S[i] *= share;
  for (size_t i = 0; i < d; ++i) chunk->f[i] *= share;
  memcpy(chunk->b, chunk->f, d * sizeof *chunk->b);
  apply(chunk->b, (matrix){chunk->S, d, 1}, chunk->task, d, d, ADD);
  *chunk->yy = dot(chunk->task, chunk->b, d) + dot(chunk->task, chunk->f, d) +
               share * noise_squares;
  *chunk->y_query = dot(chunk->task, chunk->x_query, d);
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
      add_tokens(&chunks[c], count, d);
    }
  }
  if (!(law->dist->noise > 0)) return;
  iclgd_lanes_normals(law->numbers, lanes, n);
  for (size_t c = 0; c < CHUNKS; ++c)
    take_numbers(chunks[c].noise, law->numbers, c, n);
}

/* The slot of T_ij, column j standing for token j: row d is the noise. */
static inline vec *factor_slot(context *chunk, size_t i, size_t j, size_t d) {
  return i < d ? &chunk->tokens[j * d + i] : &chunk->noise[j];
}

/* The strict lower triangle of T, row by row, of all chunks. */
static inline void take_factor(context *chunks, const prompt_law *law,
                               size_t rows) {
  const size_t d = law->d, m = law->tokens;
  for (size_t c = 0; c < CHUNKS; ++c) {
    const float *g = law->numbers + c * WIDTH;
    memset(chunks[c].tokens, 0, m * d * sizeof *chunks[c].tokens);
    memset(chunks[c].noise, 0, m * sizeof *chunks[c].noise);
    for (size_t i = 1; i < rows; ++i)
      for (size_t j = 0; j < i && j < m; ++j, g += LANES)
        *factor_slot(&chunks[c], i, j, d) = widen(g);
  }
}

/* The context by a factor of its Gram matrix (src/prompt/factor.c). */
static inline void draw_factor(context *chunks, const prompt_law *law,
                               iclgd_lanes *lanes) {
  const iclgd_distribution *dist = law->dist;
  const size_t d = law->d, m = law->tokens;
  const size_t rows = iclgd_distribution_rows(dist);
  iclgd_lanes_normals(law->numbers, lanes, law_lower_entries(rows, m));
  take_factor(chunks, law, rows);
  iclgd_lanes_normals(law->numbers, lanes, law_diagonal_normals(dist));
  const float *g = law->numbers;
  for (size_t j = 0; j < m; g += dist->chi[j++].normals * LANES)
    iclgd_chi_evaluate(law->diagonal + j * LANES, &dist->chi[j], g, LANES);
  for (size_t c = 0; c < CHUNKS; ++c) {
    for (size_t j = 0; j < m; ++j)
      *factor_slot(&chunks[c], j, j, d) =
          widen(law->diagonal + j * LANES + c * WIDTH);
    scale_inputs(chunks[c].tokens, law, m);
    add_tokens(&chunks[c], m, d);
  }
}

/* The 16 prompts of a group, CHUNKS contexts. */
static inline void draw_group(context *chunks, const prompt_law *law,
                              uint64_t group) {
  const size_t d = law->d;
  iclgd_lanes lanes;
  iclgd_lanes_seed(&lanes, law->dist->seed, (uint32_t)law->stream, group);
  draw_task(chunks, law, &lanes);
  draw_query(chunks, law, &lanes);
  for (size_t c = 0; c < CHUNKS; ++c) {
    memset(chunks[c].S, 0, d * d * sizeof *chunks[c].S);
    memset(chunks[c].f, 0, d * sizeof *chunks[c].f);
  }
  if (law->dist->sampler == ICLGD_WISHART)
    draw_factor(chunks, law, &lanes);
  else
    draw_tokens(chunks, law, &lanes);
  for (size_t c = 0; c < CHUNKS; ++c) {
    vec squares = {0};
    if (law->dist->noise > 0) squares = add_noise(&chunks[c], law);
    finish_context(&chunks[c], law, squares);
  }
}

/* The same from prompts that were drawn or read one by one: lane l of the group
 * is prompt l. */
static inline void pack_group(context *chunks, const iclgd_prompts *prompts) {
  const size_t d = prompts->d, n = prompts->n;
  const vec share = splat((real)(1 / (double)prompts->mean_n));
  for (size_t c = 0; c < CHUNKS; ++c) {
    context *chunk = &chunks[c];
    memset(chunk->tokens, 0, n * d * sizeof *chunk->tokens);
    memset(chunk->noise, 0, n * sizeof *chunk->noise);
    memset(chunk->x_query, 0, d * sizeof *chunk->x_query);
    *chunk->y_query = (vec){0};
    for (size_t l = 0; l < WIDTH && c * WIDTH + l < prompts->count; ++l) {
      const iclgd_prompt p = iclgd_prompts_at(prompts, c * WIDTH + l);
      for (size_t i = 0; i < n * d; ++i) chunk->tokens[i][l] = (real)p.x[i];
      for (size_t i = 0; i < n; ++i) chunk->noise[i][l] = (real)p.y[i];
      for (size_t i = 0; i < d; ++i) chunk->x_query[i][l] = (real)p.x_query[i];
      (*chunk->y_query)[l] = (real)p.y_query;
    }
    memset(chunk->S, 0, d * d * sizeof *chunk->S);
    add_tokens(chunk, n, d);
    mirror((matrix){chunk->S, d, 1}, d);
    apply(chunk->b, (matrix){chunk->tokens, 1, d}, chunk->noise, d, n, SET);
    for (size_t i = 0; i < d * d; ++i) chunk->S[i] *= share;
    for (size_t i = 0; i < d; ++i) chunk->b[i] *= share;
    *chunk->yy = share * dot(chunk->noise, chunk->noise, n);
  }
}

/* Lanes from `count` on become zero: no data, no loss, no gradient. */
static inline void clear_lanes(context *chunk, size_t count, size_t d) {
  vec keep;
  for (size_t l = 0; l < WIDTH; ++l) keep[l] = l < count ? 1 : 0;
  for (size_t i = 0; i < d * d; ++i) chunk->S[i] *= keep;
  for (size_t i = 0; i < d; ++i) {
    chunk->b[i] *= keep;
    chunk->x_query[i] *= keep;
  }
  *chunk->yy *= keep;
  *chunk->y_query *= keep;
}

#endif /* ICLGD_ENGINE_CONTEXT_H */
