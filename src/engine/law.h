/* The law of the prompts in the engine's numbers, and its memory. */
#ifndef ICLGD_ENGINE_LAW_H
#define ICLGD_ENGINE_LAW_H

#include "engine/context.h"
#include "engine/ruler.h"

enum { BATCH_NUMBERS = 256 }; /* 16 KB of numbers stay in the first cache */

static inline size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

/* Rows of numbers that are drawn in one call, at most. */
static inline size_t most_numbers(const prompt_law *law) {
  const iclgd_distribution *dist = law->dist;
  if (dist->sampler == ICLGD_WISHART) {
    const size_t rows = iclgd_distribution_rows(dist);
    return larger(law->d, larger(law_lower_entries(rows, law->tokens),
                                 law_diagonal_normals(dist)));
  }
  return larger(law->batch * law->d, dist->noise > 0 ? law->n : 0);
}

/* A context that is not drawn batch by batch is kept whole. */
static inline void lay_out_law(prompt_law *law,
                               const iclgd_prompt_source *source, size_t d,
                               bool in_lanes, ruler *r) {
  const iclgd_distribution *dist = source->dist;
  law->d = d;
  law->n = source->fixed ? source->fixed->n : dist->n;
  law->tokens = source->fixed ? law->n : iclgd_distribution_tokens(dist);
  law->batch = law->tokens;
  if (!in_lanes) return;
  law->dist = dist;
  law->stream = source->stream;
  if (dist->sampler == ICLGD_TOKENS && !(dist->noise > 0) &&
      law->batch * d > BATCH_NUMBERS)
    law->batch = larger(BATCH_NUMBERS / d, 1);
  law->scale = take_reals(r, d);
  law->F = take_reals(r, d * d);
  law->G = take_reals(r, d * d);
  law->numbers = take(r, most_numbers(law) * LANES, sizeof *law->numbers);
  if (dist->sampler == ICLGD_WISHART)
    law->diagonal = take(r, law->tokens * LANES, sizeof *law->diagonal);
}

static inline void copy_reals(real *out, const double *in, size_t count) {
  for (size_t i = 0; i < count; ++i) out[i] = (real)in[i];
}

/* The numbers of a law that was laid out to draw in lanes. */
static inline void fill_law(prompt_law *law) {
  const iclgd_distribution *dist = law->dist;
  const size_t d = dist->d;
  law->mixes = !dist->diagonal;
  copy_reals(law->F, dist->F, d * d);
  copy_reals(law->G, dist->G, d * d);
  for (size_t i = 0; i < d; ++i)
    law->scale[i] =
        (real)(dist->x_scale * (dist->diagonal ? dist->F[i * d + i] : 1));
}

#endif /* ICLGD_ENGINE_LAW_H */
