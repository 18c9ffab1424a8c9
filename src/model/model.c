/* The parameters of a model: families, layout, the map to P and Q and its
 * pull-back (equations in iclgd/model.h). */
#include <iclgd/model.h>

#include <assert.h>
#include <string.h>

static const iclgd_key keys[] = {
    KEY_FORM("model.weights", "gd", "scalar|diagonal|gd|gdpp|full",
             "which weights are trained: a I, diag(a), A, A and B, or P and Q"),
    KEY_INT("model.layers", "1", 1, 256, "distinct layers"),
    KEY_INT("model.loops", "1", 1, 4096,
            "times the stack of layers is repeated; depth = layers x loops"),
    KEY_FORM_IN(
        "model.init", "normal", "normal|zero|gd:real", 0, 1e6,
        "initial weights: random, zero, or exactly GD with this step size"),
    KEY_REAL("model.init_scale", "0.02", 0, 100,
             "standard deviation of random initial weights"),
};

const iclgd_key_set iclgd_model_keys = {keys, sizeof keys / sizeof *keys};

enum { INIT_NORMAL, INIT_ZERO, INIT_GD };

static const char *const family_names[] = {"scalar", "diagonal", "gd", "gdpp",
                                           "full"};

const char *iclgd_family_name(iclgd_family family) {
  return family_names[family];
}

bool iclgd_family_find(const char *name, iclgd_family *out) {
  for (size_t i = 0; i < sizeof family_names / sizeof *family_names; ++i)
    if (strcmp(name, family_names[i]) == 0) {
      *out = (iclgd_family)i;
      return true;
    }
  return false;
}

static void add_block(iclgd_model *model, const char *name, size_t rows,
                      size_t columns) {
  model->blocks[model->n_blocks++] =
      (iclgd_block){name, rows, columns, model->layer_size};
  model->layer_size += rows * columns;
}

iclgd_status iclgd_model_create(iclgd_family family, size_t d, size_t layers,
                                size_t loops, iclgd_arena *arena,
                                iclgd_model *out, iclgd_error *err) {
  *out = (iclgd_model){
      .family = family, .d = d, .layers = layers, .loops = loops, .sign = -1};
  switch (family) {
    case ICLGD_SCALAR:
      add_block(out, "A", 1, 1);
      break;
    case ICLGD_DIAGONAL:
      add_block(out, "A", d, 1);
      break;
    case ICLGD_GD:
      add_block(out, "A", d, d);
      break;
    case ICLGD_GDPP:
      add_block(out, "A", d, d);
      add_block(out, "B", d, d);
      break;
    case ICLGD_FULL:
      add_block(out, "P", d + 1, d + 1);
      add_block(out, "Q", d + 1, d + 1);
      break;
  }
  out->theta = iclgd_arena_reals(arena, layers, out->layer_size, 1);
  return out->theta ? ICLGD_OK : iclgd_fail_memory(err, "the parameters");
}

static iclgd_status construct_all(iclgd_model *model, double eta,
                                  iclgd_arena *arena, iclgd_error *err) {
  const size_t d = model->d;
  double *A = iclgd_arena_reals(arena, d, d, 1);
  if (!A) return iclgd_fail_memory(err, "the initial weights");
  for (size_t i = 0; i < d; ++i) A[i * d + i] = eta;
  iclgd_status status = ICLGD_OK;
  for (size_t l = 0; !status && l < model->layers; ++l)
    status = iclgd_model_construct(model, l, A, NULL, err);
  return status;
}

static void clear(double *matrix, size_t columns, size_t row, size_t rows,
                  size_t column, size_t width) {
  for (size_t i = row; i < row + rows; ++i)
    memset(matrix + i * columns + column, 0, width * sizeof *matrix);
}

void iclgd_model_clear_unseen(const iclgd_model *model) {
  const size_t d = model->d, D = d + 1;
  if (model->loops > 1) return;
  double *theta = iclgd_model_layer(model, model->layers - 1);
  double *first = theta + model->blocks[0].offset;
  double *second = theta + model->blocks[model->n_blocks - 1].offset;
  if (model->family == ICLGD_GDPP) clear(second, d, 0, d, 0, d);
  if (model->family != ICLGD_FULL) return;
  clear(first, D, 0, d, 0, D);
  if (model->layers == 1) clear(second, D, 0, D, d, 1);
}

