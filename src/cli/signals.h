/* Signals that ask a command to end early, with what it has done. */
#ifndef ICLGD_CLI_SIGNALS_H
#define ICLGD_CLI_SIGNALS_H

#include <signal.h>

/* The signal that asked to stop; 0: none did. */
extern volatile sig_atomic_t iclgd_cli_caught;

/* From here on they are caught, and SIGPIPE is ignored. */
void iclgd_cli_heed_signals(void);

#endif /* ICLGD_CLI_SIGNALS_H */
