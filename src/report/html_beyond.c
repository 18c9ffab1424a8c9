/* Sections on what the model was not trained for, what its tokens hold, and
 * pools of tasks: extrapolation, decoding, diversity. */
#include <math.h>
#include <string.h>

#include "report/html_sections.h"
#include "report/json.h"
#include "report/text.h"

enum { COLUMNS_SHOWN = 5, LAYERS_SHOWN = 12 };

static double at(const json_t *member, const char *list, size_t i) {
  return iclgd_json_element(json_object_get(member, list), i);
}

static const json_t *path_of(const json_t *group, const char *name) {
  return json_object_get(json_object_get(group, "paths"), name);
}

/* From the trained number of loops to the largest. */
static void write_loops(const iclgd_page *page, const json_t *loops) {
  static const struct {
    const char *name, *title;
  } rows[] = {{"model", "trained model"},
              {"damped", "damped"},
              {"gd", "gradient descent"}};
  size_t columns[COLUMNS_SHOWN], first = 0;
  const size_t count = json_array_size(json_object_get(loops, "loops"));
  const double trained = iclgd_json_real(loops, "trained_loops");
  while (first + 1 < count && at(loops, "loops", first) < trained) ++first;
  const size_t shown =
      count ? iclgd_page_spread(count - first, COLUMNS_SHOWN, columns) : 0;
  iclgd_html_table(page->out,
                   "The median squared error by the number of loops, from the "
                   "trained one on, and the share of prompts on which the "
                   "repeated layers are unstable.");
  fputs("<thead><tr><th scope=\"col\">loops</th>", page->out);
  for (size_t c = 0; c < shown; ++c)
    fprintf(page->out, "<th scope=\"col\">%.0f</th>",
            at(loops, "loops", first + columns[c]));
  fputs("<th scope=\"col\">unstable</th></tr></thead>\n<tbody>\n", page->out);
  for (size_t k = 0; k < sizeof rows / sizeof *rows; ++k) {
    const json_t *path = path_of(loops, rows[k].name);
    if (!path) continue;
    iclgd_html_row(page->out, rows[k].title);
    for (size_t c = 0; c < shown; ++c)
      iclgd_html_cell(page->out, 3, at(path, "median", first + columns[c]));
    const double unstable = 1 - iclgd_json_real(path, "stable_share");
    if (isfinite(unstable))
      fprintf(page->out, "<td>%.1f%%</td>", 100 * unstable);
    else
      iclgd_html_cell(page->out, 1, unstable);
    iclgd_html_row_end(page->out);
  }
  iclgd_html_table_end(page->out);
}

static iclgd_status write_shifts(iclgd_page *page, const json_t *shifts) {
  static const char *const columns[] = {"law", "model, mean", "model, median",
                                        "zero predictor",
                                        "GD\u2019s loss over the model\u2019s"};
  const json_t *names = json_object_get(shifts, "names");
  const json_t *model = path_of(shifts, "model"), *gd = path_of(shifts, "gd");
  size_t i, above = 0;
  json_t *name;
  json_array_foreach(names, i, name)
    above += i > 0 && !(at(model, "mean", i) < at(shifts, "zero", i));
  if (json_object_get(model, "mean") && json_object_get(shifts, "zero"))
    fprintf(page->out,
            "<p>Under %zu of %zu shifted laws the model\u2019s mean error is "
            "above that of predicting zero.</p>\n",
            above, json_array_size(names) ? json_array_size(names) - 1 : 0);
  const iclgd_status status = iclgd_page_figure(page, "shifts");
  iclgd_page_fold(page->out, "Every shifted law");
  iclgd_html_table(page->out,
                   "The squared error on prompts of other laws than those of "
                   "training (none: the same law). Above the zero "
                   "predictor\u2019s the model is worse than no answer; in the "
                   "last column, above 1 it is better than gradient descent.");
  iclgd_html_columns(page->out, columns, 5);
  json_array_foreach(names, i, name) {
    iclgd_html_row(page->out, json_string_value(name));
    iclgd_html_cell(page->out, 4, at(model, "mean", i));
    iclgd_html_cell(page->out, 4, at(model, "median", i));
    iclgd_html_cell(page->out, 4, at(shifts, "zero", i));
    iclgd_html_cell_of(page->out, at(gd, "ratio", i), at(gd, "ratio_error", i));
    iclgd_html_row_end(page->out);
  }
  iclgd_html_table_end(page->out);
  iclgd_page_fold_end(page->out);
  return status;
}

