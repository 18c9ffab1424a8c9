/* From the shapes of arrays to keys. W_V (heads x value, C) is there in every
 * transformer, W_in (C, width of a token) where it has a read-in; how many
 * heads there are shows only in arrays that have one row for each. */
#include "import/infer.h"

#include <iclgd/keys.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct inference {
  iclgd_settings *settings;
  const iclgd_claims *claims;
  char names[300], arrays[300], remarks[300]; /* sources */
} inference;

/* A value that was given stays; one from the names gives way to others. */
static iclgd_status set(inference *f, const char *key, const char *value,
                        const char *source, iclgd_error *err) {
  iclgd_settings *s = f->settings;
  if (iclgd_settings_is_set(s, key) &&
      strcmp(iclgd_settings_source(s, key), f->names) != 0)
    return ICLGD_OK;
  return iclgd_settings_set(s, key, value, source, err);
}

static iclgd_status show(inference *f, const char *key, const char *value,
                         iclgd_error *err) {
  return set(f, key, value, f->arrays, err);
}

static iclgd_status show_size(inference *f, const char *key, size_t value,
                              iclgd_error *err) {
  char number[32];
  snprintf(number, sizeof number, "%zu", value);
  return show(f, key, number, err);
}

static bool has(const inference *f, const char *ours) {
  for (size_t i = 0; i < f->claims->count; ++i)
    if (strcmp(f->claims->rows[i].ours, ours) == 0) return true;
  return false;
}

/* Extents of one layer's of our array, of this rank; false: not there. */
static bool extents_of(const inference *f, const char *ours, size_t rank,
                       bool by_layer, size_t out[ICLGD_ARRAY_RANK_MAX]) {
  for (size_t i = 0; i < f->claims->count; ++i) {
    const iclgd_claim *c = &f->claims->rows[i];
    if (strcmp(c->ours, ours) == 0)
      return iclgd_claim_extents(c, by_layer && !c->by_layer, rank, out);
  }
  return false;
}

/* Layers of an array by layer, of this rank. */
static size_t layers_of(const inference *f, const char *ours, size_t rank) {
  size_t layers = 0;
  for (size_t i = 0; i < f->claims->count; ++i) {
    const iclgd_claim *c = &f->claims->rows[i];
    if (strcmp(c->ours, ours) != 0) continue;
    size_t here = c->layer + 1;
    if (!c->by_layer && c->tensor->rank > rank) here = c->tensor->extents[0];
    if (here > layers) layers = here;
  }
  return layers;
}

static bool is(const inference *f, const char *key, const char *value) {
  return strcmp(iclgd_get_form(f->settings, key).text, value) == 0;
}

/* What a file says of its own layers is not for others to say: with another
 * number of heads, or another kind of attention, they are another model. Only
 * loops may be more or less. */
static iclgd_status check_said(const inference *f, const char *key,
                               const char *said, iclgd_error *err) {
  const iclgd_settings *s = f->settings;
  size_t i = 0;
  if (strncmp(key, "model.", 6) != 0 || strcmp(key, "model.loops") == 0 ||
      strncmp(key, "model.init", 10) == 0 || !iclgd_settings_is_set(s, key))
    return ICLGD_OK;
  while (strcmp(iclgd_settings_key(s, i)->name, key) != 0) ++i;
  if (strcmp(iclgd_settings_value(s, i), said) == 0) return ICLGD_OK;
  return iclgd_settings_reject(s, key, err, "%s: expected %s", f->remarks,
                               said);
}

/* The keys of the text model of the file's remarks, of model.* and prompt.*. */
static iclgd_status take_text(inference *f, const iclgd_settings *said,
                              iclgd_error *err) {
  for (size_t i = 0; i < iclgd_settings_count(said); ++i) {
    const char *key = iclgd_settings_key(said, i)->name;
    if (!iclgd_settings_is_set(said, key)) continue;
    if (strncmp(key, "model.", 6) != 0 && strncmp(key, "prompt.", 7) != 0)
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: expected keys model.* and prompt.*, found %s",
                        f->remarks, key);
    TRY(check_said(f, key, iclgd_settings_value(said, i), err));
    TRY(set(f, key, iclgd_settings_value(said, i), f->remarks, err));
  }
  return ICLGD_OK;
}

static iclgd_status take_remarks(inference *f, iclgd_error *err) {
  const char *text = iclgd_tensors_remark(f->claims->tensors, "model");
  iclgd_settings *said;
  if (!text) return ICLGD_OK;
  iclgd_status status = iclgd_settings_defaults(&said, err);
  if (status) return status;
  status = iclgd_settings_load_text(said, text, f->remarks, err);
  if (!status) status = take_text(f, said, err);
  iclgd_settings_free(said);
  return status;
}

