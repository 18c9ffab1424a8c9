/* Opening a file that nobody vouches for, and walking in it.
 *
 * Soft and external links are not followed, because they read files that were
 * not named. Reading several gigabytes on the word of a damaged header is
 * prevented in object.c.
 */
#include "source.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "record/handle.h"
#include "record/hdf5_error.h"

enum { CHILDREN_MAX = 100000, NAME_LENGTH_MAX = 255 };

static iclgd_status check_regular(const char *path, iclgd_error *err) {
  struct stat found;
  if (stat(path, &found) != 0)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot open: %s", path,
                      strerror(errno));
  if (S_ISDIR(found.st_mode))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected an HDF5 file, found a folder", path);
  if (!S_ISREG(found.st_mode))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected an HDF5 file, found a device or pipe",
                      path);
  if (found.st_size == 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected an HDF5 file, found an empty one", path);
  FILE *file = fopen(path, "rb");
  if (!file)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: cannot open: %s", path,
                      strerror(errno));
  fclose(file);
  return ICLGD_OK;
}

/* Why HDF5 did not open a file that begins like one of its own. */
static iclgd_status refuse_file(const char *path, iclgd_error *err) {
  char why[ICLGD_REASON_MAX];
  const iclgd_reason kind = iclgd_hdf5_reason(why);
  switch (kind) {
    case ICLGD_REASON_LOCKED:
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: another program has this file open for writing; "
                        "try again when it is closed",
                        path);
    case ICLGD_REASON_MARKED:
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: a program is writing this file, or stopped "
                        "before it closed it (then `h5clear -s` may help)",
                        path);
    case ICLGD_REASON_CUT:
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: the file is cut short (HDF5: %s)", path, why);
    default:
      return iclgd_fail(err, ICLGD_EINPUT, "%s: damaged HDF5 file%s%s%s", path,
                        *why ? " (HDF5: " : "", why, *why ? ")" : "");
  }
}

/* The arrays over all runs of a sweep (write/virtual.h) stand in files that
 * were not named, so none of them is read. */
static iclgd_status refuse_virtual(const iclgd_source *source,
                                   iclgd_error *err) {
  H5G_info_t info;
  HANDLE entry = iclgd_source_object(source, "");
  if (!iclgd_source_has(source, "trajectories") ||
      !iclgd_source_has(source, "id") || H5Gget_info(entry, &info) < 0 ||
      info.nlinks != 2)
    return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: trajectories of all runs of a sweep, for h5py and the "
                    "like (docs/sweeps.md): expected a run, or the table of "
                    "the sweep",
                    source->path);
}

iclgd_status iclgd_source_open(const char *path, iclgd_source **out,
                               iclgd_error *err) {
  QUIET;
  TRY(check_regular(path, err));
  if (H5Fis_hdf5(path) <= 0)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected an HDF5 file, found another format", path);
  iclgd_source *source = calloc(1, sizeof *source);
  iclgd_loss *loss = calloc(1, sizeof *loss);
  char *copy = strdup(path);
  if (!source || !loss || !copy) {
    free(source);
    free(loss);
    free(copy);
    return iclgd_fail_memory(err, path);
  }
  *source = (iclgd_source){.file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT),
                           .path = copy,
                           .loss = loss};
  const iclgd_status refused =
      source->file < 0 ? refuse_file(path, err) : refuse_virtual(source, err);
  if (refused)
    iclgd_source_close(source);
  else
    *out = source;
  return refused;
}

void iclgd_source_close(iclgd_source *source) {
  QUIET;
  if (!source) return;
  if (source->file >= 0) H5Fclose(source->file);
  free(source->path);
  free(source->loss);
  free(source);
}

/* Of several, the first is the cause. */
static void keep(const iclgd_source *source, const iclgd_error *what) {
  if (!source->loss->there) source->loss->what = *what;
  source->loss->there = true;
}

