/* What the probe `energy` says of hidden tokens, and of training. */
#include <jansson.h>
#include <math.h>

#include <iclgd/energy.h>

#include "probes/energy/view.h"

const char *iclgd_energy_share(iclgd_blocks *out, double share) {
  return iclgd_number_text(out, 4, 100 * share);
}

const json_t *iclgd_energy_series(const json_t *table, const char *name) {
  return iclgd_json_named(json_object_get(table, "series"), name);
}

static const char *descends(iclgd_blocks *out, const json_t *tokens,
                            const char *name) {
  return iclgd_energy_share(
      out, iclgd_json_real(iclgd_energy_series(tokens, name), "descends"));
}

static void put_tokens(iclgd_blocks *out, const json_t *tokens) {
  const json_t *nearest = iclgd_energy_series(tokens, "nearest");
  const size_t layers = iclgd_json_length(tokens, "index");
  iclgd_put_sentence(
      out,
      "Hidden tokens, in units of %s: the interaction energy E_int falls at "
      "every layer on %s%% of %ld prompts, E_1 on %s%%, the memory energy of "
      "the "
      "query's token on %s%%. Its nearest token of the context is %s away "
      "before the first layer, %s after the last (medians).",
      iclgd_number_text(out, 3, iclgd_json_real(tokens, "bandwidth")),
      descends(out, tokens, "interaction"), iclgd_json_whole(tokens, "prompts"),
      descends(out, tokens, "one"), descends(out, tokens, "memory"),
      iclgd_number_text(out, 3, iclgd_json_at(nearest, "median", 0)),
      iclgd_number_text(out, 3, iclgd_json_at(nearest, "median", layers - 1)));
}

/* The share of prompts and layers on which a step does not raise an energy. */
static double mean_share(const json_t *steps, iclgd_attention_step step,
                         const char *list) {
  const json_t *row = iclgd_json_named(steps, iclgd_attention_step_name(step));
  const size_t count = iclgd_json_length(row, list);
  double sum = 0;
  for (size_t l = 0; l < count; ++l) sum += iclgd_json_at(row, list, l);
  return sum / (double)count;
}

/* The share on which it raises E_1, in percent. */
static const char *raising(iclgd_blocks *out, const json_t *steps,
                           iclgd_attention_step step) {
  return iclgd_number_text(out, 2,
                           100 * (1 - mean_share(steps, step, "lowers_one")));
}

static void put_steps(iclgd_blocks *out, const json_t *steps) {
  const double beta = mean_share(steps, ICLGD_STEP_BETA, "lowers_interaction");
  const double others = mean_share(steps, ICLGD_STEP_OTHERS, "lowers_one");
  iclgd_put_sentence(
      out,
      "From these tokens one step of plain softmax attention would raise E_1 "
      "on "
      "%s%% of prompts and layers, one of softmax with beta on %s%%. The steps "
      "that must not raise their energy %s.",
      raising(out, steps, ICLGD_STEP_SOFTMAX),
      raising(out, steps, ICLGD_STEP_BETA),
      beta >= 1 && others >= 1 ? "never do"
                               : "do, on tokens that are not finite or by an "
                                 "error of this program");
}

static void put_layers(iclgd_blocks *out, const json_t *tokens) {
  enum { MOST = 12 };
  static const iclgd_column columns[] = {
      {"layer", .format = ICLGD_AS_WHOLE},
      {"E_int", .digits = 4},
      {"cos", .digits = 2, .format = ICLGD_AS_FIXED},
      {"E_1", .digits = 4},
      {"cos", .digits = 2, .format = ICLGD_AS_FIXED},
      {"memory", .digits = 4},
      {"cos", .digits = 2, .format = ICLGD_AS_FIXED},
      {"nearest", .digits = 3}};
  static const char *const names[] = {"interaction", "one", "memory"};
  const size_t count = iclgd_json_length(tokens, "index");
  iclgd_put_table(out, columns, sizeof columns / sizeof *columns,
                  "Median energies of the hidden tokens after each layer; cos: "
                  "the mean cosine of what the layer added with minus the "
                  "energy's gradient before it; nearest: the distance of the "
                  "query's token to the nearest of the context.");
  for (size_t i = 0; i < count && i < MOST; ++i) {
    const size_t l = iclgd_evenly(i, count, MOST);
    iclgd_put_row_of(out, iclgd_json_at(tokens, "index", l));
    for (size_t k = 0; k < 3; ++k) {
      const json_t *row = iclgd_energy_series(tokens, names[k]);
      iclgd_put_number(out, iclgd_json_at(row, "median", l));
      iclgd_put_number(out, iclgd_json_at(row, "cosine", l));
    }
    iclgd_put_number(out, iclgd_json_at(iclgd_energy_series(tokens, "nearest"),
                                        "median", l));
  }
  iclgd_put_left_out(out, tokens, "excluded",
                     iclgd_json_real(tokens, "prompts"),
                     "prompts, where a token or what was added to it is zero "
                     "or not finite");
}

static void put_training(iclgd_blocks *out, const json_t *training) {
  static const iclgd_column columns[] = {
      {"step", .format = ICLGD_AS_WHOLE, .list = "step"},
      {"falls at every layer", .format = ICLGD_AS_PERCENT, .list = "descends"},
      {"last loss", .digits = 4, .list = "loss"},
      {"memory", .digits = 4, .list = "memory"},
      {"nearest", .digits = 3, .list = "nearest"}};
  const size_t count = iclgd_json_length(training, "step");
  const bool tokens = isfinite(iclgd_json_at(training, "memory", 0));
  if (count == 0) return;
  iclgd_put_heading(out, "Over training");
  iclgd_put_sentence(
      out,
      "Over training the share of prompts whose in-context loss falls at every "
      "layer goes from %s%% to %s%%.",
      iclgd_energy_share(out, iclgd_json_at(training, "descends", 0)),
      iclgd_energy_share(out, iclgd_json_at(training, "descends", count - 1)));
  iclgd_put_lists(out, training, columns, tokens ? 5 : 3, 0, 12,
                  "Over training, on %ld prompts: the share whose in-context "
                  "loss falls at every layer, and medians after the last "
                  "layer%s.",
                  iclgd_json_whole(training, "prompts"),
                  tokens ? ": of the loss, the memory energy of the query's "
                           "token, and its distance to the nearest one"
                         : "");
}

void iclgd_energy_tell_tokens(iclgd_blocks *out, const json_t *m) {
  const json_t *tokens = json_object_get(m, "tokens");
  const json_t *steps = json_object_get(m, "steps");
  if (iclgd_json_length(tokens, "index") > 0) {
    iclgd_put_heading(out, "Energies of the hidden tokens");
    put_tokens(out, tokens);
    if (json_array_size(steps) > 0) put_steps(out, steps);
    put_layers(out, tokens);
  }
  put_training(out, json_object_get(m, "training"));
}
