/* Our arrays by the names of other code. */
#ifndef ICLGD_IMPORT_EXPORT_NAMES_H
#define ICLGD_IMPORT_EXPORT_NAMES_H

#include <iclgd/model.h>

#include "import/map.h"
#include "import/safetensors.h"

/* The arrays `own` (n_own) of the model, those by layer with the layers as
 * their first dim, as *out (*count) by the names of the dialect; from the
 * arena. ICLGD_EUSAGE: the code that has these names cannot hold the model, and
 * why. */
iclgd_status iclgd_export_by_names(const iclgd_dialect *dialect,
                                   const iclgd_settings *settings,
                                   const iclgd_model *model,
                                   const iclgd_tensor_data *own, size_t n_own,
                                   iclgd_arena *arena, iclgd_tensor_data **out,
                                   size_t *count, iclgd_error *err);

#endif /* ICLGD_IMPORT_EXPORT_NAMES_H */
