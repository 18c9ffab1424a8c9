/* A table of variants of the model beside it: their losses on the probed
 * prompts, and over the model's. Where rare prompts carry the model's mean they
 * carry these, too. */
#ifndef ICLGD_PROBES_VARIANTS_H
#define ICLGD_PROBES_VARIANTS_H

#include <iclgd/view.h>

enum { ICLGD_VARIANT_COLUMNS = 3 };
extern const iclgd_column iclgd_variant_columns[ICLGD_VARIANT_COLUMNS];

/* The rest of a caption; `hidden` (iclgd_final_is_hidden): no error of the
 * means holds. */
const char *iclgd_variant_caution(bool hidden);

/* What comes after the name in a row. */
void iclgd_put_variant(iclgd_blocks *out, double loss, double error,
                       double ratio, double ratio_error, bool hidden);

#endif /* ICLGD_PROBES_VARIANTS_H */
