/* The fast path of training: 16 prompts at a time from generation to gradient,
 * equal to src/model to rounding. Today it serves the descent families on drawn
 * prompts; what it does not serve runs on src/model. */
#ifndef ICLGD_ENGINE_ENGINE_H
#define ICLGD_ENGINE_ENGINE_H

#include <iclgd/model.h>

#include "engine/descent.h"

/* Whether iclgd_engine_group can stand for the reference here. */
bool iclgd_engine_serves(const iclgd_model *model, const iclgd_supply *supply);

/* Scratch of one thread; owned by an arena. */
typedef struct iclgd_engine iclgd_engine;
iclgd_status iclgd_engine_create(const iclgd_model *model,
                                 const iclgd_supply *supply,
                                 const iclgd_descent_kernels *kernels,
                                 iclgd_arena *arena, iclgd_engine **out,
                                 iclgd_error *err);

/* Prompts 16 group .. 16 group + count - 1 of the supply, count <= 16: the sum
 * of their losses, its gradient added to gradient (layers, layer_size) unless
 * that is NULL, and the sum of y_query^2 in *zero_loss. *dropped prompts are
 * without loss and gradient: with a guard, those that overflow. */
double iclgd_engine_group(iclgd_engine *engine, const iclgd_loss *loss,
                          uint64_t group, size_t count, double *gradient,
                          double *zero_loss, size_t *dropped);

#endif /* ICLGD_ENGINE_ENGINE_H */
