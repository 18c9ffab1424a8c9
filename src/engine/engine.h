/* The fast path of training: 16 prompts at a time from numbers to gradient,
 * in float or double, equal to src/model to rounding. */
#ifndef ICLGD_ENGINE_ENGINE_H
#define ICLGD_ENGINE_ENGINE_H

#include <iclgd/model.h>

#include "base/isa.h"
#include "engine/form.h"

/* The form of this precision for the processor that runs, and that of one
 * instruction set; NULL: the architecture has no fast path, or the set was not
 * compiled. */
const iclgd_engine_form *iclgd_engine_best(
    const iclgd_architecture *architecture, iclgd_precision precision);
const iclgd_engine_form *iclgd_engine_form_of(
    const iclgd_architecture *architecture, iclgd_precision precision,
    iclgd_isa isa);

/* Scratch of one thread, of a model that it runs; owned by an arena. */
typedef struct iclgd_engine iclgd_engine;
iclgd_status iclgd_engine_create(const iclgd_model *model,
                                 const iclgd_prompt_source *source,
                                 bool prefixes, const iclgd_engine_form *form,
                                 iclgd_arena *arena, iclgd_engine **out,
                                 iclgd_error *err);

/* Whether the model has a fast path: its architecture has one, and with
 * `prefixes`, losses at every context length, it takes one pass (is_causal). */
bool iclgd_engine_runs(const iclgd_model *model, bool prefixes);

/* Whether it takes prompts of n points. */
iclgd_status iclgd_engine_check_points(const iclgd_model *model, size_t n,
                                       iclgd_error *err);

/* At the parameters theta, prompts first .. first + count - 1 of the prompt
 * source (first a multiple of 16 where they are drawn), summed. Prompts that
 * overflow under a guard are dropped: they have no loss and no gradient. The
 * gradient of the losses is added to gradient (size) unless that is NULL. */
void iclgd_engine_block(iclgd_engine *engine, const double *theta,
                        const iclgd_loss *loss, uint64_t first, size_t count,
                        double *gradient, double sums[ICLGD_SUMS]);

#endif /* ICLGD_ENGINE_ENGINE_H */
