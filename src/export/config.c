/* The settings of a file as the INI text that `iclgd run` reads. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/line.h"
#include "export/format.h"

/* Line by line, so that no line moves a terminal. */
static void put_lines(char *text, FILE *out) {
  while (*text) {
    const size_t length = strcspn(text, "\n");
    const bool ends = text[length] == '\n';
    text[length] = '\0';
    iclgd_one_line(text);
    fprintf(out, "%s%s", text, ends ? "\n" : "");
    text += length + ends;
  }
}

iclgd_status iclgd_export_config(const iclgd_source *source, bool terminal,
                                 FILE *out, iclgd_error *err) {
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
  if (!status && terminal)
    put_lines(text[0], out);
  else if (!status)
    fputs(text[0], out);
  iclgd_arena_free(&arena);
  return status;
}
