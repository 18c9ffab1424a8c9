/* What the table of a sweep takes from the summary of a run. */
#ifndef ICLGD_SWEEP_COLUMNS_H
#define ICLGD_SWEEP_COLUMNS_H

#include <iclgd/json.h>

/* A number of each point; NaN where the run does not say. */
typedef struct iclgd_scalar {
  const char *name, *long_name, *description;
  double (*of)(const json_t *summary);
} iclgd_scalar;
extern const iclgd_scalar iclgd_sweep_scalars[];
extern const size_t iclgd_sweep_n_scalars;

/* A name of each point; "" likewise. */
typedef struct iclgd_naming {
  const char *name, *long_name, *description;
  const char *(*of)(const json_t *summary);
} iclgd_naming;
extern const iclgd_naming iclgd_sweep_namings[];
extern const size_t iclgd_sweep_n_namings;

/* A number of each point and layer 0, 1, .. depth. */
typedef struct iclgd_curve {
  const char *name, *long_name, *description;
  double (*of)(const json_t *summary, size_t layer);
} iclgd_curve;
extern const iclgd_curve iclgd_sweep_curves[];
extern const size_t iclgd_sweep_n_curves;

#endif /* ICLGD_SWEEP_COLUMNS_H */
