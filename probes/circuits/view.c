/* What the probe `circuits` says: what the loss is without each component, and
 * what a patch brings back. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "probes/views.h"

static const char group[] = "circuits/components";

/* Methods in the order of the file. */
enum { ZERO, MEAN, RESAMPLE, METHODS };

static void read(iclgd_reader *r, json_t *summary) {
  size_t width = 0;
  json_t *m = iclgd_reader_part(
      r, group, "ratio",
      "@prompts @donors @loss @loss_of_zero @corruption @corrupted_loss",
      summary, "circuits");
  if (!m) return;
  json_t *rows = iclgd_reader_set(r, m, "components", json_array());
  iclgd_reader_rows(r, group,
                    "$component_name=name $kind #layer #head *loss "
                    "*loss_errors *ratio *ratio_errors *ratio_low *ratio_high "
                    "*measurable recovered recovered_errors recovered_low "
                    "recovered_high",
                    &width, rows);
}

/* --- what it says -------------------------------------------------------- */

static bool is_of(const json_t *row, const char *kind) {
  return strcmp(iclgd_json_text(row, "kind"), kind) == 0;
}

static bool is_known(const json_t *row, size_t method) {
  return iclgd_json_at(row, "measurable", method) == 1 &&
         isfinite(iclgd_json_at(row, "ratio", method));
}

/* What 0 in the place of a component does to the loss. */
typedef enum verdict { NEEDED, IDLE, HARMFUL, UNKNOWN, VERDICTS } verdict;

static verdict verdict_of(const json_t *row) {
  static const double margin = 0.01;
  const double low = iclgd_json_at(row, "ratio_low", ZERO);
  const double high = iclgd_json_at(row, "ratio_high", ZERO);
  if (!is_known(row, ZERO)) return UNKNOWN;
  if (low > 1 + margin) return NEEDED;
  if (high < 1 - margin) return HARMFUL;
  return low >= 1 - margin && high <= 1 + margin ? IDLE : UNKNOWN;
}

/* "5 layers: 4 needed, 1 idle" */
static void put_counts(iclgd_blocks *out, const json_t *rows, const char *kind,
                       const char *one, const char *many) {
  size_t count[VERDICTS] = {0}, all = 0, i;
  const json_t *row;
  json_array_foreach(rows, i, row) {
    if (!is_of(row, kind)) continue;
    ++count[verdict_of(row)];
    ++all;
  }
  if (all == 0) return;
  iclgd_put_sentence(
      out,
      "Of %zu %s, removed one at a time (0 in its place), %zu raise%s the loss "
      "by more than 1%%, %zu change%s it by less than 1%% either way, %zu "
      "lower%s it by more than 1%%; of %zu this sample cannot tell.",
      all, all == 1 ? one : many, count[NEEDED], count[NEEDED] == 1 ? "s" : "",
      count[IDLE], count[IDLE] == 1 ? "s" : "", count[HARMFUL],
      count[HARMFUL] == 1 ? "s" : "", count[UNKNOWN]);
}

/* The one whose removal costs most among those that are known; NULL: none. */
static const json_t *costliest(const json_t *rows) {
  const json_t *best = NULL, *row;
  size_t i;
  json_array_foreach(rows, i, row)
    if (is_known(row, ZERO) &&
        (!best || iclgd_json_at(row, "ratio", ZERO) >
                      iclgd_json_at(best, "ratio", ZERO)))
      best = row;
  return best;
}

static void put_claim(iclgd_blocks *out, const json_t *rows) {
  const json_t *row = costliest(rows);
  if (!row) {
    iclgd_put_claim(out, "Rare prompts carry what removals cost: unknown.");
    return;
  }
  const double ratio = iclgd_json_at(row, "ratio", ZERO);
  if (!(iclgd_json_at(row, "ratio_low", ZERO) > 1)) {
    iclgd_put_claim(out, "No component is seen to be needed.");
    return;
  }
  iclgd_put_claim(out, "Costliest to remove: %s, loss x %s.",
                  iclgd_json_text(row, "name"),
                  iclgd_estimate_text(
                      out, ratio, iclgd_json_at(row, "ratio_errors", ZERO)));
}

static void put_ratio(iclgd_blocks *out, const json_t *row, size_t method) {
  const double ratio = iclgd_json_at(row, "ratio", method);
  if (isfinite(ratio) && !is_known(row, method))
    iclgd_put_text(out, "(%.3g)", ratio);
  else
    iclgd_put_estimate(out, ratio, iclgd_json_at(row, "ratio_errors", method));
}

static void put_rows(iclgd_blocks *out, const json_t *rows) {
  const json_t *row, *best = costliest(rows);
  size_t i;
  json_array_foreach(rows, i, row) {
    iclgd_put_row(out, "%s", iclgd_json_text(row, "name"));
    for (size_t method = 0; method < METHODS; ++method) {
      put_ratio(out, row, method);
      if (method == ZERO && row == best) iclgd_put_mark(out);
    }
    iclgd_put_estimate(out, iclgd_json_real(row, "recovered"),
                       iclgd_json_real(row, "recovered_errors"));
  }
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  static const iclgd_column columns[] = {{"component", .format = ICLGD_AS_TEXT},
                                         {"zero", .digits = 2},
                                         {"mean", .digits = 2},
                                         {"resample", .digits = 2},
                                         {"recovered", .digits = 2}};
  const json_t *m = json_object_get(summary, "circuits");
  const json_t *rows = json_object_get(m, "components");
  if (json_array_size(rows) == 0) return;
  put_claim(out, rows);
  put_counts(out, rows, "layer", "layer", "layers");
  put_counts(out, rows, "head", "head", "heads");
  put_counts(out, rows, "mlp", "mlp", "mlps");
  iclgd_put_table(
      out, columns, sizeof columns / sizeof *columns,
      "The loss with a component's output replaced, over the model's own (%s), "
      "on %ld prompts: by 0, by its mean over %ld other prompts, by that on "
      "another prompt. Recovered: of the prediction that %s change (loss %s), "
      "the share that comes back with the component's output on the clean "
      "prompt. In brackets: rare prompts carry the mean, so that its error is "
      "unknown.",
      iclgd_number_text(out, 3, iclgd_json_real(m, "loss")),
      iclgd_json_whole(m, "prompts"), iclgd_json_whole(m, "donors"),
      iclgd_json_text(m, "corruption"),
      iclgd_number_text(out, 3, iclgd_json_real(m, "corrupted_loss")));
  put_rows(out, rows);
  iclgd_put_figure(out, "ablation");
  iclgd_put_figure(out, "attention");
}

const iclgd_view iclgd_view_circuits = {
    .title = "Circuits", .read = read, .tell = tell};