iclgd_status iclgd_page_extrapolation(iclgd_page *page, const json_t *member) {
  const json_t *shifts = json_object_get(member, "shifts");
  const iclgd_status status = iclgd_page_figure(page, "loops");
  if (status) return status;
  write_loops(page, json_object_get(member, "loops"));
  return shifts ? write_shifts(page, shifts) : ICLGD_OK;
}

/* The best readout of the tokens themselves, over targets. */
static double best_raw(const json_t *member, size_t l) {
  double best = NAN;
  const char *name;
  json_t *target;
  json_object_foreach((json_t *)member, name, target)
    best = fmax(best, at(target, "raw", l));
  return best;
}

/* Four decimals, and no minus before a zero. */
static void write_r2(FILE *out, double r2) {
  if (isnan(r2))
    iclgd_html_cell(out, 4, r2);
  else
    fprintf(out, "<td>%s%.4f</td>", r2 < -0.00005 ? "\u2212" : "", fabs(r2));
}

iclgd_status iclgd_page_decoding(iclgd_page *page, const json_t *member) {
  static const struct {
    const char *target, *list, *title;
  } columns[] = {{"w_star", "r2", "w\u2217"},
                 {"w_star", "r2_median", "w\u2217, median"},
                 {"least_squares", "r2", "least squares"},
                 {"xty", "r2", "X\u1D40y/n"},
                 {"control", "r2", "control"}};
  enum { COLUMNS = sizeof columns / sizeof *columns };
  size_t layers[LAYERS_SHOWN];
  const size_t shown = iclgd_page_spread(
      json_array_size(json_object_get(json_object_get(member, "xty"), "r2")),
      LAYERS_SHOWN, layers);
  iclgd_html_table(
      page->out,
      "R\u00B2, on other prompts, of linear readouts from the "
      "second moments of the tokens after each layer: 1 is read "
      "perfectly, 0 not at all, below 0 worse than the mean. "
      "Control: X\u1D40y/n of another prompt; last column: the best "
      "readout of the tokens themselves.");
  fputs("<thead><tr><th scope=\"col\">layer</th>", page->out);
  for (size_t c = 0; c < COLUMNS; ++c)
    fprintf(page->out, "<th scope=\"col\">%s</th>", columns[c].title);
  fputs("<th scope=\"col\">from tokens</th></tr></thead>\n<tbody>\n",
        page->out);
  for (size_t i = 0; i < shown; ++i) {
    iclgd_html_row_of(page->out, layers[i]);
    for (size_t c = 0; c < COLUMNS; ++c)
      write_r2(page->out, at(json_object_get(member, columns[c].target),
                             columns[c].list, layers[i]));
    write_r2(page->out, best_raw(member, layers[i]));
    iclgd_html_row_end(page->out);
  }
  iclgd_html_table_end(page->out);
  return iclgd_page_figure(page, "decoding");
}

iclgd_status iclgd_page_diversity(iclgd_page *page, const json_t *member) {
  static const struct {
    const char *list, *title;
  } columns[] = {{"model_seen", "model, seen"}, {"model_new", "model, new"},
                 {"best_seen", "best, seen"},   {"best_new", "best, new"},
                 {"dmmse_new", "dMMSE, new"},   {"ridge_new", "ridge, new"}};
  enum { COLUMNS = sizeof columns / sizeof *columns };
  const size_t count = json_array_size(json_object_get(member, "tasks"));
  iclgd_html_table(page->out,
                   "Losses on tasks of the training pool (seen) and on new "
                   "ones, by the number of tasks in the pool; best is the "
                   "one layer that is best for the pool (O1), on the same "
                   "prompts.");
  fputs("<thead><tr><th scope=\"col\">tasks</th>", page->out);
  for (size_t c = 0; c < COLUMNS; ++c)
    fprintf(page->out, "<th scope=\"col\">%s</th>", columns[c].title);
  fputs("</tr></thead>\n<tbody>\n", page->out);
  for (size_t i = 0; i < count; ++i) {
    iclgd_html_row_of(page->out, (size_t)at(member, "tasks", i));
    for (size_t c = 0; c < COLUMNS; ++c)
      iclgd_html_cell(page->out, 4, at(member, columns[c].list, i));
    iclgd_html_row_end(page->out);
  }
  iclgd_html_table_end(page->out);
  return iclgd_page_figure(page, "diversity");
}
