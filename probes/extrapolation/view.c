/* What the probe `extrapolation` says: more loops than trained, and the laws
 * under which the model breaks or parts from gradient descent. */
#include <iclgd/algorithm.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/views.h"

/* The statistics of every path of a group, (path, column), as objects by name
 * in the member `paths`. */
static void read_paths(iclgd_reader *r, const char *group, const char *members,
                       size_t columns, json_t *out) {
  json_t *rows = json_array(), *row;
  json_t *paths = iclgd_reader_set(r, out, "paths", json_object());
  size_t i;
  iclgd_reader_rows(r, group, members, &columns, rows);
  json_array_foreach(rows, i, row) {
    iclgd_reader_set(r, paths, iclgd_json_text(row, "name"), json_incref(row));
    json_object_del(row, "name");
  }
  json_decref(rows);
}

static void read(iclgd_reader *r, json_t *summary) {
  static const char loops[] = "extrapolation/loops";
  static const char shifts[] = "extrapolation/shifts";
  size_t count = 0;
  const bool has_loops = iclgd_reader_has(r, loops);
  if (!has_loops && !iclgd_reader_has(r, shifts)) return;
  json_t *all = iclgd_reader_set(r, summary, "extrapolation", json_object());
  json_t *to =
      has_loops ? iclgd_reader_set(r, all, "loops", json_object()) : NULL;
  if (has_loops) {
    iclgd_reader_members(r, loops, "@trained_loops @damping loops", &count, to);
    read_paths(r, loops,
               "$path_name=name *median *mean *log_mean *stable_mean "
               "*diverging stable_share",
               count, to);
  }
  if (!iclgd_reader_has(r, shifts)) return;
  count = 0;
  to = iclgd_reader_set(r, all, "shifts", json_object());
  iclgd_reader_members(r, shifts, "$shift_name=names zero", &count, to);
  read_paths(r, shifts,
             "$path_name=name *median *mean *diverging *ratio *ratio_error",
             count, to);
  iclgd_reader_members(r, shifts, "%not_run", NULL, to);
}

/* The trained model, and with damped steps, are rows of the group; others are
 * algorithms. */
static const json_t *path_of(const json_t *group, const char *name) {
  return json_object_get(json_object_get(group, "paths"), name);
}

static const json_t *descent_of(const json_t *group) {
  return path_of(group, iclgd_algorithm_descent()->name);
}

/* --- loops --------------------------------------------------------------- */

/* The numbers of loops from the trained one on. */
static size_t first_shown(const json_t *loops) {
  const double trained = iclgd_json_real(loops, "trained_loops");
  size_t first = 0;
  while (first + 1 < iclgd_json_length(loops, "loops") &&
         iclgd_json_at(loops, "loops", first) < trained)
    ++first;
  return first;
}

static void put_path(iclgd_blocks *out, const json_t *path, const char *title,
                     const size_t *columns, size_t count) {
  if (!path) return;
  iclgd_put_row(out, "%s", title);
  iclgd_put_number(out, 1 - iclgd_json_real(path, "stable_share"));
  for (size_t c = 0; c < count; ++c)
    iclgd_put_number(out, iclgd_json_at(path, "median", columns[c]));
}

static void put_loops(iclgd_blocks *out, const json_t *loops) {
  enum { MOST = 5, BEFORE = 2 };
  char titles[MOST][32];
  size_t shown[MOST], count = 0;
  iclgd_column columns[BEFORE + MOST] = {
      {"loops", .format = ICLGD_AS_TEXT},
      {"unstable prompts", .format = ICLGD_AS_PERCENT}};
  const size_t first = first_shown(loops);
  const size_t all = iclgd_json_length(loops, "loops") - first;
  for (; count < all && count < MOST; ++count) {
    shown[count] = first + iclgd_evenly(count, all, MOST);
    snprintf(titles[count], sizeof *titles, "%.0f",
             iclgd_json_at(loops, "loops", shown[count]));
    columns[BEFORE + count] = (iclgd_column){titles[count], .digits = 3};
  }
  iclgd_put_table(out, columns, BEFORE + count,
                  "The median squared error by the number of loops, from the "
                  "trained one on, and the share of prompts on which the "
                  "repeated layers are unstable.");
  put_path(out, path_of(loops, "model"), "trained model", shown, count);
  put_path(out, path_of(loops, "damped"), "damped", shown, count);
  put_path(out, descent_of(loops), iclgd_algorithm_descent()->title, shown,
           count);
}

