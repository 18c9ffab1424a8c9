/* The table of a sweep in words and tables (sweep_sheet.c): what its intervals
 * are, how points ended that are not done. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "summary/sweep_sheet.h"
#include "summary/sweep_view.h"
#include "summary/views.h"
#include "view/blocks.h"
#include "view/text.h"

static size_t count_of(const json_t *object, const char *key) {
  return (size_t)iclgd_json_whole(object, key);
}

static void put_count(iclgd_blocks *out, const json_t *sweep) {
  const size_t points = count_of(sweep, "points");
  const size_t done = count_of(sweep, "done");
  const size_t diverged = count_of(sweep, "diverged");
  const size_t failed = count_of(sweep, "failed");
  if (done == points)
    iclgd_put_sentence(out, "%zu point%s, all done.", points,
                       points == 1 ? "" : "s");
  else
    iclgd_put_sentence(out,
                       "%zu point%s: %zu done, %zu diverged, %zu failed, %zu "
                       "not run.",
                       points, points == 1 ? "" : "s", done, diverged, failed,
                       points - done - diverged - failed);
}

/* Whether a column stands with the folded ones: with a group all do, without
 * those that do not stand beside y. */
static bool is_folded(const json_t *sweep, const json_t *pivot) {
  return *iclgd_json_text(sweep, "group") ||
         !json_is_true(json_object_get(pivot, "brief"));
}

/* Why means that are shown, folded or not, have no interval. */
static void put_hidden(iclgd_blocks *out, const json_t *sweep, bool folded) {
  const json_t *more = json_object_get(sweep, "more");
  bool hidden = !folded && json_is_true(json_object_get(sweep, "hidden"));
  for (size_t i = 0; i < json_array_size(more); ++i) {
    const json_t *pivot = json_array_get(more, i);
    hidden |= is_folded(sweep, pivot) == folded &&
              json_is_true(json_object_get(pivot, "hidden"));
  }
  if (hidden && *iclgd_json_text(sweep, "over"))
    iclgd_put_sentence(out,
                       "No interval is known where rare prompts carry the mean "
                       "of a run, which is mostly too low then.");
}

/* What a number of the pivot is, and what its interval. */
static void put_meaning(iclgd_blocks *out, const json_t *sweep) {
  const char *label = iclgd_json_text(sweep, "label");
  const char *y = iclgd_json_text(sweep, "y");
  const char *over = iclgd_json_text(sweep, "over");
  const bool known = json_is_true(json_object_get(sweep, "intervals"));
  if (json_is_true(json_object_get(sweep, "is_text")))
    iclgd_put_sentence(out,
                       "%s: what is said most often in a cell; of what is said "
                       "as often, one.",
                       label);
  else if (!*over)
    iclgd_put_sentence(out,
                       "%s (%s). One seed of each: no interval over seeds is "
                       "known.",
                       label, y);
  else if (json_is_true(json_object_get(sweep, "mixed")))
    iclgd_put_sentence(out,
                       "%s (%s): mean over %s. Where points differ in more "
                       "than the seed there is no interval%s.",
                       label, y, over,
                       known ? "; elsewhere +- is half of the 95% interval "
                               "over seeds (Student's t)"
                             : "");
  else if (known)
    iclgd_put_sentence(out,
                       "%s (%s): mean over seeds +- half of its 95%% interval "
                       "(Student's t); of one seed alone, or where all are "
                       "equal, none.",
                       label, y);
  else
    iclgd_put_sentence(out,
                       "%s (%s): mean over seeds; no interval over seeds is "
                       "known.",
                       label, y);
  put_hidden(out, sweep, false);
  if (*over && strcmp(iclgd_json_text(sweep, "x"), "layer") == 0)
    iclgd_put_sentence(out, "A layer's mean is of the points that have it.");
}

static void put_matches(iclgd_blocks *out, const json_t *sweep) {
  const json_t *list = json_object_get(sweep, "matches");
  const char *words = "";
  size_t all = 0;
  for (size_t i = 0; i < json_array_size(list) && words; ++i) {
    const json_t *one = json_array_get(list, i);
    all += count_of(one, "count");
    words = iclgd_blocks_format(out, "%s%s %s %zu", words, i ? "," : "",
                                iclgd_json_text(one, "name"),
                                count_of(one, "count"));
  }
  if (all > 0 && words)
    iclgd_put_sentence(out, "Best match, of %zu point%s:%s.", all,
                       all == 1 ? "" : "s", words);
}

