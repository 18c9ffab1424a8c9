/* The settings of a file as the INI text that `iclgd run` reads. */
#include <stdio.h>

#include "report/export_format.h"

iclgd_status iclgd_export_config(const iclgd_source *source, FILE *out,
                                 iclgd_error *err) {
  iclgd_arena arena = {0};
  size_t count = 1;
  char **text;
  if (!iclgd_source_has(source, "config/text"))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/config/text: expected the settings of a run, "
                      "found none",
                      iclgd_source_path(source));
  const iclgd_status status =
      iclgd_source_texts(source, "config/text", 0, &count, &arena, &text, err);
  if (!status) fputs(text[0], out);
  iclgd_arena_free(&arena);
  return status;
}
