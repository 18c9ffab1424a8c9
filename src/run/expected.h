/* Mean losses over all prompts of a law, not only those that were drawn. */
#ifndef ICLGD_RUN_EXPECTED_H
#define ICLGD_RUN_EXPECTED_H

#include "run/stages.h"

/* Of one path. */
typedef struct iclgd_expected_path {
  double *exact; /* (steps + 1) the loss in closed form; NaN: not known */
} iclgd_expected_path;

typedef struct iclgd_expected {
  iclgd_expected_path *paths; /* (n_paths); NULL: nothing is known */
} iclgd_expected;

#endif /* ICLGD_RUN_EXPECTED_H */
