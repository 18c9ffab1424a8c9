/* Damped layers: what attention and the mlp write to the states times lambda,
 *   m = r h + lambda attention(h),  h' = r m + lambda mlp(m),
 * in the last matrix and bias of each part, and in what augments a shortcut.
 * Without skip connections (r = 0) layers add nothing to their input. */
#include "model/transformer/shape.h"

static bool writes(const iclgd_transformer *t, size_t offset) {
  const size_t last[] = {
      t->offset[t->output ? ICLGD_W_O : ICLGD_W_V],
      t->offset[t->output ? ICLGD_B_O : ICLGD_B_V],
      t->offset[ICLGD_W_DOWN],
      t->offset[ICLGD_B_DOWN],
      t->offset[ICLGD_SHORTCUT],
  };
  for (size_t i = 0; i < sizeof last / sizeof *last; ++i)
    if (last[i] == offset) return true;
  return false;
}

bool iclgd_transformer_damp(const iclgd_model *model, double factor,
                            double *theta) {
  const iclgd_transformer *t = &model->transformer;
  if (t->residual == 0) return false;
  for (size_t k = 0; k < model->n_arrays; ++k) {
    const iclgd_array *array = &model->arrays[k];
    if (!array->by_layer || !writes(t, array->offset)) continue;
    for (size_t l = 0; l < model->layers; ++l)
      for (size_t i = 0; i < iclgd_array_size(array); ++i)
        theta[array->offset + l * array->stride + i] *= factor;
  }
  return true;
}
