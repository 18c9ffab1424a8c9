/* Ormaniec et al. 2024 (arXiv:2410.10986): the Hessian of one layer of
 * attention, block by block (iclgd/attention_hessian.h). */
#include <iclgd/algebra.h>
#include <iclgd/attention_hessian.h>
#include <iclgd/matrix_free.h>
#include <iclgd/rng.h>
#include <math.h>
#include <string.h>

#include "verify.h"

enum { TOKENS = 6, WIDTH = 4, KEY = 3, VALUE = 2 };
enum { MOST_P = WIDTH * VALUE + WIDTH * WIDTH + 2 * WIDTH * KEY };
enum { DRAWS = 20, SIGMAS = 7 };

/* --- exponents -------------------------------------------------------------
 */

static const double sigmas[SIGMAS] = {0.001,     0.00215443, 0.00464159, 0.01,
                                      0.0215443, 0.0464159,  0.1};

static iclgd_status slope_of(const iclgd_trial *t,
                             const iclgd_attention_row *row, double *out,
                             iclgd_error *err) {
  double norm[SIGMAS];
  TRY(iclgd_attention_sweep(row, t->options->seed, DRAWS, sigmas, SIGMAS, norm,
                            err));
  *out = iclgd_attention_slope(sigmas, norm, SIGMAS, INFINITY);
  return ICLGD_OK;
}

/* The worst of all rows whose name begins like this. */
static iclgd_status slopes(const iclgd_trial *t, const char *start,
                           iclgd_evidence *out, iclgd_error *err) {
  size_t count;
  const iclgd_attention_row *rows = iclgd_attention_rows(&count);
  for (size_t i = 0; i < count; ++i) {
    double slope = NAN;
    const bool is_norm = rows[i].normalised;
    if (is_norm != (strcmp(start, "norm") == 0)) continue;
    if (!is_norm && strncmp(rows[i].name, start, strlen(start)) != 0) continue;
    TRY(slope_of(t, &rows[i], &slope, err));
    iclgd_evidence_worst(out,
                         iclgd_evidence_near(rows[i].exponent, slope, 0.1));
  }
  return ICLGD_OK;
}

CHECK(ormaniec_outer) {
  return slopes(t, "softmax Ho", out, err);
}
CHECK(ormaniec_functional) {
  return slopes(t, "softmax Hf", out, err);
}
CHECK(ormaniec_whole) {
  return slopes(t, "softmax H(", out, err);
}
CHECK(ormaniec_linear) {
  return slopes(t, "linear", out, err);
}
CHECK(ormaniec_norm) {
  return slopes(t, "norm", out, err);
}

CHECK(ormaniec_published) {
  static const struct {
    const char *figure, *row;
  } rows[] = {{"slope.Ho.V", "softmax Ho(V,V)"},
              {"slope.Ho.Q", "softmax Ho(Q,Q)"},
              {"slope.Hf.Q", "softmax Hf(Q,Q)"},
              {"slope.H.Q", "softmax H(Q,Q)"},
              {"slope.linear.1", "linear Ho, 1 layer"},
              {"slope.linear.2", "linear Ho, 2 layers"}};
  iclgd_published figure;
  double slope = NAN;
  const char *name = iclgd_get_text(t->settings, "figure");
  TRY(iclgd_trial_figure(t, "ormaniec2024.csv", &figure, err));
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    if (strcmp(rows[i].figure, name) == 0)
      TRY(slope_of(t, iclgd_attention_row_named(rows[i].row), &slope, err));
  *out = iclgd_evidence_published(figure, (iclgd_estimate){slope, 0});
  return ICLGD_OK;
}

/* |H(V,V)| / |H(Q,Q)| at sigma = 0.1. */
static iclgd_status ratio_of(const iclgd_trial *t, const char *value,
                             const char *query, double *out, iclgd_error *err) {
  static const double sigma = 0.1;
  double a, b;
  TRY(iclgd_attention_sweep(iclgd_attention_row_named(value), t->options->seed,
                            DRAWS, &sigma, 1, &a, err));
  TRY(iclgd_attention_sweep(iclgd_attention_row_named(query), t->options->seed,
                            DRAWS, &sigma, 1, &b, err));
  *out = pow(10, a - b);
  return ICLGD_OK;
}

CHECK(ormaniec_apart) {
  double ratio;
  TRY(ratio_of(t, "softmax H(V,V)", "softmax H(Q,Q)", &ratio, err));
  *out = iclgd_evidence_near(100, ratio, 0);
  return ICLGD_OK;
}

CHECK(ormaniec_alike) {
  double ratio;
  TRY(ratio_of(t, "linear H(V,V)", "linear H(Q,Q)", &ratio, err));
  *out = iclgd_evidence_near(10, ratio, 0);
  return ICLGD_OK;
}

/* --- one layer -------------------------------------------------------------
 */

typedef struct layer {
  iclgd_attention_layer of;
  double X[TOKENS * WIDTH], Y[TOKENS * VALUE], c[TOKENS];
  double theta[MOST_P]; /* V, Q, K or V, G */
  double Ho[MOST_P * MOST_P], Hf[MOST_P * MOST_P];
} layer;

