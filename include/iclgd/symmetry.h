/* iclgd/symmetry.h - what of theta no prediction sees: units that may change
 * places (heads, hidden units, units of the states), and bases that may be
 * changed within a unit (keys and queries, values and outputs: R and R^-T);
 * and the alignment of one theta with another by them.
 *
 * Optimal-transport fusion (Imfeld et al. 2023, arXiv:2310.05719; Singh and
 * Jaggi 2020): units are matched by the largest inner product of their weights,
 * exactly (a permutation) or softly (a doubly stochastic plan). Before, every
 * basis is balanced, X X^T = Y Y^T of what it multiplies by R and by R^-T, and
 * then an orthogonal R is all that is left of it: Procrustes, max <A, R B> =
 * sum of the singular values of A B^T.
 */
#ifndef ICLGD_SYMMETRY_H
#define ICLGD_SYMMETRY_H

#include <stdbool.h>

#include "iclgd/model.h"

/* Numbers of theta: of unit u, coordinate k of its basis, entry i at
 *   first + u * by_unit + k * by_coordinate + i * by_entry. */
typedef struct iclgd_slice {
  size_t first, by_unit, by_coordinate, by_entry, entries;
  size_t basis;    /* of the symmetry, from 1 on; 0: it has no coordinates */
  bool inverse;    /* multiplied by R^-T, not by R */
  bool is_touched; /* by a later symmetry of the model, too */
} iclgd_slice;

enum { ICLGD_BASES_MAX = 2, ICLGD_ALIGN_ROUNDS = 30 };

/* Units that change places with all their slices. */
typedef struct iclgd_symmetry {
  const char *name; /* of many: "heads" */
  size_t units;
  const size_t *kind; /* (units): only those of one kind change places; NULL:
                         all are of one */
  size_t n_bases, size[ICLGD_BASES_MAX]; /* coordinates of each */
  /* One coordinate alone: R > 0, or of any sign; of several any R. */
  bool positive[ICLGD_BASES_MAX];
  size_t n_slices;
  const iclgd_slice *slices;
} iclgd_symmetry;

typedef struct iclgd_symmetries {
  size_t count; /* 0: none are known */
  const iclgd_symmetry *rows;
} iclgd_symmetries;

/* Those of a model, as its architecture says; in the arena. */
iclgd_status iclgd_symmetries_of(const iclgd_model *model, iclgd_arena *arena,
                                 iclgd_symmetries *out, iclgd_error *err);

/* The symmetries of a model with scratch; owned by the arena, for one thread.
 */
typedef struct iclgd_aligner iclgd_aligner;
iclgd_status iclgd_aligner_create(const iclgd_model *model, iclgd_arena *arena,
                                  iclgd_aligner **out, iclgd_error *err);
const iclgd_symmetries *iclgd_aligner_symmetries(const iclgd_aligner *aligner);

/* Balance every basis of theta, whose predictions stay but for rounding. */
void iclgd_balance(iclgd_aligner *aligner, double *theta);

/* Change b, whose predictions stay, until <a, b> grows no more: symmetry after
 * symmetry, in the first round by untouched slices alone. Both are balanced and
 * finite. How many units have changed places is given back. */
size_t iclgd_align(iclgd_aligner *aligner, const double *a, double *b);

/* out = b, aligned, with every unit the mean over those of b by a plan of
 * Sinkhorn's, each turned towards that of a: `temperature` in units of the mean
 * gain of a unit. Its predictions are not those of b. */
void iclgd_align_softly(iclgd_aligner *aligner, const double *a,
                        const double *b, double temperature, double *out);

/* Apply a random symmetry: a permutation of the units of a kind, and an R of
 * condition below about 10 in every basis; a function of the seed. */
void iclgd_symmetries_shuffle(iclgd_aligner *aligner, uint64_t seed,
                              double *theta);

#endif /* ICLGD_SYMMETRY_H */
