/* The context of a prompt by a factor of its Gram matrix (factor.c). */
#ifndef ICLGD_PROMPT_FACTOR_H
#define ICLGD_PROMPT_FACTOR_H

#include <iclgd/distribution.h>
#include <iclgd/rng.h>

/* T of the law's next prompt, m = iclgd_distribution_tokens(dist) columns: x
 * (m, d) and, with noise, y (m) its last row; zeros without noise. */
void iclgd_draw_factor(const iclgd_distribution *dist, iclgd_stream *stream,
                       double *x, double *y);

#endif /* ICLGD_PROMPT_FACTOR_H */
