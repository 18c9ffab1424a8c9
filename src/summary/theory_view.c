/* What is exact: closed forms beside the learned weights, and the ratios of
 * losses that the losses' table shows. */
#include <jansson.h>
#include <string.h>

#include "summary/views.h"

static void read(iclgd_reader *r, json_t *summary) {
  size_t width = 0;
  if (!iclgd_reader_has(r, "oracle/name")) return;
  iclgd_reader_rows(
      r, "oracle", "$name $statement $kind expected measured standard_error",
      &width, iclgd_reader_set(r, summary, "oracle", json_array()));
  if (iclgd_source_has_attr(r->source, "oracle", "closed_form_of"))
    iclgd_reader_members(
        r, "oracle", "@closed_form_of=of @closed_form_loss=loss", NULL,
        iclgd_reader_set(r, summary, "closed_form", json_object()));
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
  const bool other =
      iclgd_json_length(json_object_get(summary, "prompts"), "law_changes") > 0;
  if (first)
    iclgd_put_claim(
        out, "%s: %s in theory%s, %s learned%s (%s).",
        iclgd_json_text(first, "name"),
        iclgd_number_text(out, 4, iclgd_json_real(first, "expected")),
        other ? " of these prompts' law" : "",
        iclgd_number_text(out, 4, iclgd_json_real(first, "measured")),
        other ? " under another" : "", iclgd_json_text(first, "statement"));
  iclgd_put_table(out, columns, 4,
                  "What a closed form says about the trained weights, beside "
                  "the weights. Expected values come from theory alone, not "
                  "from this run.");
  json_array_foreach(rows, i, row) {
    if (is_exact(row)) put_row(out, row);
  }
  if (other)
    iclgd_put_sentence(out,
                       "Expected is what is best for the law of these prompts; "
                       "the model was trained under another.");
}

const iclgd_view iclgd_view_theory = {
    .title = "Theory beside what was learned", .read = read, .tell = tell};
