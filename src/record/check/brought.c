/* Trajectories that somebody else has put into a file of prompts, for `iclgd
 * probe --trajectories`: the arrays that are declared, of their rank, of any
 * float type, without labels and scales. They are known by groups without a
 * class in a file that was not probed. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "record/handle.h"

bool iclgd_is_brought(const iclgd_check *check, const char *path) {
  static const char root[] = "trajectories";
  const size_t length = strlen(root);
  char group[ICLGD_FULL_PATH_MAX];
  snprintf(group, sizeof group, "%s", path);
  if (strncmp(path, root, length) != 0 ||
      (path[length] != '\0' && path[length] != '/') ||
      iclgd_source_has(check->source, "trajectories_loss"))
    return false;
  if (!iclgd_source_is_group(check->source, path))
    iclgd_path_parent(path, group, sizeof group);
  return !iclgd_source_has_attr(check->source, group, "NX_class");
}

void iclgd_check_brought(iclgd_check *check, const char *path) {
  iclgd_word dims[ICLGD_RANK_MAX];
  iclgd_error err;
  char found[256];
  SCOPED_OBJECT object;
  const iclgd_dataset *row = iclgd_schema_dataset(check->set, path);
  const iclgd_status status =
      iclgd_object_dataset(check->source, path, &object, &err);
  if (status) {
    iclgd_fault_of(check, status, &err);
    return;
  }
  if (!row) {
    iclgd_fault(check, "/entry/%s: no schema declares this dataset", path);
    return;
  }
  const size_t rank = iclgd_schema_words(row->dims, dims, ICLGD_RANK_MAX);
  if (object.rank == rank && object.type_class == H5T_FLOAT) return;
  iclgd_object_describe(&object, found, sizeof found);
  iclgd_fault(check, "/entry/%s: expected floats (%s), found %s", path,
              row->dims, found);
}
