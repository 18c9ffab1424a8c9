/* The arrays of a transformer: which a shape has, their extents and initial
 * spreads, and their datasets in the file. Initial entries are centre + spread
 * * model.init_scale * normal: gains and temperatures begin as 1, biases as 0,
 * weights as model.init_law says (GPT-2: Radford et al. 2019, 2.3). */
#include "model/transformer/shape.h"

#include <math.h>

#include "model/transformer/position.h"

#define ARRAY(name, dims, title, description) \
  DATA_PARAMETER(name, dims, title, description)
static const iclgd_dataset datasets[] = {
    ARRAY("norm1_gain", "layer,unit", "gain of the norm of attention",
          "a factor for each number of the normalised state"),
    ARRAY("norm1_bias", "layer,unit", "bias of the norm of attention",
          "added to the normalised state"),
    ARRAY("W_Q", "layer,key,unit", "queries W_Q",
          "q = W_Q u + b_Q, the rows of head after head"),
    ARRAY("W_K", "layer,key,unit", "keys W_K",
          "k = W_K u + b_K, the rows of head after head"),
    ARRAY("W_QK", "layer,head,row,column", "product W_QK of keys and queries",
          "score = u_query^T W_QK u_key, a matrix for each head"),
    ARRAY("W_V", "layer,value,unit", "values W_V",
          "v = W_V u + b_V, the rows of head after head"),
    ARRAY("b_Q", "layer,key", "bias of queries", "q = W_Q u + b_Q"),
    ARRAY("b_K", "layer,key", "bias of keys", "k = W_K u + b_K"),
    ARRAY("b_V", "layer,value", "bias of values", "v = W_V u + b_V"),
    ARRAY("temperature", "layer,head", "temperature of scores",
          "score = temperature q.k / sqrt(key width)"),
    ARRAY("relative", "layer,head,bucket", "relative positions",
          "what the scores have by the distance of query and key"),
    ARRAY("W_O", "layer,unit,value", "output matrix W_O",
          "state += W_O o + b_O, o the heads one after the other"),
    ARRAY("b_O", "layer,unit", "bias of the output", "state += W_O o + b_O"),
    ARRAY("norm2_gain", "layer,unit", "gain of the norm of the mlp",
          "a factor for each number of the normalised state"),
    ARRAY("norm2_bias", "layer,unit", "bias of the norm of the mlp",
          "added to the normalised state"),
    ARRAY("W_up", "layer,hidden,unit", "first matrix of the mlp",
          "state += W_down f(W_up u + b_up) + b_down"),
    ARRAY("b_up", "layer,hidden", "first bias of the mlp",
          "state += W_down f(W_up u + b_up) + b_down"),
    ARRAY("W_gate", "layer,hidden,unit", "gate of the mlp",
          "state += W_down (silu(W_gate u) (W_up u + b_up)) + b_down"),
    ARRAY("W_down", "layer,unit,hidden", "second matrix of the mlp",
          "state += W_down f(W_up u + b_up) + b_down"),
    ARRAY("b_down", "layer,unit", "second bias of the mlp",
          "state += W_down f(W_up u + b_up) + b_down"),
    ARRAY("shortcut", "layer,part,unit", "augmented shortcuts",
          "state += s state beside attention (first) and the mlp"),
    ARRAY("W_in", "unit,coordinate", "read-in W_in",
          "state = W_in z + b_in of a token z"),
    ARRAY("b_in", "unit", "bias of the read-in", "state = W_in z + b_in"),
    ARRAY("position", "token,unit", "positions", "added to the read-in"),
    ARRAY("final_gain", "unit", "gain of the norm before the readout",
          "a factor for each number of the normalised state"),
    ARRAY("final_bias", "unit", "bias of the norm before the readout",
          "added to the normalised state"),
    ARRAY("W_out", "unit", "readout W_out", "prediction = W_out . h + b_out"),
    ARRAY("b_out", "output", "bias of the readout",
          "prediction = W_out . h + b_out"),
};
const iclgd_schema iclgd_transformer_schema = {
    NULL, 0, datasets, sizeof datasets / sizeof *datasets};

