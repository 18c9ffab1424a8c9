/* What is measured beside training: the held-out loss, at log-spaced steps. */
#include <math.h>
#include <string.h>

#include <iclgd/train.h>
#include "train/gradient.h"

iclgd_status iclgd_held_out_loss(const iclgd_model *model, const double *theta,
                                 const iclgd_prompt_source *source,
                                 uint64_t first, size_t count, iclgd_pool *pool,
                                 iclgd_team *team, double *loss,
                                 iclgd_error *err) {
  iclgd_arena arena = {0};
  iclgd_batch *batch;
  iclgd_status status =
      iclgd_batch_create(model, source, count, true, false, ICLGD_DOUBLE, pool,
                         team, &arena, &batch, err);
  double *c = iclgd_arena_reals(&arena, iclgd_model_depth(model) + 1, 1, 1);
  double *at = iclgd_arena_reals(&arena, model->size, 1, 1);
  if (!status && !(c && at))
    status = iclgd_fail_memory(err, "the held-out loss");
  else if (!status) {
    iclgd_loss_weights(model, model->loops, 1, c);
    const iclgd_loss squares = {c, 0};
    memcpy(at, theta, model->size * sizeof *at);
    iclgd_team_announce(team, ICLGD_TEAM_HELD_OUT, count);
    iclgd_team_share(team, at, model->size);
    *loss = iclgd_batch_gradient(batch, at, &squares, first, NULL).loss;
  }
  iclgd_arena_free(&arena);
  return status;
}

size_t iclgd_log_steps(size_t last, size_t limit, size_t *out) {
  size_t count = 0;
  for (size_t k = 0; k < limit; ++k) {
    const double share = (double)k / (double)(limit - 1);
    const double spaced = exp(share * log((double)last + 1)) - 1;
    size_t step = k + 1 == limit ? last : (size_t)(spaced + 0.5);
    if (count > 0 && step <= out[count - 1]) step = out[count - 1] + 1;
    if (step > last) break;
    out[count++] = step;
  }
  return count;
}
