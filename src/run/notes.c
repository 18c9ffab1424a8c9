/* What was asked for and not run, with its reason. */
#include "run/notes.h"

#include <stdio.h>

void iclgd_notes_add(iclgd_notes *notes, const char *name,
                     const iclgd_error *why) {
  if (notes->count == ICLGD_NOTES_MAX) return;
  snprintf(notes->text[notes->count++], ICLGD_NOTE_SIZE, "%s: %.120s", name,
           why->text);
}

iclgd_status iclgd_notes_write(const iclgd_notes *notes, iclgd_record *record,
                               iclgd_error *err) {
  const char *text[ICLGD_NOTES_MAX];
  if (notes->count == 0) return ICLGD_OK;
  for (size_t i = 0; i < notes->count; ++i) text[i] = notes->text[i];
  return iclgd_record_attr_texts(record, "trajectories", "not_run", text,
                                 notes->count, err);
}
