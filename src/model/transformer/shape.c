/* The keys of a transformer: from settings to choices, and those that make no
 * sense together. */
#include "model/transformer/shape.h"

#include <math.h>
#include <string.h>

#include "base/nearest.h"

static const iclgd_key keys[] = {
    KEY_FORM("model.tokens", "joint", "joint|alternating",
             "(x_i, y_i) and (x_query, 0), or x_1, y_1, .., x_query"),
    KEY_FORM("model.label", "first", "first|own",
             "of alternating tokens: y as (y, 0, ..), or in a coordinate of "
             "its own"),
    KEY_INT("model.width", "0", 0, 8192,
            "numbers of a state, W_in z + b_in; 0: the token itself"),
    KEY_FORM("model.readout", "auto", "auto|last|linear",
             "last: minus the query's last coordinate; linear: W_out h + b_out;"
             " auto: last, where states are joint tokens"),
    KEY_TEXT("model.attention", "softmax",
             "softmax, linear, relu, exp, elu1 or sigmoid; several: by layer, "
             "and by head where joined by '+' (\"exp+linear softmax\")"),
    KEY_INT("model.heads", "1", 1, 256, "heads of a layer"),
    KEY_INT("model.key", "0", 0, 8192,
            "numbers of a head's key and value; 0: width / heads"),
    KEY_FORM("model.scale", "sqrt", "sqrt|none|learned",
             "scores q.k over the root of the key width, as they are, or the "
             "former times a number of each head that is learned"),
    KEY_FORM("model.merged", "false", "false|true",
             "one matrix W_QK for each head, in the place of W_Q and W_K"),
    KEY_FORM("model.output", "true", "false|true",
             "an output matrix W_O; false: values have the width of the states "
             "and heads are summed"),
    KEY_FORM("model.bias", "true", "false|true",
             "biases of keys, queries, values, W_O and the mlp"),
    KEY_FORM("model.mask", "auto", "auto|query|causal|none",
             "keys of a token: all but the query, those up to itself, all; "
             "auto: query of joint tokens, causal of alternating ones"),
    KEY_FORM("model.positions", "none",
             "none|learned|sinusoidal|relative-free|relative-log|"
             "relative-linear|alibi|t5",
             "added to the states, or, of the relative ones, to the scores"),
    KEY_FORM("model.dot_product", "true", "false|true",
             "whether scores have q.k; false: relative positions alone"),
    KEY_INT("model.context", "0", 0, 1e6,
            "most points that tables of positions serve; 0: prompt.n"),
    KEY_FORM("model.mlp", "none", "none|relu|gelu|gelu-tanh|swiglu",
             "the part after attention"),
    KEY_INT("model.mlp_width", "0", 0, 65536,
            "hidden units of the mlp; 0: four times the width"),
    KEY_FORM("model.norm", "none", "none|pre|post|rms",
             "layer norm before or after attention and mlp; rms: before, and "
             "without mean and bias"),
    KEY_FORM("model.final_norm", "auto", "auto|false|true",
             "a norm before the readout; auto: with pre and rms"),
    KEY_REAL("model.norm_epsilon", "1e-5", 0, 1,
             "added to the variance under the root of a norm"),
    KEY_REAL("model.residual", "1", -100, 100,
             "scale of the skip connections; 0: none"),
    KEY_FORM("model.inject", "none", "none|input",
             "input: states begin as 0, and every loop adds the tokens"),
    KEY_FORM("model.init_law", "gpt2", "gpt2|fan-in",
             "spread of initial weights, in units of model.init_scale: 1, and "
             "1 / sqrt(2 layers) of W_O and W_down; or 1 / sqrt(columns)"),
};
const iclgd_key_set iclgd_transformer_keys = KEY_SET(keys);

static const char *const kinds[] = {"linear", "softmax", "relu",
                                    "exp",    "elu1",    "sigmoid"};
enum { KINDS = sizeof kinds / sizeof *kinds };

const char *iclgd_attention_name(iclgd_attention_kind kind) {
  return kinds[kind];
}

static size_t choice(const iclgd_settings *s, const char *key) {
  return iclgd_get_form(s, key).choice;
}

/* The kind that the first `length` bytes of a word name. */
static iclgd_status kind_of(const iclgd_settings *s, const char *word,
                            size_t length, unsigned char *out,
                            iclgd_error *err) {
  char name[32];
  const size_t kept = length < sizeof name ? length : sizeof name - 1;
  memcpy(name, word, kept);
  name[kept] = '\0';
  iclgd_nearest near = iclgd_nearest_to(name);
  for (size_t k = 0; k < KINDS; ++k) {
    *out = (unsigned char)k;
    if (length == kept && strcmp(name, kinds[k]) == 0) return ICLGD_OK;
    iclgd_nearest_try(&near, kinds[k]);
  }
  return iclgd_settings_reject(s, "model.attention", err,
                               "'%s' is no kind of attention%s", name,
                               iclgd_nearest_phrase(&near));
}