/* Points that are not done, and why. */
static void put_troubled(iclgd_blocks *out, const json_t *sweep) {
  enum { SHOWN = 10 };
  const json_t *list = json_object_get(sweep, "troubled");
  const size_t count = count_of(sweep, "points") - count_of(sweep, "done");
  const iclgd_column columns[] = {{"point", .format = ICLGD_AS_TEXT},
                                  {"state", .format = ICLGD_AS_TEXT},
                                  {"reason", .format = ICLGD_AS_TEXT}};
  if (count == 0) return;
  iclgd_put_table(out, columns, 3,
                  "Points that are not done; a mean is of those that are.");
  for (size_t i = 0; i < json_array_size(list) && i < SHOWN; ++i) {
    const json_t *one = json_array_get(list, i);
    iclgd_put_row(out, "%s", iclgd_json_text(one, "id"));
    iclgd_put_text(out, "%s", iclgd_json_text(one, "state"));
    iclgd_put_text(out, "%s", iclgd_json_text(one, "reason"));
  }
  if (count > SHOWN)
    iclgd_put_sentence(out, "And %zu more that are not done.", count - SHOWN);
}

static void put_tables(iclgd_blocks *out, const json_t *sweep) {
  const json_t *first = json_array_get(json_object_get(sweep, "pivots"), 0);
  if (*iclgd_json_text(sweep, "group"))
    iclgd_sweep_put_pivot(out, sweep, first);
  else
    iclgd_sweep_put_columns(out, sweep, first, true);
}

/* What the names of columns mean. */
static void put_labels(iclgd_blocks *out, const json_t *more) {
  for (size_t i = 0; i < json_array_size(more); ++i) {
    const json_t *pivot = json_array_get(more, i);
    const char *name = iclgd_json_text(pivot, "y");
    const char *label = iclgd_json_text(pivot, "label");
    if (!json_is_true(json_object_get(pivot, "brief")) && strcmp(name, label))
      iclgd_put_sentence(out, "%s: %s.", name, label);
  }
}

static void put_more(iclgd_blocks *out, const json_t *sweep) {
  const json_t *more = json_object_get(sweep, "more");
  const bool grouped = *iclgd_json_text(sweep, "group");
  size_t others = 0;
  for (size_t i = 0; i < json_array_size(more); ++i)
    others += is_folded(sweep, json_array_get(more, i));
  if (others == 0) return;
  iclgd_put_in_short(out, false);
  iclgd_put_fold(out, "Other columns");
  for (size_t i = 0; grouped && i < json_array_size(more); ++i) {
    const json_t *pivot = json_array_get(more, i);
    iclgd_put_heading(out, "%s", iclgd_json_text(pivot, "y"));
    iclgd_sweep_put_pivot(out, sweep, pivot);
  }
  if (!grouped) {
    iclgd_sweep_put_columns(out, sweep, NULL, false);
    put_labels(out, more);
  }
  put_hidden(out, sweep, true);
  iclgd_put_fold_end(out);
}

void iclgd_sweep_tell(const json_t *summary, iclgd_blocks *out) {
  const json_t *sweep = json_object_get(summary, "sweep");
  if (!sweep) return;
  iclgd_put_in_short(out, true);
  put_count(out, sweep);
  put_tables(out, sweep);
  put_meaning(out, sweep);
  put_matches(out, sweep);
  put_troubled(out, sweep);
  if (json_is_true(json_object_get(sweep, "is_drawn")))
    iclgd_put_figure(out, "sweep");
  put_more(out, sweep);
}

static void read_default(iclgd_reader *r, json_t *summary) {
  static const iclgd_sweep_choice choice;
  iclgd_sweep_read(r, &choice, summary);
}

const iclgd_view iclgd_view_sweep = {.title = "Points of the sweep",
                                     .read = read_default,
                                     .tell = iclgd_sweep_tell};
