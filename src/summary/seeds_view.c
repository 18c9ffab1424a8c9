/* How much training runs differ on the prompts that are probed: the loss of
 * every seed's model beside that of gradient descent, then over seeds. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "summary/views.h"

static void read(iclgd_reader *r, json_t *summary) {
  static const char *const over[][2] = {{"probe_loss", "loss_over_seeds"},
                                        {"ratio_to_gd", "ratio_over_seeds"}};
  json_t *seeds = iclgd_reader_part(
      r, "seeds", "probe_loss",
      "seed probe_loss probe_loss_errors ratio_to_gd ratio_to_gd_errors",
      summary, "seeds");
  for (size_t i = 0; seeds && i < 2; ++i) {
    char path[64];
    snprintf(path, sizeof path, "seeds/%s", over[i][0]);
    if (iclgd_reader_has(r, path))
      iclgd_reader_members(
          r, path, "@mean @spread @standard_error @seeds_counted", NULL,
          iclgd_reader_set(r, seeds, over[i][1], json_object()));
  }
}

/* Whether the ratio of the first run cannot be told from these prompts. */
static bool ratio_is_hidden(const json_t *summary) {
  const json_t *row =
      iclgd_json_named(json_object_get(summary, "oracle"), "ratio_gd");
  return iclgd_final_is_hidden(summary) ||
         strcmp(iclgd_json_text(row, "kind"), "unmeasurable") == 0;
}

/* Nothing where no seed counted; what is not known has no error. */
static void tell_over(const json_t *over, const char *what, bool hidden,
                      iclgd_blocks *out) {
  const double mean = iclgd_json_real(over, "mean");
  const double error = iclgd_json_real(over, "standard_error");
  if (isnan(mean)) return;
  iclgd_put_sentence(
      out, "Over seeds the mean %s%s is %s, its spread %s.", what,
      hidden ? " of these prompts alone" : "",
      hidden ? iclgd_number_text(out, 3, mean)
             : iclgd_estimate_text(out, mean, error),
      iclgd_number_text(out, 3, iclgd_json_real(over, "spread")));
}

/* "Its loss over GD's is 1.001 +- 0.013 over 4 seeds, spread 0.026." */
static void put_claim(const json_t *over, bool ratio, bool hidden,
                      const char *of, iclgd_blocks *out) {
  const char *what = ratio ? "loss over GD's" : "loss";
  const double mean = iclgd_json_real(over, "mean");
  const long counted = iclgd_json_whole(over, "seeds_counted");
  const char *spread =
      iclgd_number_text(out, 2, iclgd_json_real(over, "spread"));
  if (hidden)
    iclgd_put_claim(out,
                    "Its %s is unknown: rare prompts carry it (here %s over "
                    "%ld%s seeds, spread %s).",
                    what, iclgd_number_text(out, 3, mean), counted, of, spread);
  else
    iclgd_put_claim(
        out, "Its %s is %s over %ld%s seeds, spread %s.", what,
        iclgd_estimate_text(out, mean, iclgd_json_real(over, "standard_error")),
        counted, of, spread);
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  const bool loss_hidden = iclgd_final_is_hidden(summary);
  const bool ratio_hidden = ratio_is_hidden(summary);
  const iclgd_column columns[] = {
      {"seed", .list = "seed", .format = ICLGD_AS_WHOLE},
      {"loss", .digits = 5, .list = "probe_loss", .errors = "probe_loss_errors",
       .note = loss_hidden ? "unknown" : NULL},
      {"its loss over gradient descent's", .digits = 4, .list = "ratio_to_gd",
       .errors = "ratio_to_gd_errors",
       .note = ratio_hidden ? "unknown" : NULL}};
  const json_t *seeds = json_object_get(summary, "seeds");
  const size_t count = iclgd_json_length(seeds, "seed");
  const bool ratio = iclgd_json_length(seeds, "ratio_to_gd") > 0;
  const json_t *over =
      json_object_get(seeds, ratio ? "ratio_over_seeds" : "loss_over_seeds");
  if (count == 0) return;
  const long counted = iclgd_json_whole(over, "seeds_counted");
  char of[32] = "";
  if ((size_t)counted < count) snprintf(of, sizeof of, " of %zu", count);
  put_claim(over, ratio, ratio ? ratio_hidden : loss_hidden, of, out);
  iclgd_put_lists(out, seeds, columns, ratio ? 3 : 2, 0, count,
                  "The final model of every training run on the prompts that "
                  "are probed; the ratio is paired with gradient descent after "
                  "as many steps on the same prompts.");
  tell_over(json_object_get(seeds, "loss_over_seeds"), "loss", loss_hidden,
            out);
  if (ratio)
    tell_over(json_object_get(seeds, "ratio_over_seeds"), "ratio", ratio_hidden,
              out);
  if (*of)
    iclgd_put_sentence(out,
                       "Left out of what is said over seeds: %zu of %zu, "
                       "whose loss is not finite.",
                       count - (size_t)counted, count);
  if (loss_hidden || (ratio && ratio_hidden))
    iclgd_put_sentence(out,
                       "unknown: rare prompts carry these means, which hold of "
                       "these prompts alone; what is said over seeds, too.");
}

const iclgd_view iclgd_view_seeds = {
    .title = "Training runs", .read = read, .tell = tell};
