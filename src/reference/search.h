/* A search over several hyperparameters at once, every trial of it kept. */
#ifndef ICLGD_REFERENCE_SEARCH_H
#define ICLGD_REFERENCE_SEARCH_H

#include <iclgd/algorithm.h>

/* A hyperparameter that a search moves through a coordinate z:
 * *value = unit z, or unit exp(z) where it is logarithmic. */
typedef struct iclgd_knob {
  const char *name; /* in the file */
  double *value;    /* a member of the hyperparameters */
  double unit;
  bool logarithmic;
  double low, high; /* bounds of z */
} iclgd_knob;

typedef struct iclgd_search {
  double (*loss)(const void *objective, const iclgd_hyper *hyper);
  const void *objective;
  const iclgd_knob *knobs; /* (n_knobs) */
  size_t n_knobs;
  const double *starts; /* (n_starts, n_knobs), of z */
  size_t n_starts;
  size_t trials; /* at most, from each start */
} iclgd_search;

/* Nelder and Mead's simplex from each start. Sets the knobs to the best point
 * of all and keeps every trial in *hyper, in real units. ICLGD_ERANGE when no
 * finite loss was found. */
iclgd_status iclgd_search_run(const iclgd_search *search, iclgd_hyper *hyper,
                              iclgd_arena *arena, iclgd_error *err);

#endif /* ICLGD_REFERENCE_SEARCH_H */
