/* Positions of tokens (position.c). */
#ifndef ICLGD_MODEL_TRANSFORMER_POSITION_H
#define ICLGD_MODEL_TRANSFORMER_POSITION_H

#include <iclgd/model.h>

/* Buckets of the array `relative` of a head; 0: there is none. */
size_t iclgd_transformer_buckets(const iclgd_transformer *shape);

#endif /* ICLGD_MODEL_TRANSFORMER_POSITION_H */
