/* How many prompts a probe runs that asks the model many times of each. */
#ifndef ICLGD_PROBES_EFFORT_H
#define ICLGD_PROBES_EFFORT_H

#include <iclgd/probe.h>

/* The prompts of the key; where that is 0, as many as `passes` of each can be
 * had for in some thirty thousand million multiplications, at most 500.
 * ICLGD_ERANGE where these are fewer than 50. */
iclgd_status iclgd_effort_prompts(const iclgd_probe_setup *setup,
                                  const char *key, size_t passes, size_t *out,
                                  iclgd_error *err);

/* The first of the prompts that are fed, so many. */
iclgd_status iclgd_effort_draw(const iclgd_probe_setup *setup, size_t count,
                               iclgd_prompts *out, iclgd_error *err);

#endif /* ICLGD_PROBES_EFFORT_H */
