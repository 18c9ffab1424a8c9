/* Arrays of numbers in an HDF5 file, as those of a safetensors file. */
#ifndef ICLGD_IMPORT_HDF5_ARRAYS_H
#define ICLGD_IMPORT_HDF5_ARRAYS_H

#include "import/tensor.h"

/* The numeric datasets of /entry/model and, as check/NAME, of /entry/check; in
 * a file without these all that are in it. The names of what stands in groups
 * are paths. Attributes of the group are the remarks. */
iclgd_status iclgd_hdf5_arrays_read(iclgd_arena *arena, iclgd_tensors *out,
                                    iclgd_error *err);

iclgd_status iclgd_hdf5_array_read(const iclgd_tensors *tensors,
                                   const iclgd_tensor *tensor,
                                   iclgd_arena *arena, double **out,
                                   iclgd_error *err);

#endif /* ICLGD_IMPORT_HDF5_ARRAYS_H */
