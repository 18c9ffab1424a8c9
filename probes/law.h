/* The law of a run, to be changed. */
#ifndef ICLGD_PROBES_LAW_H
#define ICLGD_PROBES_LAW_H

#include <iclgd/distribution.h>

/* Settings with the keys prompt.* alone, at the values of the run; to be freed
 * by the caller, on failure too. */
iclgd_status iclgd_law_copy(const iclgd_settings *from, iclgd_settings **out,
                            iclgd_error *err);

#endif /* ICLGD_PROBES_LAW_H */
