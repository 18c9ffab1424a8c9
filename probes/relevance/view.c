/* What the probe `relevance` says: what the prediction is made of, which points
 * it uses, and whether gradient descent uses the same. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/views.h"

/* Columns of the curves, as the file names them. */
static const struct {
  const char *name, *title;
} whos[] = {{"conservative", "conservative"},
            {"left_out", "left out"},
            {"gradient", "gradient x input"},
            {"gd", "GD"},
            {"best", "nearest"}};
enum { CURVES = sizeof whos / sizeof *whos, MOST = 12 };

static void read_curves(iclgd_reader *r, const char *group, const char *key,
                        json_t *m) {
  size_t count = 0;
  json_t *to = iclgd_reader_set(r, m, key, json_object());
  iclgd_reader_members(r, group,
                       "conservative conservative_errors left_out "
                       "left_out_errors gradient gradient_errors gd gd_errors "
                       "best best_errors",
                       &count, to);
}

static void read(iclgd_reader *r, json_t *summary) {
  size_t none = 0;
  if (!iclgd_reader_has(r, "relevance/points")) return;
  json_t *m = iclgd_reader_set(r, summary, "relevance", json_object());
  iclgd_reader_members(r, "relevance",
                       "@prompts @gd_step @best @best_step @conservation_error",
                       NULL, m);
  read_curves(r, "relevance/by_similarity", "by_similarity", m);
  read_curves(r, "relevance/by_size", "by_size", m);
  json_t *pairs = iclgd_reader_set(r, m, "agreement", json_array());
  if (iclgd_reader_has(r, "relevance/agreement"))
    iclgd_reader_rows(r, "relevance/agreement",
                      "$one $other cosine cosine_errors cosine_low cosine_high",
                      &none, pairs);
  iclgd_reader_members(r, "relevance/agreement", "excluded", &none, m);
  json_t *kinds = iclgd_reader_set(r, m, "kinds", json_array());
  if (iclgd_reader_has(r, "relevance/kinds"))
    iclgd_reader_rows(r, "relevance/kinds",
                      "$kind_name=name conservative conservative_errors "
                      "gradient gradient_errors conservative_sum "
                      "conservative_sum_errors gradient_sum "
                      "gradient_sum_errors",
                      &none, kinds);
}

/* --- what it says -------------------------------------------------------- */

static const json_t *pair_of(const json_t *m, const char *one,
                             const char *other) {
  const json_t *row;
  size_t i;
  json_array_foreach(json_object_get(m, "agreement"), i, row)
    if (strcmp(iclgd_json_text(row, "one"), one) == 0 &&
        strcmp(iclgd_json_text(row, "other"), other) == 0)
      return row;
  return NULL;
}

static const char *cosine_text(iclgd_blocks *out, const json_t *row) {
  return iclgd_estimate_text(out, iclgd_json_real(row, "cosine"),
                             iclgd_json_real(row, "cosine_errors"));
}

static void put_claim(iclgd_blocks *out, const json_t *m) {
  const json_t *row = pair_of(m, "conservative", "gd");
  if (!row) row = pair_of(m, "left_out", "gd_left_out");
  if (row)
    iclgd_put_claim(out, "Points beside GD's: cosine of their relevance %s.",
                    cosine_text(out, row));
  else
    iclgd_put_claim(out, "What points are worth, on %ld prompts.",
                    iclgd_json_whole(m, "prompts"));
}

/* "labels 98.2%, inputs 1.8%"; what is nothing is left out. */
static void put_kinds(iclgd_blocks *out, const json_t *m) {
  const json_t *kinds = json_object_get(m, "kinds"), *row;
  char text[256] = "";
  double sum = 0;
  size_t i, at = 0;
  json_array_foreach(kinds, i, row) {
    const double share = iclgd_json_real(row, "conservative");
    sum += iclgd_json_real(row, "gradient_sum");
    if (share > 0.0005 && at < sizeof text)
      at += (size_t)snprintf(text + at, sizeof text - at, "%s%s %.1f%%",
                             at ? ", " : "", iclgd_json_text(row, "name"),
                             100 * share);
  }
  if (json_array_size(kinds) == 0) return;
  iclgd_put_sentence(
      out,
      "By conservative propagation, whose terms sum to the prediction (to %s "
      "of their size), magnitudes are %s. Gradient x input sums to %s times "
      "the prediction (regressed over prompts).",
      iclgd_number_text(out, 1, iclgd_json_real(m, "conservation_error")), text,
      iclgd_number_text(out, 3, sum));
}

