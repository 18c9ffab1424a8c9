/* Algorithms fitted to the model: all of them, the chosen one marked. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/html_sections.h"
#include "report/json.h"
#include "report/text.h"

/* "0.405, 0.404 to 0.406" of each parameter; of many the first few. */
static void write_fitted(FILE *out, const json_t *h, const char *key) {
  enum { SHOWN = 4 };
  const json_t *values = json_object_get(h, key);
  const size_t count = json_array_size(values);
  fputs("<td>", out);
  for (size_t i = 0; i < count && i < SHOWN; ++i) {
    if (i > 0) fputs(", ", out);
    iclgd_html_number(out, 4, iclgd_json_element(values, i));
  }
  if (count == 0) iclgd_html_number(out, 4, NAN);
  fputs(count > SHOWN ? ", \u2026</td>" : "</td>", out);
}

/* The 95% interval of a single parameter. */
static void write_interval(FILE *out, const json_t *h) {
  const double low = iclgd_json_element(json_object_get(h, "low"), 0);
  const double high = iclgd_json_element(json_object_get(h, "high"), 0);
  fputs("<td>", out);
  if (iclgd_json_whole(h, "parameters") != 1 || isnan(low) || isnan(high)) {
    iclgd_html_number(out, 4, NAN);
  } else {
    iclgd_html_number(out, 4, low);
    fputs(" to ", out);
    iclgd_html_number(out, 4, high);
  }
  fputs("</td>", out);
}

static void write_hypothesis(FILE *out, const json_t *h, bool chosen) {
  const json_t *unexplained = json_object_get(h, "unexplained");
  const size_t layers = json_array_size(unexplained);
  char title[300];
  snprintf(title, sizeof title, "%s%.250s%s", chosen ? "\u25b8 " : "",
           iclgd_json_text(h, "title"),
           iclgd_json_whole(h, "by_construction") ? "*" : "");
  iclgd_html_row(out, title);
  iclgd_html_cell_whole(out, iclgd_json_real(h, "parameters"));
  write_fitted(out, h, "value");
  write_interval(out, h);
  write_fitted(out, h, "optimal");
  iclgd_html_cell(out, 2,
                  layers ? iclgd_json_element(unexplained, layers - 1) : NAN);
  fputs(chosen ? "<td class=\"best\">" : "<td>", out);
  iclgd_html_estimate(out, iclgd_json_real(h, "overall"),
                      iclgd_json_real(h, "overall_error"));
  fputs("</td>", out);
  iclgd_html_row_end(out);
}

iclgd_status iclgd_page_identify(iclgd_page *page, const json_t *member) {
  static const char *const columns[] = {
      "",           "parameters", "fitted", "95% interval", "best for the loss",
      "last layer", "all layers"};
  const char *chosen = iclgd_json_text(member, "chosen");
  size_t i;
  json_t *h;
  iclgd_html_table(
      page->out,
      "Every algorithm with its parameters fitted to the model on "
      "tuning prompts, then measured on others: the share of the "
      "mean square of the model\u2019s predictions that it leaves "
      "unexplained, at the last layer and as the mean over "
      "layers (0: the same; 1: as far off as predicting zero). "
      "Marked: the simplest that explains the model as well as "
      "richer ones do. *: all weights of this form are, trained or not.");
  iclgd_html_columns(page->out, columns, 7);
  json_array_foreach(json_object_get(member, "hypotheses"), i, h)
    write_hypothesis(page->out, h,
                     strcmp(iclgd_json_text(h, "name"), chosen) == 0);
  iclgd_html_table_end(page->out);
  return ICLGD_OK;
}
