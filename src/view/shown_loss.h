/* Which mean of a loss is shown: that of the prompts that were drawn, unless
 * rare ones, which no sample sees, carry it; then that over the law, if it is
 * known. */
#ifndef ICLGD_VIEW_SHOWN_LOSS_H
#define ICLGD_VIEW_SHOWN_LOSS_H

#include <iclgd/view.h>

/* Mean losses of a path by index, and their standard errors: risks, exact over
 * queries, where they are known. */
const json_t *iclgd_mean_losses(const json_t *path);
const json_t *iclgd_mean_errors(const json_t *path);

/* Whether rare prompts carry the mean loss of a path at index k. */
bool iclgd_loss_is_hidden(const json_t *path, size_t k);

/* The mean loss of a path at index k: over the prompts that were probed or, for
 * itself or what stands beside it being hidden, over all prompts of the law,
 * where that is known. note, where the error is no number: "exact", or
 * "unknown" for a mean over the probed prompts that rare ones carry. */
typedef struct iclgd_shown_loss {
  double value, error;
  const char *note; /* or NULL */
} iclgd_shown_loss;
iclgd_shown_loss iclgd_loss_to_show(const json_t *path, size_t k, bool hidden);

/* As a cell. */
void iclgd_put_loss(iclgd_blocks *out, iclgd_shown_loss loss);

#endif /* ICLGD_VIEW_SHOWN_LOSS_H */
