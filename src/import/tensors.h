/* Files of named arrays: safetensors or HDF5. What a file says of itself is
 * checked when it is opened; numbers are read when they are asked for, as
 * double. */
#ifndef ICLGD_IMPORT_TENSORS_H
#define ICLGD_IMPORT_TENSORS_H

#include "import/tensor.h"

/* Open a file of either kind, told by its first bytes; to be closed whatever
 * the result. ICLGD_EINPUT: no regular file, neither kind, or one that
 * contradicts itself. */
iclgd_status iclgd_tensors_open(const char *path, iclgd_arena *arena,
                                iclgd_tensors *out, iclgd_error *err);
void iclgd_tensors_close(iclgd_tensors *tensors);

/* All entries in the order of the file, *out (size) in the arena. ICLGD_EINPUT,
 * with its name, where it does not hold floating-point numbers of 16 to 64 bits
 * or holds one that is not finite. */
iclgd_status iclgd_tensor_read(const iclgd_tensors *tensors,
                               const iclgd_tensor *tensor, iclgd_arena *arena,
                               double **out, iclgd_error *err);

#endif /* ICLGD_IMPORT_TENSORS_H */
