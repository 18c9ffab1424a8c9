/* Which path explains the layers: distances of filters, written. */
#ifndef ICLGD_PROBES_FILTER_MATCH_H
#define ICLGD_PROBES_FILTER_MATCH_H

#include "probes/filter/paths.h"

/* Write filter_distance/<who> and filter_match. diverged (n_brief) counts
 * filters that are not finite, of n_kept each. */
iclgd_status iclgd_filter_write_match(iclgd_filters *f, const int64_t *diverged,
                                      size_t n_kept, iclgd_record *record,
                                      iclgd_error *err);

#endif /* ICLGD_PROBES_FILTER_MATCH_H */
