/* iclgd/prompt.h - prompts: n context pairs and a query, drawn or read.
 *
 * Prompt i of a stream is a pure function of (seed, stream, i): the same
 * whatever the batch size, the order or the thread. Its lane gives, in this
 * order: the rotation (if per prompt), w_star, x_query, x_1..x_n, the noise;
 * where the task is not linear: the rotation, x_query, x_1..x_n, the function
 * (src/prompt/function.c), the noise.
 *
 * A law with sampler = ICLGD_WISHART gives pseudo-tokens j = 1..m in place of
 * the n points, from a factor T (d', m) of the Wishart matrix of their normals:
 *   x_j = x_scale U F T[1..d, j],  noise_j = sigma T[d', j] (if there is
 * noise), labels as ever, and means over the context divide by the true n.
 * After x_query its lane gives the entries of T below the diagonal row by row
 * (rows i = 2..d', columns 1..min(i - 1, m)), then the normals of the diagonal,
 * T_11 ~ chi_n first, T_mm ~ chi_{n-m+1} last (src/math/chi.h says how many
 * each takes).
 */
#ifndef ICLGD_PROMPT_H
#define ICLGD_PROMPT_H

#include "iclgd/distribution.h"
#include "iclgd/rng.h"

/* `count` prompts; row-major arrays owned by an arena of the caller. */
typedef struct iclgd_prompts {
  size_t count, n, d;
  size_t mean_n;   /* what a mean over the context divides by: n, or the number
                      of points that n pseudo-tokens stand for */
  double *x;       /* (count, n, d) */
  double *y;       /* (count, n) */
  double *x_query; /* (count, d) */
  double *y_query; /* (count) */
  double *w_star;  /* (count, d); NULL where it is not known */
  double *U;       /* (count, d, d) rotation per prompt; NULL: none */
  size_t *place;   /* (count) in the file they are from; NULL: from none */
} iclgd_prompts;

/* One prompt, borrowed. */
typedef struct iclgd_prompt {
  size_t n, d, mean_n;
  const double *x;       /* (n, d) */
  const double *y;       /* (n) */
  const double *x_query; /* (d) */
  double y_query;
  const double *w_star; /* (d) or NULL */
  const double *U;      /* (d, d) its rotation of the inputs; NULL: none */
  size_t place;         /* in the file it is from; 0: from none */
} iclgd_prompt;

iclgd_prompt iclgd_prompts_at(const iclgd_prompts *prompts, size_t i);

/* The prompt of its first k points alone, k <= n, borrowed: the query is
 * x_{k+1} with its label, that of the whole prompt for k = n. A mean over no
 * points is an empty sum (mean_n = 1). Of true tokens (mean_n = n). */
iclgd_prompt iclgd_prompt_first(const iclgd_prompt *prompt, size_t k);

/* Prompts first .. first + count - 1 of a set, borrowed. */
iclgd_prompts iclgd_prompts_part(const iclgd_prompts *prompts, size_t first,
                                 size_t count);

/* Room for `count` prompts, mean_n = n; w_star and U only where they are known.
 */
iclgd_status iclgd_prompts_create(size_t count, size_t n, size_t d,
                                  bool has_w_star, bool has_U,
                                  iclgd_arena *arena, iclgd_prompts *out,
                                  iclgd_error *err);

/* Write prompts first .. first+out->count-1 of the stream to out, whose n is
 * iclgd_distribution_tokens(dist). No allocation; independent calls may run in
 * parallel. */
void iclgd_prompts_draw(const iclgd_distribution *dist, iclgd_stream_id stream,
                        uint64_t first, iclgd_prompts *out);

/* x (out->count, K, d): K further queries, an even number, of the prompts
 * `first`, first + 1, ... of the stream, which `out` holds: query 2 j + 1 is
 * the negative of query 2 j, and those are drawn from the law of x_query, from
 * a stream of their own, so that no other number depends on K. Laws alone, no
 * tables. */
void iclgd_queries_draw(const iclgd_distribution *dist, iclgd_stream_id stream,
                        uint64_t first, const iclgd_prompts *out, size_t K,
                        double *x);

/* 64-bit FNV-1a of the numbers that a model sees, x, y and x_query of prompt
 * after prompt; `hash` is that of the prompts before them, or
 * ICLGD_PROMPTS_HASH. */
#define ICLGD_PROMPTS_HASH UINT64_C(0xcbf29ce484222325)
uint64_t iclgd_prompts_hash(uint64_t hash, const iclgd_prompts *prompts);

/* Where prompts come from: drawn from a law, or a fixed set that repeats. */
typedef struct iclgd_prompt_source {
  const iclgd_distribution *dist; /* used when fixed is NULL */
  const iclgd_prompts *fixed;
  iclgd_stream_id stream;
  /* The first ones alone count: the others are 0 in x and w_star, and labels
   * follow. Needs w_star of a linear task; 0: all, and nothing is touched. */
  size_t features;
} iclgd_prompt_source;

/* Room for `count` prompts of the prompt source. */
iclgd_status iclgd_prompts_create_for(const iclgd_prompt_source *source,
                                      size_t count, iclgd_arena *arena,
                                      iclgd_prompts *out, iclgd_error *err);

/* Write prompts first, first+1, ... to out: drawn, or copied from the fixed
 * set modulo its size. */
void iclgd_prompt_source_draw(const iclgd_prompt_source *source, uint64_t first,
                              iclgd_prompts *out);

/* S (d, d) = sum x x^T / mean_n and b (d) = sum y x / mean_n of x (n, d) and y
 * (n). */
void iclgd_context_gram(double *S, double *b, const double *x, const double *y,
                        size_t n, size_t d, size_t mean_n);

#endif /* ICLGD_PROMPT_H */
