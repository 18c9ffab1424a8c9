/* The capability `symmetries` of linear attention (symmetries.c). */
#ifndef ICLGD_MODEL_LINEAR_SYMMETRIES_H
#define ICLGD_MODEL_LINEAR_SYMMETRIES_H

#include <iclgd/symmetry.h>

void iclgd_linear_symmetries(const iclgd_model *model, iclgd_arena *arena,
                             iclgd_symmetries *out);

#endif /* ICLGD_MODEL_LINEAR_SYMMETRIES_H */
