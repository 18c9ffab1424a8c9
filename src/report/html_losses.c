/* The loss of the model beside every algorithm: figure, final losses, and layer
 * by layer beside gradient descent and the closest algorithm. */
#include <math.h>
#include <string.h>

#include "report/html.h"
#include "report/json.h"
#include "report/summary.h"
#include "report/text.h"

static const json_t *ratio_to(const json_t *summary, const char *what,
                              const json_t *path) {
  char name[128];
  size_t i;
  json_t *row;
  snprintf(name, sizeof name, "%s_%s", what, iclgd_json_text(path, "name"));
  json_array_foreach(json_object_get(summary, "oracle"), i, row) {
    if (strcmp(iclgd_json_text(row, "name"), name) == 0) return row;
  }
  return NULL;
}

/* A mean that rare prompts carry has no error that could be trusted. */
static void write_shown(FILE *out, iclgd_shown_loss loss) {
  if (!loss.note) {
    iclgd_html_cell_of(out, loss.value, loss.error);
  } else if (strcmp(loss.note, "exact") == 0) {
    iclgd_html_cell(out, 4, loss.value);
  } else {
    fputs("<td>", out);
    iclgd_html_number(out, 4, loss.value);
    fputs(" <span class=\"soft\">\u00B1\u202Funknown</span></td>", out);
  }
}

/* An exact ratio has no error; where means cannot be measured medians can. */
static void write_ratio(FILE *out, const json_t *row, const json_t *medians) {
  const char *kind = iclgd_json_text(row, "kind");
  char text[64] = "not measurable";
  if (medians)
    snprintf(text, sizeof text, "not measurable; of the medians %.3g",
             iclgd_json_real(medians, "measured"));
  if (strcmp(kind, "unmeasurable") == 0)
    iclgd_html_cell_text(out, text);
  else if (strcmp(kind, "exact") == 0)
    iclgd_html_cell(out, 4, iclgd_json_real(row, "measured"));
  else
    iclgd_html_cell_of(out, iclgd_json_real(row, "measured"),
                       iclgd_json_real(row, "standard_error"));
}

static void write_loss(const iclgd_page *page, const json_t *path) {
  const json_t *row = ratio_to(page->summary, "ratio", path);
  const json_t *loss = iclgd_mean_losses(path);
  const double final = iclgd_json_element(loss, page->depth);
  iclgd_html_row(page->out, iclgd_json_text(path, "title"));
  if (final < 1e-20 * iclgd_json_element(loss, 0)) {
    fputs("<td>0</td>", page->out);
    iclgd_html_cell(page->out, 4, NAN);
    iclgd_html_cell_text(page->out, "exact up to rounding");
  } else {
    const json_t *model = json_object_get(page->summary, "trajectory");
    const bool hidden = iclgd_loss_is_hidden(model, page->depth) ||
                        iclgd_loss_is_hidden(path, page->depth);
    write_shown(page->out, iclgd_loss_to_show(path, page->depth, hidden));
    iclgd_html_cell(
        page->out, 4,
        iclgd_json_element(json_object_get(path, "median"), page->depth));
    write_ratio(page->out, row, ratio_to(page->summary, "median_ratio", path));
  }
  iclgd_html_row_end(page->out);
}

/* The closed form, apart from the means of a sample. */
static void write_exact(const iclgd_page *page, const json_t *best) {
  fputs("<p>Over all prompts, not this sample: ", page->out);
  iclgd_html_text(page->out, iclgd_json_text(best, "of"));
  fputs(", exactly ", page->out);
  iclgd_html_number(page->out, 4, iclgd_json_real(best, "loss"));
  fputs(".</p>\n", page->out);
}

static void write_final(const iclgd_page *page) {
  static const char *const columns[] = {"", "loss", "median",
                                        "model\u2019s loss over it"};
  const json_t *summary = page->summary;
  const json_t *best = json_object_get(summary, "closed_form");
  char caption[400];
  size_t i;
  json_t *path;
  snprintf(caption, sizeof caption,
           "The model\u2019s final loss, and that of each algorithm after %zu "
           "step%s. The last column, taken on the same prompts, is below 1 "
           "where the model is better. Means of heavy-tailed losses: the "
           "medians can be ordered otherwise, and where rare prompts carry a "
           "mean its error is called unknown.",
           page->depth, page->depth == 1 ? "" : "s");
  iclgd_html_table(page->out, caption);
  iclgd_html_columns(page->out, columns, 4);
  write_loss(page, json_object_get(summary, "trajectory"));
  json_array_foreach(json_object_get(summary, "algorithms"), i, path)
    write_loss(page, path);
  iclgd_html_table_end(page->out);
  if (best) write_exact(page, best);
}

