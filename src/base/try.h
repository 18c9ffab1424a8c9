/* TRY is part of <iclgd/status.h>. */
#include <iclgd/status.h>
