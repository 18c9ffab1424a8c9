/* The mean loss of a path over all prompts of a law, in closed form. */
#ifndef ICLGD_REFERENCE_KNOWN_LOSS_H
#define ICLGD_REFERENCE_KNOWN_LOSS_H

#include <iclgd/path.h>

/* What the law allows, once for all paths. */
typedef struct iclgd_known_law iclgd_known_law;

/* For paths whose iterates have residual polynomials up to this degree; NULL
 * in *out where no closed form holds. Memory of the arena. */
iclgd_status iclgd_known_law_create(const iclgd_distribution *dist,
                                    size_t degree, iclgd_arena *arena,
                                    iclgd_known_law **out, iclgd_error *err);

/* The degree of iterate `step` of a path whose iterates are the same
 * polynomial of S for all prompts; SIZE_MAX where they are not, or of any. */
size_t iclgd_known_degree(const iclgd_path *path, size_t step);

/* loss (steps + 1): of the iterates that have a closed form, NaN for others:
 *   one layer or step, w = M b (docs/theory.md, O1, any Sigma and M);
 *   polynomials in S, or in Sigma^-1 S for w ~ N(0, Sigma^-1) (O3). */
iclgd_status iclgd_known_losses(const iclgd_known_law *law,
                                const iclgd_path *path, iclgd_arena *arena,
                                double *loss, iclgd_error *err);

#endif /* ICLGD_REFERENCE_KNOWN_LOSS_H */
