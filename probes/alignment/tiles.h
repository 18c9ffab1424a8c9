/* Layers of the model beside the steps of all algorithms, prompt by prompt. The
 * steps stand side by side as columns, in tiles. A tile goes through the
 * prompts of a block in order, so that what it sums does not depend on which
 * thread has it. */
#ifndef ICLGD_PROBES_ALIGNMENT_TILES_H
#define ICLGD_PROBES_ALIGNMENT_TILES_H

#include <iclgd/comparisons.h>
#include <iclgd/probe.h>

enum { METRICS = 6 };

/* The metrics of alignment.c. */
extern const struct iclgd_metric {
  const char *name;
  bool distance; /* the best match is the smallest, else the largest */
} iclgd_metrics[METRICS];

enum { TILE = 32 }; /* columns that are compared at a time */

/* Prompts are summed apart by the side of 2 on which eta lambda_max(S) of
 * gradient descent lies: above it the steps overshoot (docs/theory.md, O7). */
enum { BELOW, ABOVE, SIDES };

/* Weights as columns, and what comparing them takes. */
typedef struct column_set {
  double *w, *unit, *unit_norm; /* (d, count), (d, count), (count) */
  double *e, *e_norm;           /* (n, count), (count): unit residuals */
} column_set;

/* The model's layers on the prompts of a block, as rows. */
typedef struct layers {
  double *unit, *unit_norm; /* (prompts, depth + 1, d), (.., depth + 1) */
  double *e, *e_norm;       /* (prompts, depth + 1, n), (.., depth + 1) */
  size_t *side;             /* (prompts) BELOW or ABOVE */
} layers;

typedef struct iclgd_alignment {
  const iclgd_probe_setup *setup;
  size_t n_samples, n_columns, n_tiles;
  size_t fed[SIDES]; /* prompts so far */
  double threshold;  /* of lambda_max: 2 / eta; infinite without a gd */
  size_t *start;     /* per path: its first column; the model has none */
  /* Step k of path p is column start[p] + k. */
  struct step {
    size_t path, step;
  } * steps;
  iclgd_moments_row moments[SIDES]; /* (tile, metric, layer, TILE) */
  double *samples;                  /* (tile, n_samples, metric, layer, TILE) */
  struct thread {
    column_set tile, model;
    double *prediction, *values; /* (TILE), (metric, TILE) */
  } * threads;
  size_t scratch; /* prompts that `layers` holds */
  layers layers;
  const iclgd_probe_block *block; /* the block that is on */
} iclgd_alignment;

/* Columns and memory for a setup, samples of at most n_samples prompts. */
iclgd_status iclgd_alignment_open(iclgd_alignment *a,
                                  const iclgd_probe_setup *setup,
                                  size_t n_samples, iclgd_error *err);

/* Forget all prompts. */
void iclgd_alignment_reset(iclgd_alignment *a);

iclgd_status iclgd_alignment_feed(iclgd_alignment *a,
                                  const iclgd_probe_block *block,
                                  iclgd_error *err);

/* Metric m between layer l and step k of path p, over the prompts of a side. */
iclgd_moments iclgd_alignment_side(const iclgd_alignment *a, size_t side,
                                   size_t p, size_t m, size_t l, size_t k);

/* The same over all prompts. */
iclgd_moments iclgd_alignment_moments(const iclgd_alignment *a, size_t p,
                                      size_t m, size_t l, size_t k);

/* The sample values of metric m between layer l and all steps of path p on
 * prompt i < n_samples; values (steps + 1). */
void iclgd_alignment_sample(const iclgd_alignment *a, size_t p, size_t m,
                            size_t l, size_t i, double *values);

/* out (quantile, layer, step): quantiles of metric m between every layer and
 * every step of path p; scratch (threads, n_samples). */
void iclgd_alignment_quantiles(const iclgd_alignment *a, size_t p, size_t m,
                               double *out, double *scratch);

#endif /* ICLGD_PROBES_ALIGNMENT_TILES_H */
