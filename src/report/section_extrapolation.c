/* What the probe `extrapolation` says: more loops than trained, and the laws
 * under which the model breaks or parts from gradient descent. */
#include <math.h>
#include <string.h>

#include "report/section.h"
#include "report/text.h"

/* Row i of a dataset (rows, columns) as a list. */
static json_t *row_of(const double *values, size_t columns, size_t i) {
  return iclgd_json_list(values + i * columns, columns);
}

/* The statistics of every path of a group, (path, column), as objects by name
 * in the member `paths`; all have as many columns. */
static iclgd_status build_paths(iclgd_reader *r, const char *group,
                                const char *const *leaves, size_t n_leaves,
                                size_t columns, json_t *out) {
  char **names;
  size_t extents[] = {0, columns};
  json_t *paths = iclgd_reader_set(r, out, "paths", json_object());
  iclgd_status status =
      iclgd_reader_texts(r, group, "path_name", extents, &names);
  if (status || !names) return status;
  for (size_t i = 0; i < extents[0]; ++i)
    iclgd_reader_set(r, paths, names[i], json_object());
  for (size_t k = 0; !status && k < n_leaves; ++k) {
    double *values;
    status = iclgd_reader_column(r, group, leaves[k], 2, extents, &values);
    for (size_t i = 0; !status && values && i < extents[0]; ++i)
      iclgd_reader_set(r, json_object_get(paths, names[i]), leaves[k],
                       row_of(values, extents[1], i));
  }
  double *share;
  if (!status)
    status = iclgd_reader_column(r, group, "stable_share", 1, extents, &share);
  for (size_t i = 0; !status && share && i < extents[0]; ++i)
    iclgd_reader_set(r, json_object_get(paths, names[i]), "stable_share",
                     iclgd_json_number(share[i]));
  return status;
}

static iclgd_status build_loops(iclgd_reader *r, json_t *out) {
  static const char group[] = "extrapolation/loops";
  static const char *const list[] = {"loops"};
  static const char *const leaves[] = {"median", "mean", "log_mean",
                                       "stable_mean", "diverging"};
  size_t count = 0;
  iclgd_reader_copy_int(r, group, "trained_loops", out, "trained_loops");
  iclgd_reader_copy_real(r, group, "damping", out, "damping");
  const iclgd_status status =
      iclgd_reader_copy_lists(r, group, list, 1, &count, out);
  return status ? status : build_paths(r, group, leaves, 5, count, out);
}

static iclgd_status build_shifts(iclgd_reader *r, json_t *out) {
  static const char group[] = "extrapolation/shifts";
  static const char *const list[] = {"zero"};
  static const char *const leaves[] = {"median", "mean", "diverging", "ratio",
                                       "ratio_error"};
  char **words;
  size_t count = 0;
  iclgd_status status =
      iclgd_reader_texts(r, group, "shift_name", &count, &words);
  if (status) return status;
  json_t *names = iclgd_reader_set(r, out, "names", json_array());
  for (size_t i = 0; words && i < count; ++i)
    iclgd_reader_append(r, names, iclgd_json_line(words[i]));
  status = iclgd_reader_copy_lists(r, group, list, 1, &count, out);
  return status ? status : build_paths(r, group, leaves, 5, count, out);
}

static iclgd_status build(iclgd_reader *r, json_t *summary) {
  if (!iclgd_source_has(r->source, "extrapolation/loops")) return ICLGD_OK;
  json_t *all = iclgd_reader_set(r, summary, "extrapolation", json_object());
  json_t *loops = iclgd_reader_set(r, all, "loops", json_object());
  const iclgd_status status = build_loops(r, loops);
  if (status || !iclgd_source_has(r->source, "extrapolation/shifts"))
    return status;
  return build_shifts(r, iclgd_reader_set(r, all, "shifts", json_object()));
}

enum { SHOWN = 4 }; /* numbers of loops */

/* The trained number of loops, the largest, and two between. */
static size_t choose_columns(const json_t *loops, size_t out[SHOWN]) {
  const json_t *at = json_object_get(loops, "loops");
  const size_t count = json_array_size(at);
  const double trained = iclgd_json_real(loops, "trained_loops");
  size_t first = 0, n = 0;
  while (first + 1 < count && iclgd_json_element(at, first) < trained) ++first;
  for (size_t k = 0; count > 0 && k < SHOWN; ++k) {
    const size_t column = first + k * (count - 1 - first) / (SHOWN - 1);
    if (n == 0 || out[n - 1] != column) out[n++] = column;
  }
  return n;
}

