/* HDF5 Dimension Scale Specification: a scale has the text CLASS, may have the
 * text NAME, and lists in REFERENCE_LIST the dims that it belongs to; an array
 * lists in DIMENSION_LIST, (rank), the scales of every dim. */
#include "scale.h"

#include <stdlib.h>
#include <string.h>

#include "record/handle.h"

enum { TEXT_MAX = 256, REFERENCES_MAX = 1 << 20 };

/* What is there cannot be read: not the same as that it is not there. */
static bool lose(const iclgd_source *source) {
  iclgd_source_lose(source, NULL, "%s: the scales of a dataset are damaged",
                    iclgd_source_path(source));
  return false;
}

/* An attribute of `rank` 0 or 1; *count is its number of elements. Negative
 * when there is none of that rank. */
static hid_t open_attribute(const iclgd_source *source, hid_t object,
                            const char *name, int rank, size_t *count) {
  const htri_t exists = H5Aexists(object, name);
  if (exists < 0) lose(source);
  if (exists <= 0) return H5I_INVALID_HID;
  const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  HANDLE space = H5Aget_space(attribute);
  const hssize_t elements = H5Sget_simple_extent_npoints(space);
  const int dims = H5Sget_simple_extent_ndims(space);
  *count = elements > 0 ? (size_t)elements : 0;
  if (elements < 0 || dims < 0) lose(source);
  if (*count > 0 && dims == rank) return attribute;
  if (attribute >= 0) H5Aclose(attribute);
  return H5I_INVALID_HID;
}

static bool keep(const char *text, char *out, size_t size) {
  if (!text || strlen(text) >= size) return false;
  strcpy(out, text);
  return true;
}

/* A text of any length; it belongs to HDF5. */
static bool read_variable(const iclgd_source *source, hid_t attribute,
                          hid_t type, char *out, size_t size) {
  char *text = NULL;
  if (H5Aread(attribute, type, &text) < 0) return lose(source);
  const bool kept = keep(text, out, size);
  HANDLE space = H5Screate(H5S_SCALAR);
  H5Dvlen_reclaim(type, space, H5P_DEFAULT, &text);
  return kept;
}

/* A type in memory for the stored text; negative when it cannot be made. */
static hid_t text_type(hid_t stored, bool variable) {
  const hid_t type = H5Tcopy(H5T_C_S1);
  if (H5Tset_size(type, variable ? H5T_VARIABLE : TEXT_MAX + 1) >= 0 &&
      H5Tset_cset(type, H5Tget_cset(stored)) >= 0)
    return type;
  if (type >= 0) H5Tclose(type);
  return H5I_INVALID_HID;
}

static bool read_text(const iclgd_source *source, hid_t object,
                      const char *name, char *out, size_t size) {
  size_t count;
  char text[TEXT_MAX + 1] = "";
  HANDLE attribute = open_attribute(source, object, name, 0, &count);
  if (attribute < 0) return false;
  HANDLE stored = H5Aget_type(attribute);
  const H5T_class_t class = H5Tget_class(stored);
  const size_t bytes = H5Tget_size(stored);
  const htri_t variable = H5Tis_variable_str(stored);
  if (class == H5T_NO_CLASS || bytes == 0 || variable < 0) return lose(source);
  if (class != H5T_STRING || bytes > TEXT_MAX) return false;
  HANDLE type = text_type(stored, variable);
  if (type < 0) return lose(source);
  if (variable) return read_variable(source, attribute, type, out, size);
  if (H5Aread(attribute, type, text) < 0) return lose(source);
  return keep(text, out, size);
}

bool iclgd_scale_is(const iclgd_source *source, hid_t set) {
  char text[TEXT_MAX + 1];
  return read_text(source, set, "CLASS", text, sizeof text) &&
         strcmp(text, "DIMENSION_SCALE") == 0;
}

bool iclgd_scale_name(const iclgd_source *source, hid_t scale, char *out,
                      size_t size) {
  return read_text(source, scale, "NAME", out, size);
}

/* DIMENSION_LIST as it is read; to be given back with free_list. */
typedef struct scale_list {
  hid_t type, space;
  hvl_t dims[H5S_MAX_RANK];
} scale_list;

static void free_list(scale_list *list) {
  H5Dvlen_reclaim(list->type, list->space, H5P_DEFAULT, list->dims);
  H5Sclose(list->space);
  H5Tclose(list->type);
}

