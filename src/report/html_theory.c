/* Closed forms beside what was learned, and the training run. */
#include <math.h>
#include <string.h>

#include "report/html.h"
#include "report/json.h"
#include "report/text.h"

static bool is_exact(const json_t *row) {
  return strcmp(iclgd_json_text(row, "kind"), "exact") == 0;
}

iclgd_status iclgd_page_theory(iclgd_page *page) {
  static const char *const columns[] = {"", "expected", "learned", "<claim"};
  const json_t *rows = json_object_get(page->summary, "oracle");
  size_t i, exact = 0;
  json_t *row;
  json_array_foreach(rows, i, row) exact += is_exact(row);
  if (exact == 0) return ICLGD_OK;
  iclgd_page_part(page, "theory", "Theory beside what was learned");
  iclgd_html_table(page->out,
                   "What a closed form says about the trained weights, beside "
                   "the weights. Expected values come from theory alone, not "
                   "from this run.");
  iclgd_html_columns(page->out, columns, 4);
  json_array_foreach(rows, i, row) {
    if (!is_exact(row)) continue;
    iclgd_html_row(page->out, iclgd_json_text(row, "name"));
    iclgd_html_cell(page->out, 5, iclgd_json_real(row, "expected"));
    iclgd_html_cell(page->out, 5, iclgd_json_real(row, "measured"));
    fputs("<td class=\"t wrap\">", page->out);
    iclgd_html_prose(page->out, iclgd_json_text(row, "statement"));
    fputs("</td>", page->out);
    iclgd_html_row_end(page->out);
  }
  iclgd_html_table_end(page->out);
  iclgd_page_part_end(page);
  return ICLGD_OK;
}

static void write_outcome(const json_t *training, FILE *out) {
  const json_t *at = json_object_get(training, "diverged_at");
  fprintf(out, "<p>The held-out loss went from ");
  iclgd_html_number(out, 4, iclgd_json_real(training, "first_loss"));
  if (at) {
    fprintf(out, "; training diverged at step %lld.</p>\n",
            (long long)json_integer_value(at));
    return;
  }
  fputs(" to ", out);
  iclgd_html_number(out, 4, iclgd_json_real(training, "final_loss"));
  fprintf(out, " in %lld steps.</p>\n",
          (long long)json_integer_value(json_object_get(training, "steps")));
}

/* All seeds; the first is the one that the page is about. */
static void write_seeds(const iclgd_page *page, const json_t *training) {
  static const char *const columns[] = {"seed", "final loss"};
  const json_t *finals = json_object_get(training, "final_losses");
  const json_t *config = json_object_get(page->summary, "config");
  const json_int_t first = json_integer_value(json_object_get(config, "seed"));
  const size_t count = json_array_size(finals);
  if (count < 2) return;
  iclgd_page_fold(page->out, "Every seed");
  iclgd_html_table(page->out,
                   "The final held-out loss of every training run; the rest of "
                   "this page is about the first one.");
  iclgd_html_columns(page->out, columns, 2);
  for (size_t i = 0; i < count; ++i) {
    iclgd_html_row_of(page->out, (size_t)first + i);
    iclgd_html_cell(page->out, 4, iclgd_json_element(finals, i));
    iclgd_html_row_end(page->out);
  }
  iclgd_html_row(page->out, "median");
  iclgd_html_cell(page->out, 4, iclgd_json_real(training, "median_final_loss"));
  iclgd_html_row_end(page->out);
  iclgd_html_table_end(page->out);
  iclgd_page_fold_end(page->out);
}

iclgd_status iclgd_page_training(iclgd_page *page) {
  const json_t *training = json_object_get(page->summary, "training");
  if (!training) return ICLGD_OK;
  iclgd_page_part(page, "training", "Training");
  write_outcome(training, page->out);
  iclgd_status status = iclgd_page_figure(page, "training");
  if (!status) status = iclgd_page_figure(page, "weights");
  write_seeds(page, training);
  iclgd_page_part_end(page);
  return status;
}
