/* Which HDF5 library runs. */
#include "library.h"

#include <hdf5.h>
#include <stdio.h>

const char *iclgd_hdf5_version(char *scratch, size_t size) {
  unsigned major, minor, release;
  if (H5get_libversion(&major, &minor, &release) < 0) return "unknown";
  snprintf(scratch, size, "%u.%u.%u", major, minor, release);
  return scratch;
}
