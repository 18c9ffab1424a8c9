/* Keys of a model that its arrays, their names and the file show. */
#ifndef ICLGD_IMPORT_INFER_H
#define ICLGD_IMPORT_INFER_H

#include <iclgd/settings.h>

#include "import/claims.h"

/* Set the keys model.* and prompt.d that were not given: from the remarks of
 * the file, then from the arrays, then from the words of the map. ICLGD_EUSAGE:
 * something must be given that none of these shows. */
iclgd_status iclgd_infer_keys(iclgd_settings *settings,
                              const iclgd_claims *claims, iclgd_error *err);

#endif /* ICLGD_IMPORT_INFER_H */
