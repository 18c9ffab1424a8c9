/* The choice among the compiled forms of the engine, and its memory. */
#include "engine/engine.h"

#include <assert.h>

#include <iclgd/linear.h>
#include <iclgd/transformer.h>

#include "model/transformer/shape.h"

struct iclgd_engine {
  const iclgd_engine_form *form;
  bool drawn;
  void *scratch;
};

#define FORMS_OF_SET(set)                                               \
  extern const iclgd_engine_form iclgd_engine_single_##set,             \
      iclgd_engine_double_##set, iclgd_engine_transformer_single_##set, \
      iclgd_engine_transformer_double_##set
FORMS_OF_SET(base);
#if defined(__x86_64__)
FORMS_OF_SET(v3);
FORMS_OF_SET(v4);
#define FORMS(name) \
  { &name##_base, &name##_v3, &name##_v4 }
#else
#define FORMS(name) \
  { &name##_base }
#endif

/* Every architecture with kernels of its own. */
static const struct row {
  const iclgd_architecture *architecture;
  /* NULL: not compiled */
  const iclgd_engine_form *forms[2][ICLGD_ISA_V4 + 1];
  /* Whether it takes prompts of n points; NULL: of any number */
  iclgd_status (*check_points)(const iclgd_model *model, size_t n,
                               iclgd_error *err);
} table[] = {
    {&iclgd_linear_architecture,
     {FORMS(iclgd_engine_single), FORMS(iclgd_engine_double)},
     NULL},
    {&iclgd_transformer_architecture,
     {FORMS(iclgd_engine_transformer_single),
      FORMS(iclgd_engine_transformer_double)},
     iclgd_transformer_check_context},
};

/* NULL: it has none. */
static const struct row *row_of(const iclgd_architecture *architecture) {
  for (size_t i = 0; i < sizeof table / sizeof *table; ++i)
    if (table[i].architecture == architecture) return &table[i];
  return NULL;
}

const iclgd_engine_form *iclgd_engine_form_of(
    const iclgd_architecture *architecture, iclgd_precision precision,
    iclgd_isa isa) {
  const struct row *row = row_of(architecture);
  return row ? row->forms[precision][isa] : NULL;
}

const iclgd_engine_form *iclgd_engine_best(
    const iclgd_architecture *architecture, iclgd_precision precision) {
  return iclgd_engine_form_of(architecture, precision, iclgd_isa_best());
}

bool iclgd_engine_runs(const iclgd_model *model, bool prefixes) {
  const iclgd_architecture *a = model->architecture;
  if (!iclgd_engine_best(a, ICLGD_SINGLE)) return false;
  return !prefixes || (a->is_causal && a->is_causal(model));
}

iclgd_status iclgd_engine_check_points(const iclgd_model *model, size_t n,
                                       iclgd_error *err) {
  const struct row *row = row_of(model->architecture);
  return row && row->check_points ? row->check_points(model, n, err) : ICLGD_OK;
}

iclgd_status iclgd_engine_create(const iclgd_model *model,
                                 const iclgd_prompt_source *source,
                                 bool prefixes, const iclgd_engine_form *form,
                                 iclgd_arena *arena, iclgd_engine **out,
                                 iclgd_error *err) {
  iclgd_prompts group = {0};
  TRY(iclgd_engine_check_points(
      model, source->fixed ? source->fixed->n : source->dist->n, err));
  if (form->packs(source))
    TRY(iclgd_prompts_create_for(source, ICLGD_LANES, arena, &group, err));
  iclgd_engine *e = iclgd_arena_take(arena, 1, sizeof *e);
  void *scratch = iclgd_arena_take(arena, form->bytes(model, source), 1);
  if (!e || !scratch) return iclgd_fail_memory(err, "the engine");
  form->open(scratch, model, source, &group, prefixes);
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
