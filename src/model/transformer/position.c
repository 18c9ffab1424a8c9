/* Positions.
 *
 * Added to the state of token i, with C numbers (Vaswani et al. 2017, 3.5):
 *   sin(i w_c) for even c, cos(i w_{c-1}) for odd c, w_c = 10000^(-c / C)
 * Added to the score of query i and key j at the distance D = |i - j|, for each
 * head h, linear in what is learned:
 *   free    relative[h, D]
 *   log     -relative[h] log(1 + D)
 *   linear  -relative[h] D
 *   alibi   -2^(-8 (h + 1) / H) D, nothing learned (Press et al. 2022)
 *   t5      relative[h, bucket(D)]: D below 16 has a bucket of its own, those
 *           up to 128 share 16 by their logarithm (Raffel et al. 2020, 2.1) */
#include "model/transformer/position.h"

#include <math.h>

enum { T5_BUCKETS = 32, T5_EXACT = 16, T5_FARTHEST = 128 };

size_t iclgd_transformer_buckets(const iclgd_transformer *shape) {
  switch (shape->positions) {
    case ICLGD_POSITION_RELATIVE_FREE:
      return iclgd_transformer_tokens(shape, shape->context);
    case ICLGD_POSITION_RELATIVE_LOG:
    case ICLGD_POSITION_RELATIVE_LINEAR:
      return 1;
    case ICLGD_POSITION_T5:
      return T5_BUCKETS;
    default:
      return 0;
  }
}

static size_t t5_bucket(size_t distance) {
  const double span = log((double)T5_FARTHEST / T5_EXACT);
  if (distance < T5_EXACT) return distance;
  const double share = log((double)distance / T5_EXACT) / span;
  const size_t bucket = T5_EXACT + (size_t)(share * (T5_BUCKETS - T5_EXACT));
  return bucket < T5_BUCKETS ? bucket : T5_BUCKETS - 1;
}

iclgd_relative iclgd_transformer_relative(const iclgd_transformer *shape,
                                          size_t h, size_t distance) {
  const double D = (double)distance;
  switch (shape->positions) {
    case ICLGD_POSITION_RELATIVE_FREE:
      return (iclgd_relative){distance, 1};
    case ICLGD_POSITION_RELATIVE_LOG:
      return (iclgd_relative){0, -log1p(D)};
    case ICLGD_POSITION_RELATIVE_LINEAR:
      return (iclgd_relative){0, -D};
    case ICLGD_POSITION_ALIBI:
      return (iclgd_relative){
          0, -D * exp2(-8 * (double)(h + 1) / (double)shape->heads)};
    case ICLGD_POSITION_T5:
      return (iclgd_relative){t5_bucket(distance), 1};
    default:
      return (iclgd_relative){0, 0};
  }
}

double iclgd_transformer_sinusoid(const iclgd_transformer *shape, size_t i,
                                  size_t c) {
  const double even = (double)(c - c % 2);
  const double angle = (double)i * pow(10000, -even / (double)shape->width);
  return c % 2 == 0 ? sin(angle) : cos(angle);
}