static void print_loops(const json_t *loops, FILE *out) {
  static const struct {
    const char *name, *title;
  } rows[] = {{"model", "trained model"},
              {"damped", "damped"},
              {"gd", "gradient descent"}};
  size_t columns[SHOWN];
  const size_t count = choose_columns(loops, columns);
  const json_t *at = json_object_get(loops, "loops");
  fprintf(out, "\nMore loops than trained: median squared error\n");
  fprintf(out, "  %-17s", "loops");
  for (size_t c = 0; c < count; ++c)
    iclgd_text_cell(out, 9, 9, iclgd_json_element(at, columns[c]));
  fprintf(out, "  unstable prompts\n");
  for (size_t k = 0; k < 3; ++k) {
    const json_t *path =
        json_object_get(json_object_get(loops, "paths"), rows[k].name);
    if (!path) continue;
    fprintf(out, "  %-17s", rows[k].title);
    for (size_t c = 0; c < count; ++c)
      iclgd_text_cell(
          out, 9, 3,
          iclgd_json_element(json_object_get(path, "median"), columns[c]));
    const double unstable = 1 - iclgd_json_real(path, "stable_share");
    if (isfinite(unstable))
      fprintf(out, " %16.1f%%\n", 100 * unstable);
    else
      fprintf(out, " %17s\n", "-");
  }
}

/* Append "lead name (share), name" of the shifts whose test holds. */
static bool list_shifts(const json_t *shifts, const char *lead,
                        bool (*holds)(const json_t *shifts, size_t i),
                        char *text, size_t size) {
  const json_t *names = json_object_get(shifts, "names");
  bool any = false;
  for (size_t i = 1; i < json_array_size(names); ++i) {
    const size_t used = strlen(text);
    if (!holds(shifts, i)) continue;
    const char *name = json_string_value(json_array_get(names, i));
    const bool factor =
        strncmp(name, "n=", 2) == 0 || strstr(name, "_scale=") != NULL;
    const size_t key = factor ? strcspn(name, "=") : strlen(name);
    snprintf(text + used, size - used, "%s%.*s%s%s", any ? ", " : lead,
             (int)key, name, factor ? " x " : "", factor ? name + key + 1 : "");
    any = true;
  }
  return any;
}

static double value_of(const json_t *shifts, const char *path, const char *leaf,
                       size_t i) {
  const json_t *paths = json_object_get(shifts, "paths");
  return iclgd_json_element(json_object_get(json_object_get(paths, path), leaf),
                            i);
}

/* Above the mean error of the zero predictor, or infinite (null). */
static bool is_above_zero(const json_t *shifts, size_t i) {
  return !(value_of(shifts, "model", "mean", i) <
           iclgd_json_element(json_object_get(shifts, "zero"), i));
}

/* GD's mean error over the model's, against two standard errors. */
static bool is_below_gd(const json_t *shifts, size_t i) {
  return !is_above_zero(shifts, i) &&
         value_of(shifts, "gd", "ratio", i) >
             1 + 2 * value_of(shifts, "gd", "ratio_error", i);
}

static bool is_above_gd(const json_t *shifts, size_t i) {
  return !is_above_zero(shifts, i) &&
         value_of(shifts, "gd", "ratio", i) <
             1 - 2 * value_of(shifts, "gd", "ratio_error", i);
}

/* Whether the file has the losses that the sentence is about. */
static bool has_means(const json_t *shifts) {
  const json_t *paths = json_object_get(shifts, "paths");
  return json_array_size(json_object_get(shifts, "names")) > 0 &&
         json_object_get(shifts, "zero") &&
         json_object_get(json_object_get(paths, "model"), "mean");
}

static void print_shifts(const json_t *shifts, FILE *out) {
  char text[4096];
  snprintf(text, sizeof text, "Of %zu shifted laws the model's mean error is ",
           json_array_size(json_object_get(shifts, "names")) - 1);
  if (!list_shifts(shifts, "above the zero predictor's under ", is_above_zero,
                   text, sizeof text))
    strcat(text, "above the zero predictor's under none");
  const size_t end = strlen(text);
  list_shifts(shifts, "; of the others it is below GD's under ", is_below_gd,
              text, sizeof text);
  list_shifts(shifts,
              strlen(text) > end ? ", above it under "
                                 : "; of the others it is above GD's under ",
              is_above_gd, text, sizeof text);
  const size_t used = strlen(text);
  snprintf(text + used, sizeof text - used, ".");
  iclgd_text_wrap(out, text, 2);
}

static void print(const json_t *summary, FILE *out) {
  const json_t *all = json_object_get(summary, "extrapolation");
  if (!all) return;
  const json_t *shifts = json_object_get(all, "shifts");
  print_loops(json_object_get(all, "loops"), out);
  if (has_means(shifts)) print_shifts(shifts, out);
}

const iclgd_section iclgd_section_extrapolation = {build, print};
