/* What the probe `features` says: how far tokens are apart, by layer. */
#include <jansson.h>
#include <math.h>

#include "probes/views.h"

static void read(iclgd_reader *r, json_t *summary) {
  iclgd_reader_part(r, "features", "diversity",
                    "diversity diversity_errors spread rank effective_rank "
                    "bare_diversity bare_diversity_errors bare_spread "
                    "bare_rank bare_effective_rank @prompts @excluded "
                    "@width",
                    summary, "features");
}

static void put_claim(iclgd_blocks *out, const json_t *m, size_t last) {
  const char *first =
      iclgd_number_text(out, 2, iclgd_json_at(m, "diversity", 0));
  const char *end =
      iclgd_number_text(out, 2, iclgd_json_at(m, "diversity", last));
  if (iclgd_json_length(m, "bare_diversity") == 0)
    iclgd_put_claim(
        out, "Tokens are off their mean by %s of their length, %s at first.",
        end, first);
  else
    iclgd_put_claim(
        out,
        "Tokens are off their mean by %s of their length, %s at first; %s "
        "without shortcuts.",
        end, first,
        iclgd_number_text(out, 2, iclgd_json_at(m, "bare_diversity", last)));
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  static const iclgd_column columns[] = {
      {"layer", .format = ICLGD_AS_WHOLE},
      {"diversity", .digits = 3, .list = "diversity"},
      {"|Z - mean|", .digits = 3, .list = "spread"},
      {"rank", .digits = 3, .list = "rank"},
      {"effective", .digits = 3, .list = "effective_rank"},
      {"bare", .digits = 3, .list = "bare_diversity"},
      {"bare effective", .digits = 3, .list = "bare_effective_rank"}};
  enum { COLUMNS = sizeof columns / sizeof *columns, BARE_COLUMNS = 2 };
  const json_t *m = json_object_get(summary, "features");
  const size_t rows = iclgd_json_length(m, "diversity");
  const bool bare = iclgd_json_length(m, "bare_diversity") > 0;
  if (rows == 0) return;
  put_claim(out, m, rows - 1);
  iclgd_put_lists(
      out, m, columns, bare ? COLUMNS : COLUMNS - BARE_COLUMNS, 0, 13,
      "The tokens Z of a prompt after each layer, on %ld prompts: diversity is "
      "|Z - mean token| / |Z| (0: all are alike), rank and effective rank are "
      "those of Z, of width %ld.%s",
      iclgd_json_whole(m, "prompts"), iclgd_json_whole(m, "width"),
      bare ? " bare: the same weights, without what passes by the layers."
           : "");
  iclgd_put_left_out(out, m, "excluded", iclgd_json_real(m, "prompts"),
                     "prompts, whose tokens are not finite");
  iclgd_put_figure(out, "features");
}

const iclgd_view iclgd_view_features = {
    .title = "Diversity of tokens", .read = read, .tell = tell};
