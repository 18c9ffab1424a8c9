/* Weights that are exactly one step of GD or GD++ (von Oswald et al. 2023,
 * Proposition 1 and appendix A.10; Ahn et al. 2023, Lemma 1):
 *   P = [[B, 0], [0, 1]],  Q = -[[A^T, 0], [0, 0]]
 *   => w <- w + A (b - S w),  x <- (I - B S A^T) x. */
#include <iclgd/model.h>

#include <string.h>

static bool is_zero(const double *M, size_t count) {
  for (size_t i = 0; M && i < count; ++i)
    if (M[i] != 0) return false;
  return true;
}

static bool is_diagonal(const double *A, size_t d) {
  for (size_t i = 0; i < d * d; ++i)
    if (i / d != i % d && A[i] != 0) return false;
  return true;
}

static bool is_scalar(const double *A, size_t d) {
  for (size_t i = 0; i < d; ++i)
    if (A[i * d + i] != A[0]) return false;
  return is_diagonal(A, d);
}

static void fill_full(const iclgd_model *model, double *theta, const double *A,
                      const double *B) {
  const size_t d = model->d, D = d + 1;
  double *P = theta + model->blocks[0].offset;
  double *Q = theta + model->blocks[1].offset;
  memset(theta, 0, model->layer_size * sizeof *theta);
  P[d * D + d] = 1;
  for (size_t i = 0; i < d; ++i)
    for (size_t j = 0; j < d; ++j) {
      P[i * D + j] = B ? B[i * d + j] : 0;
      Q[i * D + j] = -A[j * d + i];
    }
}

iclgd_status iclgd_model_construct(iclgd_model *model, size_t l,
                                   const double *A, const double *B,
                                   iclgd_error *err) {
  const size_t d = model->d;
  double *theta = iclgd_model_layer(model, l);
  const bool fits = (model->family == ICLGD_SCALAR && is_scalar(A, d)) ||
                    (model->family == ICLGD_DIAGONAL && is_diagonal(A, d)) ||
                    model->family >= ICLGD_GD;
  if (!fits || (model->family <= ICLGD_GD && !is_zero(B, d * d)))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "model.weights = %s cannot hold the weights to "
                      "be constructed",
                      iclgd_family_name(model->family));
  switch (model->family) {
    case ICLGD_SCALAR:
      theta[0] = A[0];
      break;
    case ICLGD_DIAGONAL:
      for (size_t i = 0; i < d; ++i) theta[i] = A[i * d + i];
      break;
    case ICLGD_GDPP:
      memset(theta + d * d, 0, d * d * sizeof *theta);
      if (B) memcpy(theta + d * d, B, d * d * sizeof *theta);
      /* fall through */
    case ICLGD_GD:
      memcpy(theta, A, d * d * sizeof *theta);
      break;
    case ICLGD_FULL:
      fill_full(model, theta, A, B);
      break;
  }
  return ICLGD_OK;
}