/* All rows in the loss, or, `query`, the last one alone. */
static iclgd_status draw_layer(iclgd_trial *t, bool softmax, bool merged,
                               bool query, layer **out, iclgd_error *err) {
  iclgd_stream stream;
  layer *s = iclgd_arena_take(&t->arena, 1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "a layer of attention");
  iclgd_stream_seed(&stream, t->options->seed, ICLGD_STREAM_DIRECTIONS, 0);
  iclgd_stream_normals(s->X, &stream, TOKENS * WIDTH);
  iclgd_stream_normals(s->Y, &stream, TOKENS * VALUE);
  iclgd_stream_normals(s->theta, &stream, MOST_P);
  for (size_t i = 0; i < MOST_P; ++i) s->theta[i] /= sqrt((double)WIDTH);
  for (size_t i = 0; i < TOKENS; ++i)
    s->c[i] = !query ? 2. / (TOKENS * VALUE) : i + 1 == TOKENS ? 2 : 0;
  s->of = (iclgd_attention_layer){.L = TOKENS,
                                  .d = WIDTH,
                                  .key = KEY,
                                  .value = VALUE,
                                  .softmax = softmax,
                                  .merged = merged,
                                  .tau = 1 / sqrt((double)KEY),
                                  .X = s->X,
                                  .Y = s->Y,
                                  .c = s->c,
                                  .V = s->theta,
                                  .Q = s->theta + WIDTH * VALUE,
                                  .K = s->theta + WIDTH * (VALUE + KEY)};
  *out = s;
  return iclgd_attention_hessian(&s->of, s->Ho, s->Hf, err);
}

/* d^2 loss / dtheta_i dtheta_j by products of differences of order four. */
static double second_difference(layer *s, size_t i, size_t j) {
  static const double at[] = {-2, -1, 1, 2};
  static const double weight[] = {1. / 12, -2. / 3, 2. / 3, -1. / 12};
  static const double h = 5e-3;
  const double a = s->theta[i], b = s->theta[j];
  double sum = 0, work[TOKENS];
  for (size_t k = 0; k < 4; ++k)
    for (size_t l = 0; l < 4; ++l) {
      s->theta[i] += at[k] * h;
      s->theta[j] += at[l] * h;
      sum += weight[k] * weight[l] * iclgd_attention_loss(&s->of, work);
      s->theta[i] = a;
      s->theta[j] = b;
    }
  return sum / (h * h);
}

CHECK(ormaniec_blocks) {
  for (int kind = 0; kind < 8; ++kind) {
    layer *s = NULL;
    double most = 0, off = 0;
    TRY(draw_layer(t, kind & 1, kind & 2, kind & 4, &s, err));
    const size_t P = iclgd_attention_parameters(&s->of);
    for (size_t i = 0; i < P; ++i)
      for (size_t j = 0; j <= i; ++j) {
        const double exact = s->Ho[i * P + j] + s->Hf[i * P + j];
        most = fmax(most, fabs(exact));
        off = fmax(off, fabs(exact - second_difference(s, i, j)));
      }
    iclgd_evidence_worst(out, iclgd_evidence_near(0, off / most, 1e-6));
  }
  return ICLGD_OK;
}

/* Least over largest eigenvalue of the outer-product part; and the sign of the
 * least one of H. */
CHECK(ormaniec_positive) {
  for (int kind = 0; kind < 4; ++kind) {
    layer *s = NULL;
    double lambda[MOST_P];
    TRY(draw_layer(t, kind & 1, kind & 2, false, &s, err));
    const size_t P = iclgd_attention_parameters(&s->of);
    if (!iclgd_symmetric_eigenvalues(s->Ho, P, false, lambda))
      return iclgd_fail(err, ICLGD_ERANGE, "the eigenvalues were not found");
    iclgd_evidence_worst(
        out, iclgd_evidence_near(0, lambda[0] / lambda[P - 1], 1e-12));
  }
  return ICLGD_OK;
}

CHECK(ormaniec_saddle) {
  layer *s = NULL;
  double lambda[MOST_P];
  TRY(draw_layer(t, true, false, false, &s, err));
  const size_t P = iclgd_attention_parameters(&s->of);
  for (size_t i = 0; i < P * P; ++i) s->Ho[i] += s->Hf[i];
  if (!iclgd_symmetric_eigenvalues(s->Ho, P, false, lambda))
    return iclgd_fail(err, ICLGD_ERANGE, "the eigenvalues were not found");
  *out = iclgd_evidence_near(0, lambda[0] / lambda[P - 1], 0);
  return ICLGD_OK;
}

/* --- estimates -------------------------------------------------------------
 */

static void multiply(void *context, const double *v, double *out) {
  const layer *s = context;
  const size_t P = iclgd_attention_parameters(&s->of);
  for (size_t i = 0; i < P; ++i) {
    out[i] = 0;
    for (size_t j = 0; j < P; ++j)
      out[i] += (s->Ho[i * P + j] + s->Hf[i * P + j]) * v[j];
  }
}

static iclgd_status estimate(iclgd_trial *t, bool plus, iclgd_evidence *out,
                             iclgd_error *err) {
  enum { SAMPLES = 16 };
  double work[(SAMPLES + 3) * MOST_P], trace = 0;
  iclgd_estimated squares, found;
  layer *s = NULL;
  TRY(draw_layer(t, true, false, false, &s, err));
  const size_t P = iclgd_attention_parameters(&s->of);
  const iclgd_operator H = {P, multiply, s};
  for (size_t i = 0; i < P; ++i) trace += s->Ho[i * P + i] + s->Hf[i * P + i];
  if (plus)
    found = iclgd_hutch_plus_plus(&H, t->options->seed, 0, SAMPLES, work);
  else
    iclgd_hutchinson(&H, t->options->seed, 0, 300, work, &found, &squares);
  *out = iclgd_evidence_of(trace, (iclgd_estimate){found.value, found.error},
                           1e-9 * fabs(trace));
  return ICLGD_OK;
}

CHECK(ormaniec_hutchinson) {
  return estimate(t, false, out, err);
}
CHECK(ormaniec_hutch) {
  return estimate(t, true, out, err);
}
