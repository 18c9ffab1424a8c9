/* What the probe `by_context` writes. */
#ifndef ICLGD_PROBES_BY_CONTEXT_SCHEMA_H
#define ICLGD_PROBES_BY_CONTEXT_SCHEMA_H

#include <iclgd/probe.h>

extern const iclgd_schema iclgd_by_context_schema;

#endif /* ICLGD_PROBES_BY_CONTEXT_SCHEMA_H */
