/* What the files of the probe `hessian` share. */
#ifndef ICLGD_PROBES_HESSIAN_PARTS_H
#define ICLGD_PROBES_HESSIAN_PARTS_H

#include <iclgd/hessian.h>
#include <iclgd/matrix_free.h>
#include <iclgd/probe.h>
#include <iclgd/train.h>

extern const iclgd_schema iclgd_hessian_schema;

/* The whole H and its two parts. */
typedef enum hessian_part { WHOLE, OUTER, FUNCTIONAL, PARTS } hessian_part;

/* The mean over prompts of the loss that training minimises, at theta. */
typedef struct mean_loss {
  const iclgd_probe_setup *setup;
  iclgd_train_options options;
  iclgd_prompts prompts, others; /* of H; held out from it */
  iclgd_loss loss;
  double *c; /* (depth + 1) of the loss */
  const double *theta;
  size_t size, kept; /* parameters; prompts whose loss is finite, */
  bool *is_kept;     /* (count) */
  double value;      /* the mean loss of these, */
  double *gradient;  /* (size) its gradient, */
  double *second;    /* (size) and the mean square over prompts of theirs */

  const double *v; /* of the product that is on */
  bool wanted[PARTS];
  iclgd_tape **tapes;             /* (threads) */
  iclgd_hessian_tape **curvature; /* (threads) */
  double *rows;                   /* (blocks, 2, size + 1) */
  double *of_thread;              /* (threads, DIRECTIONS, size) */
} mean_loss;

/* Fixed blocks of prompts, whatever the number of threads. */
enum { HESSIAN_BLOCKS = 16 };

iclgd_status mean_loss_create(const iclgd_probe_setup *setup, mean_loss *out,
                              iclgd_error *err);

/* Loss, gradient and its spread at theta; which prompts are kept. False: none
 * is. */
bool mean_loss_at(mean_loss *m, const double *theta);

/* Products with a part of the mean Hessian at that theta. */
typedef struct mean_hessian {
  mean_loss *m;
  hessian_part part;
  const double *root;  /* (size): root H root, or NULL */
  double *scaled;      /* (size) scratch where there is one */
  const double *dense; /* (size, size) that part itself, or NULL */
} mean_hessian;
iclgd_operator mean_hessian_operator(mean_hessian *h);

/* Both parts of H (size, size), each made symmetric; the asymmetry that was
 * found, |H - H^T|_F / |H|_F. */
double mean_hessian_exact(mean_loss *m, double *outer, double *functional);

/* v . H_p v of every one of `prompts`, out (count): NaN where the loss is not
 * finite. */
void mean_hessian_along(mean_loss *m, const iclgd_prompts *prompts,
                        const double *v, double *out);

/* --- blocks --------------------------------------------------------------- */

enum { HESSIAN_BLOCKS_MAX = 64 };

/* Parameters that belong together: an array of one layer. */
typedef struct hessian_blocks {
  size_t count;
  const char *name[HESSIAN_BLOCKS_MAX];
  size_t size[HESSIAN_BLOCKS_MAX];
  size_t *of; /* (size) the block of every parameter */
} hessian_blocks;

iclgd_status hessian_blocks_of(const iclgd_model *model, iclgd_arena *arena,
                               hessian_blocks *out, iclgd_error *err);

/* --- what is found -------------------------------------------------------- */

enum { HESSIAN_BINS_PER_DECADE = 4, HESSIAN_BINS = 56, HESSIAN_LEVELS = 5 };

/* Numbers of one part; NaN where they are not known. */
typedef struct part_numbers {
  double trace, trace_error;         /* Hutch++, or exact: error 0 */
  double plain, plain_error;         /* Hutchinson */
  double frobenius, frobenius_error; /* norm */
  double largest, smallest, residual;
  double negative, flat; /* numbers of eigenvalues */
  double condition;
} part_numbers;

typedef struct hessian_found {
  bool exact;
  double asymmetry;
  part_numbers part[PARTS];
  /* Eigenvalues by magnitude, in bins of 10^(1/4) below the largest one:
   * positive and negative of H, all of the outer part. */
  double most; /* upper edge of the last bin */
  double positive[HESSIAN_BINS], negative[HESSIAN_BINS], outer[HESSIAN_BINS];
  double *eigenvalue; /* (PARTS, size), or NULL */
  /* Of pairs of blocks, (PARTS, blocks, blocks), or NULL: not measured. */
  double *norm, *norm_error;
  double *trace, *largest, *smallest, *negatives; /* (blocks) of H */
  double *entries;       /* (levels, blocks) quantiles of |H_ij| */
  double *map;           /* (PARTS, size, size), or NULL */
  double diagonal_ratio; /* max |H_ii| / median |H_ii| */
} hessian_found;

/* Where 1e-10 of the largest magnitude is reached, a direction is flat. */
#define HESSIAN_FLAT 1e-10

/* By all of H, or by products with it. */
iclgd_status hessian_measure_exactly(mean_loss *m, const hessian_blocks *blocks,
                                     hessian_found *out, iclgd_error *err);
iclgd_status hessian_estimate(mean_loss *m, const hessian_blocks *blocks,
                              hessian_found *out, iclgd_error *err);

/* An eigenvalue of weight `count` into its bin. */
void hessian_bin(hessian_found *f, double *bins, double value, double count);
/* The middle of bin k. */
double hessian_bin_middle(const hessian_found *f, size_t k);

/* Largest over median magnitude of a diagonal (count), which is reordered. */
double hessian_diagonal_ratio(double *diagonal, size_t count);

/* --- over training, and in the paper's setting ---------------------------- */

iclgd_status hessian_write_training(mean_loss *m, bool exact,
                                    iclgd_record *record, iclgd_error *err);
iclgd_status hessian_write_scales(const iclgd_probe_setup *setup,
                                  iclgd_record *record, iclgd_error *err);
iclgd_status hessian_write_found(const mean_loss *m,
                                 const hessian_blocks *blocks,
                                 const hessian_found *f, iclgd_record *record,
                                 iclgd_error *err);

#endif /* ICLGD_PROBES_HESSIAN_PARTS_H */
