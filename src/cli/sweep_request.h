/* All that a sweep is, and what is done with it. */
#ifndef ICLGD_CLI_SWEEP_REQUEST_H
#define ICLGD_CLI_SWEEP_REQUEST_H

#include "cli/command.h"
#include "sweep/sweep.h"

typedef struct iclgd_sweep_request {
  iclgd_cli *cli;
  iclgd_arena arena;
  iclgd_settings *settings;
  iclgd_grid grid;
  iclgd_points points;
  long jobs;
  char folder[ICLGD_PATH_SIZE];
} iclgd_sweep_request;

/* Run its points under signals and a line of progress, here and in the
 * processes that follow; sets the exit code. As iclgd_sweep_run. */
iclgd_status iclgd_sweep_points(iclgd_sweep_request *q, iclgd_error *err);

/* In a process that follows: what the leader asks for. */
iclgd_status iclgd_sweep_serve(iclgd_sweep_request *q, iclgd_error *err);

/* --dry-run: print every point, how it stands, and what the rest may take by
 * those that are done. */
iclgd_status iclgd_sweep_list(iclgd_sweep_request *q, iclgd_error *err);

/* --estimate: the same once the two points that have least and most to do are
 * done. The caller holds the lock of the folder. */
iclgd_status iclgd_sweep_ends_run(iclgd_sweep_request *q, iclgd_error *err);

#endif /* ICLGD_CLI_SWEEP_REQUEST_H */
