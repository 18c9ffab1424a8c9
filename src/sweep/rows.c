/* Rows that were taken of runs: {"version", "columns", "rows": {ID: row}}. A
 * file is the same when its size, its place on the disk and the nanosecond in
 * which it was written are. */
#include "sweep/rows.h"

#include <iclgd/run.h>
#include <iclgd/view.h>
#include <jansson.h>
#include <string.h>

#include "record/output/save.h"
#include "sweep/columns.h"
#include "sweep/sweep.h"

static void path_of(const char *folder, char out[ICLGD_PATH_SIZE]) {
  snprintf(out, ICLGD_PATH_SIZE, "%s/rows.json", folder);
}

static json_t *names(void) {
  json_t *list = json_array();
  for (size_t c = 0; c < iclgd_sweep_n_scalars; ++c)
    json_array_append_new(list, json_string(iclgd_sweep_scalars[c].name));
  for (size_t c = 0; c < iclgd_sweep_n_namings; ++c)
    json_array_append_new(list, json_string(iclgd_sweep_namings[c].name));
  for (size_t c = 0; c < iclgd_sweep_n_curves; ++c)
    json_array_append_new(list, json_string(iclgd_sweep_curves[c].name));
  return list;
}

static bool is_ours(const json_t *kept, const json_t *columns) {
  return strcmp(iclgd_json_text(kept, "version"), iclgd_version()) == 0 &&
         json_equal(json_object_get(kept, "columns"), columns) &&
         json_is_object(json_object_get(kept, "rows"));
}

json_t *iclgd_rows_load(const char *folder) {
  char path[ICLGD_PATH_SIZE];
  path_of(folder, path);
  json_t *kept = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
  json_t *columns = names();
  if (is_ours(kept, columns)) {
    json_decref(columns);
    return kept;
  }
  json_decref(kept);
  return json_pack("{s:s, s:o, s:{}}", "version", iclgd_version(), "columns",
                   columns, "rows");
}

/* A text, because JSON has no 64 bits that all programs keep. */
static void mark_of(const struct stat *file, char out[80]) {
  snprintf(out, 80, "%lld %lld %lld.%09ld", (long long)file->st_size,
           (long long)file->st_ino, (long long)file->st_mtim.tv_sec,
           file->st_mtim.tv_nsec);
}

/* Whether a row has all that is asked of it. */
static bool is_whole(const json_t *row) {
  const json_t *curves = json_object_get(row, "curves");
  const long depth = iclgd_json_whole(row, "depth");
  bool whole = depth >= 0 && json_array_size(curves) == iclgd_sweep_n_curves &&
               iclgd_json_length(row, "scalars") == iclgd_sweep_n_scalars &&
               iclgd_json_length(row, "namings") == iclgd_sweep_n_namings;
  for (size_t c = 0; whole && c < iclgd_sweep_n_curves; ++c)
    whole = json_array_size(json_array_get(curves, c)) == (size_t)depth + 1;
  for (size_t c = 0; whole && c < iclgd_sweep_n_namings; ++c)
    whole = json_is_string(json_array_get(json_object_get(row, "namings"), c));
  return whole;
}

const json_t *iclgd_rows_find(const json_t *kept, const char *id,
                              const struct stat *file) {
  char mark[80];
  const json_t *row = json_object_get(json_object_get(kept, "rows"), id);
  mark_of(file, mark);
  return row && strcmp(iclgd_json_text(row, "file"), mark) == 0 && is_whole(row)
             ? row
             : NULL;
}

static json_t *curve_of(const iclgd_curve *curve, const json_t *summary) {
  json_t *list = json_array();
  for (size_t l = 0; l <= iclgd_summary_depth(summary); ++l)
    json_array_append_new(list, iclgd_json_number(curve->of(summary, l)));
  return list;
}

const json_t *iclgd_rows_take(json_t *kept, const char *id,
                              const struct stat *file, const json_t *summary) {
  json_t *scalars = json_array(), *namings = json_array();
  json_t *curves = json_array();
  char mark[80];
  mark_of(file, mark);
  for (size_t c = 0; c < iclgd_sweep_n_scalars; ++c)
    json_array_append_new(
        scalars, iclgd_json_number(iclgd_sweep_scalars[c].of(summary)));
  for (size_t c = 0; c < iclgd_sweep_n_namings; ++c)
    json_array_append_new(namings,
                          json_string(iclgd_sweep_namings[c].of(summary)));
  for (size_t c = 0; c < iclgd_sweep_n_curves; ++c)
    json_array_append_new(curves, curve_of(&iclgd_sweep_curves[c], summary));
  json_t *row = json_pack("{s:s, s:I, s:o, s:o, s:o}", "file", mark, "depth",
                          (json_int_t)iclgd_summary_depth(summary), "scalars",
                          scalars, "namings", namings, "curves", curves);
  if (!row || !is_whole(row)) {
    json_decref(row);
    return NULL;
  }
  return json_object_set_new(json_object_get(kept, "rows"), id, row) == 0
             ? row
             : NULL;
}

static iclgd_status write(const void *what, FILE *out, iclgd_error *err) {
  return json_dumpf(what, out, JSON_COMPACT) == 0
             ? ICLGD_OK
             : iclgd_fail_memory(err, "rows");
}

void iclgd_rows_save(const char *folder, const json_t *kept) {
  char path[ICLGD_PATH_SIZE];
  iclgd_error unused;
  path_of(folder, path);
  (void)iclgd_save(path, write, kept, &unused);
}
