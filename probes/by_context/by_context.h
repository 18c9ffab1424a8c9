/* What the probe `by_context` holds, and its model's part. */
#ifndef ICLGD_PROBES_BY_CONTEXT_BY_CONTEXT_H
#define ICLGD_PROBES_BY_CONTEXT_BY_CONTEXT_H

#include <iclgd/follow.h>

#include "probes/shared/losses.h"

enum { RESAMPLES = 200 };

/* What is known of a mean, as reals. */
enum { MEAN, ERROR, LOW, HIGH, PER_D, REALS };

typedef struct by_context {
  const iclgd_probe_setup *setup;
  iclgd_prompts prompts;
  iclgd_path *paths; /* (n_paths), no longer than the model's */
  size_t lengths;
  size_t rows, columns;               /* of a path at most; of all together */
  iclgd_path_scratch *path_scratches; /* (threads) */
  double *counts;               /* (RESAMPLES, prompts) of the bootstrap */
  iclgd_losses_scratch *losses; /* (threads) */
  iclgd_follower **followers;   /* (threads); NULL: the model is brought */
  double
      *at_all; /* (threads, ICLGD_FOLLOW_MAX, n + 1, depth + 1) of the model */
  double *of_model;   /* (lengths, prompts, depth + 1) squared errors */
  double *w;          /* (threads, columns, d) of algorithms */
  double *squares;    /* (threads, prompts, columns) squared errors */
  double *sums;       /* (threads, RESAMPLES, columns) */
  double *values;     /* (threads, prompts or RESAMPLES) of one column */
  double *out[REALS]; /* (columns, lengths) */
  double *alpha;      /* likewise, Hill's index */
} by_context;

/* The i-th context length. */
static inline size_t by_context_length(const by_context *s, size_t i) {
  return i * s->setup->n / (s->lengths - 1);
}

/* Whether the path's errors are known exactly over the next point. */
bool by_context_is_exact(const by_context *s, const iclgd_path *path);

/* errors (rows) hold predictions and become squared errors at the prompt's
 * query, or, of w (rows, d), risks. */
void by_context_errors(const iclgd_losses_scratch *losses, bool exact,
                       const iclgd_prompt *prompt, const double *w, size_t rows,
                       double *errors);

/* Its memory, and s->of_model of all prompts. */
iclgd_status by_context_model_create(by_context *s, iclgd_error *err);
void by_context_run_model(by_context *s);

#endif /* ICLGD_PROBES_BY_CONTEXT_BY_CONTEXT_H */
