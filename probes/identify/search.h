/* One hypothesis moved downhill (search.c). */
#ifndef ICLGD_PROBES_IDENTIFY_SEARCH_H
#define ICLGD_PROBES_IDENTIFY_SEARCH_H

#include "probes/identify/parts.h"

/* What one thread needs; sizes of the largest hypothesis. */
typedef struct identify_search {
  const identify_sample *sample;
  const double *weight; /* (layers, count, m): c of fit.c */
  identify_hypothesis *h;
  identify_scratch scratch;
  double *r, *trial; /* (layers, count, m) */
  double *J;         /* (joint, layers, count, m) */
  double *A, *g;     /* (joint, joint), (joint) */
  double *M, *B, *X; /* of the equations: (joint, joint) each */
  double *work;
  double *z, *chosen, *before, *errors; /* (n_z) */
  size_t *all;                          /* 0, 1, 2, ... */
} identify_search;

/* c of every layer and prompt. */
iclgd_status iclgd_identify_weigh(const identify_sample *sample,
                                  iclgd_arena *arena, double **out,
                                  iclgd_error *err);

/* For up to n_z parameters, `joint` of them moved together. */
iclgd_status iclgd_identify_search_create(const identify_sample *sample,
                                          const double *weight, size_t n_z,
                                          size_t joint, iclgd_arena *arena,
                                          identify_search *out,
                                          iclgd_error *err);

/* sum |r|^2 over layers first..last at h->z; infinite where it overflows. */
double iclgd_identify_loss(identify_search *s, size_t first, size_t last);

/* Move the parameters `which` (count) downhill, in at most `most` steps;
 * returns what iclgd_identify_loss is then. */
double iclgd_identify_descend(identify_search *s, const size_t *which,
                              size_t count, size_t first, size_t last,
                              size_t most);

/* s->errors: standard errors of h->z, NaN where a parameter is not determined,
 * or all of them unless they can be moved together. */
void iclgd_identify_errors(identify_search *s, bool joint);

#endif /* ICLGD_PROBES_IDENTIFY_SEARCH_H */
