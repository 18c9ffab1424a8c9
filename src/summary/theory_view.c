/* What is exact: closed forms beside the learned weights, and the ratios of
 * losses that the losses' table shows. */
#include <jansson.h>
#include <string.h>

#include "summary/views.h"

/* What is exact beside the rows. */
static void read_closed_form(iclgd_reader *r, json_t *summary) {
  if (!iclgd_source_has_attr(r->source, "oracle", "closed_form_of")) return;
  json_t *best = iclgd_reader_set(r, summary, "closed_form", json_object());
  iclgd_reader_attribute(r, "oracle", "closed_form_of", best, "of");
  iclgd_reader_attribute(r, "oracle", "closed_form_loss", best, "loss");
}

static void read(iclgd_reader *r, json_t *summary) {
  static const char *const numbers[] = {"expected", "measured",
                                        "standard_error"};
  static const char *const texts[] = {"name", "statement", "kind"};
  const double *values[3];
  char **words[3];
  size_t count = 0;
  bool whole = true;
  for (size_t i = 0; i < 3; ++i) {
    values[i] = iclgd_reader_reals(r, "oracle", numbers[i], 1, &count);
    words[i] = iclgd_reader_texts(r, "oracle", texts[i], &count);
    whole = whole && values[i] && words[i];
  }
  if (!whole) return;
  json_t *list = iclgd_reader_set(r, summary, "oracle", json_array());
  for (size_t k = 0; k < count; ++k) {
    json_t *row = iclgd_reader_append(r, list, json_object());
    for (size_t i = 0; i < 3; ++i)
      iclgd_reader_set(r, row, texts[i], iclgd_json_line(words[i][k]));
    for (size_t i = 0; i < 3; ++i)
      iclgd_reader_set(r, row, numbers[i], iclgd_json_number(values[i][k]));
  }
  read_closed_form(r, summary);
}

static bool is_exact(const json_t *row) {
  return strcmp(iclgd_json_text(row, "kind"), "exact") == 0;
}

/* Of losses: these stand beside the losses, too. */
static bool is_ratio(const json_t *row) {
  return strncmp(iclgd_json_text(row, "name"), "ratio_", 6) == 0;
}

/* Steps eta_1, eta_2, ... share one statement. */
static bool repeats(const char *name) {
  return strncmp(name, "eta_", 4) == 0 && strcmp(name, "eta_1") != 0;
}

static void put_row(iclgd_blocks *out, const json_t *row) {
  const char *name = iclgd_json_text(row, "name");
  iclgd_put_row(out, "%s", name);
  iclgd_put_number(out, iclgd_json_real(row, "expected"));
  iclgd_put_number(out, iclgd_json_real(row, "measured"));
  iclgd_put_text(
      out, "%s",
      repeats(name) ? "the same" : iclgd_json_text(row, "statement"));
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  static const iclgd_column columns[] = {{"", .format = ICLGD_AS_TEXT},
                                         {"expected", .digits = 6},
                                         {"learned", .digits = 6},
                                         {"claim", .format = ICLGD_AS_TEXT}};
  const json_t *rows = json_object_get(summary, "oracle");
  const json_t *first = NULL;
  size_t i, count = 0;
  json_t *row;
  json_array_foreach(rows, i, row) {
    count += is_exact(row);
    if (!first && is_exact(row) && !is_ratio(row)) first = row;
  }
  if (count == 0) return;
  if (first)
    iclgd_put_claim(
        out, "Expected %s %s, learned %s%s.", iclgd_json_text(first, "name"),
        iclgd_number_text(out, 4, iclgd_json_real(first, "expected")),
        iclgd_number_text(out, 4, iclgd_json_real(first, "measured")),
        count > 1 ? ", and more" : "");
  iclgd_put_table(out, columns, 4,
                  "What a closed form says about the trained weights, beside "
                  "the weights. Expected values come from theory alone, not "
                  "from this run.");
  json_array_foreach(rows, i, row) {
    if (is_exact(row)) put_row(out, row);
  }
}

const iclgd_view iclgd_view_theory = {
    .title = "Theory beside what was learned", .read = read, .tell = tell};
