/* What a probe needs and a model may lack. */
#ifndef ICLGD_RUN_CAPABILITIES_H
#define ICLGD_RUN_CAPABILITIES_H

#include <iclgd/probe.h>

/* ICLGD_ERANGE where path 0 has not all of `needs` (iclgd_capability); the
 * message says what it lacks. */
iclgd_status iclgd_check_needs(const iclgd_probe_setup *setup, unsigned needs,
                               iclgd_error *err);

#endif /* ICLGD_RUN_CAPABILITIES_H */
