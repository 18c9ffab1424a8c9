/* A progress line on standard error. */
#ifndef ICLGD_CLI_PROGRESS_H
#define ICLGD_CLI_PROGRESS_H

#include <iclgd/run.h>
#include <stdbool.h>

typedef struct iclgd_progress_line {
  bool quiet, terminal, drawn;
  double started, shown; /* seconds; started: of the phase */
  const char *phase;
  size_t run;
} iclgd_progress_line;

void iclgd_progress_start(iclgd_progress_line *line, bool quiet);

/* For iclgd_run_options: loss, rate and remaining time, redrawn on a terminal
 * ten times a second, else a line every ten seconds. */
void iclgd_progress_show(void *context, const iclgd_progress *progress);

/* Clear the line. */
void iclgd_progress_end(iclgd_progress_line *line);

#endif /* ICLGD_CLI_PROGRESS_H */