iclgd_status iclgd_source_lose(const iclgd_source *source, iclgd_error *err,
                               const char *format, ...) {
  iclgd_error why;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why.text, sizeof why.text, format, arguments);
  va_end(arguments);
  iclgd_fail_hdf5(&why, ICLGD_EINPUT, "%.800s", why.text);
  keep(source, &why);
  return iclgd_fail(err, ICLGD_EINPUT, "%s", why.text);
}

iclgd_status iclgd_source_lose_memory(const iclgd_source *source,
                                      iclgd_error *err, const char *what) {
  iclgd_error why;
  iclgd_fail_memory(&why, what);
  keep(source, &why);
  return iclgd_fail_memory(err, what);
}

iclgd_status iclgd_source_check_read(const iclgd_source *source,
                                     iclgd_error *err) {
  if (!source->loss->there) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT, "%s", source->loss->what.text);
}

const char *iclgd_source_path(const iclgd_source *source) {
  return source->path;
}

bool iclgd_source_full_path(const char *path, char full[ICLGD_FULL_PATH_MAX]) {
  const char *root = path[0] == '/' ? "" : *path ? "/entry/" : "/entry";
  return snprintf(full, ICLGD_FULL_PATH_MAX, "%s%s", root, path) <
         ICLGD_FULL_PATH_MAX;
}

/* Why the link `name` of a group, whose path is `prefix`, is not followed. */
static iclgd_status refuse_link(const iclgd_source *source, hid_t group,
                                const char *name, const char *prefix,
                                iclgd_error *err) {
  H5L_info_t info;
  const htri_t exists = H5Lexists(group, name, H5P_DEFAULT);
  if (exists < 0)
    return iclgd_source_lose(source, err, "%s: %s: damaged", source->path,
                             prefix);
  if (exists == 0)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: %s: not found", source->path,
                      prefix);
  if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0 ||
      info.type == H5L_TYPE_HARD)
    return iclgd_source_lose(source, err, "%s: %s: damaged", source->path,
                             prefix);
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: %s: expected an object, found %s link, which is "
                    "not followed",
                    source->path, prefix,
                    info.type == H5L_TYPE_SOFT ? "a soft" : "an external");
}

/* The object behind a hard link; negative when there is none. */
static hid_t follow(hid_t group, const char *name) {
  H5L_info_t info;
  if (H5Lget_info(group, name, &info, H5P_DEFAULT) < 0 ||
      info.type != H5L_TYPE_HARD)
    return H5I_INVALID_HID;
  return H5Oopen(group, name, H5P_DEFAULT);
}

/* Link by link from the root, so that each is looked up once. */
iclgd_status iclgd_source_locate(const iclgd_source *source, const char *path,
                                 char full[ICLGD_FULL_PATH_MAX], hid_t *out,
                                 iclgd_error *err) {
  char name[ICLGD_FULL_PATH_MAX];
  if (!iclgd_source_full_path(path, full))
    return iclgd_fail(err, ICLGD_EINPUT, "%s: a path is too long",
                      source->path);
  hid_t at = H5Oopen(source->file, "/", H5P_DEFAULT);
  if (at < 0)
    return iclgd_source_lose(source, err, "%s: /: damaged", source->path);
  for (const char *rest = full + strspn(full, "/"); *rest;
       rest += strspn(rest, "/")) {
    HANDLE group = at;
    const size_t length = strcspn(rest, "/");
    snprintf(name, sizeof name, "%.*s", (int)length, rest);
    rest += length;
    at = follow(group, name);
    if (at >= 0) continue;
    char prefix[ICLGD_FULL_PATH_MAX];
    snprintf(prefix, sizeof prefix, "%.*s", (int)(rest - full), full);
    return refuse_link(source, group, name, prefix, err);
  }
  *out = at;
  return ICLGD_OK;
}

hid_t iclgd_source_object(const iclgd_source *source, const char *path) {
  char full[ICLGD_FULL_PATH_MAX];
  hid_t found;
  return iclgd_source_locate(source, path, full, &found, NULL) ? H5I_INVALID_HID
                                                               : found;
}

