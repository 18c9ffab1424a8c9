/* Prompts in lanes as tokens (src/prompt/prompt.c has their order: w_star,
 * x_query, x_1 .. x_n, noise), drawn in lanes or brought one by one:
 *   joint        z_i = (x_i, y_i), the query's (x, 0)
 *   alternating  x_1, y_1, .., x_query; labels as (y, 0, ..), or points as (x,
 *                0) and labels as (0, y). */
#ifndef ICLGD_ENGINE_TRANSFORMER_PROMPTS_H
#define ICLGD_ENGINE_TRANSFORMER_PROMPTS_H

#include <iclgd/transformer.h>

#include "engine/law.h"
#include "engine/transformer/tokens.h"

/* Room for whole prompts; what is made of them stays NULL. */
static inline void lay_out_prompts(context chunks[CHUNKS], size_t n, size_t d,
                                   ruler *r) {
  for (size_t c = 0; c < CHUNKS; ++c)
    chunks[c] = (context){
        .query = take_vecs(r, d + 1),
        .y_query = take_vecs(r, 1),
        .task = take_vecs(r, d),
        .tokens = take_vecs(r, n * d),
        .noise = take_vecs(r, n),
        .work = take_vecs(r, d),
    };
}

static inline void draw_inputs(context *chunks, const prompt_law *law,
                               iclgd_lanes *lanes) {
  const size_t d = law->d;
  for (size_t first = 0; first < law->n; first += law->batch) {
    const size_t left = law->n - first;
    const size_t count = left < law->batch ? left : law->batch;
    draw_numbers(law, lanes, count * d);
    for (size_t c = 0; c < CHUNKS; ++c) {
      vec *x = chunks[c].tokens + first * d;
      take_inputs(x, law, c, count);
      for (size_t t = 0; law->mixes && t < count; ++t)
        mix(x + t * d, law->F, chunks[c].work, d);
    }
  }
}

/* Labels where noise would be. */
static inline void draw_labels(context *chunks, const prompt_law *law,
                               iclgd_lanes *lanes) {
  const size_t d = law->d, n = law->n;
  const bool noisy = law->dist->noise > 0;
  if (noisy) iclgd_lanes_normals(law->numbers, lanes, n);
  for (size_t c = 0; c < CHUNKS; ++c) {
    context *chunk = &chunks[c];
    clear(chunk->noise, n);
    if (noisy)
      take_numbers(chunk->noise, law->numbers, c, n, (real)law->dist->noise);
    for (size_t t = 0; t < n; ++t)
      chunk->noise[t] += dot(chunk->task, chunk->tokens + t * d, d);
    *chunk->y_query = dot(chunk->task, chunk->query, d);
  }
}

static inline void draw_prompts(context *chunks, const prompt_law *law,
                                uint64_t group) {
  iclgd_lanes lanes;
  iclgd_lanes_seed(&lanes, law->dist->seed, (uint32_t)law->stream, group);
  draw_task(chunks, law, &lanes);
  draw_query(chunks, law, &lanes);
  draw_inputs(chunks, law, &lanes);
  draw_labels(chunks, law, &lanes);
}

static inline void write_tokens(tokens z, const iclgd_transformer *shape,
                                const context *chunks, size_t n, size_t d) {
  const bool joint = shape->tokens == ICLGD_JOINT;
  const size_t label = joint || shape->label == ICLGD_LABEL_OWN ? d : 0;
  for (size_t c = 0; c < CHUNKS; ++c) {
    clear(token(z, c, 0), z.T * z.stride);
    for (size_t k = 0; k <= n; ++k) {
      const size_t t = iclgd_transformer_x_token(shape, k);
      copy(token(z, c, t), k < n ? chunks[c].tokens + k * d : chunks[c].query,
           d);
      if (k < n) token(z, c, joint ? t : t + 1)[label] = chunks[c].noise[k];
    }
  }
}

#endif /* ICLGD_ENGINE_TRANSFORMER_PROMPTS_H */
