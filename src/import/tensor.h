/* Named arrays of numbers in a file of any program, and what the file says
 * about itself. */
#ifndef ICLGD_IMPORT_TENSOR_H
#define ICLGD_IMPORT_TENSOR_H

#include <iclgd/record.h>

/* Extents of an array, and arrays of a file, that are looked at. */
enum { ICLGD_TENSOR_RANK_MAX = 8, ICLGD_TENSORS_MAX = 16384 };

typedef struct iclgd_tensor {
  const char *name;
  const char *type; /* "F32", as the file calls it */
  size_t rank, extents[ICLGD_TENSOR_RANK_MAX], size; /* size: all entries */
  size_t begin; /* its first byte in a safetensors file */
} iclgd_tensor;

/* A word of the file about itself. */
typedef struct iclgd_remark {
  const char *key, *value;
} iclgd_remark;

/* Texts and tables live in an arena. */
typedef struct iclgd_tensors {
  const char *path;
  iclgd_tensor *rows;
  size_t count;
  iclgd_remark *remarks; /* __metadata__, or attributes */
  size_t n_remarks;
  int file;             /* of safetensors, or -1 */
  iclgd_source *source; /* of HDF5, or NULL */
  const char *group;    /* of HDF5, whose datasets they are: "model", "/" */
} iclgd_tensors;

/* The tensor of that name, or NULL. */
const iclgd_tensor *iclgd_tensor_named(const iclgd_tensors *tensors,
                                       const char *name);
/* The remark of that name, or NULL. */
const char *iclgd_tensors_remark(const iclgd_tensors *tensors, const char *key);

/* "(3, 4)", "()" of a single number. */
void iclgd_extents_text(const size_t *extents, size_t rank, char *out,
                        size_t size);

#endif /* ICLGD_IMPORT_TENSOR_H */
