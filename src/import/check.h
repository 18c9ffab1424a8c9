/* Predictions of where a model was trained, beside ours. */
#ifndef ICLGD_IMPORT_CHECK_H
#define ICLGD_IMPORT_CHECK_H

#include <iclgd/import.h>
#include <iclgd/model.h>

#include "import/tensors.h"

/* Compare where the file has check/...; the numbers go into the report.
 * ICLGD_EINPUT: one of the arrays is missing or of another shape, or the
 * predictions differ. */
iclgd_status iclgd_check_predictions(const iclgd_tensors *tensors,
                                     const iclgd_model *model,
                                     const double *theta, iclgd_arena *arena,
                                     iclgd_import_report *report,
                                     iclgd_error *err);

#endif /* ICLGD_IMPORT_CHECK_H */
