/* iclgd/schemas.h - the schema of the file: the union of all declared groups
 * and datasets, probes included. */
#ifndef ICLGD_SCHEMAS_H
#define ICLGD_SCHEMAS_H

#include "iclgd/record.h"

/* With room for one more than there will be: that of a caller's architecture.
 */
enum { ICLGD_SCHEMAS_MAX = 64 };

/* Fill the array; the number of schemas in it. */
size_t iclgd_schemas(iclgd_schema out[ICLGD_SCHEMAS_MAX]);

#endif /* ICLGD_SCHEMAS_H */
