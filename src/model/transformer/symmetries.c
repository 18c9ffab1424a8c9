/* What no prediction of a transformer sees:
 *   states   the C units of the states, where they are read in: everything that
 *            writes to them or reads them (not where W_QK or values without W_O
 *            have them on both sides, nor beside sinusoids)
 *   heads    of one kind, by layer; in a head q.k = (R q).(R^-T k) and W_O v =
 *            (W_O R^-1) (R v), biases with them
 *   hidden   units of the mlp, by layer; of relu c > 0 and 1 / c before and
 *            behind it, of swiglu any c != 0
 * elu1 has features of single coordinates and keeps its keys; ALiBi has a slope
 * for each head. */
#include "model/transformer/shape.h"

enum { HEAD_SLICES = 10, HIDDEN_SLICES = 5, STATE_SLICES = 16, SHARED = 8 };
enum { KEYS = 1, VALUES = 2 }; /* bases of a head */

typedef struct list {
  const iclgd_model *model;
  iclgd_symmetry *rows, *row; /* all, and the one that grows */
  iclgd_slice *slices;        /* what is left */
  size_t layer;
} list;

static void begin(list *to, const char *name, size_t units) {
  to->row = to->row ? to->row + 1 : to->rows;
  *to->row =
      (iclgd_symmetry){.name = name, .units = units, .slices = to->slices};
}

/* A slice of an array of the layer; nothing, where the shape has not it. */
static void add(list *to, iclgd_transformer_array array, iclgd_slice slice) {
  const iclgd_transformer *t = &to->model->transformer;
  if (t->offset[array] == ICLGD_NO_ARRAY) return;
  slice.first = t->offset[array];
  if (array < ICLGD_W_IN) slice.first += to->layer * t->stride;
  *to->slices++ = slice;
  ++to->row->n_slices;
}

/* Rows of a matrix with `columns` columns, or entries of a vector: `size` of
 * them by unit, which are coordinates of a basis. */
static void add_rows(list *to, iclgd_transformer_array array, size_t size,
                     size_t columns, size_t basis, bool inverse) {
  iclgd_slice slice = {.by_unit = size * columns, .by_entry = 1};
  slice.basis = basis;
  slice.inverse = inverse;
  slice.by_coordinate = columns;
  slice.entries = basis ? columns : size * columns;
  add(to, array, slice);
}

/* Columns of a matrix (rows, columns), `size` of them by unit. */
static void add_columns(list *to, iclgd_transformer_array array, size_t rows,
                        size_t columns, size_t size, size_t basis) {
  add(to, array,
      (iclgd_slice){.by_unit = size,
                    .by_coordinate = 1,
                    .by_entry = columns,
                    .entries = rows,
                    .basis = basis,
                    .inverse = true});
}

static bool has_elu1(const iclgd_transformer *t, size_t l) {
  for (size_t h = 0; h < t->heads; ++h)
    if (iclgd_attention_at(t, l, h) == ICLGD_ATTEND_ELU1) return true;
  return false;
}

static void add_heads(list *to, size_t *kind) {
  const iclgd_transformer *t = &to->model->transformer;
  const size_t C = t->width, K = t->key, V = t->value;
  const size_t keys = has_elu1(t, to->layer) ? 0 : KEYS;
  const size_t values = t->output ? VALUES : 0;
  begin(to, "heads", t->heads);
  to->row->kind = kind;
  to->row->n_bases = ICLGD_BASES_MAX;
  to->row->size[0] = K;
  to->row->size[1] = V;
  for (size_t h = 0; h < t->heads; ++h)
    kind[h] = t->positions == ICLGD_POSITION_ALIBI
                  ? h
                  : iclgd_attention_at(t, to->layer, h);
  add_rows(to, ICLGD_W_Q, K, C, keys, false);
  add_rows(to, ICLGD_B_Q, K, 1, keys, false);
  add_rows(to, ICLGD_W_K, K, C, keys, true);
  add_rows(to, ICLGD_B_K, K, 1, keys, true);
  add_rows(to, ICLGD_W_QK, C, C, 0, false);
  add_rows(to, ICLGD_W_V, V, C, values, false);
  add_rows(to, ICLGD_B_V, V, 1, values, false);
  add_rows(to, ICLGD_TEMPERATURE, 1, 1, 0, false);
  add_rows(to, ICLGD_RELATIVE, 1, t->buckets, 0, false);
  add_columns(to, ICLGD_W_O, C, t->heads * V, V, values);
}

