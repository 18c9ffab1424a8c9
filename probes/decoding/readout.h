/* Ridge readouts: targets t from features f, standardised,
 *   min over X of mean |t - mean t - X f|^2 + lambda |X|^2,
 * fitted on some prompts, lambda chosen on others, R^2 on the rest. */
#ifndef ICLGD_PROBES_DECODING_READOUT_H
#define ICLGD_PROBES_DECODING_READOUT_H

#include <stddef.h>

enum { READOUT_TARGETS = 4 }; /* vectors of d entries each */

/* Rows of features and targets of the prompts, in three parts. */
typedef struct readout_data {
  size_t fit, choose, test; /* how many prompts: first, next, last */
  size_t m, d;
  const double *f;  /* (prompts, m) */
  size_t n_targets; /* <= READOUT_TARGETS */
  const double *t;  /* (prompts, n_targets, d) */
  double *read;     /* (prompts, n_targets, d) what is read; NULL: unwanted */
  double *map; /* (n_targets, d, m + 1) by what, the constant last; or NULL */
} readout_data;

typedef struct readout_score {
  double r2, error; /* with its standard error over the tested prompts */
  double median;    /* the same of medians: 1 - med |t - that|^2 / med .. */
  double penalty;   /* lambda */
} readout_score;

/* Doubles of scratch for m features of `prompts` prompts. */
size_t readout_work(size_t m, size_t d, size_t prompts);

/* score (n_targets); returns how many prompts were left out, because a feature
 * of theirs is not finite. NaN where too few are left. */
size_t readout_run(const readout_data *data, double *work,
                   readout_score *score);

#endif /* ICLGD_PROBES_DECODING_READOUT_H */
