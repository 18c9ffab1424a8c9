/* Extrapolation in parts: squared errors of several paths over an index (loops
 * or shifts), the shifted laws, and what is done to prompts once drawn. */
#ifndef ICLGD_PROBES_EXTRAPOLATION_H
#define ICLGD_PROBES_EXTRAPOLATION_H

#include <iclgd/comparisons.h>
#include <iclgd/probe.h>

enum { ICLGD_ROWS_MAX = 64 }; /* paths beside each other */

/* Squared errors of `rows` paths at `columns` places on the same prompts. */
typedef struct iclgd_spread {
  size_t rows, columns, prompts;
  const char *names[ICLGD_ROWS_MAX];
  double *error;           /* (rows, columns, prompts); NaN: no such place */
  unsigned char *diverges; /* (rows, columns, prompts) */
} iclgd_spread;

/* Room for the errors; spread->rows stands already. */
iclgd_status iclgd_spread_create(iclgd_spread *spread, size_t columns,
                                 size_t prompts, iclgd_arena *arena,
                                 iclgd_error *err);

/* Put the error of a prediction by w (d) in its place: what is not finite is
 * infinite. An iterate diverges where its error on the context is above the
 * zero predictor's, |y - X w|^2 > |y|^2, which is w.S w > 2 b.w; a prediction
 * that no weight implies (w NaN, or NULL) where it is not finite. */
void iclgd_spread_put(const iclgd_spread *spread, size_t row, size_t column,
                      size_t prompt, const iclgd_problem *problem,
                      const double *w, double prediction);

/* Write mean, standard_error, median, log_mean, diverging (path, column),
 * quantiles (quantile, path, column), quantile and path_name to `group`. */
iclgd_status iclgd_spread_write(const iclgd_spread *spread, const char *group,
                                iclgd_arena *arena, iclgd_record *record,
                                iclgd_error *err);

/* --- loops (loops.c) -------------------------------------- */

typedef struct iclgd_loops iclgd_loops;

iclgd_status iclgd_loops_create(const iclgd_probe_setup *setup,
                                iclgd_loops **out, iclgd_error *err);
void iclgd_loops_feed(iclgd_loops *loops, const iclgd_probe_block *block);
iclgd_status iclgd_loops_write(iclgd_loops *loops, iclgd_record *record,
                               iclgd_error *err);

/* Whether M^k (I - M) -> 0, M (d, d): the steps of w <- M w + c die out. By
 * squaring until the Frobenius norm is below 1 (they do), |tr| is above d (they
 * do not), or steps are small (eigenvalues 1, where S is singular); work (2, d,
 * d). */
bool iclgd_contracts(const double *M, size_t d, double *work);

/* --- shifted laws (law.c) --------------------------------- */

/* What is done to a prompt after it has been drawn. */
typedef enum iclgd_change {
  ICLGD_CHANGE_NONE,
  ICLGD_CHANGE_QUADRANT,    /* context in one orthant, query anywhere */
  ICLGD_CHANGE_OPPOSITE,    /* query in the opposite orthant */
  ICLGD_CHANGE_SUBSPACE,    /* all inputs in a random half of the space */
  ICLGD_CHANGE_ORTHOGONAL,  /* query orthogonal to the context */
  ICLGD_CHANGE_OVERLAPPING, /* query is a point of the context */
  ICLGD_CHANGE_CORRUPTED    /* k labels become N(0, 1) */
} iclgd_change;

typedef struct iclgd_shift {
  const char *name; /* the word of extrapolation.shifts */
  iclgd_distribution dist;
  iclgd_change change;
  size_t n, k;        /* points of the context; corrupted labels */
  const char *reason; /* why it is not run, or NULL */
} iclgd_shift;

enum { ICLGD_SHIFTS_MAX = 128 };

/* The laws of the words of a list, after `none`, the law of training.
 * ICLGD_EUSAGE for a word that is not understood. */
iclgd_status iclgd_shifts_parse(const iclgd_probe_setup *setup,
                                const char *list,
                                iclgd_shift shifts[ICLGD_SHIFTS_MAX],
                                size_t *count, iclgd_error *err);

/* Change a drawn prompt (n, d), whose labels are made anew from its task and
 * its noise; choices from the stream. work (d, d + 1). */
void iclgd_change_apply(const iclgd_shift *shift, iclgd_stream *stream,
                        const iclgd_prompts *prompts, size_t i, double *work);

/* --- the model and the algorithms there (shifts.c) -------- */

typedef struct iclgd_shifted iclgd_shifted;

iclgd_status iclgd_shifted_create(const iclgd_probe_setup *setup,
                                  iclgd_shifted **out, iclgd_error *err);
iclgd_status iclgd_shifted_write(iclgd_shifted *shifted, iclgd_record *record,
                                 iclgd_error *err);

#endif /* ICLGD_PROBES_EXTRAPOLATION_H */
