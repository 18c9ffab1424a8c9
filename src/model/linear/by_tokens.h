/* The slow way that is obviously right: every form by tokens. */
#ifndef ICLGD_MODEL_LINEAR_BY_TOKENS_H
#define ICLGD_MODEL_LINEAR_BY_TOKENS_H

#include <stdbool.h>

/* Whether forward and backward of this scratch (of a tape of a linear model)
 * run the tokens of forms that would need only the implied weight. */
void iclgd_linear_by_tokens(void *scratch, bool by_tokens);

#endif /* ICLGD_MODEL_LINEAR_BY_TOKENS_H */
