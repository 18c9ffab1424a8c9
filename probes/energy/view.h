/* The parts of what the probe `energy` says. */
#ifndef ICLGD_PROBES_ENERGY_VIEW_H
#define ICLGD_PROBES_ENERGY_VIEW_H

#include "probes/views.h"

/* A share in percent, "97.5". */
const char *iclgd_energy_share(iclgd_blocks *out, double share);
/* The series of that name in a table of the summary; NULL: none. */
const json_t *iclgd_energy_series(const json_t *table, const char *name);

/* Of the member `energy`: hidden tokens, over training too (view_tokens.c). */
void iclgd_energy_tell_tokens(iclgd_blocks *out, const json_t *m);

/* Random tokens (view_random.c). */
void iclgd_energy_read_random(iclgd_reader *r, json_t *m);
void iclgd_energy_tell_random(iclgd_blocks *out, const json_t *m);

#endif /* ICLGD_PROBES_ENERGY_VIEW_H */