/* What did not apply, and why. */
static void write_not_run(const iclgd_page *page) {
  const json_t *notes = json_object_get(page->summary, "not_run");
  size_t i;
  json_t *note;
  if (json_array_size(notes) == 0) return;
  iclgd_page_fold(page->out, "What was not run, and why");
  fputs("<ul>\n", page->out);
  json_array_foreach(notes, i, note) {
    fputs("<li>", page->out);
    iclgd_html_prose(page->out, json_string_value(note));
    fputs("</li>\n", page->out);
  }
  fputs("</ul>\n", page->out);
  iclgd_page_fold_end(page->out);
}

static void write_number(FILE *out, const char *lead, double value) {
  if (isnan(value)) return;
  fputs(lead, out);
  iclgd_html_number(out, 4, value);
}

/* "eta = 0.1, 0.2, gamma = 0.3: how they were chosen" */
static void write_hyper(const json_t *path, FILE *out) {
  const json_t *eta = json_object_get(path, "eta");
  const char *how = iclgd_json_text(path, "how_chosen");
  const bool many = json_is_array(eta);
  fputs("<p class=\"soft\">", out);
  if (!many) write_number(out, "\u03B7 = ", iclgd_json_real(path, "eta"));
  for (size_t k = 0; k < json_array_size(eta); ++k)
    write_number(out, k ? ", " : "\u03B7 = ", iclgd_json_element(eta, k));
  write_number(
      out, eta ? ", \u03B3 = " : "\u03B3 = ", iclgd_json_real(path, "gamma"));
  write_number(out, "\u03BB = ", iclgd_json_real(path, "lambda"));
  if (*how) {
    fputs(" (", out);
    iclgd_html_prose(out, how);
    fputc(')', out);
  }
  fputs("</p>\n", out);
}

/* The best step of layer l; at least that where it is the last one. */
static void write_best(const json_t *path, size_t l, FILE *out) {
  const double best = iclgd_json_element(json_object_get(path, "best_step"), l);
  if (l == 0 || !(best > 0))
    iclgd_html_cell_whole(out, NAN);
  else
    fprintf(out, "<td>%s%.0f</td>", iclgd_is_cut(path, l) ? "\u2265\u202F" : "",
            best);
}

static void write_layers(const iclgd_page *page, const json_t *path) {
  const json_t *model = json_object_get(page->summary, "trajectory");
  const char *title = iclgd_json_text(path, "title");
  const char *const columns[] = {"layer, step", "model\u2019s loss",
                                 "its loss",    "difference of predictions",
                                 "cosine",      "best step"};
  fputs("<h3>Layer by layer beside ", page->out);
  iclgd_html_text(page->out, *title ? title : iclgd_json_text(path, "name"));
  fputs("</h3>\n", page->out);
  write_hyper(path, page->out);
  iclgd_html_table(page->out,
                   "Layer k of the model beside step k: difference is the mean "
                   "|difference of predictions|, cosine that of the implied "
                   "weights, and best step the one whose predictions are "
                   "closest to those of the layer.");
  iclgd_html_columns(page->out, columns, 6);
  for (size_t l = 0; l <= page->depth; ++l) {
    iclgd_html_row_of(page->out, l);
    const bool hidden =
        iclgd_loss_is_hidden(model, l) || iclgd_loss_is_hidden(path, l);
    write_shown(page->out, iclgd_loss_to_show(model, l, hidden));
    write_shown(page->out, iclgd_loss_to_show(path, l, hidden));
    iclgd_html_cell(
        page->out, 3,
        iclgd_json_element(json_object_get(path, "prediction_difference"), l));
    iclgd_html_cell(
        page->out, 5,
        iclgd_json_element(json_object_get(path, "sensitivity_cosine"), l));
    write_best(path, l, page->out);
    iclgd_html_row_end(page->out);
  }
  iclgd_html_table_end(page->out);
}

/* The first, gradient descent, and the algorithm that is closest. */
static void write_tables(const iclgd_page *page) {
  const char *closest = iclgd_json_text(page->summary, "closest");
  size_t i;
  json_t *path;
  write_final(page);
  write_not_run(page);
  json_array_foreach(json_object_get(page->summary, "algorithms"), i, path) {
    if (i == 0 || strcmp(iclgd_json_text(path, "name"), closest) == 0)
      write_layers(page, path);
  }
}

iclgd_status iclgd_page_losses(iclgd_page *page) {
  const bool whole = json_object_get(page->summary, "trajectory");
  if (!whole && !iclgd_source_has(page->source, "trajectories_loss"))
    return ICLGD_OK;
  iclgd_page_part(page, "losses", "The loss, layer by layer");
  const iclgd_status status = iclgd_page_figure(page, "loss");
  if (!status && whole) write_tables(page);
  iclgd_page_part_end(page);
  return status;
}