/* 1 or 0; negative when the type cannot be read. */
static htri_t is_list_of_references(hid_t type) {
  const H5T_class_t class = H5Tget_class(type);
  if (class != H5T_VLEN) return class == H5T_NO_CLASS ? -1 : 0;
  HANDLE element = H5Tget_super(type);
  return H5Tequal(element, H5T_STD_REF_OBJ);
}

static bool read_list(const iclgd_source *source, hid_t set, size_t rank,
                      scale_list *list) {
  size_t count;
  HANDLE attribute = open_attribute(source, set, "DIMENSION_LIST", 1, &count);
  if (attribute < 0 || count != rank || rank > H5S_MAX_RANK) return false;
  HANDLE stored = H5Aget_type(attribute);
  const htri_t is_list = is_list_of_references(stored);
  if (is_list < 0) return lose(source);
  if (!is_list) return false;
  *list = (scale_list){.type = H5Tvlen_create(H5T_STD_REF_OBJ),
                       .space = H5Aget_space(attribute)};
  if (list->type >= 0 && list->space >= 0 &&
      H5Aread(attribute, list->type, list->dims) >= 0)
    return true;
  free_list(list);
  return lose(source);
}

/* References to what is not there, as of a scale that was deleted, are none. */
hid_t iclgd_scale_of(const iclgd_source *source, hid_t set, size_t rank,
                     size_t dim) {
  scale_list list;
  hid_t scale = H5I_INVALID_HID;
  if (!read_list(source, set, rank, &list)) return scale;
  const hobj_ref_t *references = list.dims[dim].p;
  if (list.dims[dim].len > 0 && references)
    scale = H5Rdereference2(set, H5P_DEFAULT, H5R_OBJECT, references);
  free_list(&list);
  if (scale >= 0 && H5Iget_type(scale) != H5I_DATASET) {
    H5Idec_ref(scale);
    return H5I_INVALID_HID;
  }
  return scale;
}

/* An element of REFERENCE_LIST. */
typedef struct user {
  hobj_ref_t set;
  unsigned dim;
} user;

static hid_t user_type(void) {
  const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(user));
  H5Tinsert(type, "dataset", offsetof(user, set), H5T_STD_REF_OBJ);
  H5Tinsert(type, "dimension", offsetof(user, dim), H5T_NATIVE_UINT);
  return type;
}

/* Whether the stored type has both members, as a reference and a number. */
static bool has_members(hid_t type) {
  if (H5Tget_class(type) != H5T_COMPOUND) return false;
  const int set = H5Tget_member_index(type, "dataset");
  const int dim = H5Tget_member_index(type, "dimension");
  if (set < 0 || dim < 0) return false;
  HANDLE reference = H5Tget_member_type(type, (unsigned)set);
  return H5Tequal(reference, H5T_STD_REF_OBJ) > 0 &&
         H5Tget_member_class(type, (unsigned)dim) == H5T_INTEGER;
}

/* Whether the scale lists dim `dim` of the array behind a reference. */
static bool knows(const iclgd_source *source, hid_t scale, hobj_ref_t set,
                  size_t dim) {
  size_t count;
  HANDLE attribute = open_attribute(source, scale, "REFERENCE_LIST", 1, &count);
  if (attribute < 0 || count > REFERENCES_MAX) return false;
  HANDLE stored = H5Aget_type(attribute);
  if (H5Tget_class(stored) == H5T_NO_CLASS) return lose(source);
  if (!has_members(stored)) return false;
  HANDLE type = user_type();
  user *users = calloc(count, sizeof *users);
  const bool is_read = users && H5Aread(attribute, type, users) >= 0;
  bool found = false;
  for (size_t i = 0; is_read && !found && i < count; ++i)
    found = users[i].set == set && users[i].dim == dim;
  if (!users)
    iclgd_source_lose_memory(source, NULL, "scales");
  else if (!is_read)
    lose(source);
  free(users);
  return found;
}

bool iclgd_scale_is_attached(const iclgd_source *source, hid_t set, size_t rank,
                             size_t dim, hid_t scale) {
  scale_list list;
  hobj_ref_t to_scale, to_set;
  if (H5Rcreate(&to_scale, scale, ".", H5R_OBJECT, -1) < 0 ||
      H5Rcreate(&to_set, set, ".", H5R_OBJECT, -1) < 0 ||
      !read_list(source, set, rank, &list))
    return false;
  const hobj_ref_t *references = list.dims[dim].p;
  bool found = false;
  for (size_t i = 0; references && i < list.dims[dim].len; ++i)
    found = found || references[i] == to_scale;
  free_list(&list);
  return found && knows(source, scale, to_set, dim);
}
