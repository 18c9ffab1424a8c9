/* A check of a whole file under way: what its parts share. */
#ifndef ICLGD_RECORD_CHECK_CHECK_H
#define ICLGD_RECORD_CHECK_CHECK_H

#include "record/read/object.h"
#include "record/schema.h"

typedef struct iclgd_check {
  const iclgd_source *source;
  iclgd_schema_set set;
  void (*report)(void *context, const char *line); /* may be NULL */
  void *context;
  size_t faults;
  size_t objects;      /* seen so far: hard links can form a circle */
  iclgd_error first;   /* the text of the first fault */
  iclgd_status failed; /* why the check cannot go on, and its message */
  iclgd_error why;
} iclgd_check;

/* Report one fault: "run.h5: " and the formatted rest. */
void iclgd_fault(iclgd_check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Report the message of a call that failed because of the file; one that failed
 * for other reasons (memory) ends the check. */
void iclgd_fault_of(iclgd_check *check, iclgd_status status,
                    const iclgd_error *err);

/* The attribute is a list of strings (rank 1) or a single one (rank 0) of any
 * length; its texts in the arena, or NULL after a report. `path` is relative to
 * /entry. */
char **iclgd_check_list(iclgd_check *check, const char *path, const char *name,
                        size_t rank, iclgd_arena *arena, size_t *count);
const char *iclgd_check_text(iclgd_check *check, const char *path,
                             const char *name, iclgd_arena *arena);

/* The status of the whole check, with the message of its first fault. */
iclgd_status iclgd_check_outcome(const iclgd_check *check, iclgd_error *err);

/* One dataset against its row and the scales of its group. */
void iclgd_check_dataset(iclgd_check *check, const char *path);

/* One group against its row, and as a plot when it says that it is one. False
 * when no schema knows it, so that what it holds needs no look. */
bool iclgd_check_group(iclgd_check *check, const char *path);

/* Whether the object was brought by somebody else; and one such dataset against
 * its row. */
bool iclgd_is_brought(const iclgd_check *check, const char *path);
void iclgd_check_brought(iclgd_check *check, const char *path);

/* The texts of a dataset, and of the attributes of any object. */
void iclgd_check_texts(iclgd_check *check, const char *path);

#endif /* ICLGD_RECORD_CHECK_CHECK_H */
