/* Tables: fields lie in the text, in order. */
#include <stdlib.h>

#include "fuzz.h"
#include "prompt/csv.h"

static iclgd_status field(void *context, const iclgd_csv_place *at,
                          const char *text, size_t length, iclgd_error *err) {
  size_t *bytes = context;
  (void)err;
  for (size_t i = 0; i < length; ++i) *bytes += text[i] != '\0';
  if (at->line == 0) abort();
  return ICLGD_OK;
}

static iclgd_status row(void *context, const iclgd_csv_place *at,
                        iclgd_error *err) {
  (void)context, (void)err;
  if (at->column == 0) abort();
  return ICLGD_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const iclgd_csv_visitor visitor = {field, row};
  iclgd_error err = {""};
  char *text = fuzz_text(data, size);
  size_t bytes = 0;
  iclgd_csv csv = {"in.csv", text, size, ','};
  if (iclgd_csv_separator(&csv, &err) ||
      iclgd_csv_walk(&csv, &visitor, &bytes, &err))
    fuzz_check_line(err.text);
  if (bytes > size) abort();
  free(text);
  return 0;
}