/* --- shifts -------------------------------------------------------------- */

/* Above the mean error of the zero predictor, or infinite (null). */
static bool is_above_zero(const json_t *shifts, size_t i) {
  return !isless(iclgd_json_at(path_of(shifts, "model"), "mean", i),
                 iclgd_json_at(shifts, "zero", i));
}

/* GD's mean error over the model's, against two standard errors. */
static bool is_below_gd(const json_t *shifts, size_t i) {
  const json_t *gd = descent_of(shifts);
  return !is_above_zero(shifts, i) &&
         isgreater(iclgd_json_at(gd, "ratio", i),
                   1 + 2 * iclgd_json_at(gd, "ratio_error", i));
}

static bool is_above_gd(const json_t *shifts, size_t i) {
  const json_t *gd = descent_of(shifts);
  return !is_above_zero(shifts, i) &&
         isless(iclgd_json_at(gd, "ratio", i),
                1 - 2 * iclgd_json_at(gd, "ratio_error", i));
}

/* A ratio whose error the sample does not tell. */
static bool is_unknown(const json_t *shifts, size_t i) {
  const json_t *gd = descent_of(shifts);
  return json_object_get(gd, "ratio_error") &&
         isfinite(iclgd_json_at(gd, "ratio", i)) &&
         isnan(iclgd_json_at(gd, "ratio_error", i));
}

enum { NAME_SIZE = 128 };

/* A shift in words: "n=2" is a factor, "n x 2". */
static void name_shift(const char *name, size_t size, char *text) {
  const bool factor =
      strncmp(name, "n=", 2) == 0 || strstr(name, "_scale=") != NULL;
  const size_t key = factor ? strcspn(name, "=") : strlen(name);
  snprintf(text, size, "%.*s%s%s", (int)key, name, factor ? " x " : "",
           factor ? name + key + 1 : "");
}

/* "name, name": the shifts whose test holds. */
static size_t list_shifts(const json_t *shifts,
                          bool (*holds)(const json_t *shifts, size_t i),
                          char *text, size_t size) {
  const json_t *names = json_object_get(shifts, "names");
  size_t count = 0, used = 0;
  *text = '\0';
  for (size_t i = 1; i < json_array_size(names); ++i) {
    if (!holds(shifts, i)) continue;
    char name[NAME_SIZE];
    name_shift(json_string_value(json_array_get(names, i)), sizeof name, name);
    if (used < size)
      used += (size_t)snprintf(text + used, size - used, "%s%s",
                               count ? ", " : "", name);
    ++count;
  }
  return count;
}

/* `hidden`: rare prompts carry the means, whose errors are not known. */
static void put_words(iclgd_blocks *out, const json_t *shifts, bool hidden) {
  enum { SIZE = 2048 };
  char above[SIZE], better[SIZE], worse[SIZE], unknown[SIZE];
  const size_t broken = list_shifts(shifts, is_above_zero, above, SIZE);
  const size_t below = list_shifts(shifts, is_below_gd, better, SIZE);
  const size_t beyond = list_shifts(shifts, is_above_gd, worse, SIZE);
  const size_t untold = list_shifts(shifts, is_unknown, unknown, SIZE);
  iclgd_put_sentence(
      out,
      "Of %zu shifted laws the model's mean error%s is above the zero "
      "predictor's under %s.",
      iclgd_json_length(shifts, "names") - 1,
      hidden ? ", on these prompts," : "", broken ? above : "none");
  if (hidden)
    iclgd_put_sentence(out,
                       "Rare prompts carry the model's mean under the law of "
                       "training: no error of a mean, or of a ratio of means, "
                       "is known; medians hold.");
  if (hidden) return;
  if (below)
    iclgd_put_sentence(out, "Of the others it is below GD's under %s.", better);
  if (beyond)
    iclgd_put_sentence(out, "Of the others it is above GD's under %s.", worse);
  if (untold)
    iclgd_put_sentence(out,
                       "A few prompts carry its mean and GD's under %s: their "
                       "ratio has no known error.",
                       unknown);
}

/* "n=2 was not run: why", one sentence for each. */
static void put_not_run(iclgd_blocks *out, const json_t *shifts) {
  size_t i;
  json_t *note;
  json_array_foreach(json_object_get(shifts, "not_run"), i, note) {
    const char *text = json_string_value(note);
    const size_t name = strcspn(text, ":");
    iclgd_put_sentence(out, "%.*s was not run%s.", (int)name, text,
                       text + name);
  }
}

