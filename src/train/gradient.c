/* Mean loss and gradient of a batch: each block of 16 prompts is drawn, run
 * forward and backward in the scratch of its thread, and leaves one row; the
 * rows are summed in a fixed tree, so the bits depend on neither threads nor
 * their timing. */
#include "train/gradient.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "engine/engine.h"

/* Scratch of one thread: for the engine, or for the reference model. */
typedef struct lane_group {
  iclgd_engine *engine;  /* NULL: the reference */
  iclgd_prompts prompts; /* room for ICLGD_LANES */
  iclgd_tape *tape;
} lane_group;

/* Behind the gradient of a row: loss, loss of zero, prompts dropped. */
enum { EXTRA = 3 };

struct iclgd_batch {
  const iclgd_model *model;
  const iclgd_supply *supply;
  iclgd_pool *pool;
  size_t count, blocks, width;
  lane_group *scratch; /* one per thread */
  double *rows;        /* (blocks, width): gradient, loss, zero loss, dropped */
  const iclgd_loss *loss; /* of the call that is on */
  uint64_t first;
  bool forward_only;
};

static iclgd_status create_scratch(const iclgd_batch *batch, iclgd_arena *arena,
                                   lane_group *group, iclgd_error *err) {
  if (iclgd_engine_serves(batch->model, batch->supply))
    return iclgd_engine_create(batch->model, batch->supply,
                               iclgd_descent_best(), arena, &group->engine,
                               err);
  const iclgd_status status = iclgd_supply_room(batch->supply, ICLGD_LANES,
                                                arena, &group->prompts, err);
  if (status) return status;
  return iclgd_tape_create(batch->model, group->prompts.n, arena, &group->tape,
                           err);
}

iclgd_status iclgd_batch_create(const iclgd_model *model,
                                const iclgd_supply *supply, size_t count,
                                bool forward_only, iclgd_pool *pool,
                                iclgd_arena *arena, iclgd_batch **out,
                                iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(pool);
  iclgd_batch *batch = iclgd_arena_take(arena, 1, sizeof *batch);
  if (!batch) return iclgd_fail_memory(err, "a batch");
  *batch = (iclgd_batch){
      .model = model,
      .supply = supply,
      .pool = pool,
      .count = count,
      .blocks = (count + ICLGD_LANES - 1) / ICLGD_LANES,
      .width = (forward_only ? 0 : iclgd_model_size(model)) + EXTRA,
      .forward_only = forward_only,
  };
  batch->rows = iclgd_arena_reals(arena, batch->blocks, batch->width, 1);
  batch->scratch = iclgd_arena_take(arena, threads, sizeof *batch->scratch);
  if (!batch->rows || !batch->scratch) return iclgd_fail_memory(err, "a batch");
  iclgd_status status = ICLGD_OK;
  for (size_t t = 0; !status && t < threads; ++t)
    status = create_scratch(batch, arena, &batch->scratch[t], err);
  if (status) return status;
  *out = batch;
  return ICLGD_OK;
}

/* Gradient, loss and zero loss of up to 16 prompts, added to row. */
static void run_reference(const iclgd_batch *batch, lane_group *group,
                          uint64_t first, size_t count, double *row) {
  const size_t size = batch->width - EXTRA;
  iclgd_prompts prompts = group->prompts;
  prompts.count = count;
  iclgd_supply_draw(batch->supply, first, &prompts);
  for (size_t i = 0; i < count; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&prompts, i);
    const double loss =
        iclgd_model_gradient(batch->model, &prompt, batch->loss, group->tape,
                             batch->forward_only ? NULL : row);
    if (batch->loss->guard > 0 && isinf(loss))
      row[size + 2] += 1;
    else
      row[size] += loss;
    row[size + 1] += prompt.y_query * prompt.y_query;
  }
}

static void run_block(void *context, size_t block, size_t thread) {
  iclgd_batch *batch = context;
  lane_group *group = &batch->scratch[thread];
  const size_t done = block * ICLGD_LANES, left = batch->count - done;
  const size_t count = left < ICLGD_LANES ? left : ICLGD_LANES;
  const size_t size = batch->width - EXTRA;
  double *row = batch->rows + block * batch->width;
  memset(row, 0, batch->width * sizeof *row);
  if (!group->engine) {
    run_reference(batch, group, batch->first + done, count, row);
    return;
  }
  assert(batch->first % ICLGD_LANES == 0);
  size_t dropped;
  row[size] = iclgd_engine_group(
      group->engine, batch->loss, (batch->first + done) / ICLGD_LANES, count,
      batch->forward_only ? NULL : row, &row[size + 1], &dropped);
  row[size + 2] = (double)dropped;
}

iclgd_batch_loss iclgd_batch_gradient(iclgd_batch *batch,
                                      const iclgd_loss *loss, uint64_t first,
                                      double *gradient) {
  const size_t size = batch->width - EXTRA;
  batch->loss = loss;
  batch->first = first;
  assert(batch->forward_only == !gradient);
  iclgd_pool_for(batch->pool, batch->blocks, run_block, batch);
  iclgd_sum_tree(batch->rows, batch->blocks, batch->width);
  for (size_t i = 0; gradient && i < size; ++i)
    gradient[i] = batch->rows[i] / (double)batch->count;
  return (iclgd_batch_loss){batch->rows[size] / (double)batch->count,
                            batch->rows[size + 1] / (double)batch->count,
                            (size_t)batch->rows[size + 2]};
}
