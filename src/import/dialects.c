/* The names of code that is known. GPT-2 as Hugging Face has it stores its
 * products as Conv1D, (in, out); nanoGPT as Linear, (out, in). c_proj is
 * square, so that its orientation shows in the dialect alone; that of c_attn
 * shows in its shape. Around both stand the read-in and read-out of Garg et al.
 * 2022 (github.com/dtsip/in-context-learning, models.py) and Yang et al. 2023
 * (github.com/Leiay/looped_transformer), whose tokens are x_1, (y_1, 0, ..),
 * x_2, ... Buffers of the causal mask and embeddings of words are left out. */
#include <string.h>

#include "base/nearest.h"
#include "import/map.h"

#define PREFIXES         \
  "strip module.\n"      \
  "strip _orig_mod.\n"   \
  "strip _backbone.\n"   \
  "strip transformer.\n" \
  "strip model.\n"

#define SETTINGS                           \
  "set model.architecture = transformer\n" \
  "set model.tokens = alternating\n"       \
  "set model.label = first\n"              \
  "set model.attention = softmax\n"        \
  "set model.scale = sqrt\n"               \
  "set model.mask = causal\n"              \
  "set model.mlp = gelu-tanh\n"            \
  "set model.norm = pre\n"                 \
  "set model.norm_epsilon = 1e-5\n"

/* What is a vector, or an nn.Linear, in both. */
#define AROUND                            \
  "_read_in.weight = W_in\n"              \
  "_read_in.bias = b_in\n"                \
  "_read_out.weight = W_out\n"            \
  "_read_out.bias = b_out\n"              \
  "wpe.weight = position first\n"         \
  "wte.weight = -\n"                      \
  "lm_head.weight = -\n"                  \
  "ln_f.weight = final_gain\n"            \
  "ln_f.bias = final_bias\n"              \
  "h.*.ln_1.weight = norm1_gain\n"        \
  "h.*.ln_1.bias = norm1_bias\n"          \
  "h.*.ln_2.weight = norm2_gain\n"        \
  "h.*.ln_2.bias = norm2_bias\n"          \
  "h.*.attn.bias = -\n"                   \
  "h.*.attn.masked_bias = -\n"            \
  "h.*.attn.c_attn.bias = b_Q rows 1/3\n" \
  "h.*.attn.c_attn.bias = b_K rows 2/3\n" \
  "h.*.attn.c_attn.bias = b_V rows 3/3\n" \
  "h.*.attn.c_proj.bias = b_O\n"          \
  "h.*.mlp.c_fc.bias = b_up\n"            \
  "h.*.mlp.c_proj.bias = b_down\n"

#define PRODUCTS(orientation)                 \
  "h.*.attn.c_attn.weight = W_Q " orientation \
  " rows 1/3\n"                               \
  "h.*.attn.c_attn.weight = W_K " orientation \
  " rows 2/3\n"                               \
  "h.*.attn.c_attn.weight = W_V " orientation \
  " rows 3/3\n"                               \
  "h.*.attn.c_proj.weight = W_O " orientation \
  "\n"                                        \
  "h.*.mlp.c_fc.weight = W_up " orientation   \
  "\n"                                        \
  "h.*.mlp.c_proj.weight = W_down " orientation "\n"

const iclgd_dialect iclgd_dialects[] = {
    {"gpt2", "Hugging Face GPT-2, with Garg's _read_in, _backbone, _read_out",
     PREFIXES SETTINGS AROUND PRODUCTS("transpose"), "_backbone.", false},
    {"nanogpt", "nanoGPT's names, products as nn.Linear, read-in as above",
     PREFIXES SETTINGS AROUND PRODUCTS(""), "_backbone.transformer.", true},
    {"linear", "linear attention: A (and B), or P and Q",
     "set model.architecture = linear\nsame\n", NULL, true},
    {"own", "the names of /entry/model, which `iclgd export --weights` writes",
     "same\n", NULL, true},
};
const size_t iclgd_n_dialects = sizeof iclgd_dialects / sizeof *iclgd_dialects;

iclgd_status iclgd_dialect_named(const char *name, const iclgd_dialect **out,
                                 iclgd_error *err) {
  iclgd_nearest near = iclgd_nearest_to(name);
  for (size_t i = 0; i < iclgd_n_dialects; ++i) {
    *out = &iclgd_dialects[i];
    if (strcmp((*out)->name, name) == 0) return ICLGD_OK;
    iclgd_nearest_try(&near, (*out)->name);
  }
  return iclgd_fail(err, ICLGD_EUSAGE, "no names '%s'%s", name,
                    iclgd_nearest_phrase(&near));
}

static const iclgd_dialect *named(const char *name) {
  size_t i = 0;
  while (strcmp(iclgd_dialects[i].name, name) != 0) ++i;
  return &iclgd_dialects[i];
}

static bool ends_with(const char *text, const char *end) {
  const size_t length = strlen(text), tail = strlen(end);
  return length >= tail && strcmp(text + length - tail, end) == 0;
}

const iclgd_dialect *iclgd_dialect_of(const iclgd_tensors *tensors) {
  for (size_t i = 0; i < tensors->count; ++i) {
    const iclgd_tensor *t = &tensors->rows[i];
    if (!ends_with(t->name, "attn.c_attn.weight") || t->rank != 2) continue;
    return named(t->extents[0] > t->extents[1] ? "nanogpt" : "gpt2");
  }
  return named(iclgd_tensor_named(tensors, "A") ||
                       iclgd_tensor_named(tensors, "P")
                   ? "linear"
                   : "own");
}
