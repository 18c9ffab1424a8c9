/* Rows of a table of variants of the model. */
#include "probes/shared/variants.h"

const iclgd_column iclgd_variant_columns[ICLGD_VARIANT_COLUMNS] = {
    {"", .format = ICLGD_AS_TEXT},
    {"loss", .digits = 5},
    {"its loss over the model's", .digits = 3}};

const char *iclgd_variant_caution(bool hidden) {
  return hidden ? " unknown: rare prompts carry these means; they are those of "
                  "this sample alone, and so would be their ratios."
                : "";
}

void iclgd_put_variant(iclgd_blocks *out, double loss, double error,
                       double ratio, double ratio_error, bool hidden) {
  if (hidden) {
    iclgd_put_noted(out, loss, "unknown");
    iclgd_put_text(out, "unknown");
  } else {
    iclgd_put_estimate(out, loss, error);
    iclgd_put_estimate(out, ratio, ratio_error);
  }
}
