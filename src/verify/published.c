/* Published figures: data/reference/NAME.csv, three columns
 *
 *   figure,value,half_width,where
 *
 * half_width is half a unit of the last digit, or how well a plot can be read;
 * lines that begin with # say which paper or code the figures come from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verify.h"

/* The figure of a line, if it is the one asked for: 1 yes, 0 no, -1 broken. */
static int read_line(char *line, const char *name, iclgd_published *out) {
  if (line[0] == '#' || line[0] == '\n') return 0;
  char *rest = strchr(line, ',');
  if (!rest) return -1;
  *rest++ = '\0';
  if (strcmp(line, name) != 0) return 0;
  char *end;
  out->value = strtod(rest, &end);
  if (end == rest || *end != ',') return -1;
  rest = end + 1;
  out->half_width = strtod(rest, &end);
  return end != rest && *end == ',' ? 1 : -1;
}

iclgd_status iclgd_trial_published(const iclgd_trial *trial, const char *file,
                                   const char *name, iclgd_published *out,
                                   iclgd_error *err) {
  char path[4096], line[512];
  if (!trial->options->reference)
    return iclgd_fail(err, ICLGD_EINPUT, "no folder of published figures");
  snprintf(path, sizeof path, "%s/%s", trial->options->reference, file);
  FILE *stream = fopen(path, "r");
  if (!stream) return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot be read", path);
  int found = 0;
  for (size_t number = 1; found == 0 && fgets(line, sizeof line, stream);
       ++number) {
    found = read_line(line, name, out);
    if (found < 0)
      iclgd_fail(err, ICLGD_EINPUT,
                 "%s, line %zu: expected figure,value,half_width,where", path,
                 number);
  }
  fclose(stream);
  if (found == 0)
    iclgd_fail(err, ICLGD_EINPUT, "%s: no figure '%s'", path, name);
  return found == 1 ? ICLGD_OK : ICLGD_EINPUT;
}

iclgd_status iclgd_trial_figure(const iclgd_trial *trial, const char *file,
                                iclgd_published *out, iclgd_error *err) {
  const char *name = iclgd_get_text(trial->settings, "figure");
  return iclgd_trial_published(trial, file, name, out, err);
}

iclgd_evidence iclgd_evidence_published(iclgd_published figure,
                                        iclgd_estimate measured) {
  return iclgd_evidence_of(figure.value, measured, figure.half_width);
}
