/* Texts of any length, which HDF5 keeps apart from the dataset that refers to
 * them. */
#ifndef ICLGD_RECORD_READ_HEAP_H
#define ICLGD_RECORD_READ_HEAP_H

#include "object.h"

/* Whether every reference of a dataset of such texts leads to one. HDF5 1.10
 * follows them without a look, and crashes where a file is damaged. What is
 * not contiguous, as ours are, is taken to be sound. */
bool iclgd_heap_is_sound(const iclgd_object *object);

#endif /* ICLGD_RECORD_READ_HEAP_H */
