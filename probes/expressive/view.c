/* What the probe `expressive` says: every ordering in a sentence, and the
 * variants of each task in a table. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/views.h"

static const char group[] = "expressive";
enum { DIGITS = 3 };

static void read(iclgd_reader *r, json_t *summary) {
  size_t runs = 0, none = 0;
  if (!iclgd_reader_has(r, "expressive/median")) return;
  json_t *m = iclgd_reader_set(r, summary, group, json_object());
  iclgd_reader_members(r, group, "#run @table @keys @prompts @steps", &runs, m);
  iclgd_reader_rows(
      r, group,
      "$task $line $keys #layers #heads #hidden #dot_product #parameters "
      "#exact variance median lowest highest *loss *loss_share *sampled",
      &runs, iclgd_reader_set(r, m, "variants", json_array()));
  iclgd_reader_members(r, "expressive/orderings", "@alike", NULL, m);
  iclgd_reader_rows(r, "expressive/orderings",
                    "$statement #low #high #little #verdict", &none,
                    iclgd_reader_set(r, m, "orderings", json_array()));
}

/* --- orderings ----------------------------------------------------------- */

static const json_t *variant(const json_t *m, long i) {
  return json_array_get(json_object_get(m, "variants"), (size_t)i);
}

enum { SHARE_TEXT = 128 };
static const double rounding = 1e-15; /* of a share */

/* "0.1 (0.09 to 0.2)" */
static void write_share(iclgd_blocks *out, const json_t *v,
                        char text[SHARE_TEXT]) {
  const double high = iclgd_json_real(v, "highest");
  if (high < rounding)
    snprintf(text, SHARE_TEXT, "below %g", rounding);
  else
    snprintf(text, SHARE_TEXT, "%s (%s to %s)",
             iclgd_number_text(out, DIGITS, iclgd_json_real(v, "median")),
             iclgd_number_text(out, DIGITS, iclgd_json_real(v, "lowest")),
             iclgd_number_text(out, DIGITS, high));
}

static const char *verdict_of(const json_t *ordering) {
  const long verdict = iclgd_json_whole(ordering, "verdict");
  return verdict > 0   ? "holds"
         : verdict < 0 ? "does not hold"
                       : "cannot be told from the spread";
}

static void put_ordering(iclgd_blocks *out, const json_t *m,
                         const json_t *ordering) {
  char low[SHARE_TEXT], high[SHARE_TEXT];
  write_share(out, variant(m, iclgd_json_whole(ordering, "low")), low);
  write_share(out, variant(m, iclgd_json_whole(ordering, "high")), high);
  iclgd_put_sentence(out, "%s: %s. %s against %s.",
                     iclgd_json_text(ordering, "statement"),
                     verdict_of(ordering), low, high);
}

static void put_claim(iclgd_blocks *out, const json_t *m) {
  size_t count[3] = {0}, i;
  const json_t *ordering;
  json_array_foreach(json_object_get(m, "orderings"), i, ordering) {
    const long verdict = iclgd_json_whole(ordering, "verdict");
    ++count[verdict > 0 ? 0 : verdict < 0 ? 1 : 2];
  }
  iclgd_put_claim(
      out, "Orderings: %zu hold%s, %zu do%s not, %zu cannot be told.", count[0],
      count[0] == 1 ? "s" : "", count[1], count[1] == 1 ? "es" : "", count[2]);
}

