/* Labels that remember: a function of the sequence x_1, .., x_n, x_query
 * (memory.c). */
#ifndef ICLGD_PROMPT_MEMORY_H
#define ICLGD_PROMPT_MEMORY_H

#include "prompt/function.h"

/* What is written behind prompt.task = memory:, in this order: */
#define ICLGD_MEMORY_FORMS                                             \
  "power:real|exponential:real|lags:reals|squares:reals|parity:reals|" \
  "network:reals|adaptive"
typedef enum iclgd_memory_form {
  ICLGD_MEMORY_POWER,
  ICLGD_MEMORY_EXPONENTIAL,
  ICLGD_MEMORY_LAGS,
  ICLGD_MEMORY_SQUARES,
  ICLGD_MEMORY_PARITY,
  ICLGD_MEMORY_NETWORK,
  ICLGD_MEMORY_ADAPTIVE
} iclgd_memory_form;

/* Lags that are remembered one by one, at most. */
enum { ICLGD_MEMORY_LAGS_MAX = 16 };

typedef struct iclgd_memory {
  iclgd_memory_form form;
  const double *rho; /* (n + 1) of the linear forms; else NULL */
  size_t count, lag[ICLGD_MEMORY_LAGS_MAX];
  size_t hidden;       /* h of network, */
  const double *w, *a; /* (h, count) and (h) */
} iclgd_memory;

/* Read `text`, what stands behind "memory:", for the law `out` whose d, n and
 * law_seed are known, and set out->memory. ICLGD_EUSAGE with the key
 * prompt.task or what does not go with it. */
iclgd_status iclgd_memory_set(const iclgd_settings *settings, const char *text,
                              iclgd_arena *arena, iclgd_distribution *out,
                              iclgd_error *err);

/* Write the label of the query, and zeros as those of the context. */
void iclgd_memory_label(const iclgd_memory *memory,
                        const iclgd_function_points *points);

#endif /* ICLGD_PROMPT_MEMORY_H */
