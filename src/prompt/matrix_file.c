/* Square matrices of numbers in text files. */
#include "prompt/matrix_file.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"

static const char blanks[] = " \t\r\n";

/* The next number of the text at *text, which moves behind it, blanks and one
 * comma; false where none stands. *found is what was taken for it. */
static bool next_number(const char **text, double *out, const char **found,
                        size_t *length) {
  char *end;
  *found = *text + strspn(*text, blanks);
  *length = strcspn(*found, ", \t\r\n");
  *out = strtod(*found, &end);
  *text = *found + *length;
  const bool whole = end == *text && *length > 0 && isfinite(*out);
  *text += strspn(*text, blanks);
  *text += **text == ',';
  return whole;
}

static iclgd_status parse(const char *path, const iclgd_input *input, size_t d,
                          double *out, iclgd_error *err) {
  const char *text = input->text, *found;
  size_t count = 0, length = 0;
  double value;
  while (next_number(&text, &value, &found, &length)) {
    if (count < d * d) out[count] = value;
    ++count;
  }
  if (length > 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected a finite number, found '%.*s'", path,
                      length < 40 ? (int)length : 40, found);
  const bool clean = found == input->text + input->size;
  if (clean && count == d * d) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: expected a %zu x %zu matrix of numbers, found "
                    "%zu numbers%s",
                    path, d, d, count, clean ? "" : " and something else");
}

iclgd_status iclgd_matrix_read(const char *path, size_t d, double *out,
                               iclgd_error *err) {
  enum { BYTES_MAX = 64 << 20 };
  iclgd_arena arena = {0};
  iclgd_input input;
  iclgd_status status = iclgd_input_read(path, BYTES_MAX, &arena, &input, err);
  if (!status) status = parse(path, &input, d, out, err);
  iclgd_arena_free(&arena);
  return status;
}