iclgd_status iclgd_model_from_settings(const iclgd_settings *settings, size_t d,
                                       uint64_t seed, iclgd_arena *arena,
                                       iclgd_model *out, iclgd_error *err) {
  const iclgd_status status = iclgd_model_create(
      (iclgd_family)iclgd_get_form(settings, "model.weights").choice, d,
      iclgd_get_size(settings, "model.layers"),
      iclgd_get_size(settings, "model.loops"), arena, out, err);
  if (status) return status;
  const iclgd_form init = iclgd_get_form(settings, "model.init");
  if (init.choice == INIT_GD)
    return construct_all(out, init.values[0], arena, err);
  if (init.choice == INIT_ZERO) return ICLGD_OK;
  const double scale = iclgd_get_real(settings, "model.init_scale");
  iclgd_stream stream;
  iclgd_stream_seed(&stream, seed, ICLGD_STREAM_INIT, 0);
  for (size_t i = 0; i < iclgd_model_size(out); ++i)
    out->theta[i] = scale * (double)iclgd_stream_normal(&stream);
  iclgd_model_clear_unseen(out);
  return ICLGD_OK;
}

/* A (d, d) of a descent family or of gdpp. */
static void expand_A(const iclgd_model *model, const double *theta, double *A) {
  const size_t d = model->d;
  if (model->family == ICLGD_GD || model->family == ICLGD_GDPP) {
    memcpy(A, theta, d * d * sizeof *A);
    return;
  }
  memset(A, 0, d * d * sizeof *A);
  for (size_t i = 0; i < d; ++i)
    A[i * d + i] = theta[model->family == ICLGD_SCALAR ? 0 : i];
}

void iclgd_model_matrices(const iclgd_model *model, size_t l, double *P,
                          double *Q) {
  const size_t d = model->d, D = d + 1;
  const double *theta = iclgd_model_layer(model, l);
  if (model->family == ICLGD_FULL) {
    memcpy(P, theta + model->blocks[0].offset, D * D * sizeof *P);
    memcpy(Q, theta + model->blocks[1].offset, D * D * sizeof *Q);
    return;
  }
  memset(P, 0, D * D * sizeof *P);
  memset(Q, 0, D * D * sizeof *Q);
  P[d * D + d] = 1;
  if (model->family == ICLGD_GDPP) {
    const double *B = theta + model->blocks[1].offset;
    for (size_t i = 0; i < d; ++i) memcpy(P + i * D, B + i * d, d * sizeof *P);
  }
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      double A_ji;
      if (model->family == ICLGD_SCALAR)
        A_ji = i == j ? theta[0] : 0;
      else if (model->family == ICLGD_DIAGONAL)
        A_ji = i == j ? theta[i] : 0;
      else
        A_ji = theta[j * d + i];
      Q[i * D + j] = -A_ji;
    }
}

void iclgd_model_pull_back(const iclgd_model *model, const double *dP,
                           const double *dQ, double *dtheta) {
  const size_t d = model->d, D = d + 1;
  if (model->family == ICLGD_FULL) {
    for (size_t i = 0; i < D * D; ++i) {
      dtheta[model->blocks[0].offset + i] += dP[i];
      dtheta[model->blocks[1].offset + i] += dQ[i];
    }
    return;
  }
  if (model->family == ICLGD_GDPP)
    for (size_t i = 0; i < d * d; ++i)
      dtheta[model->blocks[1].offset + i] += dP[i / d * D + i % d];
  for (size_t i = 0; i < d; ++i) {
    if (model->family == ICLGD_SCALAR) dtheta[0] -= dQ[i * D + i];
    if (model->family == ICLGD_DIAGONAL) dtheta[i] -= dQ[i * D + i];
    if (model->family == ICLGD_GD || model->family == ICLGD_GDPP)
      for (size_t j = 0; j < d; ++j) dtheta[j * d + i] -= dQ[i * D + j];
  }
}

void iclgd_model_pull_back_A(const iclgd_model *model, const double *dA,
                             double *dtheta) {
  const size_t d = model->d;
  if (model->family == ICLGD_GD) {
    for (size_t i = 0; i < d * d; ++i) dtheta[i] += dA[i];
    return;
  }
  for (size_t i = 0; i < d; ++i)
    dtheta[model->family == ICLGD_SCALAR ? 0 : i] += dA[i * d + i];
}

void iclgd_model_preconditioner(const iclgd_model *model, size_t l, double *A,
                                double *B) {
  const size_t d = model->d, D = d + 1;
  const double *theta = iclgd_model_layer(model, l);
  if (model->family != ICLGD_FULL) {
    expand_A(model, theta, A);
    if (!B) return;
    memset(B, 0, d * d * sizeof *B);
    if (model->family == ICLGD_GDPP)
      memcpy(B, theta + model->blocks[1].offset, d * d * sizeof *B);
    return;
  }
  const double *P = theta + model->blocks[0].offset;
  const double *Q = theta + model->blocks[1].offset;
  const double gauge = P[d * D + d];
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      A[i * d + j] = model->sign * gauge * Q[j * D + i];
      if (B) B[i * d + j] = P[i * D + j] / gauge;
    }
}
