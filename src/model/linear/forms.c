/* The forms of the parameters of linear attention: which parameter stands at
 * A_ij, and from that the maps to P and Q, to A and B, their pull-back and the
 * construction (equations in iclgd/linear.h). */
#include <iclgd/linear.h>

#include <math.h>
#include <string.h>

static size_t none(size_t d, size_t i, size_t j) {
  (void)d, (void)i, (void)j;
  return ICLGD_NO_PARAMETER;
}
static size_t on_diagonal(size_t d, size_t i, size_t j) {
  return i == j ? 0 : none(d, i, j);
}
static size_t by_row(size_t d, size_t i, size_t j) {
  return i == j ? i : none(d, i, j);
}
static size_t by_entry(size_t d, size_t i, size_t j) {
  return i * d + j;
}
static size_t one(size_t d) {
  (void)d;
  return 1;
}
static size_t row(size_t d) {
  return d;
}
static size_t square(size_t d) {
  return d * d;
}

static const iclgd_linear forms[ICLGD_LINEAR_FORMS] = {
    {.name = "scalar",
     .diagonal = true,
     .scalar = true,
     .parameter = on_diagonal,
     .n_A = one},
    {.name = "diagonal", .diagonal = true, .parameter = by_row, .n_A = row},
    {.name = "gd", .parameter = by_entry, .n_A = square},
    {.name = "gdpp", .has_B = true, .parameter = by_entry, .n_A = square},
    {.name = "full", .whole = true, .has_B = true, .parameter = none},
};

const iclgd_linear *iclgd_linear_named(const char *name) {
  for (size_t i = 0; i < ICLGD_LINEAR_FORMS; ++i)
    if (strcmp(forms[i].name, name) == 0) return &forms[i];
  return NULL;
}

/* An array of layer l in theta. */
static size_t place(const iclgd_model *model, size_t k, size_t l) {
  return model->arrays[k].offset + l % model->layers * model->arrays[k].stride;
}

/* out[i * rows + j * columns] = factor A_ij */
static void put_A(const iclgd_model *model, const double *theta, double factor,
                  double *out, size_t rows, size_t columns) {
  const size_t d = model->d;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      const size_t at = model->linear->parameter(d, i, j);
      out[i * rows + j * columns] =
          factor * (at == ICLGD_NO_PARAMETER ? 0 : theta[at]);
    }
}

/* dtheta += factor dA_ij, dA_ij = dA[i * rows + j * columns] */
static void pull_A(const iclgd_model *model, const double *dA, double factor,
                   double *dtheta, size_t rows, size_t columns) {
  const size_t d = model->d;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      const size_t at = model->linear->parameter(d, i, j);
      if (at != ICLGD_NO_PARAMETER)
        dtheta[at] += factor * dA[i * rows + j * columns];
    }
}

void iclgd_linear_matrices(const iclgd_model *model, const double *theta,
                           size_t l, double *P, double *Q) {
  const size_t d = model->d, D = d + 1;
  const double *first = theta + place(model, 0, l);
  if (model->linear->whole) {
    memcpy(P, first, D * D * sizeof *P);
    memcpy(Q, theta + place(model, 1, l), D * D * sizeof *Q);
    return;
  }
  memset(P, 0, D * D * sizeof *P);
  memset(Q, 0, D * D * sizeof *Q);
  P[d * D + d] = 1;
  put_A(model, first, -1, Q, 1, D);
  if (!model->linear->has_B) return;
  const double *B = theta + place(model, 1, l);
  for (size_t i = 0; i < d; ++i) memcpy(P + i * D, B + i * d, d * sizeof *P);
}

void iclgd_linear_pull_back(const iclgd_model *model, size_t l,
                            const double *dP, const double *dQ,
                            double *dtheta) {
  const size_t d = model->d, D = d + 1;
  double *first = dtheta + place(model, 0, l);
  double *second = model->linear->has_B ? dtheta + place(model, 1, l) : NULL;
  if (model->linear->whole) {
    for (size_t i = 0; i < D * D; ++i) {
      first[i] += dP[i];
      second[i] += dQ[i];
    }
    return;
  }
  for (size_t i = 0; second && i < d * d; ++i)
    second[i] += dP[i / d * D + i % d];
  pull_A(model, dQ, -1, first, 1, D);
}

