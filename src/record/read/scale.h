/* Dimension scales of a file that nobody vouches for. The HL library believes
 * the types and extents of the attributes it reads; here they are looked at
 * first. */
#ifndef ICLGD_RECORD_READ_SCALE_H
#define ICLGD_RECORD_READ_SCALE_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>

#include "source.h"

/* What cannot be read of these is lost (iclgd_source_lose), not absent.
 *
 * Whether a dataset is marked as a scale. */
bool iclgd_scale_is(const iclgd_source *source, hid_t set);

/* The NAME of a scale; false when it has none of at most size - 1 bytes. */
bool iclgd_scale_name(const iclgd_source *source, hid_t scale, char *out,
                      size_t size);

/* The first scale that is attached to a dim of an array of this rank, to be
 * closed by the caller; negative when there is none. */
hid_t iclgd_scale_of(const iclgd_source *source, hid_t set, size_t rank,
                     size_t dim);

/* Whether a scale is attached to a dim: both know each other. */
bool iclgd_scale_is_attached(const iclgd_source *source, hid_t set, size_t rank,
                             size_t dim, hid_t scale);

#endif /* ICLGD_RECORD_READ_SCALE_H */
