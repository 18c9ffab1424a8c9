/* How much training runs differ on the prompts that are probed: the loss of
 * every seed's model beside that of gradient descent, then over seeds. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>

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

/* Nothing where no seed counted. */
static void tell_over(const json_t *over, const char *what, iclgd_blocks *out) {
  const double mean = iclgd_json_real(over, "mean");
  const double error = iclgd_json_real(over, "standard_error");
  if (isnan(mean)) return;
  iclgd_put_sentence(
      out, "Over seeds the mean %s is %s, its spread %s.", what,
      iclgd_estimate_text(out, mean, error),
      iclgd_number_text(out, 3, iclgd_json_real(over, "spread")));
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  const char *note = iclgd_final_is_hidden(summary) ? "unknown" : NULL;
  const iclgd_column columns[] = {
      {"seed", .list = "seed", .format = ICLGD_AS_WHOLE},
      {"loss", .digits = 5, .list = "probe_loss", .errors = "probe_loss_errors",
       .note = note},
      {"its loss over gradient descent's", .digits = 4, .list = "ratio_to_gd",
       .errors = "ratio_to_gd_errors", .note = note}};
  const json_t *seeds = json_object_get(summary, "seeds");
  const size_t count = iclgd_json_length(seeds, "seed");
  const bool ratio = iclgd_json_length(seeds, "ratio_to_gd") > 0;
  const json_t *over =
      json_object_get(seeds, ratio ? "ratio_over_seeds" : "loss_over_seeds");
  if (count == 0) return;
  const long counted = iclgd_json_whole(over, "seeds_counted");
  char of[32] = "";
  if ((size_t)counted < count) snprintf(of, sizeof of, " of %zu", count);
  iclgd_put_claim(out, "Its %s %s over %ld%s seeds, spread %s%s.",
                  ratio ? "loss over GD's is" : "loss is",
                  iclgd_estimate_text(out, iclgd_json_real(over, "mean"),
                                      iclgd_json_real(over, "standard_error")),
                  counted, of,
                  iclgd_number_text(out, 2, iclgd_json_real(over, "spread")),
                  note ? " (of these prompts alone)" : "");
  iclgd_put_lists(out, seeds, columns, ratio ? 3 : 2, 0, count,
                  "The final model of every training run on the prompts that "
                  "are probed; the ratio is paired with gradient descent after "
                  "as many steps on the same prompts.");
  tell_over(json_object_get(seeds, "loss_over_seeds"), "loss", out);
  if (ratio)
    tell_over(json_object_get(seeds, "ratio_over_seeds"), "ratio", out);
  if (*of)
    iclgd_put_sentence(out,
                       "Left out of what is said over seeds: %zu of %zu, "
                       "whose loss is not finite.",
                       count - (size_t)counted, count);
  if (note)
    iclgd_put_sentence(out,
                       "unknown: rare prompts carry these means, which hold of "
                       "these prompts alone; what is said over seeds, too.");
}

const iclgd_view iclgd_view_seeds = {
    .title = "Training runs", .read = read, .tell = tell};
