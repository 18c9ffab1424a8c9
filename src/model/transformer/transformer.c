/* The architecture `transformer`: the pass (to come). */
#include "model/transformer/shape.h"

static iclgd_status make_scratch(const iclgd_model *model, size_t n,
                                 iclgd_arena *arena, void **out,
                                 iclgd_error *err) {
  (void)model, (void)n, (void)arena, (void)out;
  return iclgd_fail(err, ICLGD_ERANGE, "transformers do not run yet");
}

const iclgd_architecture iclgd_transformer_architecture = {
    .name = "transformer",
    .description =
        "a transformer: heads of linear, softmax or other attention,"
        " mlp, norms, positions, as its keys say",
    .keys = &iclgd_transformer_keys,
    .schema = &iclgd_transformer_schema,
    .shape = iclgd_transformer_shape,
    .scratch = make_scratch,
};
