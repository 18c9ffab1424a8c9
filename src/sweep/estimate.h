/* How long a point may take, by short runs of it. */
#ifndef ICLGD_SWEEP_ESTIMATE_H
#define ICLGD_SWEEP_ESTIMATE_H

#include <iclgd/settings.h>
#include <signal.h>

/* Seconds of `PROGRAM run` with these settings on one thread, by runs in a
 * folder of their own that is removed. ICLGD_STOPPED: *stop was set;
 * ICLGD_ERANGE: such a run fails, or goes on for too long: the message says
 * which, and why. */
iclgd_status iclgd_sweep_estimate(const char *program,
                                  const iclgd_settings *settings,
                                  const volatile sig_atomic_t *stop,
                                  double *seconds, iclgd_error *err);

#endif /* ICLGD_SWEEP_ESTIMATE_H */
