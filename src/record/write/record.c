/* The life of a file under way: created beside its target, committed or
 * discarded.
 *
 * The format is that of HDF5 1.8 (superblock 2), which old readers know and
 * whose metadata carry checksums. After a full disk H5Fclose fails too and
 * leaves a small structure in the memory of HDF5; the next file is not
 * concerned, but a program that has not called H5dont_atexit() may then crash
 * when it exits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attribute.h"
#include "record/handle.h"
#include "record/hdf5_error.h"
#include "record/output/target.h"
#include "writer.h"

/* Thousands of small objects: written in few large pieces, and no header leaves
 * the cache to come back for the next attribute. */
static herr_t set_metadata(hid_t list) {
  enum { BLOCK = 1 << 18, CACHE = 1 << 25 };
  H5AC_cache_config_t cache = {.version = H5AC__CURR_CACHE_CONFIG_VERSION};
  if (H5Pget_mdc_config(list, &cache) < 0) return -1;
  cache.set_initial_size = true;
  cache.initial_size = cache.max_size = CACHE;
  cache.decr_mode = H5C_decr__off;
  if (H5Pset_mdc_config(list, &cache) < 0) return -1;
  return H5Pset_meta_block_size(list, BLOCK);
}

hid_t iclgd_record_access(void) {
  const hid_t list = H5Pcreate(H5P_FILE_ACCESS);
  if (list >= 0 &&
      H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_V18) >= 0 &&
      H5Pset_fclose_degree(list, H5F_CLOSE_STRONG) >= 0 &&
      set_metadata(list) >= 0)
    return list;
  if (list >= 0) H5Pclose(list);
  return H5I_INVALID_HID;
}

static hid_t create_file(const char *path) {
  const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
  HANDLE access = iclgd_record_access();
  HANDLE creation = H5Pcreate(H5P_FILE_CREATE);
  if (access < 0 || creation < 0 ||
      H5Pset_link_creation_order(creation, order) < 0 ||
      H5Pset_attr_creation_order(creation, order) < 0 ||
      H5Pset_obj_track_times(creation, false) < 0)
    return H5I_INVALID_HID;
  return H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
}

static herr_t put_file_time(hid_t root) {
  const time_t now = time(NULL);
  struct tm utc;
  char text[32];
  if (!gmtime_r(&now, &utc)) return -1;
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return iclgd_attribute_text(root, "file_time", text);
}

static iclgd_status put_root(iclgd_record *record) {
  HANDLE root = H5Gopen2(record->file, "/", H5P_DEFAULT);
  if (root < 0 || iclgd_attribute_text(root, "NX_class", "NXroot") < 0 ||
      iclgd_attribute_text(root, "default", "entry") < 0 ||
      iclgd_attribute_text(root, "creator", "iclgd " ICLGD_VERSION) < 0 ||
      iclgd_attribute_text(root, "schema", "iclgd") < 0 ||
      iclgd_attribute_int(root, "schema_version", ICLGD_SCHEMA_VERSION) < 0 ||
      (!record->options.reproducible && put_file_time(root) < 0))
    return iclgd_record_fail(record, "");
  return ICLGD_OK;
}

/* Everything that follows the allocation; on failure the caller discards. */
static iclgd_status start(iclgd_record *record, const char *path) {
  record->path = iclgd_arena_text(&record->arena, path);
  if (!record->path) return iclgd_fail_memory(&record->why, path);
  iclgd_status status =
      iclgd_target_check(path, record->options.force, &record->why);
  if (!status)
    status = iclgd_temporary_create_named(path, &record->arena,
                                          &record->temporary, &record->why);
  if (status) return status;
  record->file = create_file(record->temporary.name);
  if (record->file < 0) return iclgd_record_fail(record, "");
  TRY(put_root(record));
  TRY(iclgd_record_group(record, ""));
  const char *title = record->options.title ? record->options.title : "iclgd";
  return iclgd_record_array_whole(record, "title", NULL, &title);
}

iclgd_status iclgd_record_create(const char *path, const iclgd_schema *schemas,
                                 size_t n_schemas,
                                 const iclgd_record_options *options,
                                 iclgd_record **out, iclgd_error *err) {
  QUIET;
  iclgd_record *record = calloc(1, sizeof *record);
  if (!record) return iclgd_fail_memory(err, path);
  record->options = *options;
  record->set = (iclgd_schema_set){schemas, n_schemas};
  record->file = record->entry = H5I_INVALID_HID;
  record->last_group = &record->groups;
  record->last_array = &record->arrays;
  record->failed = start(record, path);
  const iclgd_status status = iclgd_record_status(record, err);
  if (status)
    iclgd_record_discard(record);
  else
    *out = record;
  return status;
}

void iclgd_record_discard(iclgd_record *record) {
  QUIET;
  if (!record) return;
  iclgd_record_free_blocks(record);
  for (iclgd_made_array *a = record->arrays; a; a = a->next)
    if (a->open >= 0) H5Dclose(a->open);
  if (record->entry >= 0) H5Gclose(record->entry);
  if (record->file >= 0) H5Fclose(record->file);
  iclgd_temporary_discard(&record->temporary);
  iclgd_arena_free(&record->arena);
  free(record);
}
