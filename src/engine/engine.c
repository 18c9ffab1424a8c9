/* The choice among the compiled forms of the engine, and its memory. */
#include "engine/engine.h"

#include <assert.h>

#include <iclgd/linear.h>

#include "base/isa.h"

struct iclgd_engine {
  const iclgd_engine_form *form;
  bool drawn;
  void *scratch;
};

const iclgd_engine_form *iclgd_engine_best(iclgd_precision precision) {
  const bool single = precision == ICLGD_SINGLE;
  switch (iclgd_isa_best()) {
#if defined(__x86_64__)
    case ICLGD_ISA_V4:
      return single ? &iclgd_engine_single_v4 : &iclgd_engine_double_v4;
    case ICLGD_ISA_V3:
      return single ? &iclgd_engine_single_v3 : &iclgd_engine_double_v3;
#endif
    default:
      return single ? &iclgd_engine_single_base : &iclgd_engine_double_base;
  }
}

/* Every architecture with kernels of its own. */
bool iclgd_engine_runs(const iclgd_model *model) {
  return model->architecture == &iclgd_linear_architecture;
}

iclgd_status iclgd_engine_create(const iclgd_model *model,
                                 const iclgd_prompt_source *source,
                                 const iclgd_engine_form *form,
                                 iclgd_arena *arena, iclgd_engine **out,
                                 iclgd_error *err) {
  iclgd_prompts group = {0};
  if (form->packs(source)) {
    const iclgd_status status =
        iclgd_prompts_create_for(source, ICLGD_LANES, arena, &group, err);
    if (status) return status;
  }
  iclgd_engine *e = iclgd_arena_take(arena, 1, sizeof *e);
  void *scratch = iclgd_arena_take(arena, form->bytes(model, source), 1);
  if (!e || !scratch) return iclgd_fail_memory(err, "the engine");
  form->open(scratch, model, source, &group);
  *e = (iclgd_engine){form, !source->fixed, scratch};
  *out = e;
  return ICLGD_OK;
}

void iclgd_engine_block(iclgd_engine *engine, const double *theta,
                        const iclgd_loss *loss, uint64_t first, size_t count,
                        double *gradient, double sums[ICLGD_SUMS]) {
  assert(!engine->drawn || first % ICLGD_LANES == 0);
  engine->form->block(engine->scratch, theta, loss, first, count, gradient,
                      sums);
}