static iclgd_status take_words(inference *f, iclgd_error *err) {
  const iclgd_name_map *map = f->claims->map;
  for (size_t i = 0; i < map->n_words; ++i)
    if (!iclgd_settings_is_set(f->settings, map->words[i].key))
      TRY(set(f, map->words[i].key, map->words[i].value, f->names, err));
  return ICLGD_OK;
}

/* Attributes of linear attention, where they are no keys. */
static iclgd_status infer_linear(inference *f, iclgd_error *err) {
  size_t extents[ICLGD_ARRAY_RANK_MAX];
  const bool whole = has(f, "P");
  const char *first = whole ? "P" : "A";
  const iclgd_tensors *t = f->claims->tensors;
  const char *loops = iclgd_tensors_remark(t, "loops");
  const char *form = iclgd_tensors_remark(t, "weights");
  if (!extents_of(f, first, 2, true, extents))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected A (layer, row, column), or P and Q, found "
                      "neither",
                      t->path);
  if (loops) TRY(set(f, "model.loops", loops, f->remarks, err));
  if (form) TRY(set(f, "model.weights", form, f->remarks, err));
  TRY(show(f, "model.weights",
           whole         ? "full"
           : has(f, "B") ? "gdpp"
                         : "gd",
           err));
  TRY(show_size(f, "model.layers", layers_of(f, first, 2), err));
  if (extents[0] <= whole)
    return iclgd_fail(err, ICLGD_EINPUT, "%s: %s: expected a larger matrix",
                      t->path, first);
  return show_size(f, "prompt.d", extents[0] - whole, err);
}

/* What is there or not. */
static iclgd_status infer_choices(inference *f, iclgd_error *err) {
  static const char *const biases[] = {"b_Q", "b_K",  "b_V",
                                       "b_O", "b_up", "b_down"};
  const bool gated = has(f, "W_gate");
  bool biased = false;
  for (size_t i = 0; i < sizeof biases / sizeof *biases; ++i)
    biased |= has(f, biases[i]);
  const struct {
    bool holds;
    const char *key, *value;
  } rows[] = {
      {has(f, "W_QK"), "model.merged", "true"},
      {!has(f, "W_O"), "model.output", "false"},
      {true, "model.bias", biased ? "true" : "false"},
      {!has(f, "W_QK") && !has(f, "W_Q"), "model.dot_product", "false"},
      {has(f, "temperature"), "model.scale", "learned"},
      {has(f, "shortcut"), "model.shortcut", "augmented"},
      {has(f, "position"), "model.positions", "learned"},
      {!has(f, "W_up"), "model.mlp", "none"},
      {gated, "model.mlp", "swiglu"},
      {!has(f, "norm1_gain"), "model.norm", "none"},
      {true, "model.final_norm", has(f, "final_gain") ? "true" : "false"},
      {true, "model.readout", has(f, "W_out") ? "linear" : "last"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    if (rows[i].holds) TRY(show(f, rows[i].key, rows[i].value, err));
  return ICLGD_OK;
}

/* Heads that an array with a row for each shows. */
static iclgd_status infer_heads(inference *f, iclgd_error *err) {
  size_t extents[ICLGD_ARRAY_RANK_MAX];
  if (extents_of(f, "W_QK", 3, true, extents) ||
      extents_of(f, "relative", 2, true, extents) ||
      extents_of(f, "temperature", 1, true, extents))
    TRY(show_size(f, "model.heads", extents[0], err));
  if (iclgd_settings_is_set(f->settings, "model.heads")) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EUSAGE,
                    "%s: how many heads a layer has does not show in its "
                    "arrays: expected model.heads=...",
                    f->claims->tensors->path);
}

/* What the arrays do not tell from each other, and nobody said. */
static iclgd_status ask(const inference *f, iclgd_error *err) {
  const struct {
    bool holds;
    const char *key, *values;
  } rows[] = {
      {has(f, "W_up"), "model.mlp", "relu, gelu or gelu-tanh"},
      {has(f, "norm1_gain"), "model.norm", "pre, post or rms"},
      {has(f, "relative"), "model.positions",
       "relative-free, relative-log, relative-linear or t5"},
      {true, "model.tokens", "joint or alternating"},
      {true, "model.attention", "softmax, linear, ..."},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    if (rows[i].holds && !iclgd_settings_is_set(f->settings, rows[i].key))
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "%s: its arrays do not show %s: expected %s=... (%s)",
                        f->claims->tensors->path, rows[i].key, rows[i].key,
                        rows[i].values);
  return ICLGD_OK;
}

/* W_V is not there, or cannot be what the map says. */
static iclgd_status no_values(const inference *f, iclgd_error *err) {
  const iclgd_claims *c = f->claims;
  const iclgd_claim *claim = iclgd_claim_on(c, "W_V", 0);
  char shape[128];
  if (!claim)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: expected an array for W_V of every layer, found "
                      "none (names %s)",
                      c->tensors->path, c->map->name);
  iclgd_extents_text(claim->tensor->extents, claim->tensor->rank, shape,
                     sizeof shape);
  return iclgd_fail(
      err, ICLGD_EINPUT,
      "%s: %s: expected a matrix whose rows%s can be cut as the "
      "names %s say, found %s",
      c->tensors->path, claim->tensor->name,
      claim->rule && claim->rule->transpose ? ", transposed," : "",
      c->map->name, shape);
}