void iclgd_linear_pull_back_A(const iclgd_model *model, size_t l,
                              const double *dA, double *dtheta) {
  pull_A(model, dA, 1, dtheta + place(model, 0, l), model->d, 1);
}

void iclgd_linear_A(const iclgd_model *model, const double *theta, size_t l,
                    double *A, double *B) {
  const size_t d = model->d, D = d + 1;
  const double *first = theta + place(model, 0, l);
  if (!model->linear->whole) {
    put_A(model, first, 1, A, d, 1);
    if (B && model->linear->has_B)
      memcpy(B, theta + place(model, 1, l), d * d * sizeof *B);
    else if (B)
      memset(B, 0, d * d * sizeof *B);
    return;
  }
  const double *Q = theta + place(model, 1, l);
  const double gauge = first[d * D + d];
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      A[i * d + j] = model->sign * gauge * Q[j * D + i];
      if (B) B[i * d + j] = first[i * D + j] / gauge;
    }
}

static bool is_zero(const double *M, size_t count) {
  for (size_t i = 0; M && i < count; ++i)
    if (M[i] != 0) return false;
  return true;
}

/* Of a run that diverged NaN is NaN. */
static bool is_same(double a, double b) {
  return a == b || (isnan(a) && isnan(b));
}

/* A_ij into its parameter; false when two that share one differ, or one without
 * a parameter is not 0. */
static bool take_A(const iclgd_model *model, const double *A, double *theta) {
  const size_t d = model->d;
  bool fits = true;
  for (size_t i = d * d; i-- > 0;) { /* A_11 last: it stays where all are one */
    const size_t at = model->linear->parameter(d, i / d, i % d);
    if (at != ICLGD_NO_PARAMETER) theta[at] = A[i];
  }
  for (size_t i = 0; i < d * d; ++i) {
    const size_t at = model->linear->parameter(d, i / d, i % d);
    fits &= is_same(A[i], at == ICLGD_NO_PARAMETER ? 0 : theta[at]);
  }
  return fits;
}

/* P = [[B, 0], [0, 1]], Q = -[[A^T, 0], [0, 0]] */
static void fill_whole(const iclgd_model *model, double *P, double *Q,
                       const double *A, const double *B) {
  const size_t d = model->d, D = d + 1;
  memset(P, 0, D * D * sizeof *P);
  memset(Q, 0, D * D * sizeof *Q);
  P[d * D + d] = 1;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      P[i * D + j] = B ? B[i * d + j] : 0;
      Q[i * D + j] = -A[j * d + i];
    }
}

iclgd_status iclgd_linear_construct(const iclgd_model *model, double *theta,
                                    size_t l, const double *A, const double *B,
                                    iclgd_error *err) {
  const size_t d = model->d;
  const iclgd_linear *form = model->linear;
  double *first = theta + place(model, 0, l);
  if (form->whole) {
    fill_whole(model, first, theta + place(model, 1, l), A, B);
    return ICLGD_OK;
  }
  if ((!form->has_B && !is_zero(B, d * d)) || !take_A(model, A, first))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "model.weights = %s cannot hold the weights to be "
                      "constructed",
                      form->name);
  if (!form->has_B) return ICLGD_OK;
  double *own = theta + place(model, 1, l);
  memset(own, 0, d * d * sizeof *own);
  if (B) memcpy(own, B, d * d * sizeof *own);
  return ICLGD_OK;
}

static void clear(double *matrix, size_t columns, size_t rows, size_t column,
                  size_t width) {
  for (size_t i = 0; i < rows; ++i)
    memset(matrix + i * columns + column, 0, width * sizeof *matrix);
}

void iclgd_linear_clear_unseen(const iclgd_model *model, double *theta) {
  const size_t d = model->d, D = d + 1, last = model->layers - 1;
  const iclgd_linear *form = model->linear;
  if (model->loops > 1) return;
  if (form->whole) clear(theta + place(model, 0, last), D, d, 0, D);
  if (form->whole && model->layers == 1)
    clear(theta + place(model, 1, last), D, D, d, 1);
  if (!form->whole && form->has_B)
    clear(theta + place(model, 1, last), d, d, 0, d);
}