/* How many points, the largest first, carry half of it, in the mean. */
static void put_half(iclgd_blocks *out, const json_t *m) {
  const json_t *curves = json_object_get(m, "by_size");
  const char *who = iclgd_json_length(curves, "conservative") > 0
                        ? "conservative"
                        : "left_out";
  const size_t n = iclgd_json_length(curves, who);
  double sum = 0;
  size_t k = 0;
  while (k < n && sum < 0.5) sum += iclgd_json_at(curves, who, k++);
  if (!(sum >= 0.5)) return;
  iclgd_put_sentence(out,
                     "In the mean over prompts the %zu of %zu points that "
                     "count%s most carr%s half of what points are worth.",
                     k, n, k == 1 ? "s" : "", k == 1 ? "ies" : "y");
}

static const char *title_of(const json_t *summary, const json_t *m,
                            const char *name, char text[96]) {
  const bool left_out = strstr(name, "_left_out") != NULL;
  const bool best = strncmp(name, "best", 4) == 0;
  if (strcmp(name, "left_out") == 0) return "model, left out";
  if (strcmp(name, "conservative") == 0) return "model";
  if (strcmp(name, "gradient") == 0) return "model, gradient";
  snprintf(
      text, 96, "%.60s%s",
      best ? iclgd_summary_title(summary, iclgd_json_text(m, "best")) : "GD",
      left_out ? ", left out" : "");
  return text;
}

static void put_interval(iclgd_blocks *out, double low, double high) {
  if (isfinite(low) && isfinite(high))
    iclgd_put_text(out, "%.4f to %.4f", low, high);
  else
    iclgd_put_text(out, "-");
}

static void put_agreement(iclgd_blocks *out, const json_t *summary,
                          const json_t *m) {
  static const iclgd_column columns[] = {
      {"worth to", .format = ICLGD_AS_TEXT},
      {"and to", .format = ICLGD_AS_TEXT},
      {"cosine", .digits = 2},
      {"95% interval", .format = ICLGD_AS_TEXT}};
  const json_t *row;
  size_t i;
  if (json_array_size(json_object_get(m, "agreement")) == 0) return;
  iclgd_put_table(
      out, columns, 4,
      "Whether two answers to what points are worth agree: the cosine over the "
      "points of a prompt, mean over %ld prompts. To the model: conservative "
      "propagation; gradient x input; its prediction minus that with the point "
      "left out. To an algorithm, after as many steps as layers: c_i y_i of "
      "its prediction sum c_i y_i.",
      iclgd_json_whole(m, "prompts"));
  json_array_foreach(json_object_get(m, "agreement"), i, row) {
    char one[96], other[96];
    iclgd_put_row(out, "%s",
                  title_of(summary, m, iclgd_json_text(row, "one"), one));
    iclgd_put_text(out, "%s",
                   title_of(summary, m, iclgd_json_text(row, "other"), other));
    iclgd_put_estimate(out, iclgd_json_real(row, "cosine"),
                       iclgd_json_real(row, "cosine_errors"));
    put_interval(out, iclgd_json_real(row, "cosine_low"),
                 iclgd_json_real(row, "cosine_high"));
  }
  iclgd_put_left_out(out, m, "excluded", iclgd_json_real(m, "prompts"),
                     "prompts, where an answer is zero or not finite");
}

static void put_curves(iclgd_blocks *out, const json_t *m) {
  iclgd_column columns[1 + CURVES] = {{"rank", .format = ICLGD_AS_WHOLE}};
  const json_t *curves = json_object_get(m, "by_similarity");
  const size_t n = iclgd_json_length(curves, "left_out");
  size_t count = 1;
  for (size_t k = 0; k < CURVES; ++k)
    if (iclgd_json_length(curves, whos[k].name) > 0)
      columns[count++] = (iclgd_column){
          whos[k].title, .format = ICLGD_AS_PERCENT, .list = whos[k].name};
  iclgd_put_lists(
      out, curves, columns, count, 1, MOST,
      "The share |R_i| / sum |R| of the point that is the first, "
      "second, .. by x_i . x_query; %zu points of equal weight have "
      "%.1f%% each.%s",
      n, 100 / (double)n,
      iclgd_json_length(curves, "best") > 0
          ? " nearest: the algorithm with the nearest predictions."
          : "");
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  const json_t *m = json_object_get(summary, "relevance");
  if (!m) return;
  put_claim(out, m);
  put_kinds(out, m);
  put_half(out, m);
  put_agreement(out, summary, m);
  put_curves(out, m);
  iclgd_put_figure(out, "relevance");
  iclgd_put_figure(out, "relevance_map");
}

const iclgd_view iclgd_view_relevance = {
    .title = "Relevance of points", .read = read, .tell = tell};
