/* What was asked for and not run, with its reason. */
#ifndef ICLGD_RUN_NOTES_H
#define ICLGD_RUN_NOTES_H

#include <iclgd/record.h>

enum { ICLGD_NOTES_MAX = 96, ICLGD_NOTE_SIZE = 160 };

typedef struct iclgd_notes {
  size_t count;
  char text[ICLGD_NOTES_MAX][ICLGD_NOTE_SIZE];
} iclgd_notes;

/* "NAME: why", as long as there is room. */
void iclgd_notes_add(iclgd_notes *notes, const char *name,
                     const iclgd_error *why);

/* The attribute not_run of /entry/trajectories, where there is a note. */
iclgd_status iclgd_notes_write(const iclgd_notes *notes, iclgd_record *record,
                               iclgd_error *err);

#endif /* ICLGD_RUN_NOTES_H */
