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

/* "2.1 M prompts/s" of a rate of what has so many prompts each, or "12/s" where
 * they are none. */
void iclgd_progress_rate(char *out, size_t size, double rate, size_t prompts);

/* Clear the line. */
void iclgd_progress_end(iclgd_progress_line *line);

#endif /* ICLGD_CLI_PROGRESS_H */
