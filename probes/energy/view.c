/* What the probe `energy` says: on how many prompts the in-context loss falls
 * at every layer, beside gradient descent and with more loops; energies of
 * hidden tokens; and, in view_random.c, random tokens. */
#include <iclgd/algorithm.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/energy/view.h"

static const char series_members[] =
    "$series_name=name *median *falls descends descends_low descends_high "
    "descends_on descends_on_low descends_on_high largest_rise";

/* The median over the prompts that rise, of every series. */
static void read_rises(iclgd_reader *r, const char *group, json_t *rows) {
  size_t extents[2] = {0, json_array_size(rows)}, i;
  json_t *row;
  const double *rises = iclgd_reader_reals(r, group, "rises", 2, extents);
  if (!rises) return;
  json_array_foreach(rows, i, row)
    iclgd_reader_set(r, row, "rise",
                     iclgd_json_number(rises[extents[0] / 2 * extents[1] + i]));
}

/* The table of a group, a list of series, as member `key`. */
static void read_table(iclgd_reader *r, const char *group, const char *more,
                       const char *attributes, json_t *to, const char *key) {
  size_t width = 0;
  if (!iclgd_reader_has(r, group)) return;
  json_t *table = iclgd_reader_set(r, to, key, json_object());
  iclgd_reader_members(r, group, attributes, &width, table);
  json_t *rows = iclgd_reader_set(r, table, "series", json_array());
  iclgd_reader_rows(r, group, series_members, &width, rows);
  if (*more) iclgd_reader_rows(r, group, more, &width, rows);
  read_rises(r, group, rows);
}

static void read(iclgd_reader *r, json_t *summary) {
  static const char steps[] = "energy/steps";
  size_t width = 0;
  if (!iclgd_reader_has(r, "energy/loss/median")) return;
  json_t *m = iclgd_reader_set(r, summary, "energy", json_object());
  read_table(r, "energy/loss", "certain kept",
             "#index @prompts @trained @layers @loops @model_values "
             "@more_loops",
             m, "loss");
  iclgd_reader_members(r, "energy", "@ridge=no_ridge @tokens=no_tokens", NULL,
                       m);
  read_table(r, "energy/ridge", "", "#index @prompts @trained @lambda", m,
             "ridge");
  read_table(r, "energy/tokens", "*cosine",
             "#index @prompts @excluded @trained @bandwidth", m, "tokens");
  if (iclgd_reader_has(r, steps))
    iclgd_reader_rows(r, steps,
                      "$step_name=name *lowers_interaction *lowers_one", &width,
                      iclgd_reader_set(r, m, "steps", json_array()));
  width = 0;
  iclgd_reader_part(r, "energy/training", "step",
                    "#step descends descends_low descends_high loss memory "
                    "nearest @prompts",
                    m, "training");
  iclgd_energy_read_random(r, m);
}

/* --- the in-context loss ------------------------------------------------- */

static void put_loss(iclgd_blocks *out, const json_t *loss) {
  const json_t *model = iclgd_energy_series(loss, "model");
  const bool fits = strcmp(iclgd_json_text(loss, "model_values"), "w . x") == 0;
  iclgd_put_sentence(
      out,
      "The forward pass descends the in-context loss, %s, at every layer on "
      "%s%% of %ld prompts (95%% interval %s%% to %s%%).",
      fits ? "1/2 |X w - y|^2 / n"
           : "half the mean square of prediction - y with the context points "
             "as queries",
      iclgd_energy_share(out, iclgd_json_real(model, "descends")),
      iclgd_json_whole(loss, "prompts"),
      iclgd_energy_share(out, iclgd_json_real(model, "descends_low")),
      iclgd_energy_share(out, iclgd_json_real(model, "descends_high")));
  const double rise = iclgd_json_real(model, "rise");
  if (iclgd_json_real(model, "descends") >= 1) return;
  if (isfinite(rise))
    iclgd_put_sentence(out,
                       "Where it rises, the largest rise is, in the median "
                       "prompt, %s times the whole drop.",
                       iclgd_number_text(out, 2, rise));
  else
    iclgd_put_sentence(out,
                       "Where it rises, it never falls below its start on half "
                       "of those prompts or more.");
}

/* Gradient descent must fall where its step is short enough: a check. */
static void put_check(iclgd_blocks *out, const json_t *loss) {
  const json_t *gd = iclgd_energy_series(loss, iclgd_algorithm_descent()->name);
  const double certain = iclgd_json_real(gd, "certain");
  const double kept = iclgd_json_real(gd, "kept");
  if (!isfinite(certain)) return;
  iclgd_put_sentence(
      out,
      "Gradient descent does on %s%%. It must where its step is below 2 / "
      "lambda_max(S), on %s%% of prompts%s.",
      iclgd_energy_share(out, iclgd_json_real(gd, "descends")),
      iclgd_energy_share(out, certain),
      !(certain > 0) ? ""
      : kept >= 1    ? ", and does on all of these"
                     : ", and does not on all of these: an error of this "
                       "program");
}

