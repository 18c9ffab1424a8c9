/* Mean loss and gradient of a batch: each block of prompts runs in the scratch
 * of its thread, through the engine, or prompt by prompt where the architecture
 * has none, and leaves one row; the rows are summed in a fixed tree, so the
 * bits depend on neither processes nor threads nor their timing. */
#include "train/gradient.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "train/shares.h"

/* Prompt by prompt. */
typedef struct singly {
  iclgd_tape *tape;
  iclgd_prompts group; /* a group */
} singly;

struct iclgd_batch {
  const iclgd_model *model;
  const iclgd_prompt_source *source;
  iclgd_pool *pool;
  size_t count, block, blocks,
      width;              /* prompts, of a block, blocks, of a row */
  iclgd_engine **engines; /* one per thread, or NULL and */
  singly *singly;         /* one of these */
  double *rows;           /* (blocks, width): gradient, then ICLGD_SUMS */
  iclgd_team *team;       /* that does it together; or NULL */
  iclgd_shares shares;    /* of the blocks, by rank */
  const double *theta;    /* of the call that is on */
  const iclgd_loss *loss;
  uint64_t first;
  bool forward_only, prefixes;
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

static iclgd_status make_scratch(iclgd_batch *batch, iclgd_precision precision,
                                 iclgd_arena *arena, iclgd_error *err) {
  const size_t threads = iclgd_pool_threads(batch->pool);
  const bool fast = iclgd_engine_runs(batch->model, batch->prefixes);
  if (fast)
    batch->engines = iclgd_arena_take(arena, threads, sizeof(iclgd_engine *));
  else
    batch->singly = iclgd_arena_take(arena, threads, sizeof *batch->singly);
  TRY(iclgd_arena_status(arena, err, "a batch"));
  for (size_t t = 0; t < threads; ++t) {
    if (fast) {
      TRY(iclgd_engine_create(
          batch->model, batch->source, batch->prefixes,
          iclgd_engine_best(batch->model->architecture, precision), arena,
          &batch->engines[t], err));
      continue;
    }
    singly *one = &batch->singly[t];
    TRY(iclgd_prompts_create_for(batch->source, ICLGD_LANES, arena, &one->group,
                                 err));
    TRY(iclgd_tape_create(batch->model, one->group.n, arena, &one->tape, err));
  }
  return ICLGD_OK;
}

iclgd_status iclgd_batch_create(const iclgd_model *model,
                                const iclgd_prompt_source *source, size_t count,
                                bool forward_only, bool prefixes,
                                iclgd_precision precision, iclgd_pool *pool,
                                iclgd_team *team, iclgd_arena *arena,
                                iclgd_batch **out, iclgd_error *err) {
  const size_t block = block_size(count);
  iclgd_batch *batch = iclgd_arena_take(arena, 1, sizeof *batch);
  if (!batch) return iclgd_fail_memory(err, "a batch");
  *batch = (iclgd_batch){
      .model = model,
      .source = source,
      .pool = pool,
      .count = count,
      .block = block,
      .blocks = (count + block - 1) / block,
      .width = (forward_only ? 0 : model->size) + ICLGD_SUMS,
      .forward_only = forward_only,
      .prefixes = prefixes,
      .team = team,
  };
  *out = batch;
  TRY(iclgd_shares_create(batch->blocks, iclgd_team_ranks(team), arena,
                          &batch->shares, err));
  batch->rows = iclgd_arena_reals(arena, batch->blocks, batch->width, 1);
  return make_scratch(batch, precision, arena, err);
}

/* The mean of the squared labels that a loss compares with. */
static double zero_loss(const iclgd_batch *batch, const iclgd_prompt *prompt) {
  double sum = prompt->y_query * prompt->y_query;
  if (!batch->prefixes) return sum;
  for (size_t i = 0; i < prompt->n; ++i) sum += prompt->y[i] * prompt->y[i];
  return sum / (double)(prompt->n + 1);
}

/* Prompts first .. first + count - 1, summed as the engine sums. */
static void run_singly(const iclgd_batch *batch, singly *one, uint64_t first,
                       size_t count, double *gradient, double *sums) {
  double (*const measure)(const iclgd_model *, const double *,
                          const iclgd_prompt *, const iclgd_loss *,
                          iclgd_tape *, double *) =
      batch->prefixes ? iclgd_model_gradient_by_context : iclgd_model_gradient;
  for (size_t done = 0; done < count; done += one->group.count) {
    const size_t left = count - done;
    one->group.count = left < ICLGD_LANES ? left : ICLGD_LANES;
    iclgd_prompt_source_draw(batch->source, first + done, &one->group);
    for (size_t i = 0; i < one->group.count; ++i) {
      const iclgd_prompt prompt = iclgd_prompts_at(&one->group, i);
      const double loss = measure(batch->model, batch->theta, &prompt,
                                  batch->loss, one->tape, gradient);
      const bool dropped = batch->loss->guard > 0 && isinf(loss);
      sums[ICLGD_SUM_LOSS] += dropped ? 0 : loss;
      sums[ICLGD_SUM_DROPPED] += dropped;
      sums[ICLGD_SUM_ZERO] += zero_loss(batch, &prompt);
    }
  }
}

/* The first block of the share of this process; of rank + 1, the end. */
static size_t first_block(const iclgd_batch *batch, size_t more) {
  const size_t rank = batch->team ? batch->team->rank : 0;
  return iclgd_shares_block(&batch->shares, batch->shares.first[rank + more]);
}

static void run_block(void *context, size_t round, size_t thread) {
  iclgd_batch *batch = context;
  const size_t block = first_block(batch, 0) + round;
  const size_t done = block * batch->block, left = batch->count - done;
  const size_t count = left < batch->block ? left : batch->block;
  double *row = batch->rows + block * batch->width;
  double *gradient = batch->forward_only ? NULL : row;
  double *sums = row + batch->width - ICLGD_SUMS;
  memset(row, 0, batch->width * sizeof *row);
  if (batch->engines)
    iclgd_engine_block(batch->engines[thread], batch->theta, batch->loss,
                       batch->first + done, count, gradient, sums);
  else
    run_singly(batch, &batch->singly[thread], batch->first + done, count,
               gradient, sums);
}

iclgd_batch_loss iclgd_batch_gradient(iclgd_batch *batch, const double *theta,
                                      const iclgd_loss *loss, uint64_t first,
                                      double *gradient) {
  const size_t size = batch->width - ICLGD_SUMS;
  const double count = (double)batch->count, *sums = batch->rows + size;
  batch->theta = theta;
  batch->loss = loss;
  batch->first = first;
  assert(batch->forward_only == !gradient);
  iclgd_pool_for(batch->pool, first_block(batch, 1) - first_block(batch, 0),
                 run_block, batch);
  iclgd_shares_sum(&batch->shares, batch->team, batch->rows, batch->width);
  for (size_t i = 0; gradient && i < size; ++i)
    gradient[i] = batch->rows[i] / count;
  return (iclgd_batch_loss){sums[ICLGD_SUM_LOSS] / count,
                            sums[ICLGD_SUM_ZERO] / count,
                            (size_t)sums[ICLGD_SUM_DROPPED]};
}