/* The heads of one layer, "exp+linear". */
static iclgd_status read_heads(const iclgd_settings *s, const char *word,
                               size_t length, iclgd_transformer *t,
                               iclgd_error *err) {
  const size_t row = t->attention_layers;
  size_t count = 0;
  for (const char *end = word + length; word <= end; ++count) {
    const char *plus = memchr(word, '+', (size_t)(end - word));
    const char *stop = plus ? plus : end;
    if (count == ICLGD_ATTENTION_WORDS || count == t->heads)
      return iclgd_settings_reject(
          s, "model.attention", err,
          "more kinds in a layer than it has heads (%zu, and at most %d are "
          "named)",
          t->heads, ICLGD_ATTENTION_WORDS);
    TRY(kind_of(s, word, (size_t)(stop - word), &t->attention[row][count],
                err));
    word = stop + 1;
  }
  t->attention_heads[row] = count;
  ++t->attention_layers;
  return ICLGD_OK;
}

static iclgd_status read_attention(const iclgd_settings *s, size_t layers,
                                   iclgd_transformer *t, iclgd_error *err) {
  static const char blanks[] = " \t,";
  const char *text = iclgd_get_text(s, "model.attention");
  for (text += strspn(text, blanks); *text; text += strspn(text, blanks)) {
    const size_t length = strcspn(text, blanks);
    if (t->attention_layers == ICLGD_ATTENTION_WORDS ||
        t->attention_layers == layers)
      return iclgd_settings_reject(
          s, "model.attention", err,
          "more words than distinct layers (model.layers = %zu, and at most "
          "%d are named)",
          layers, ICLGD_ATTENTION_WORDS);
    TRY(read_heads(s, text, length, t, err));
    text += length;
  }
  if (t->attention_layers > 0) return ICLGD_OK;
  return iclgd_settings_reject(s, "model.attention", err,
                               "expected a kind of attention: linear, softmax, "
                               "relu, exp, elu1 or sigmoid");
}

static bool has_kind(const iclgd_transformer *t, iclgd_attention_kind kind) {
  for (size_t l = 0; l < t->attention_layers; ++l)
    for (size_t h = 0; h < t->attention_heads[l]; ++h)
      if (iclgd_attention_at(t, l, h) == kind) return true;
  return false;
}

static void read_choices(const iclgd_settings *s, iclgd_transformer *t) {
  t->tokens = (iclgd_token_kind)choice(s, "model.tokens");
  t->label = (iclgd_label_kind)choice(s, "model.label");
  t->scale = (iclgd_scale_kind)choice(s, "model.scale");
  t->positions = (iclgd_position_kind)choice(s, "model.positions");
  t->mlp = (iclgd_mlp_kind)choice(s, "model.mlp");
  t->norm = (iclgd_norm_kind)choice(s, "model.norm");
  t->merged = choice(s, "model.merged") == 1;
  t->output = choice(s, "model.output") == 1;
  t->bias = choice(s, "model.bias") == 1;
  t->dot_product = choice(s, "model.dot_product") == 1;
  t->inject = choice(s, "model.inject") == 1;
  t->residual = iclgd_get_real(s, "model.residual");
  t->epsilon = iclgd_get_real(s, "model.norm_epsilon");
  t->heads = iclgd_get_size(s, "model.heads");
  const size_t mask = choice(s, "model.mask");
  t->mask = (iclgd_mask_kind)(mask - 1);
  if (mask == 0)
    t->mask = t->tokens == ICLGD_JOINT ? ICLGD_MASK_QUERY : ICLGD_MASK_CAUSAL;
  const size_t final_norm = choice(s, "model.final_norm");
  t->final_norm = final_norm == 2;
  if (final_norm == 0)
    t->final_norm = t->norm == ICLGD_NORM_PRE || t->norm == ICLGD_NORM_RMS;
}

/* Widths, which follow from each other. */
static void read_widths(const iclgd_settings *s, size_t d,
                        iclgd_transformer *t) {
  const bool whole = t->tokens == ICLGD_JOINT || t->label == ICLGD_LABEL_OWN;
  const size_t width = iclgd_get_size(s, "model.width");
  const size_t key = iclgd_get_size(s, "model.key");
  const size_t hidden = iclgd_get_size(s, "model.mlp_width");
  const size_t context = iclgd_get_size(s, "model.context");
  t->token_width = d + whole;
  t->reads_in = width > 0;
  t->width = t->reads_in ? width : t->token_width;
  const size_t share = key > 0 ? key : t->width / t->heads;
  t->key = t->merged ? t->width : share;
  t->value = t->output ? share : t->width;
  t->mlp_width = t->mlp == ICLGD_MLP_NONE ? 0 : 4 * t->width;
  if (t->mlp != ICLGD_MLP_NONE && hidden > 0) t->mlp_width = hidden;
  t->context = context > 0 ? context : iclgd_get_size(s, "prompt.n");
  const size_t readout = choice(s, "model.readout");
  t->readout = readout == 1 ? ICLGD_READ_LAST : ICLGD_READ_LINEAR;
  if (readout == 0 && !t->reads_in && t->tokens == ICLGD_JOINT)
    t->readout = ICLGD_READ_LAST;
}

