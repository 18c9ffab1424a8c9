/* How much training runs differ on the prompts that are probed: the loss of
 * every seed's model beside that of gradient descent, then over seeds. */
#include <math.h>

#include "report/html_sections.h"
#include "report/section.h"
#include "report/text.h"

enum { SEEDS_SHOWN = 20 };

static const char *const columns[] = {"seed", "probe_loss", "probe_loss_errors",
                                      "ratio_to_gd", "ratio_to_gd_errors"};

/* The attributes of GROUP/LEAF that are over seeds. */
static void add_over(iclgd_reader *r, const char *path, json_t *to,
                     const char *key) {
  static const char *const names[] = {"mean", "spread", "standard_error"};
  if (!iclgd_source_has(r->source, path)) return;
  json_t *over = iclgd_reader_set(r, to, key, json_object());
  for (size_t i = 0; i < 3; ++i)
    iclgd_reader_copy_real(r, path, names[i], over, names[i]);
  iclgd_reader_copy_int(r, path, "seeds_counted", over, "seeds_counted");
}

static iclgd_status build(iclgd_reader *r, json_t *summary) {
  if (!iclgd_source_has(r->source, "seeds/probe_loss")) return ICLGD_OK;
  size_t count = 0;
  json_t *seeds = iclgd_reader_set(r, summary, "seeds", json_object());
  const iclgd_status status = iclgd_reader_copy_lists(
      r, "seeds", columns, sizeof columns / sizeof *columns, &count, seeds);
  add_over(r, "seeds/probe_loss", seeds, "loss_over_seeds");
  add_over(r, "seeds/ratio_to_gd", seeds, "ratio_over_seeds");
  return status;
}

static double at(const json_t *seeds, const char *column, size_t i) {
  return iclgd_json_element(json_object_get(seeds, column), i);
}

static bool has_ratio(const json_t *seeds) {
  return json_array_size(json_object_get(seeds, "ratio_to_gd")) > 0;
}

/* "loss 0.2749 +- 0.006, spread 0.0104"; nothing where no seed counted. */
static void say_over(const json_t *over, const char *what, FILE *out) {
  const double error = iclgd_json_real(over, "standard_error");
  const double mean = iclgd_json_real(over, "mean");
  if (isnan(mean)) return;
  fprintf(out, "%s %.4g", what, mean);
  if (!isnan(error))
    fprintf(out, " +- %.2g, spread %.3g", error,
            iclgd_json_real(over, "spread"));
}

static void print_row(const json_t *seeds, size_t i, FILE *out) {
  const double error = at(seeds, "ratio_to_gd_errors", i);
  fprintf(out, "  %6.0f", at(seeds, "seed", i));
  iclgd_text_cell(out, 12, 5, at(seeds, "probe_loss", i));
  iclgd_text_cell(out, 9, 2, at(seeds, "probe_loss_errors", i));
  if (has_ratio(seeds)) {
    iclgd_text_cell(out, 11, 4, at(seeds, "ratio_to_gd", i));
    if (!isnan(error)) fprintf(out, " +- %.2g", error);
  }
  fputc('\n', out);
}

static void print(const json_t *summary, FILE *out) {
  const json_t *seeds = json_object_get(summary, "seeds");
  const size_t count = json_array_size(json_object_get(seeds, "seed"));
  if (!seeds) return;
  fputs("\nThe final model of every seed on the same prompts\n", out);
  fprintf(out, "  %6s %12s %9s%s\n", "seed", "loss", "std.err",
          has_ratio(seeds) ? "  it/gradient descent, paired" : "");
  for (size_t i = 0; i < count && i < SEEDS_SHOWN; ++i)
    print_row(seeds, i, out);
  if (count > SEEDS_SHOWN)
    fprintf(out, "  and %zu more\n", count - SEEDS_SHOWN);
  fputs("  over seeds: ", out);
  say_over(json_object_get(seeds, "loss_over_seeds"), "loss", out);
  if (has_ratio(seeds))
    say_over(json_object_get(seeds, "ratio_over_seeds"),
             "\n              ratio", out);
  fputc('\n', out);
}

const iclgd_section iclgd_section_seeds = {build, print};

static void write_over(const iclgd_page *page, const char *name,
                       const json_t *over, const char *key) {
  fputs(name, page->out);
  iclgd_html_estimate(page->out, iclgd_json_real(over, "mean"),
                      iclgd_json_real(over, "standard_error"));
  fputs(key, page->out);
  iclgd_html_number(page->out, 3, iclgd_json_real(over, "spread"));
}

iclgd_status iclgd_page_seeds(iclgd_page *page, const json_t *member) {
  static const char *const names[] = {"seed", "loss",
                                      "over that of gradient descent"};
  const size_t count = json_array_size(json_object_get(member, "seed"));
  const bool ratio = has_ratio(member);
  iclgd_html_table(page->out,
                   "The final model of every training run on the prompts of "
                   "this page; the ratio is paired with gradient descent after "
                   "as many steps on the same prompts.");
  iclgd_html_columns(page->out, names, 2 + ratio);
  for (size_t i = 0; i < count; ++i) {
    iclgd_html_row_of(page->out, (size_t)at(member, "seed", i));
    iclgd_html_cell_of(page->out, at(member, "probe_loss", i),
                       at(member, "probe_loss_errors", i));
    if (ratio)
      iclgd_html_cell_of(page->out, at(member, "ratio_to_gd", i),
                         at(member, "ratio_to_gd_errors", i));
    iclgd_html_row_end(page->out);
  }
  iclgd_html_table_end(page->out);
  write_over(page, "<p>Over seeds the mean loss is ",
             json_object_get(member, "loss_over_seeds"), ", its spread ");
  if (ratio)
    write_over(page, "; the mean ratio is ",
               json_object_get(member, "ratio_over_seeds"), ", its spread ");
  fputs(".</p>\n", page->out);
  return ICLGD_OK;
}