static void put_orderings(iclgd_blocks *out, const json_t *m) {
  size_t i;
  const json_t *ordering;
  const double runs = (double)iclgd_json_length(m, "run");
  double ways = 1; /* C(2 runs, runs) */
  for (double k = 1; k <= runs; ++k) ways *= (runs + k) / k;
  iclgd_put_in_short(out, true);
  iclgd_put_heading(out,
                    "Orderings (loss / variance of the label: median, "
                    "lowest to highest run)");
  json_array_foreach(json_object_get(m, "orderings"), i, ordering)
    put_ordering(out, m, ordering);
  iclgd_put_in_short(out, false);
  iclgd_put_sentence(
      out,
      "Numbers are loss / variance of the label, median (lowest to highest) of "
      "%.0f run%s. An ordering holds where every run of the first is below "
      "every run of the second (by chance 1 in %.0f, if they were alike), and "
      "does not where it is the other way round; fewer than 3 runs do not "
      "tell. Little is a difference below %s between any two runs.",
      runs, runs == 1 ? "" : "s", ways,
      iclgd_number_text(out, 2, iclgd_json_real(m, "alike")));
}

/* --- variants ------------------------------------------------------------ */

static bool is_task(const json_t *v, const char *task) {
  return strcmp(iclgd_json_text(v, "task"), task) == 0;
}

static void put_row(iclgd_blocks *out, const json_t *v) {
  iclgd_put_row(out, "%s", iclgd_json_text(v, "line"));
  iclgd_put_number(out, iclgd_json_real(v, "layers"));
  iclgd_put_number(out, iclgd_json_real(v, "heads"));
  iclgd_put_number(out, iclgd_json_real(v, "parameters"));
  iclgd_put_number(out, iclgd_json_real(v, "median"));
  iclgd_put_range(out, iclgd_json_real(v, "lowest"),
                  iclgd_json_real(v, "highest"));
}

static void put_task(iclgd_blocks *out, const json_t *m, const char *task) {
  static const iclgd_column columns[] = {
      {"variant", .format = ICLGD_AS_TEXT},
      {"L", .format = ICLGD_AS_WHOLE},
      {"H", .format = ICLGD_AS_WHOLE},
      {"parameters", .format = ICLGD_AS_WHOLE},
      {"median", .digits = DIGITS},
      {"lowest to highest", .format = ICLGD_AS_TEXT}};
  size_t i;
  const json_t *v;
  iclgd_put_table(
      out, columns, sizeof columns / sizeof *columns,
      "On %s: loss / variance of the label, L layers of H heads%s.", task,
      strstr(task, "tail") ? ", exact, each run from its own start" : "");
  json_array_foreach(json_object_get(m, "variants"), i, v) {
    if (is_task(v, task)) put_row(out, v);
  }
}

/* How far, in standard errors, the sampled losses of exact variants are from
 * these at most: a squared normal has twice its squared mean as variance. */
static void put_check(iclgd_blocks *out, const json_t *m) {
  const double error = sqrt(2 / iclgd_json_real(m, "prompts"));
  double worst = 0;
  size_t i, count = 0;
  const json_t *v;
  json_array_foreach(json_object_get(m, "variants"), i, v) {
    for (size_t k = 0; k < iclgd_json_length(v, "loss"); ++k) {
      const double loss = iclgd_json_at(v, "loss", k);
      const double off = iclgd_json_at(v, "sampled", k) / loss - 1;
      if (iclgd_json_whole(v, "exact") != 1 || !(loss > 1e-18)) continue;
      worst = fmax(worst, fabs(off) / error);
      ++count;
    }
  }
  if (count == 0) return;
  iclgd_put_sentence(out,
                     "The same transformers run on %ld prompts: of %zu losses "
                     "the one farthest from the exact one is %.2g standard "
                     "errors off.",
                     iclgd_json_whole(m, "prompts"), count, worst);
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  const json_t *m = json_object_get(summary, group);
  const char *task = "";
  size_t i;
  const json_t *v;
  if (!m) return;
  put_claim(out, m);
  put_orderings(out, m);
  json_array_foreach(json_object_get(m, "variants"), i, v) {
    if (is_task(v, task)) continue;
    task = iclgd_json_text(v, "task");
    put_task(out, m, task);
  }
  put_check(out, m);
  iclgd_put_figure(out, group);
}

const iclgd_view iclgd_view_expressive = {
    .title = "Which part is needed", .read = read, .tell = tell};
