/* The architecture `linear`: a prompt through layers of linear self-attention,
 * by tokens (attention.c), or, where a layer moves only the residuals, by the
 * implied weight alone (descent.c). */
#include <iclgd/comparisons.h>
#include <iclgd/linear.h>

#include <string.h>

#include "model/linear/by_tokens.h"
#include "model/linear/descent.h"
#include "model/linear/hessian.h"
#include "model/linear/pass.h"
#include "model/linear/symmetries.h"

static const iclgd_key keys[] = {
    KEY_FORM("model.weights", "gd", "scalar|diagonal|gd|gdpp|full",
             "which weights are trained: a I, diag(a), A, A and B, or P and Q"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

#define MATRIX "layer,row,column"
static const iclgd_dataset datasets[] = {
    DATA_PARAMETER("A", MATRIX, "preconditioner A",
                   "w <- w + A (b - S w), b - S w the mean negative gradient"),
    DATA_PARAMETER("B", MATRIX, "input transform B", "x <- (I - B S A^T) x"),
    DATA_PARAMETER("P", MATRIX, "value projection P",
                   "Z <- Z + (1/n) P Z M (Z^T Q Z), last row and column: y"),
    DATA_PARAMETER("Q", MATRIX, "key-query product Q",
                   "Z <- Z + (1/n) P Z M (Z^T Q Z), last row and column: y"),
};
static const iclgd_schema schema = {NULL, 0, datasets,
                                    sizeof datasets / sizeof *datasets};

typedef iclgd_linear_scratch linear_scratch;

void iclgd_linear_model(const iclgd_linear *form, size_t d, size_t layers,
                        size_t loops, iclgd_model *out) {
  const size_t D = d + 1;
  *out = (iclgd_model){.architecture = &iclgd_linear_architecture,
                       .linear = form,
                       .d = d,
                       .layers = layers,
                       .loops = loops,
                       .sign = -1};
  if (form->whole) {
    iclgd_model_add_array(out, "P", true, 2, (size_t[]){D, D});
    iclgd_model_add_array(out, "Q", true, 2, (size_t[]){D, D});
    return;
  }
  iclgd_model_add_array(out, "A", true, 1, (size_t[]){form->n_A(d)});
  if (form->has_B) iclgd_model_add_array(out, "B", true, 2, (size_t[]){d, d});
}

static iclgd_status shape(const iclgd_settings *settings, iclgd_model *model,
                          iclgd_error *err) {
  (void)err;
  const char *form = iclgd_get_form(settings, "model.weights").text;
  iclgd_linear_model(iclgd_linear_named(form), model->d, model->layers,
                     model->loops, model);
  return ICLGD_OK;
}

static iclgd_status make_scratch(const iclgd_model *model, size_t n,
                                 iclgd_arena *arena, void **out,
                                 iclgd_error *err) {
  const size_t d = model->d, D = d + 1, N = n + d;
  const size_t depth = iclgd_model_depth(model), layers = model->layers;
  linear_scratch *t = iclgd_arena_take(arena, 1, sizeof *t);
  if (!t) return iclgd_fail_memory(err, "the model's scratch");
  *t = (linear_scratch){
      .Z = iclgd_arena_reals(arena, depth + 1, D, N),
      .G = iclgd_arena_reals(arena, depth, D, D),
      .P = iclgd_arena_reals(arena, layers, D, D),
      .Q = iclgd_arena_reals(arena, layers, D, D),
      .dP = iclgd_arena_reals(arena, layers, D, D),
      .dQ = iclgd_arena_reals(arena, layers, D, D),
      .dZ = iclgd_arena_reals(arena, D, N, 1),
      .dZ_next = iclgd_arena_reals(arena, D, N, 1),
      .work = iclgd_arena_reals(arena, 5, D, D),
      .S = iclgd_arena_reals(arena, d, d, 1),
      .b = iclgd_arena_reals(arena, d, 1, 1),
      .A = iclgd_arena_reals(arena, layers, d, d),
      .dA = iclgd_arena_reals(arena, layers, d, d),
      .w = iclgd_arena_reals(arena, depth + 1, d, 1),
      .r = iclgd_arena_reals(arena, depth, d, 1),
      .u = iclgd_arena_reals(arena, 2, d, 1),
      .slope = iclgd_arena_reals(arena, depth + 1, 1, 1),
  };
  *out = t;
  return iclgd_arena_status(arena, err, "the model's scratch");
}

static const double *tokens(const iclgd_pass *pass) {
  iclgd_linear_run(pass);
  return ((linear_scratch *)pass->scratch)->Z;
}

static size_t token_width(const iclgd_model *model) {
  return model->d + 1;
}

static void predict_by_tokens(const iclgd_pass *pass, double *prediction) {
  iclgd_linear_run(pass);
  iclgd_linear_read(pass, prediction);
}

static void run_descent(const iclgd_pass *pass, double *w) {
  const iclgd_model *model = pass->model;
  const iclgd_prompt *prompt = pass->prompt;
  const size_t d = model->d, depth = iclgd_model_depth(model);
  linear_scratch *t = pass->scratch;
  for (size_t l = 0; l < model->layers; ++l)
    iclgd_linear_A(model, pass->theta, l, t->A + l * d * d, NULL);
  iclgd_context_gram(t->S, t->b, prompt->x, prompt->y, prompt->n, d,
                     prompt->mean_n);
  memset(w, 0, d * sizeof *w);
  for (size_t l = 0; l < depth; ++l)
    iclgd_descent_forward(w + (l + 1) * d, t->r + l * d, w + l * d,
                          t->A + l % model->layers * d * d, t->S, t->b, d);
}

static void predict_by_descent(const iclgd_pass *pass, double *prediction) {
  const linear_scratch *t = pass->scratch;
  const size_t d = pass->model->d, count = pass->count;
  run_descent(pass, t->w);
  for (size_t l = 0; l <= iclgd_model_depth(pass->model); ++l)
    for (size_t q = 0; q < count; ++q) {
      double sum = 0;
      for (size_t j = 0; j < d; ++j)
        sum += t->w[l * d + j] * pass->x[q * d + j];
      prediction[l * count + q] = sum;
    }
}

static bool runs_by_tokens(const iclgd_pass *pass) {
  const linear_scratch *t = pass->scratch;
  return t->by_tokens || !iclgd_model_descends(pass->model);
}

static void forward(const iclgd_pass *pass, double *prediction) {
  if (runs_by_tokens(pass))
    predict_by_tokens(pass, prediction);
  else
    predict_by_descent(pass, prediction);
}

static void backward_by_descent(const iclgd_pass *pass, const double *slope,
                                double *dtheta) {
  const iclgd_model *model = pass->model;
  linear_scratch *t = pass->scratch;
  const size_t d = model->d, count = pass->count;
  memset(t->dA, 0, model->layers * d * d * sizeof *t->dA);
  memset(t->u, 0, d * sizeof *t->u);
  for (size_t l = iclgd_linear_last_block(pass, slope); l-- > 0;) {
    const size_t at = l % model->layers * d * d;
    for (size_t q = 0; q < count; ++q)
      for (size_t j = 0; j < d; ++j)
        t->u[j] += slope[(l + 1) * count + q] * pass->x[q * d + j];
    iclgd_descent_backward(t->u, t->dA + at, t->u + d, t->r + l * d, t->A + at,
                           t->S, d);
  }
  for (size_t l = 0; l < model->layers; ++l)
    iclgd_linear_pull_back_A(model, l, t->dA + l * d * d, dtheta);
}

/* yhat_l = w_l . x */
static void slopes_of_descent(const iclgd_pass *pass, const double *slope,
                              double *dx) {
  const linear_scratch *t = pass->scratch;
  const size_t d = pass->model->d, count = pass->count;
  memset(dx, 0, count * d * sizeof *dx);
  for (size_t l = 0; l <= iclgd_model_depth(pass->model); ++l)
    for (size_t q = 0; q < count; ++q)
      for (size_t j = 0; j < d; ++j)
        dx[q * d + j] += slope[l * count + q] * t->w[l * d + j];
}

static void backward(const iclgd_pass *pass, const double *slope,
                     double *dtheta, double *dx) {
  if (runs_by_tokens(pass)) {
    iclgd_linear_back(pass, slope, dtheta, dx);
    return;
  }
  if (dtheta) backward_by_descent(pass, slope, dtheta);
  if (dx) slopes_of_descent(pass, slope, dx);
}

/* The queries are the unit vectors: query j reads entry j of w_l. */
static void weigh(const iclgd_pass *pass, double *w) {
  linear_scratch *t = pass->scratch;
  const size_t d = pass->model->d;
  if (iclgd_model_descends(pass->model)) {
    run_descent(pass, w);
    return;
  }
  memset(t->A, 0, d * d * sizeof *t->A);
  for (size_t i = 0; i < d; ++i) t->A[i * d + i] = 1;
  iclgd_pass units = *pass;
  units.x = t->A;
  units.count = d;
  predict_by_tokens(&units, w);
}

static void weights(const iclgd_pass *pass, double *w, double *prediction) {
  const size_t d = pass->model->d;
  weigh(pass, w);
  for (size_t l = 0; prediction && l <= iclgd_model_depth(pass->model); ++l)
    prediction[l] = iclgd_dot(w + l * d, pass->x, d);
}

void iclgd_linear_by_tokens(void *scratch, bool by_tokens) {
  ((linear_scratch *)scratch)->by_tokens = by_tokens;
}

static iclgd_status construct(const iclgd_model *model, double eta,
                              double *theta, iclgd_error *err) {
  const size_t d = model->d;
  iclgd_arena arena = {0};
  double *A = iclgd_arena_reals(&arena, d, d, 1);
  iclgd_status status =
      A ? ICLGD_OK : iclgd_fail_memory(err, "the initial weights");
  for (size_t i = 0; A && i < d; ++i) A[i * d + i] = eta;
  for (size_t l = 0; !status && l < model->layers; ++l)
    status = iclgd_linear_construct(model, theta, l, A, NULL, err);
  iclgd_arena_free(&arena);
  return status;
}

/* A or P of every layer. */
static bool damp(const iclgd_model *model, double factor, double *theta) {
  const iclgd_array *first = &model->arrays[0];
  for (size_t l = 0; l < model->layers; ++l)
    for (size_t i = 0; i < iclgd_array_size(first); ++i)
      theta[l * first->stride + i] *= factor;
  return true;
}

/* The file has A (d, d) whatever it is made of. */
static size_t stored(const iclgd_model *model, iclgd_array *out) {
  const size_t d = model->d;
  memcpy(out, model->arrays, model->n_arrays * sizeof *out);
  if (!model->linear->whole)
    out[0] = (iclgd_array){
        .name = "A", .by_layer = true, .rank = 2, .extents = {d, d}};
  return model->n_arrays;
}

static void store(const iclgd_model *model, const double *theta, size_t k,
                  double *out) {
  const iclgd_array *array = &model->arrays[k];
  const size_t d = model->d, size = iclgd_array_size(array);
  for (size_t l = 0; l < model->layers; ++l)
    if (k == 0 && !model->linear->whole)
      iclgd_linear_A(model, theta, l, out + l * d * d, NULL);
    else
      memcpy(out + l * size, theta + array->offset + l * array->stride,
             size * sizeof *out);
}

static iclgd_status load(const iclgd_model *model, const double *const *arrays,
                         double *theta, iclgd_error *err) {
  const size_t d = model->d, area = (d + 1) * (d + 1);
  iclgd_status status = ICLGD_OK;
  for (size_t l = 0; !status && l < model->layers; ++l)
    if (model->linear->whole) {
      double *layer = theta + l * model->arrays[0].stride;
      memcpy(layer, arrays[0] + l * area, area * sizeof *layer);
      memcpy(layer + area, arrays[1] + l * area, area * sizeof *layer);
    } else {
      status = iclgd_linear_construct(
          model, theta, l, arrays[0] + l * d * d,
          model->linear->has_B ? arrays[1] + l * d * d : NULL, err);
    }
  return status;
}

const iclgd_architecture iclgd_linear_architecture = {
    .name = "linear",
    .description = "linear self-attention, whose prediction is w . x_query",
    .keys = &key_set,
    .schema = &schema,
    .shape = shape,
    .scratch = make_scratch,
    .forward = forward,
    .backward = backward,
    .weights = weights,
    .tokens = tokens,
    .token_width = token_width,
    .components = &iclgd_linear_components,
    .scratch_curved = iclgd_linear_scratch_curved,
    .tangent = iclgd_linear_tangent,
    .hessian = iclgd_linear_hessian,
    .has_directions = iclgd_descent_has_directions,
    .tangents = iclgd_descent_tangents,
    .hessians = iclgd_descent_hessians,
    .settle = iclgd_linear_clear_unseen,
    .construct = construct,
    .damp = damp,
    .symmetries = iclgd_linear_symmetries,
    .stored = stored,
    .store = store,
    .load = load,
};
