/* iclgd/follow.h - a model on many prompts at once: up to ICLGD_FOLLOW_MAX of
 * them in lanes, in double precision, where the architecture has such a path
 * (src/engine) and the context does not see the query; else one by one
 * (iclgd_model_follow). Equal to rounding either way, and the bits of a prompt
 * do not depend on those beside it, on threads or on the instruction set.
 */
#ifndef ICLGD_FOLLOW_H
#define ICLGD_FOLLOW_H

#include "iclgd/model.h"

enum { ICLGD_FOLLOW_MAX = 16 }; /* prompts that are worked on together */

/* What one thread needs for it; owned by an arena. */
typedef struct iclgd_follower iclgd_follower;

/* For prompts of up to n context points and models of the shape of `model`.
 * With `by_context` it predicts at every context length instead
 * (iclgd_follow_by_context). Fails as iclgd_tape_create does. */
iclgd_status iclgd_follower_create(const iclgd_model *model, size_t n,
                                   bool by_context, iclgd_arena *arena,
                                   iclgd_follower **out, iclgd_error *err);

/* w (count, depth + 1, d) and prediction (count, depth + 1) of `count` of the
 * prompts from `first` on, any number of them, as iclgd_model_follow has them.
 * w may be NULL: predictions alone. */
void iclgd_follow(iclgd_follower *follower, const iclgd_model *model,
                  const double *theta, const iclgd_prompts *prompts,
                  size_t first, size_t count, double *w, double *prediction);

/* prediction (count, n + 1, depth + 1) at every context length, as
 * iclgd_model_predict_by_context has them. */
void iclgd_follow_by_context(iclgd_follower *follower, const iclgd_model *model,
                             const double *theta, const iclgd_prompts *prompts,
                             size_t first, size_t count, double *prediction);

/* tokens (count, depth + 1, n + 1, width) of a model that has them, as
 * iclgd_model_tokens; of a follower at the query. */
void iclgd_follow_tokens(iclgd_follower *follower, const iclgd_model *model,
                         const double *theta, const iclgd_prompts *prompts,
                         size_t first, size_t count, double *tokens);

#endif /* ICLGD_FOLLOW_H */
