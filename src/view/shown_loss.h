/* Which mean of a loss is shown: that over the law where it is known of what is
 * compared, as in the ratio beside it, or where rare prompts, which no sample
 * sees, carry that of the prompts that were drawn; else that of these. */
#ifndef ICLGD_VIEW_SHOWN_LOSS_H
#define ICLGD_VIEW_SHOWN_LOSS_H

#include <iclgd/view.h>

/* Mean losses of a path by index: risks, exact over queries, where they are
 * known. */
const json_t *iclgd_mean_losses(const json_t *path);

/* Whether rare prompts carry the mean loss of a path at index k; a file of an
 * older version does not say. */
bool iclgd_loss_is_hidden(const json_t *path, size_t k);

/* The mean loss of a path at index k in the company of another: over all
 * prompts of the law where that is known of both, or of this one while one of
 * the two is hidden; else over the prompts that were probed, as risks where
 * both have them. note, where the error is no number: "exact", or "unknown" for
 * a mean over the probed prompts that rare ones carry. */
typedef struct iclgd_shown_loss {
  double value, error;
  const char *note; /* or NULL */
} iclgd_shown_loss;
iclgd_shown_loss iclgd_loss_to_show(const json_t *path, const json_t *beside,
                                    size_t k);

/* As a cell. */
void iclgd_put_loss(iclgd_blocks *out, iclgd_shown_loss loss);

#endif /* ICLGD_VIEW_SHOWN_LOSS_H */
