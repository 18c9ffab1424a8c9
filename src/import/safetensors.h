/* safetensors files. */
#ifndef ICLGD_IMPORT_SAFETENSORS_H
#define ICLGD_IMPORT_SAFETENSORS_H

#include "import/tensor.h"

/* The table of an open file of `size` bytes. */
iclgd_status iclgd_safetensors_read(int file, size_t size, iclgd_arena *arena,
                                    iclgd_tensors *out, iclgd_error *err);

/* What is to be written: arrays of doubles, each with name, rank, extents and
 * size. */
typedef struct iclgd_tensor_data {
  iclgd_tensor tensor; /* type "F64" or "F32" */
  const double *data;  /* (size) */
} iclgd_tensor_data;

/* Write a safetensors file in one go; an older one is replaced. ICLGD_ERANGE: a
 * number is beyond its type. */
iclgd_status iclgd_safetensors_write(const char *path,
                                     const iclgd_tensor_data *arrays,
                                     size_t count, const iclgd_remark *remarks,
                                     size_t n_remarks, iclgd_error *err);

#endif /* ICLGD_IMPORT_SAFETENSORS_H */