static void add_hidden(list *to) {
  const iclgd_transformer *t = &to->model->transformer;
  const size_t C = t->width, M = t->mlp_width;
  const bool scales = t->mlp == ICLGD_MLP_RELU || t->mlp == ICLGD_MLP_SWIGLU;
  if (t->mlp == ICLGD_MLP_NONE) return;
  begin(to, "hidden", M);
  to->row->n_bases = scales;
  to->row->size[0] = 1;
  to->row->positive[0] = t->mlp == ICLGD_MLP_RELU;
  add_rows(to, ICLGD_W_UP, 1, C, scales, false);
  add_rows(to, ICLGD_B_UP, 1, 1, scales, false);
  add_rows(to, ICLGD_W_GATE, 1, C, 0, false);
  add_columns(to, ICLGD_W_DOWN, C, M, 1, scales);
}

/* What a unit of the states has in an array: entries `step` apart. */
static void add_state(list *to, iclgd_transformer_array array, size_t by_unit,
                      size_t entries, size_t step, bool touched) {
  add(to, array,
      (iclgd_slice){.by_unit = by_unit,
                    .entries = entries,
                    .by_entry = step,
                    .is_touched = touched});
}

static void add_states_of_layer(list *to) {
  const iclgd_transformer *t = &to->model->transformer;
  const size_t C = t->width, M = t->mlp_width;
  const size_t HK = t->heads * t->key, HV = t->heads * t->value;
  static const iclgd_transformer_array vectors[] = {
      ICLGD_NORM1_GAIN, ICLGD_NORM1_BIAS, ICLGD_NORM2_GAIN,
      ICLGD_NORM2_BIAS, ICLGD_B_O,        ICLGD_B_DOWN};
  for (size_t k = 0; k < sizeof vectors / sizeof *vectors; ++k)
    add_state(to, vectors[k], 1, 1, 1, false);
  add_state(to, ICLGD_SHORTCUT, 1, t->parts, C, false);
  add_state(to, ICLGD_W_Q, 1, HK, C, true);
  add_state(to, ICLGD_W_K, 1, HK, C, true);
  add_state(to, ICLGD_W_V, 1, HV, C, true);
  add_state(to, ICLGD_W_O, HV, HV, 1, true);
  add_state(to, ICLGD_W_UP, 1, M, C, true);
  add_state(to, ICLGD_W_GATE, 1, M, C, true);
  add_state(to, ICLGD_W_DOWN, M, M, 1, true);
}

static void add_states(list *to) {
  const iclgd_transformer *t = &to->model->transformer;
  const size_t C = t->width, z = t->token_width;
  begin(to, "states", C);
  for (to->layer = 0; to->layer < to->model->layers; ++to->layer)
    add_states_of_layer(to);
  add_state(to, ICLGD_W_IN, z, z, 1, false);
  add_state(to, ICLGD_B_IN, 1, 1, 1, false);
  add_state(to, ICLGD_POSITION, 1, iclgd_transformer_tokens(t, t->context), C,
            false);
  add_state(to, ICLGD_FINAL_GAIN, 1, 1, 1, false);
  add_state(to, ICLGD_FINAL_BIAS, 1, 1, 1, false);
  add_state(to, ICLGD_W_OUT, 1, 1, 1, false);
}

void iclgd_transformer_symmetries(const iclgd_model *model, iclgd_arena *arena,
                                  iclgd_symmetries *out) {
  const iclgd_transformer *t = &model->transformer;
  const size_t layers = model->layers;
  const size_t most =
      SHARED + layers * (HEAD_SLICES + HIDDEN_SLICES + STATE_SLICES);
  list to = {.model = model};
  to.rows = iclgd_arena_take(arena, 2 * layers + 1, sizeof *to.rows);
  to.slices = iclgd_arena_take(arena, most, sizeof *to.slices);
  size_t *kind = iclgd_arena_take(arena, layers * t->heads, sizeof *kind);
  if (!to.rows || !to.slices || !kind) return;
  if (t->reads_in && t->output && !t->merged &&
      t->positions != ICLGD_POSITION_SINUSOIDAL)
    add_states(&to);
  for (to.layer = 0; to.layer < layers; ++to.layer) {
    add_heads(&to, kind + to.layer * t->heads);
    add_hidden(&to);
  }
  out->rows = to.rows;
  out->count = (size_t)(to.row - to.rows) + 1;
}
