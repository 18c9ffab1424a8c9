/* What no prediction of linear attention sees: of whole weights P -> g P, Q ->
 * Q / g in every layer, g != 0. The other forms have P[d, d] = 1. */
#include <iclgd/linear.h>
#include <iclgd/symmetry.h>

#include "model/linear/symmetries.h"

void iclgd_linear_symmetries(const iclgd_model *model, iclgd_arena *arena,
                             iclgd_symmetries *out) {
  if (!model->linear->whole) return;
  iclgd_symmetry *rows = iclgd_arena_take(arena, model->layers, sizeof *rows);
  iclgd_slice *slices =
      iclgd_arena_take(arena, 2 * model->layers, sizeof *slices);
  if (!rows || !slices) return;
  for (size_t l = 0; l < model->layers; ++l) {
    rows[l] = (iclgd_symmetry){.name = "gauges",
                               .units = 1,
                               .n_bases = 1,
                               .size = {1},
                               .n_slices = 2,
                               .slices = slices + 2 * l};
    for (size_t k = 0; k < 2; ++k)
      slices[2 * l + k] = (iclgd_slice){
          .first = model->arrays[k].offset + l * model->arrays[k].stride,
          .by_entry = 1,
          .entries = iclgd_array_size(&model->arrays[k]),
          .basis = 1,
          .inverse = k == 1};
  }
  *out = (iclgd_symmetries){model->layers, rows};
}