/* d from the width of a token; of states without read-in their own. */
static iclgd_status infer_widths(inference *f, iclgd_error *err) {
  size_t V[ICLGD_ARRAY_RANK_MAX], in[ICLGD_ARRAY_RANK_MAX];
  const iclgd_tensors *t = f->claims->tensors;
  if (!extents_of(f, "W_V", 2, true, V)) return no_values(f, err);
  const bool reads_in = extents_of(f, "W_in", 2, false, in);
  const size_t token = reads_in ? in[1] : V[1];
  const size_t label =
      is(f, "model.tokens", "joint") || is(f, "model.label", "own");
  if (token <= label)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: W_in: expected tokens of more than %zu numbers",
                      t->path, label);
  TRY(show_size(f, "model.layers", layers_of(f, "W_V", 2), err));
  TRY(show_size(f, "model.width", reads_in ? in[0] : 0, err));
  TRY(show_size(f, "prompt.d", token - label, err));
  if (extents_of(f, "W_up", 2, true, in))
    TRY(show_size(f, "model.mlp_width", in[0], err));
  return ICLGD_OK;
}

/* The width of a head where it is not that of the states over the heads. */
static iclgd_status infer_key(inference *f, iclgd_error *err) {
  size_t E[ICLGD_ARRAY_RANK_MAX];
  const size_t heads = iclgd_get_size(f->settings, "model.heads");
  const bool found = has(f, "W_O") ? extents_of(f, "W_V", 2, true, E)
                                   : extents_of(f, "W_Q", 2, true, E);
  if (!found || E[0] % heads != 0) return ICLGD_OK; /* the shape says so */
  if (E[0] == E[1] && E[1] % heads == 0) return ICLGD_OK;
  return show_size(f, "model.key", E[0] / heads, err);
}

/* As many points as the table of positions serves, added or by distance. */
static iclgd_status infer_context(inference *f, iclgd_error *err) {
  size_t extents[ICLGD_ARRAY_RANK_MAX], tokens = 0;
  if (extents_of(f, "position", 2, false, extents))
    tokens = extents[0];
  else if (is(f, "model.positions", "relative-free") &&
           extents_of(f, "relative", 2, true, extents))
    tokens = extents[1];
  if (tokens < 3) return ICLGD_OK;
  return show_size(
      f, "model.context",
      is(f, "model.tokens", "joint") ? tokens - 1 : (tokens - 1) / 2, err);
}

static iclgd_status infer_transformer(inference *f, iclgd_error *err) {
  TRY(infer_choices(f, err));
  TRY(take_words(f, err));
  TRY(ask(f, err));
  TRY(infer_widths(f, err));
  TRY(infer_heads(f, err));
  TRY(infer_key(f, err));
  return infer_context(f, err);
}

/* Names that are those of another architecture. */
static iclgd_status check_names(const inference *f, const char *architecture,
                                iclgd_error *err) {
  const iclgd_name_map *map = f->claims->map;
  for (size_t i = 0; i < map->n_words; ++i)
    if (strcmp(map->words[i].key, "model.architecture") == 0 &&
        strcmp(map->words[i].value, architecture) != 0)
      return iclgd_fail(err, ICLGD_EINPUT,
                        "%s: names %s: expected a model of the architecture "
                        "%s, found arrays of %s",
                        f->claims->tensors->path, map->name,
                        map->words[i].value, architecture);
  return ICLGD_OK;
}

iclgd_status iclgd_infer_keys(iclgd_settings *settings,
                              const iclgd_claims *claims, iclgd_error *err) {
  inference f = {.settings = settings, .claims = claims};
  const char *path = claims->tensors->path;
  snprintf(f.names, sizeof f.names, "names %.200s", claims->map->name);
  snprintf(f.arrays, sizeof f.arrays, "arrays of %.200s", path);
  snprintf(f.remarks, sizeof f.remarks, "%.200s, what it says of itself", path);
  TRY(take_remarks(&f, err));
  const char *architecture =
      has(&f, "A") || has(&f, "P") ? "linear" : "transformer";
  TRY(check_names(&f, architecture, err));
  TRY(show(&f, "model.architecture", architecture, err));
  if (strcmp(iclgd_get_text(settings, "model.architecture"), "linear") == 0) {
    TRY(infer_linear(&f, err));
    return take_words(&f, err);
  }
  return infer_transformer(&f, err);
}
