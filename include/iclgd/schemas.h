/* iclgd/schemas.h - the schema of the program: the union of what every stage
 * and probe declares beside its code. */
#ifndef ICLGD_SCHEMAS_H
#define ICLGD_SCHEMAS_H

#include <stddef.h>

#include "iclgd/record.h"

/* The schemas of all rooms; static. */
const iclgd_schema *iclgd_schemas(size_t *count);

#endif /* ICLGD_SCHEMAS_H */