bool iclgd_source_has(const iclgd_source *source, const char *path) {
  QUIET;
  HANDLE object = iclgd_source_object(source, path);
  const H5I_type_t type = H5Iget_type(object);
  return type == H5I_GROUP || type == H5I_DATASET;
}

bool iclgd_source_is_group(const iclgd_source *source, const char *path) {
  QUIET;
  HANDLE object = iclgd_source_object(source, path);
  return H5Iget_type(object) == H5I_GROUP;
}

size_t iclgd_source_links(const iclgd_source *source, const char *path,
                          uint64_t *address) {
  QUIET;
  HANDLE object = iclgd_source_object(source, path);
  H5O_info_t info;
  if (object < 0 || H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0) return 0;
  *address = info.addr;
  return info.rc;
}

/* The order of creation where the file tracks it, else by name; unknown where
 * the group does not say. */
static H5_index_t child_order(hid_t group) {
  unsigned flags = 0;
  HANDLE creation = H5Gget_create_plist(group);
  if (creation < 0 || H5Pget_link_creation_order(creation, &flags) < 0)
    return H5_INDEX_UNKNOWN;
  return flags & H5P_CRT_ORDER_TRACKED ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
}

typedef struct name_list {
  iclgd_arena *arena;
  char **names;
  size_t count, most;
  bool too_long, no_memory;
} name_list;

/* Called with every link of a group. */
static herr_t keep_name(hid_t group, const char *name, const H5L_info_t *info,
                        void *context) {
  name_list *list = context;
  (void)group;
  (void)info;
  list->too_long = strlen(name) > NAME_LENGTH_MAX;
  if (list->too_long || list->count == list->most) return -1;
  char *copy = iclgd_arena_text(list->arena, name);
  list->no_memory = !copy;
  if (!copy) return -1;
  list->names[list->count++] = copy;
  return 0;
}

static iclgd_status read_names(const iclgd_source *source, const char *full,
                               hid_t group, name_list *list, iclgd_error *err) {
  const herr_t result =
      H5Literate(group, child_order(group), H5_ITER_INC, NULL, keep_name, list);
  if (list->no_memory) return iclgd_source_lose_memory(source, err, full);
  if (list->too_long)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: %s: expected names of up to %d bytes, found more",
                      source->path, full, NAME_LENGTH_MAX);
  if (result < 0 || list->count != list->most)
    return iclgd_source_lose(source, err, "%s: %s: damaged", source->path,
                             full);
  return ICLGD_OK;
}

iclgd_status iclgd_source_children(const iclgd_source *source, const char *path,
                                   iclgd_arena *arena, char ***names,
                                   size_t *count, iclgd_error *err) {
  QUIET;
  char full[ICLGD_FULL_PATH_MAX];
  hid_t found;
  TRY(iclgd_source_locate(source, path, full, &found, err));
  HANDLE group = found;
  H5G_info_t info;
  if (H5Iget_type(group) != H5I_GROUP)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: %s: expected a group, found a dataset", source->path,
                      full);
  if (H5Gget_info(group, &info) < 0)
    return iclgd_source_lose(source, err, "%s: %s: damaged", source->path,
                             full);
  if (info.nlinks > CHILDREN_MAX)
    return iclgd_fail(
        err, ICLGD_EINPUT, "%s: %s: expected up to %d children, found %llu",
        source->path, full, CHILDREN_MAX, (unsigned long long)info.nlinks);
  name_list list = {.arena = arena, .most = (size_t)info.nlinks};
  list.names = iclgd_arena_take(arena, list.most, sizeof *list.names);
  if (!list.names) return iclgd_source_lose_memory(source, err, full);
  iclgd_status status = read_names(source, full, group, &list, err);
  *names = list.names;
  *count = status ? 0 : list.count;
  return status;
}
