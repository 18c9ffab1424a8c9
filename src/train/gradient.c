/* Mean loss and gradient of a batch: each block of prompts runs through the
 * engine in the scratch of its thread and leaves one row; the rows are summed
 * in a fixed tree, so the bits depend on neither threads nor their timing. */
#include "train/gradient.h"

#include <assert.h>
#include <string.h>

#include "engine/engine.h"

struct iclgd_batch {
  iclgd_pool *pool;
  size_t count, block, blocks,
      width;              /* prompts, of a block, blocks, of a row */
  iclgd_engine **engines; /* one per thread */
  double *rows;           /* (blocks, width): gradient, then ICLGD_SUMS */
  const iclgd_loss *loss; /* of the call that is on */
  uint64_t first;
  bool forward_only;
};

/* Prompts of a block: a function of the batch alone. Large blocks save on the
 * sums over lanes, small ones keep several threads busy. */
static size_t block_size(size_t count) {
  enum { FEWEST_BLOCKS = 8, MOST_GROUPS = 16 };
  const size_t groups = (count + ICLGD_LANES - 1) / ICLGD_LANES;
  const size_t share = groups / FEWEST_BLOCKS;
  const size_t size = share < 1 ? 1 : share > MOST_GROUPS ? MOST_GROUPS : share;
  return size * ICLGD_LANES;
}

iclgd_status iclgd_batch_create(const iclgd_model *model,
                                const iclgd_supply *supply, size_t count,
                                bool forward_only, iclgd_precision precision,
                                iclgd_pool *pool, iclgd_arena *arena,
                                iclgd_batch **out, iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(pool), block = block_size(count);
  iclgd_batch *batch = iclgd_arena_take(arena, 1, sizeof *batch);
  if (!batch) return iclgd_fail_memory(err, "a batch");
  *batch = (iclgd_batch){
      .pool = pool,
      .count = count,
      .block = block,
      .blocks = (count + block - 1) / block,
      .width = (forward_only ? 0 : iclgd_model_size(model)) + ICLGD_SUMS,
      .forward_only = forward_only,
  };
  batch->rows = iclgd_arena_reals(arena, batch->blocks, batch->width, 1);
  batch->engines = iclgd_arena_take(arena, threads, sizeof(iclgd_engine *));
  if (!batch->rows || !batch->engines) return iclgd_fail_memory(err, "a batch");
  iclgd_status status = ICLGD_OK;
  for (size_t t = 0; !status && t < threads; ++t)
    status = iclgd_engine_create(model, supply, iclgd_engine_best(precision),
                                 arena, &batch->engines[t], err);
  if (status) return status;
  *out = batch;
  return ICLGD_OK;
}

static void run_block(void *context, size_t block, size_t thread) {
  iclgd_batch *batch = context;
  const size_t done = block * batch->block, left = batch->count - done;
  double *row = batch->rows + block * batch->width;
  memset(row, 0, batch->width * sizeof *row);
  iclgd_engine_block(batch->engines[thread], batch->loss, batch->first + done,
                     left < batch->block ? left : batch->block,
                     batch->forward_only ? NULL : row,
                     row + batch->width - ICLGD_SUMS);
}

iclgd_batch_loss iclgd_batch_gradient(iclgd_batch *batch,
                                      const iclgd_loss *loss, uint64_t first,
                                      double *gradient) {
  const size_t size = batch->width - ICLGD_SUMS;
  const double count = (double)batch->count, *sums = batch->rows + size;
  batch->loss = loss;
  batch->first = first;
  assert(batch->forward_only == !gradient);
  iclgd_pool_for(batch->pool, batch->blocks, run_block, batch);
  iclgd_sum_tree(batch->rows, batch->blocks, batch->width);
  for (size_t i = 0; gradient && i < size; ++i)
    gradient[i] = batch->rows[i] / count;
  return (iclgd_batch_loss){sums[ICLGD_SUM_LOSS] / count,
                            sums[ICLGD_SUM_ZERO] / count,
                            (size_t)sums[ICLGD_SUM_DROPPED]};
}
