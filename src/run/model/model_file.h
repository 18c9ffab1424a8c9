/* What reading a model from a file is made of. */
#ifndef ICLGD_RUN_MODEL_FILE_H
#define ICLGD_RUN_MODEL_FILE_H

#include "run/stages.h"

/* The stored arrays of job->model under /entry/model; with 0 layers the model
 * takes their number from the first. Finite numbers are demanded. */
iclgd_status iclgd_read_arrays(iclgd_job *job, const iclgd_source *source,
                               double *arrays[ICLGD_ARRAYS_MAX],
                               iclgd_error *err);

/* job->theta from stored arrays. */
iclgd_status iclgd_take_arrays(iclgd_job *job, const iclgd_source *source,
                               double *const arrays[ICLGD_ARRAYS_MAX],
                               iclgd_error *err);

/* Parameter vectors theta (count, size) of the arrays of a group, with a number
 * each from GROUP/LABEL. */
typedef struct iclgd_series {
  const char *group, *label;
  size_t count; /* 0: the file has none */
  const int64_t *index;
  const double *theta;
} iclgd_series;
iclgd_status iclgd_read_series(iclgd_job *job, const iclgd_source *source,
                               iclgd_series *series, iclgd_error *err);

/* No attribute of the group that nobody knows. */
iclgd_status iclgd_check_model_attributes(const iclgd_source *source,
                                          iclgd_arena *arena, iclgd_error *err);

/* Linear attention: job->model and theta by the file's conventions, and those
 * of our own files. */
iclgd_status iclgd_read_linear(iclgd_job *job, const iclgd_source *source,
                               iclgd_error *err);
iclgd_status iclgd_write_linear_conventions(iclgd_record *record,
                                            const iclgd_model *model,
                                            iclgd_error *err);

#endif /* ICLGD_RUN_MODEL_FILE_H */
