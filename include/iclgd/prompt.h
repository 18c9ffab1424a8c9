/* iclgd/prompt.h - prompts: n context pairs and a query, drawn or read.
 *
 * Prompt i of a stream is a pure function of (seed, stream, i): the same
 * whatever the batch size, the order or the thread. Its lane gives, in this
 * order: the rotation (if per prompt), w_star, x_query, x_1..x_n, the noise.
 */
#ifndef ICLGD_PROMPT_H
#define ICLGD_PROMPT_H

#include "iclgd/distribution.h"
#include "iclgd/rng.h"

/* `count` prompts; row-major arrays owned by an arena of the caller. */
typedef struct iclgd_prompts {
  size_t count, n, d;
  double *x;       /* (count, n, d) */
  double *y;       /* (count, n) */
  double *x_query; /* (count, d) */
  double *y_query; /* (count) */
  double *w_star;  /* (count, d); NULL where it is not known */
  double *U;       /* (count, d, d) rotation per prompt; NULL: none */
} iclgd_prompts;

/* One prompt, borrowed. */
typedef struct iclgd_prompt {
  size_t n, d;
  const double *x;       /* (n, d) */
  const double *y;       /* (n) */
  const double *x_query; /* (d) */
  double y_query;
  const double *w_star; /* (d) or NULL */
} iclgd_prompt;

iclgd_prompt iclgd_prompts_at(const iclgd_prompts *prompts, size_t i);

/* Prompts first .. first + count - 1 of a set, borrowed. */
iclgd_prompts iclgd_prompts_part(const iclgd_prompts *prompts, size_t first,
                                 size_t count);

/* Room for `count` prompts; w_star and U only where they are known. */
iclgd_status iclgd_prompts_create(size_t count, size_t n, size_t d,
                                  bool has_w_star, bool has_U,
                                  iclgd_arena *arena, iclgd_prompts *out,
                                  iclgd_error *err);

/* Write prompts first .. first+out->count-1 of the stream to out. No
 * allocation; independent calls may run in parallel. */
void iclgd_prompts_draw(const iclgd_distribution *dist, iclgd_stream_id stream,
                        uint64_t first, iclgd_prompts *out);

/* Where prompts come from: drawn from a law, or a fixed set that repeats. */
typedef struct iclgd_supply {
  const iclgd_distribution *dist; /* used when fixed is NULL */
  const iclgd_prompts *fixed;
  iclgd_stream_id stream;
} iclgd_supply;

/* Room for `count` prompts of the supply. */
iclgd_status iclgd_supply_room(const iclgd_supply *supply, size_t count,
                               iclgd_arena *arena, iclgd_prompts *out,
                               iclgd_error *err);

/* Write prompts first, first+1, ... to out: drawn, or copied from the fixed
 * set modulo its size. */
void iclgd_supply_draw(const iclgd_supply *supply, uint64_t first,
                       iclgd_prompts *out);

/* S (d, d) = (1/n) sum x x^T and b (d) = (1/n) sum y x of x (n, d), y (n). */
void iclgd_context_gram(double *S, double *b, const double *x, const double *y,
                        size_t n, size_t d);

#endif /* ICLGD_PROMPT_H */
