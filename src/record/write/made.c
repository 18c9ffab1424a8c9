/* What a file under way has so far, and what went wrong with it first. */
#include <stdint.h>
#include <string.h>

#include "record/hdf5_error.h"
#include "writer.h"

iclgd_status iclgd_record_status(const iclgd_record *record, iclgd_error *err) {
  if (!record->failed) return ICLGD_OK;
  return iclgd_fail(err, record->failed, "%s", record->why.text);
}

iclgd_status iclgd_record_fail(iclgd_record *record, const char *path) {
  return iclgd_fail_hdf5(&record->why, ICLGD_EIO, "%s: cannot write /entry%s%s",
                         record->path, *path ? "/" : "", path);
}

iclgd_status iclgd_record_refuse(iclgd_record *record, const char *path,
                                 const char *reason) {
  return iclgd_fail(&record->why, ICLGD_EUSAGE, "%s: /entry/%s: %s",
                    record->path, path, reason);
}

iclgd_status iclgd_record_fail_memory(iclgd_record *record) {
  return iclgd_fail_memory(&record->why, record->path);
}

iclgd_made_group *iclgd_record_find_group(const iclgd_record *record,
                                          const char *path) {
  iclgd_made_group *group = record->groups;
  while (group && strcmp(group->path, path) != 0) group = group->next;
  return group;
}

/* The row of `folders` for a path: FNV-1a (Fowler, Noll, Vo) of its group. */
static size_t folder_of(const char *path) {
  uint64_t hash = 0xcbf29ce484222325;
  const size_t length = (size_t)(iclgd_path_leaf(path) - path);
  for (size_t i = 0; i < length; ++i)
    hash = (hash ^ (unsigned char)path[i]) * 0x100000001b3;
  return (size_t)(hash & (ICLGD_FOLDERS - 1));
}

iclgd_made_array *iclgd_record_find_array(const iclgd_record *record,
                                          const char *path) {
  iclgd_made_array *array = record->folders[folder_of(path)];
  while (array && strcmp(array->path, path) != 0) array = array->neighbour;
  return array;
}

iclgd_made_array *iclgd_record_neighbours(const iclgd_record *record,
                                          const char *path) {
  return record->folders[folder_of(path)];
}

void iclgd_record_keep_array(iclgd_record *record, iclgd_made_array *array) {
  iclgd_made_array **folder = &record->folders[folder_of(array->path)];
  array->neighbour = *folder;
  *folder = array;
  *record->last_array = array;
  record->last_array = &array->next;
}