static void put_estimate(iclgd_blocks *out, double value, double error,
                         bool hidden) {
  if (hidden)
    iclgd_put_noted(out, value, "unknown");
  else
    iclgd_put_estimate(out, value, error);
}

static void put_shifts(iclgd_blocks *out, const json_t *shifts, bool hidden) {
  static const iclgd_column columns[] = {
      {"law", .format = ICLGD_AS_TEXT},
      {"model, mean", .digits = 4},
      {"model, median", .digits = 4},
      {"zero predictor", .digits = 4},
      {"GD's loss over the model's", .digits = 4}};
  const json_t *model = path_of(shifts, "model"), *gd = descent_of(shifts);
  size_t i;
  json_t *name;
  iclgd_put_figure(out, "shifts");
  iclgd_put_fold(out, "Every shifted law");
  iclgd_put_table(out, columns, sizeof columns / sizeof *columns,
                  "The squared error on prompts of other laws than those of "
                  "training (none: the same law). Above the zero predictor's "
                  "the model is worse than no answer; in the last column, "
                  "above 1 it is better than gradient descent; unknown: the "
                  "error, where a few prompts carry the means.");
  json_array_foreach(json_object_get(shifts, "names"), i, name) {
    char words[NAME_SIZE];
    name_shift(json_string_value(name), sizeof words, words);
    iclgd_put_row(out, "%s", words);
    put_estimate(out, iclgd_json_at(model, "mean", i), NAN, hidden);
    iclgd_put_number(out, iclgd_json_at(model, "median", i));
    iclgd_put_number(out, iclgd_json_at(shifts, "zero", i));
    put_estimate(out, iclgd_json_at(gd, "ratio", i),
                 iclgd_json_at(gd, "ratio_error", i),
                 hidden || is_unknown(shifts, i));
  }
  iclgd_put_fold_end(out);
}

/* Whether the file has the losses that the words are about. */
static bool has_means(const json_t *shifts) {
  return iclgd_json_length(shifts, "names") > 0 &&
         json_object_get(shifts, "zero") &&
         json_object_get(path_of(shifts, "model"), "mean");
}

/* Of a model that learned no more, no shift breaks anything. */
#define LITTLE 0.9

static double share_of_zero(const json_t *shifts) {
  return iclgd_json_at(path_of(shifts, "model"), "mean", 0) /
         iclgd_json_at(shifts, "zero", 0);
}

static void put_claim(iclgd_blocks *out, const json_t *loops,
                      const json_t *shifts) {
  char broken[80] = "", names[2048];
  const size_t last = iclgd_json_length(loops, "loops");
  const json_t *model = path_of(loops, "model");
  const char *until =
      last ? iclgd_number_text(out, 3, iclgd_json_at(model, "median", last - 1))
           : "";
  if (has_means(shifts) && !isfinite(share_of_zero(shifts)))
    snprintf(broken, sizeof broken,
             "Before any shift its error is not finite.");
  else if (has_means(shifts) && !(share_of_zero(shifts) < LITTLE))
    snprintf(broken, sizeof broken,
             "Before any shift its error is %.2g of that of predicting zero.",
             share_of_zero(shifts));
  else if (has_means(shifts))
    snprintf(broken, sizeof broken, "%zu of %zu shifts break it.",
             list_shifts(shifts, is_above_zero, names, sizeof names),
             iclgd_json_length(shifts, "names") - 1);
  if (last == 0)
    iclgd_put_claim(out, "%s", broken);
  else
    iclgd_put_claim(
        out, "%g loops: median error %s -> %s.%s%s",
        iclgd_json_at(loops, "loops", last - 1),
        iclgd_number_text(out, 3,
                          iclgd_json_at(model, "median", first_shown(loops))),
        until, *broken ? " " : "", broken);
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  const json_t *all = json_object_get(summary, "extrapolation");
  const json_t *loops = json_object_get(all, "loops");
  const json_t *shifts = json_object_get(all, "shifts");
  if (!all) return;
  put_claim(out, loops, shifts);
  if (loops) iclgd_put_figure(out, "loops");
  if (loops) put_loops(out, loops);
  const bool hidden = iclgd_final_is_hidden(summary);
  if (has_means(shifts)) put_words(out, shifts, hidden);
  if (shifts) put_not_run(out, shifts);
  if (shifts) put_shifts(out, shifts, hidden);
}

const iclgd_view iclgd_view_extrapolation = {
    .title = "Beyond training", .read = read, .tell = tell};
