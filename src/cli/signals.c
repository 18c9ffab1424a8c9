/* Signals that ask a command to end early. */
#include "cli/signals.h"

#include <stddef.h>

volatile sig_atomic_t iclgd_cli_caught;

static void on_signal(int number) {
  iclgd_cli_caught = number;
}

/* Signals that end a process and can be heeded: a stage then ends early, and
 * no temporary file stays. Those of errors in the program are not among them.
 */
static const int ends[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT,   SIGUSR1,
                           SIGUSR2, SIGALRM, SIGXCPU, SIGVTALRM, SIGPROF};

/* But for SIGHUP where nohup has it ignored. A progress line that nobody reads
 * any more is no reason to lose the run. */
void iclgd_cli_heed_signals(void) {
  const struct sigaction action = {.sa_handler = on_signal};
  struct sigaction old;
  sigaction(SIGHUP, NULL, &old);
  for (size_t i = 0; i < sizeof ends / sizeof *ends; ++i)
    if (ends[i] != SIGHUP || old.sa_handler != SIG_IGN)
      sigaction(ends[i], &action, NULL);
  signal(SIGPIPE, SIG_IGN);
}
