/* Two halves of the probe `landscape`: the gradient of the looped loss over
 * training (gradient.c), and losses at the trained A, by the number
 * of loops and of parts of A (parts.c). landscape.c has the schema.
 */
#ifndef ICLGD_PROBES_LANDSCAPE_H
#define ICLGD_PROBES_LANDSCAPE_H

#include <iclgd/probe.h>

/* Prompts on which everything is measured. */
typedef struct landscape {
  const iclgd_probe_setup *setup;
  iclgd_prompts prompts, tune;
} landscape;

/* Write /entry/landscape. */
iclgd_status iclgd_landscape_write_gradient(landscape *s, iclgd_record *record,
                                            iclgd_error *err);

/* Write /entry/landscape/loops and /entry/landscape/parts. */
iclgd_status iclgd_landscape_write_loops(landscape *s, iclgd_record *record,
                                         iclgd_error *err);
iclgd_status iclgd_landscape_write_parts(landscape *s, iclgd_record *record,
                                         iclgd_error *err);

#endif /* ICLGD_PROBES_LANDSCAPE_H */
