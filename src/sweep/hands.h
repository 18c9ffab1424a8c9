/* Hands that run the points of a sweep, each one at a time. */
#ifndef ICLGD_SWEEP_HANDS_H
#define ICLGD_SWEEP_HANDS_H

#include <stdbool.h>
#include <sys/types.h>

#include "sweep/sweep.h"

struct iclgd_hands {
  size_t count;
  void *context;
  /* Begin a point. ICLGD_EIO: no process can be had. */
  iclgd_status (*start)(void *context, size_t hand, const iclgd_point *point,
                        iclgd_error *err);
  /* Whether it is over, and how: the status that wait() has of its process. */
  bool (*ended)(void *context, size_t hand, int *how);
  /* Ask it to stop, with a checkpoint. */
  void (*stop)(void *context, size_t hand);
};

/* Hands whose points are child processes on one thread each:
 * PROGRAM run point.ini ... */
typedef struct iclgd_children {
  const char *folder, *program;
  pid_t *pid; /* (count); 0: nothing to do */
} iclgd_children;
iclgd_hands iclgd_hands_of_children(iclgd_children *children, size_t count);

#endif /* ICLGD_SWEEP_HANDS_H */