static const char *const names[ICLGD_TRANSFORMER_ARRAYS] = {
    [ICLGD_NORM1_GAIN] = "norm1_gain",
    [ICLGD_NORM1_BIAS] = "norm1_bias",
    [ICLGD_W_Q] = "W_Q",
    [ICLGD_W_K] = "W_K",
    [ICLGD_W_QK] = "W_QK",
    [ICLGD_W_V] = "W_V",
    [ICLGD_B_Q] = "b_Q",
    [ICLGD_B_K] = "b_K",
    [ICLGD_B_V] = "b_V",
    [ICLGD_TEMPERATURE] = "temperature",
    [ICLGD_RELATIVE] = "relative",
    [ICLGD_W_O] = "W_O",
    [ICLGD_B_O] = "b_O",
    [ICLGD_NORM2_GAIN] = "norm2_gain",
    [ICLGD_NORM2_BIAS] = "norm2_bias",
    [ICLGD_W_UP] = "W_up",
    [ICLGD_B_UP] = "b_up",
    [ICLGD_W_GATE] = "W_gate",
    [ICLGD_W_DOWN] = "W_down",
    [ICLGD_B_DOWN] = "b_down",
    [ICLGD_SHORTCUT] = "shortcut",
    [ICLGD_W_IN] = "W_in",
    [ICLGD_B_IN] = "b_in",
    [ICLGD_POSITION] = "position",
    [ICLGD_FINAL_GAIN] = "final_gain",
    [ICLGD_FINAL_BIAS] = "final_bias",
    [ICLGD_W_OUT] = "W_out",
    [ICLGD_B_OUT] = "b_out",
};

const char *iclgd_transformer_array_name(iclgd_transformer_array array) {
  return names[array];
}

/* The model that gets its arrays, one after the other. */
typedef struct list {
  iclgd_model *model;
  iclgd_init_law law;
} list;

static iclgd_array *add(const list *to, iclgd_transformer_array array,
                        size_t rank, size_t a, size_t b, size_t c) {
  const size_t extents[] = {a, b, c};
  to->model->transformer.offset[array] = to->model->n_arrays;
  return iclgd_model_add_array(to->model, names[array], array < ICLGD_W_IN,
                               rank, extents);
}

/* A matrix, whose last extent counts its columns. */
static void add_matrix(const list *to, iclgd_transformer_array array,
                       size_t rank, size_t a, size_t b, size_t c) {
  const double columns = (double)(rank == 1 ? a : rank == 2 ? b : c);
  const double layers = (double)to->model->layers;
  const bool writes = array == ICLGD_W_O || array == ICLGD_W_DOWN;
  iclgd_array *row = add(to, array, rank, a, b, c);
  if (to->law == ICLGD_INIT_FAN_IN)
    row->spread = 1 / sqrt(columns);
  else if (writes)
    row->spread = 1 / sqrt(2 * layers);
}

/* A vector that begins as a constant. */
static void add_vector(const list *to, iclgd_transformer_array array,
                       size_t size, double value) {
  iclgd_array *row = add(to, array, 1, size, 1, 1);
  row->centre = value;
  row->spread = 0;
}

static void add_norm(const list *to, iclgd_transformer_array gain,
                     iclgd_transformer_array bias) {
  const iclgd_transformer *t = &to->model->transformer;
  add_vector(to, gain, t->width, 1);
  if (t->norm != ICLGD_NORM_RMS) add_vector(to, bias, t->width, 0);
}

