/* A file that nobody vouches for is read in a child process first: HDF5 1.10
 * crashes on some that are damaged, or built to that end, and a crash of the
 * child is a message. Names, attributes, texts and one number of every dataset
 * that a run may take are looked at: references to texts of any length, which
 * HDF5 follows without a look, filters, indices of chunks. */
#include <errno.h>
#include <hdf5.h>
#include <iclgd/record.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "record/handle.h"

enum {
  MEMORY_GIB = 2, /* of the child, beside what the process has */
  SECONDS = 20,   /* of processor time */
  TEXTS_MAX = 1 << 20,
  ATTRIBUTE_MAX = 1 << 20 /* bytes; HDF5's own limit is 64 KiB or none */
};

/* All elements of texts, through which damaged references are followed. */
static void read_texts(hid_t object, bool is_attribute, hid_t type,
                       hid_t space) {
  static char buffer[ATTRIBUTE_MAX];
  const hssize_t count = H5Sget_simple_extent_npoints(space);
  const size_t size = H5Tget_size(type);
  if (count <= 0 || size == 0 || (uint64_t)count > sizeof buffer / size) return;
  const herr_t got = is_attribute ? H5Aread(object, type, buffer)
                                  : H5Dread(object, type, H5S_ALL, H5S_ALL,
                                            H5P_DEFAULT, buffer);
  if (got >= 0 && H5Tis_variable_str(type) > 0)
    H5Dvlen_reclaim(type, space, H5P_DEFAULT, buffer);
}

static herr_t try_attribute(hid_t object, const char *name,
                            const H5A_info_t *info, void *context) {
  (void)info, (void)context;
  HANDLE attribute = H5Aopen(object, name, H5P_DEFAULT);
  HANDLE type = H5Aget_type(attribute);
  HANDLE space = H5Aget_space(attribute);
  if (attribute >= 0 && type >= 0 && space >= 0)
    read_texts(attribute, true, type, space);
  return 0;
}

/* The first element: that leads through the index of chunks and the filters. */
static void read_first(hid_t dataset, hid_t type, hid_t space) {
  char element[256];
  const hsize_t start[H5S_MAX_RANK] = {0};
  hsize_t one[H5S_MAX_RANK];
  const int rank = H5Sget_simple_extent_ndims(space);
  const H5T_class_t class = H5Tget_class(type);
  if ((class != H5T_FLOAT && class != H5T_INTEGER) ||
      H5Tget_size(type) > sizeof element ||
      H5Sget_simple_extent_npoints(space) <= 0)
    return;
  for (int i = 0; i < rank; ++i) one[i] = 1;
  HANDLE memory = H5Screate(H5S_SCALAR);
  if (rank == 0 ||
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, one, NULL) >= 0)
    H5Dread(dataset, type, memory, space, H5P_DEFAULT, element);
}

static void try_dataset(hid_t dataset) {
  HANDLE type = H5Dget_type(dataset);
  HANDLE space = H5Dget_space(dataset);
  if (type < 0 || space < 0) return;
  if (H5Tget_class(type) == H5T_STRING)
    read_texts(dataset, false, type, space);
  else
    read_first(dataset, type, space);
}

/* What runs take from a file. */
static const char *const groups[] = {
    "/entry/config",    "/entry/model",      "/entry/prompts",
    "/entry/snapshots", "/entry/seeds",      "/entry/trajectories/model",
    "/entry/training",  "/entry/checkpoint", "/entry/causality"};

static herr_t try_object(hid_t file, const char *name, const H5O_info_t *info,
                         void *context) {
  (void)context;
  HANDLE object = H5Oopen(file, name, H5P_DEFAULT);
  if (object < 0) return 0;
  H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_NATIVE, NULL, try_attribute, NULL);
  if (info->type == H5O_TYPE_DATASET) try_dataset(object);
  return 0;
}

/* In the child: it ends well, by a signal, or by a limit. */
static void try_file(const char *path) {
  iclgd_limit_process((uint64_t)MEMORY_GIB << 30, SECONDS);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  const hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
  for (size_t i = 0; file >= 0 && i < sizeof groups / sizeof *groups; ++i)
    H5Ovisit_by_name2(file, groups[i], H5_INDEX_NAME, H5_ITER_NATIVE,
                      try_object, NULL, H5O_INFO_BASIC, H5P_DEFAULT);
  _exit(0);
}

iclgd_status iclgd_source_try(const char *path, iclgd_error *err) {
  int how = 0;
  const pid_t child = fork();
  if (child == 0) try_file(path);
  while (child > 0 && waitpid(child, &how, 0) < 0 && errno == EINTR) continue;
  if (child < 0 || !WIFSIGNALED(how)) return ICLGD_OK;
  const int number = WTERMSIG(how);
  return number == SIGXCPU
             ? iclgd_fail(err, ICLGD_EINPUT,
                          "%s: is damaged: reading it does not end", path)
             : iclgd_fail(err, ICLGD_EINPUT,
                          "%s: is damaged (the HDF5 library crashed reading "
                          "it: %s)",
                          path, strsignal(number));
}
