/* The law of the prompts in words: what a table is made of, what was changed
 * since training. */
#include "report/law_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "report/text.h"

/* The first `most` texts of a list. */
static void join(const json_t *list, size_t most, const char *between,
                 FILE *out) {
  const size_t count = json_array_size(list);
  for (size_t i = 0; i < count && i < most; ++i)
    fprintf(out, "%s%s", i ? between : "",
            json_string_value(json_array_get(list, i)));
  if (count > most) fprintf(out, " and %zu more", count - most);
}

/* The text of a stream of memory, closed; NULL when it is not whole. */
static char *finish(FILE *out, char **text) {
  const int failed = ferror(out);
  if (fclose(out) == 0 && !failed) return *text;
  free(*text);
  return NULL;
}

char *iclgd_law_changes_text(const json_t *prompts) {
  const json_t *list = json_object_get(prompts, "law_changes");
  char *text = NULL;
  size_t size;
  if (json_array_size(list) == 0) return NULL;
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  fputs("probed under another law: ", out);
  join(list, 64, "; ", out);
  return finish(out, &text);
}

char *iclgd_law_features_text(const json_t *prompts) {
  enum { MOST = 12 };
  const json_t *list = json_object_get(prompts, "features");
  char *text = NULL;
  size_t size;
  if (json_array_size(list) == 0) return NULL;
  FILE *out = open_memstream(&text, &size);
  if (!out) return NULL;
  fprintf(out, "%ld rows; features ", iclgd_json_whole(prompts, "table_rows"));
  join(list, MOST, ", ", out);
  fprintf(out, "; target %s", iclgd_json_text(prompts, "target"));
  return finish(out, &text);
}
