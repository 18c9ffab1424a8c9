/* Mean loss and gradient of a batch: each block of 16 prompts is drawn, run
 * forward and backward in the scratch of its thread, and leaves one row; the
 * rows are summed in a fixed tree, so the bits depend on neither threads nor
 * their timing. */
#include "train/gradient.h"

#include <string.h>

typedef struct lane_group {
  iclgd_prompts prompts; /* room for ICLGD_LANES */
  iclgd_tape *tape;
} lane_group;

struct iclgd_batch {
  const iclgd_model *model;
  const iclgd_supply *supply;
  iclgd_pool *pool;
  size_t count, blocks, width;
  lane_group *scratch; /* one per thread */
  double *rows;        /* (blocks, width): gradient, loss, zero loss */
  const double *c;     /* of the call that is on */
  uint64_t first;
  bool forward_only;
};

iclgd_status iclgd_batch_create(const iclgd_model *model,
                                const iclgd_supply *supply, size_t count,
                                iclgd_pool *pool, iclgd_arena *arena,
                                iclgd_batch **out, iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(pool);
  iclgd_batch *batch = iclgd_arena_take(arena, 1, sizeof *batch);
  if (!batch) return iclgd_fail_memory(err, "a batch");
  *batch = (iclgd_batch){
      .model = model,
      .supply = supply,
      .pool = pool,
      .count = count,
      .blocks = (count + ICLGD_LANES - 1) / ICLGD_LANES,
      .width = iclgd_model_size(model) + 2,
  };
  batch->rows = iclgd_arena_reals(arena, batch->blocks, batch->width, 1);
  batch->scratch = iclgd_arena_take(arena, threads, sizeof *batch->scratch);
  if (!batch->rows || !batch->scratch) return iclgd_fail_memory(err, "a batch");
  for (size_t t = 0; t < threads; ++t) {
    lane_group *group = &batch->scratch[t];
    iclgd_status status =
        iclgd_supply_room(supply, ICLGD_LANES, arena, &group->prompts, err);
    if (!status)
      status =
          iclgd_tape_create(model, group->prompts.n, arena, &group->tape, err);
    if (status) return status;
  }
  *out = batch;
  return ICLGD_OK;
}

static void run_block(void *context, size_t block, size_t thread) {
  iclgd_batch *batch = context;
  lane_group *group = &batch->scratch[thread];
  const size_t done = block * ICLGD_LANES, left = batch->count - done;
  const size_t size = batch->width - 2;
  double *row = batch->rows + block * batch->width;
  iclgd_prompts prompts = group->prompts;
  prompts.count = left < ICLGD_LANES ? left : ICLGD_LANES;
  memset(row, 0, batch->width * sizeof *row);
  iclgd_supply_draw(batch->supply, batch->first + done, &prompts);
  for (size_t i = 0; i < prompts.count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&prompts, i);
    row[size] +=
        iclgd_model_gradient(batch->model, &prompt, batch->c, group->tape, row);
    row[size + 1] += prompt.y_query * prompt.y_query;
  }
}

double iclgd_batch_gradient(iclgd_batch *batch, const double *c, uint64_t first,
                            double *gradient, double *zero_loss) {
  const size_t size = batch->width - 2;
  batch->c = c;
  batch->first = first;
  batch->forward_only = !gradient;
  iclgd_pool_for(batch->pool, batch->blocks, run_block, batch);
  iclgd_sum_tree(batch->rows, batch->blocks, batch->width);
  for (size_t i = 0; gradient && i < size; ++i)
    gradient[i] = batch->rows[i] / (double)batch->count;
  *zero_loss = batch->rows[size + 1] / (double)batch->count;
  return batch->rows[size] / (double)batch->count;
}
