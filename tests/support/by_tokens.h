/* The loss of a linear model and its gradient by tokens: the slow way that is
 * obviously right, for every form. */
#ifndef ICLGD_TESTS_BY_TOKENS_H
#define ICLGD_TESTS_BY_TOKENS_H

#include <iclgd/model.h>

#include "model/linear/by_tokens.h"
#include "model/tape.h"

static inline double gradient_by_tokens(const iclgd_model *model,
                                        const double *theta,
                                        const iclgd_prompt *prompt,
                                        const iclgd_loss *loss,
                                        iclgd_tape *tape, double *gradient) {
  iclgd_linear_by_tokens(tape->scratch, true);
  const double value =
      iclgd_model_gradient(model, theta, prompt, loss, tape, gradient);
  iclgd_linear_by_tokens(tape->scratch, false);
  return value;
}

#endif /* ICLGD_TESTS_BY_TOKENS_H */