static void add_attention(const list *to) {
  const iclgd_transformer *t = &to->model->transformer;
  const size_t C = t->width, H = t->heads, K = t->key, V = t->value;
  const bool separate = t->dot_product && !t->merged;
  if (separate) add_matrix(to, ICLGD_W_Q, 2, H * K, C, 1);
  if (separate) add_matrix(to, ICLGD_W_K, 2, H * K, C, 1);
  if (t->merged) add_matrix(to, ICLGD_W_QK, 3, H, C, C);
  add_matrix(to, ICLGD_W_V, 2, H * V, C, 1);
  if (t->bias && separate) add_vector(to, ICLGD_B_Q, H * K, 0);
  if (t->bias && separate) add_vector(to, ICLGD_B_K, H * K, 0);
  if (t->bias) add_vector(to, ICLGD_B_V, H * V, 0);
  if (t->scale == ICLGD_SCALE_LEARNED) add_vector(to, ICLGD_TEMPERATURE, H, 1);
  if (t->buckets > 0) add(to, ICLGD_RELATIVE, 2, H, t->buckets, 1);
  if (t->output) add_matrix(to, ICLGD_W_O, 2, C, H * V, 1);
  if (t->output && t->bias) add_vector(to, ICLGD_B_O, C, 0);
}

static void add_mlp(const list *to) {
  const iclgd_transformer *t = &to->model->transformer;
  const size_t C = t->width, M = t->mlp_width;
  if (t->mlp == ICLGD_MLP_NONE) return;
  if (t->norm != ICLGD_NORM_NONE)
    add_norm(to, ICLGD_NORM2_GAIN, ICLGD_NORM2_BIAS);
  add_matrix(to, ICLGD_W_UP, 2, M, C, 1);
  if (t->bias) add_vector(to, ICLGD_B_UP, M, 0);
  if (t->mlp == ICLGD_MLP_SWIGLU) add_matrix(to, ICLGD_W_GATE, 2, M, C, 1);
  add_matrix(to, ICLGD_W_DOWN, 2, C, M, 1);
  if (t->bias) add_vector(to, ICLGD_B_DOWN, C, 0);
}

/* Begins as 0: the identity alone. */
static void add_shortcut(const list *to) {
  const iclgd_transformer *t = &to->model->transformer;
  if (t->augmented)
    add(to, ICLGD_SHORTCUT, 2, t->parts, t->width, 1)->spread = 0;
}

static void add_shared(const list *to) {
  const iclgd_transformer *t = &to->model->transformer;
  const size_t C = t->width;
  if (t->reads_in) add_matrix(to, ICLGD_W_IN, 2, C, t->token_width, 1);
  if (t->reads_in) add_vector(to, ICLGD_B_IN, C, 0);
  if (t->positions == ICLGD_POSITION_LEARNED)
    add_matrix(to, ICLGD_POSITION, 2, iclgd_transformer_tokens(t, t->context),
               C, 1);
  if (t->final_norm) add_norm(to, ICLGD_FINAL_GAIN, ICLGD_FINAL_BIAS);
  if (t->readout == ICLGD_READ_LAST) return;
  add_matrix(to, ICLGD_W_OUT, 1, C, 1, 1);
  add_vector(to, ICLGD_B_OUT, 1, 0);
}

void iclgd_transformer_add_arrays(iclgd_model *model, iclgd_init_law law) {
  iclgd_transformer *t = &model->transformer;
  const list to = {model, law};
  t->buckets = iclgd_transformer_buckets(t);
  for (size_t k = 0; k < ICLGD_TRANSFORMER_ARRAYS; ++k)
    t->offset[k] = ICLGD_NO_ARRAY;
  if (t->norm != ICLGD_NORM_NONE)
    add_norm(&to, ICLGD_NORM1_GAIN, ICLGD_NORM1_BIAS);
  add_attention(&to);
  add_mlp(&to);
  add_shortcut(&to);
  t->stride = model->size / model->layers;
  add_shared(&to);
  for (size_t k = 0; k < ICLGD_TRANSFORMER_ARRAYS; ++k)
    if (t->offset[k] != ICLGD_NO_ARRAY)
      t->offset[k] = model->arrays[t->offset[k]].offset;
}
