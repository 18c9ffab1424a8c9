/* Groups, and the NeXus attributes by which viewers plot them at once
 * (manual.nexusformat.org, NXdata; scale hints as silx and H5Web read them). */
#include <stdio.h>
#include <string.h>

#include "attribute.h"
#include "record/handle.h"
#include "writer.h"

static const char default_plot[] = "trajectories_loss";

static hid_t create_group(iclgd_record *record, const char *path) {
  const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
  HANDLE creation = H5Pcreate(H5P_GROUP_CREATE);
  if (creation < 0 || H5Pset_link_creation_order(creation, order) < 0 ||
      H5Pset_attr_creation_order(creation, order) < 0 ||
      H5Pset_obj_track_times(creation, false) < 0)
    return H5I_INVALID_HID;
  if (*path == '\0')
    return H5Gcreate2(record->file, "entry", H5P_DEFAULT, creation,
                      H5P_DEFAULT);
  return H5Gcreate2(record->entry, path, H5P_DEFAULT, creation, H5P_DEFAULT);
}

static herr_t describe(hid_t group, const iclgd_group *row) {
  const char *nx_class = row ? row->nx_class : "NXcollection";
  if (iclgd_attribute_text(group, "NX_class", nx_class) < 0) return -1;
  if (!row) return 0;
  if (*row->title && iclgd_attribute_text(group, "title", row->title) < 0)
    return -1;
  if (*row->description == '\0') return 0;
  return iclgd_attribute_text(group, "description", row->description);
}

static iclgd_status make_group(iclgd_record *record, const char *path) {
  iclgd_made_group *made = iclgd_arena_take(&record->arena, 1, sizeof *made);
  if (!made) return iclgd_record_fail_memory(record);
  made->path = iclgd_arena_text(&record->arena, path);
  if (!made->path) return iclgd_record_fail_memory(record);
  made->row = iclgd_schema_group(record->set, path);
  const hid_t group = create_group(record, path);
  if (group < 0) return iclgd_record_fail(record, path);
  *record->last_group = made;
  record->last_group = &made->next;
  const iclgd_status status = describe(group, made->row) < 0
                                  ? iclgd_record_fail(record, path)
                                  : ICLGD_OK;
  if (*path == '\0')
    record->entry = group;
  else
    H5Gclose(group);
  return status;
}

iclgd_status iclgd_record_group(iclgd_record *record, const char *path) {
  if (iclgd_record_find_group(record, path)) return ICLGD_OK;
  if (*path) {
    char parent[ICLGD_PATH_MAX];
    iclgd_path_parent(path, parent, sizeof parent);
    TRY(iclgd_record_group(record, parent));
  }
  return make_group(record, path);
}

/* {"axes_scale_types": [...], "axes_scale_type": [...], "signal_scale_type":
 * ...}: silx reads the first key, H5Web the second. */
static herr_t put_scale_hint(hid_t group, const iclgd_group *row, size_t rank) {
  iclgd_word words[ICLGD_RANK_MAX + 1];
  const size_t count =
      iclgd_schema_words(row->scale, words, ICLGD_RANK_MAX + 1);
  if (count == 0) return 0;
  char axes[128] = "", json[512];
  size_t used = 0;
  const char *type = "linear";
  for (size_t i = 0; i <= rank; ++i) {
    const bool is_log = i < count && strcmp(words[i], "log") == 0;
    type = is_log ? "log" : "linear";
    if (i < rank)
      used += (size_t)snprintf(axes + used, sizeof axes - used, "%s\"%s\"",
                               i ? ", " : "", type);
  }
  snprintf(json, sizeof json,
           "{\"axes_scale_types\": [%s], \"axes_scale_type\": [%s], "
           "\"signal_scale_type\": \"%s\"}",
           axes, axes, type);
  return iclgd_attribute_text(group, "SILX_style", json);
}

/* Whether all elements lie along one axis that is not the i-th. Viewers take a
 * second axis beside one as long as the whole signal for that of a scatter. */
static bool is_beside_line(const iclgd_made_array *signal, size_t i) {
  size_t size = 1, longest = 1;
  for (size_t j = 0; j < signal->rank; ++j) {
    size *= signal->extents[j];
    if (signal->extents[j] > longest) longest = signal->extents[j];
  }
  return signal->extents[i] == 1 && size > 1 && longest == size;
}

/* An axis "." is none (NXdata). */
static herr_t put_plot(hid_t group, const iclgd_group *row,
                       const iclgd_made_array *signal) {
  iclgd_word words[ICLGD_RANK_MAX];
  const char *axes[ICLGD_RANK_MAX];
  const size_t rank = iclgd_schema_words(row->axes, words, ICLGD_RANK_MAX);
  for (size_t i = 0; i < rank; ++i)
    axes[i] = is_beside_line(signal, i) ? "." : words[i];
  if (iclgd_attribute_text(group, "signal", row->signal) < 0) return -1;
  if (rank > 0 &&
      iclgd_attribute_put(group, "axes", ICLGD_TEXT, &rank, axes) < 0)
    return -1;
  for (size_t i = 0; i < rank; ++i) {
    char name[ICLGD_WORD_MAX + 8];
    if (*axes[i] == '.') continue;
    snprintf(name, sizeof name, "%s_indices", words[i]);
    if (iclgd_attribute_int(group, name, (int64_t)i) < 0) return -1;
  }
  return put_scale_hint(group, row, rank);
}

/* NULL: it was not written. */
static const iclgd_made_array *find_signal(const iclgd_record *record,
                                           const iclgd_made_group *group) {
  if (!group->row || *group->row->signal == '\0') return NULL;
  char path[ICLGD_PATH_MAX];
  snprintf(path, sizeof path, "%s/%s", group->path, group->row->signal);
  return iclgd_record_find_array(record, path);
}

/* An NXdata group without its signal is no NXdata group. */
static iclgd_status finish(iclgd_record *record, const iclgd_made_group *made) {
  if (!made->row || *made->row->signal == '\0') return ICLGD_OK;
  HANDLE group = H5Gopen2(record->entry, made->path, H5P_DEFAULT);
  if (group < 0) return iclgd_record_fail(record, made->path);
  const iclgd_made_array *signal = find_signal(record, made);
  const herr_t result =
      signal ? put_plot(group, made->row, signal)
             : iclgd_attribute_text(group, "NX_class", "NXcollection");
  return result < 0 ? iclgd_record_fail(record, made->path) : ICLGD_OK;
}

/* What a viewer shows first: the loss by layer, else the first plot. */
static const char *choose_default(const iclgd_record *record) {
  const char *chosen = NULL;
  for (const iclgd_made_group *g = record->groups; g; g = g->next) {
    if (!find_signal(record, g) || strchr(g->path, '/')) continue;
    if (strcmp(g->path, default_plot) == 0) return g->path;
    if (!chosen) chosen = g->path;
  }
  return chosen;
}

iclgd_status iclgd_record_finish_groups(iclgd_record *record) {
  for (const iclgd_made_group *g = record->groups; g; g = g->next) {
    TRY(finish(record, g));
  }
  const char *chosen = choose_default(record);
  const htri_t has = H5Aexists(record->entry, "default");
  if (has < 0 || (chosen && has == 0 &&
                  iclgd_attribute_text(record->entry, "default", chosen) < 0))
    return iclgd_record_fail(record, "");
  return ICLGD_OK;
}