static void put_more(iclgd_blocks *out, const json_t *loss) {
  const json_t *model = iclgd_energy_series(loss, "model");
  const size_t columns = iclgd_json_length(loss, "index");
  const long trained = iclgd_json_whole(loss, "trained");
  const long layers = iclgd_json_whole(loss, "layers");
  const char *none = iclgd_json_text(loss, "more_loops");
  if (*none) {
    iclgd_put_sentence(out, "More loops than trained: %s.", none);
    return;
  }
  if (columns == 0 || layers < 1) return;
  iclgd_put_sentence(
      out,
      "With more loops, %ld in place of %ld, the loss goes on falling at every "
      "layer on %s%% of prompts (%s%% to %s%%); its median goes from %s to %s.",
      iclgd_json_whole(loss, "loops"), trained / layers,
      iclgd_energy_share(out, iclgd_json_real(model, "descends_on")),
      iclgd_energy_share(out, iclgd_json_real(model, "descends_on_low")),
      iclgd_energy_share(out, iclgd_json_real(model, "descends_on_high")),
      iclgd_number_text(out, 3,
                        iclgd_json_at(model, "median", (size_t)trained)),
      iclgd_number_text(out, 3, iclgd_json_at(model, "median", columns - 1)));
}

static void put_ridge(iclgd_blocks *out, const json_t *m) {
  const json_t *ridge = json_object_get(m, "ridge");
  const json_t *model = iclgd_energy_series(ridge, "model");
  if (!isfinite(iclgd_json_real(model, "descends"))) return;
  iclgd_put_sentence(
      out,
      "The ridge form, with %s |w|^2 / 2 added, falls at every layer on %s%% "
      "of "
      "prompts.",
      iclgd_number_text(out, 3, iclgd_json_real(ridge, "lambda")),
      iclgd_energy_share(out, iclgd_json_real(model, "descends")));
}

static void put_layers(iclgd_blocks *out, const json_t *loss) {
  enum { MOST = 12 };
  static const iclgd_column columns[] = {
      {"layer", .format = ICLGD_AS_WHOLE},
      {"model", .digits = 4},
      {"falls on", .format = ICLGD_AS_PERCENT},
      {"GD", .digits = 4},
      {"falls on", .format = ICLGD_AS_PERCENT}};
  const json_t *model = iclgd_energy_series(loss, "model");
  const json_t *gd = iclgd_energy_series(loss, iclgd_algorithm_descent()->name);
  const size_t count = iclgd_json_length(loss, "index");
  const long trained = iclgd_json_whole(loss, "trained");
  char beyond[64] = "";
  if ((size_t)trained + 1 < count)
    snprintf(beyond, sizeof beyond, " Layers from %ld on are beyond training.",
             trained + 1);
  iclgd_put_table(out, columns, gd ? 5 : 3,
                  "The median in-context loss after each layer, and the share "
                  "of prompts on which that layer does not raise it%s.%s",
                  gd ? "; beside it gradient descent after as many steps" : "",
                  beyond);
  for (size_t i = 0; i < count && i < MOST; ++i) {
    const size_t l = iclgd_evenly(i, count, MOST);
    iclgd_put_row_of(out, iclgd_json_at(loss, "index", l));
    iclgd_put_number(out, iclgd_json_at(model, "median", l));
    iclgd_put_number(out, iclgd_json_at(model, "falls", l));
    if (!gd) continue;
    iclgd_put_number(out, iclgd_json_at(gd, "median", l));
    iclgd_put_number(out, iclgd_json_at(gd, "falls", l));
  }
}

static void put_paths(iclgd_blocks *out, const json_t *summary,
                      const json_t *loss) {
  static const iclgd_column columns[] = {
      {"path", .format = ICLGD_AS_TEXT},
      {"falls at every layer", .format = ICLGD_AS_PERCENT},
      {"and beyond", .format = ICLGD_AS_PERCENT},
      {"rise / drop", .digits = 2}};
  size_t i;
  json_t *row;
  iclgd_put_fold(out, "Every iterative algorithm");
  iclgd_put_table(out, columns, sizeof columns / sizeof *columns,
                  "The share of prompts on which the in-context loss falls at "
                  "every layer or step, up to the depth of the model and "
                  "beyond it; the largest rise over the drop, median of the "
                  "prompts that rise (-: none does, or they never drop).");
  json_array_foreach(json_object_get(loss, "series"), i, row) {
    if (!isfinite(iclgd_json_real(row, "descends"))) continue;
    iclgd_put_row(
        out, "%s",
        i == 0 ? "model"
               : iclgd_summary_title(summary, iclgd_json_text(row, "name")));
    iclgd_put_number(out, iclgd_json_real(row, "descends"));
    iclgd_put_number(out, iclgd_json_real(row, "descends_on"));
    iclgd_put_number(out, iclgd_json_real(row, "rise"));
  }
  iclgd_put_fold_end(out);
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  const json_t *m = json_object_get(summary, "energy");
  const json_t *loss = json_object_get(m, "loss");
  const double share =
      iclgd_json_real(iclgd_energy_series(loss, "model"), "descends");
  if (!m) return;
  if (isfinite(share))
    iclgd_put_claim(out,
                    "In-context loss falls at every layer on %s%% of prompts.",
                    iclgd_energy_share(out, share));
  else
    iclgd_put_claim(out, "Its values at the context points are not known.");
  if (isfinite(share)) {
    put_loss(out, loss);
    put_check(out, loss);
    put_more(out, loss);
    put_ridge(out, m);
    iclgd_put_figure(out, "energy");
    put_layers(out, loss);
  }
  put_paths(out, summary, loss);
  iclgd_energy_tell_tokens(out, m);
  iclgd_energy_tell_random(out, m);
}

const iclgd_view iclgd_view_energy = {
    .title = "Energy", .read = read, .tell = tell};
