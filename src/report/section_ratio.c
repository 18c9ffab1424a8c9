/* Losses of variants of the model beside its own, on the probed prompts. Where
 * rare prompts carry the model's mean they carry these, too. */
#include "report/section.h"
#include "report/text.h"

void iclgd_section_ratio(FILE *out, double error, double ratio,
                         double ratio_error, bool hidden) {
  if (hidden) {
    fprintf(out, "%10s %9s", "unknown", "unknown");
  } else {
    iclgd_text_cell(out, 10, 2, error);
    iclgd_text_cell(out, 10, 3, ratio);
    iclgd_text_error(out, ratio_error);
  }
  fputc('\n', out);
}

void iclgd_section_hidden(FILE *out) {
  iclgd_text_wrap(out,
                  "unknown: rare prompts carry these means; they are those of "
                  "this sample alone, and so would be their ratios",
                  2);
}