/* What does not go together: the key to change, and why. */
typedef struct refusal {
  bool holds;
  const char *key, *reason;
} refusal;

static iclgd_status refuse_first(const iclgd_settings *s,
                                 const refusal *refusals, size_t count,
                                 iclgd_error *err) {
  for (size_t i = 0; i < count; ++i)
    if (refusals[i].holds)
      return iclgd_settings_reject(s, refusals[i].key, err, "%s",
                                   refusals[i].reason);
  return ICLGD_OK;
}

static iclgd_status check_tokens(const iclgd_settings *s,
                                 const iclgd_transformer *t, iclgd_error *err) {
  const bool joint = t->tokens == ICLGD_JOINT;
  const bool added = t->positions == ICLGD_POSITION_LEARNED ||
                     t->positions == ICLGD_POSITION_SINUSOIDAL;
  const refusal refusals[] = {
      {joint && t->label == ICLGD_LABEL_OWN, "model.label",
       "joint tokens (x, y) have one place for the label; it goes with "
       "model.tokens = alternating"},
      {t->readout == ICLGD_READ_LAST && (t->reads_in || !joint),
       "model.readout",
       "the last coordinate of a state is a label only where states are joint "
       "tokens (model.tokens = joint, model.width = 0)"},
      {t->mask == ICLGD_MASK_QUERY && !joint, "model.mask",
       "of alternating tokens the query is the last x; expected causal or "
       "none"},
      {added && !t->reads_in, "model.positions",
       "positions are added to states of a width of their own; set "
       "model.width, or take relative positions"},
      {iclgd_get_size(s, "model.mlp_width") > 0 && t->mlp == ICLGD_MLP_NONE,
       "model.mlp_width", "there is no mlp (model.mlp = none)"},
      {t->final_norm && t->norm == ICLGD_NORM_NONE, "model.final_norm",
       "there are no norms (model.norm = none)"},
  };
  return refuse_first(s, refusals, sizeof refusals / sizeof *refusals, err);
}

static iclgd_status check_attention(const iclgd_settings *s,
                                    const iclgd_transformer *t,
                                    iclgd_error *err) {
  const bool relative = iclgd_transformer_is_relative(t);
  const bool elu1 = has_kind(t, ICLGD_ATTEND_ELU1);
  const bool shares = t->output || (t->dot_product && !t->merged);
  const bool learned = t->scale == ICLGD_SCALE_LEARNED;
  const refusal refusals[] = {
      {!t->dot_product && !relative, "model.dot_product",
       "scores without q.k are those of relative positions alone; set "
       "model.positions to one of them"},
      {!t->dot_product && (t->merged || learned),
       t->merged ? "model.merged" : "model.scale",
       "there is no q.k (model.dot_product = false)"},
      {elu1 && (t->merged || learned || relative),
       t->merged  ? "model.merged"
       : relative ? "model.positions"
                  : "model.scale",
       "elu1 has features of queries and keys, not a score; it goes with "
       "separate W_Q and W_K, without scale and relative positions"},
      {shares && iclgd_get_size(s, "model.key") == 0 &&
           t->width % t->heads != 0,
       "model.heads",
       "the width of the states is no multiple of it; set model.key"},
  };
  return refuse_first(s, refusals, sizeof refusals / sizeof *refusals, err);
}

iclgd_status iclgd_transformer_shape(const iclgd_settings *settings,
                                     iclgd_model *model, iclgd_error *err) {
  iclgd_transformer *t = &model->transformer;
  *t = (iclgd_transformer){0};
  read_choices(settings, t);
  read_widths(settings, model->d, t);
  TRY(read_attention(settings, model->layers, t, err));
  TRY(check_tokens(settings, t, err));
  TRY(check_attention(settings, t, err));
  model->sign = t->readout == ICLGD_READ_LAST ? -1 : 1;
  iclgd_transformer_add_arrays(
      model, (iclgd_init_law)choice(settings, "model.init_law"));
  return ICLGD_OK;
}

/* Tables of positions end; those that are computed do not. */
iclgd_status iclgd_transformer_check_context(const iclgd_model *model, size_t n,
                                             iclgd_error *err) {
  const iclgd_transformer *t = &model->transformer;
  const bool table = t->positions == ICLGD_POSITION_LEARNED ||
                     t->positions == ICLGD_POSITION_RELATIVE_FREE;
  if (!table || n <= t->context) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_ERANGE,
                    "the model's positions serve prompts of up to %zu points "
                    "(model.context), found %zu",
                    t->context, n);
}
