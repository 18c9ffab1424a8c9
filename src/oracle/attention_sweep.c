/* How the blocks of the Hessian grow with the scale sigma of the tokens, Y
 * fixed. Small sigma, from the closed form: m ~ sigma (softmax) or sigma^3
 * (linear), M2 ~ sigma^2, G3 ~ sigma^3, r ~ 1, du ~ sigma. */
#include <iclgd/attention_hessian.h>

#include <iclgd/rng.h>
#include <math.h>
#include <string.h>

enum { TOKENS = 6, WIDTH = 4, KEY = 3, VALUE = 2, DEPTH = 3 };
enum { MOST_P = WIDTH * VALUE + WIDTH * WIDTH + 2 * WIDTH * KEY };

#define ROW(name, softmax, merged, normalised, D, part, a, b, exponent) \
  {                                                                     \
    name, softmax, merged, normalised, D, part, ICLGD_ATTENTION_##a,    \
        ICLGD_ATTENTION_##b, exponent                                   \
  }
#define OUTER(a, b, exponent) \
  ROW("softmax Ho(" #a "," #b ")", true, false, false, 1, 'o', a, b, exponent)
#define FUNCTIONAL(a, b, exponent) \
  ROW("softmax Hf(" #a "," #b ")", true, false, false, 1, 'f', a, b, exponent)

static const iclgd_attention_row rows[] = {
    ROW("softmax H(V,V)", true, false, false, 1, 'H', V, V, 2),
    ROW("softmax H(Q,Q)", true, false, false, 1, 'H', Q, Q, 5),
    OUTER(V, V, 2),
    OUTER(Q, Q, 6),
    OUTER(K, K, 6),
    OUTER(Q, K, 6),
    OUTER(V, Q, 4),
    FUNCTIONAL(Q, Q, 5),
    FUNCTIONAL(K, K, 5),
    FUNCTIONAL(V, Q, 3),
    FUNCTIONAL(Q, K, 3),
    ROW("softmax Ho(QK,QK)", true, true, false, 1, 'o', Q, Q, 6),
    ROW("softmax Hf(QK,QK)", true, true, false, 1, 'f', Q, Q, 5),
    ROW("linear H(V,V)", false, false, false, 1, 'H', V, V, 6),
    ROW("linear H(Q,Q)", false, false, false, 1, 'H', Q, Q, 6),
    ROW("linear Ho, 1 layer", false, false, false, 1, 'o', ARRAYS, ARRAYS, 6),
    ROW("linear Ho, 2 layers", false, false, false, 2, 'o', ARRAYS, ARRAYS, 18),
    ROW("linear Ho, 3 layers", false, false, false, 3, 'o', ARRAYS, ARRAYS, 54),
    ROW("softmax H(V,V), norm", true, false, true, 1, 'H', V, V, 0),
    ROW("softmax Ho(Q,Q), norm", true, false, true, 1, 'o', Q, Q, 0),
    ROW("softmax Hf(Q,Q), norm", true, false, true, 1, 'f', Q, Q, 0),
};

const iclgd_attention_row *iclgd_attention_rows(size_t *count) {
  *count = sizeof rows / sizeof *rows;
  return rows;
}

const iclgd_attention_row *iclgd_attention_row_named(const char *name) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i)
    if (strcmp(rows[i].name, name) == 0) return &rows[i];
  return NULL;
}

/* One draw of everything. */
typedef struct drawn {
  double X[TOKENS * WIDTH], Y[TOKENS * VALUE], c[TOKENS];
  double V[DEPTH * WIDTH * WIDTH];
  double Q[DEPTH * WIDTH * KEY], K[DEPTH * WIDTH * KEY], G[WIDTH * WIDTH];
} drawn;

static void draw(uint64_t seed, size_t index, drawn *out) {
  iclgd_stream stream;
  double *const weights[] = {out->V, out->Q, out->K, out->G};
  const size_t counts[] = {
      sizeof out->V / sizeof *out->V, sizeof out->Q / sizeof *out->Q,
      sizeof out->K / sizeof *out->K, sizeof out->G / sizeof *out->G};
  iclgd_stream_seed(&stream, seed, ICLGD_STREAM_DIRECTIONS,
                    (UINT64_C(1) << 32) + index);
  iclgd_stream_normals(out->X, &stream, TOKENS * WIDTH);
  iclgd_stream_normals(out->Y, &stream, TOKENS * VALUE);
  for (size_t k = 0; k < 4; ++k) {
    iclgd_stream_normals(weights[k], &stream, counts[k]);
    for (size_t i = 0; i < counts[k]; ++i) weights[k][i] /= sqrt((double)WIDTH);
  }
  for (size_t i = 0; i < TOKENS; ++i) out->c[i] = 2. / (TOKENS * VALUE);
}

/* Layer norm of every token, without gain, bias or epsilon. */
static void normalise(double *X) {
  for (size_t i = 0; i < TOKENS; ++i) {
    double *x = X + i * WIDTH, mean = 0, squares = 0;
    for (size_t j = 0; j < WIDTH; ++j) mean += x[j] / WIDTH;
    for (size_t j = 0; j < WIDTH; ++j)
      squares += (x[j] - mean) * (x[j] - mean) / WIDTH;
    for (size_t j = 0; j < WIDTH; ++j) x[j] = (x[j] - mean) / sqrt(squares);
  }
}

/* log10 |block|_F of what the row asks for. */
static double norm_of(const iclgd_attention_row *row,
                      const iclgd_attention_layer *layer, const double *Ho,
                      const double *Hf) {
  const bool all = row->a == ICLGD_ATTENTION_ARRAYS;
  const size_t P = iclgd_attention_parameters(layer);
  const size_t a = all ? 0 : iclgd_attention_begins(layer, row->a);
  const size_t b = all ? 0 : iclgd_attention_begins(layer, row->b);
  const size_t height = all ? P : iclgd_attention_entries(layer, row->a);
  const size_t width = all ? P : iclgd_attention_entries(layer, row->b);
  double most = 0, squares = 0;
  for (size_t pass = 0; pass < 2; ++pass)
    for (size_t i = a; i < a + height; ++i)
      for (size_t j = b; j < b + width; ++j) {
        const double o = row->part == 'f' ? 0 : Ho[i * P + j];
        const double f = row->part == 'o' ? 0 : Hf[i * P + j];
        if (pass == 0)
          most = fmax(most, fabs(o + f));
        else
          squares += (o + f) / most * ((o + f) / most);
      }
  return log10(most) + log10(squares) / 2;
}

static iclgd_status measure(const iclgd_attention_row *row, const drawn *at,
                            double sigma, double *out, iclgd_error *err) {
  double X[TOKENS * WIDTH], Ho[MOST_P * MOST_P], Hf[MOST_P * MOST_P];
  for (size_t i = 0; i < TOKENS * WIDTH; ++i) X[i] = sigma * at->X[i];
  if (row->normalised) normalise(X);
  if (row->D > 1)
    return iclgd_attention_stack_outer(row->D, TOKENS, WIDTH, KEY, X, at->V,
                                       at->Q, at->K, out, err);
  const iclgd_attention_layer layer = {.L = TOKENS,
                                       .d = WIDTH,
                                       .key = KEY,
                                       .value = VALUE,
                                       .softmax = row->softmax,
                                       .merged = row->merged,
                                       .tau = 1 / sqrt((double)KEY),
                                       .X = X,
                                       .Y = at->Y,
                                       .c = at->c,
                                       .V = at->V,
                                       .Q = row->merged ? at->G : at->Q,
                                       .K = at->K};
  TRY(iclgd_attention_hessian(&layer, Ho, Hf, err));
  *out = norm_of(row, &layer, Ho, Hf);
  return ICLGD_OK;
}

iclgd_status iclgd_attention_sweep(const iclgd_attention_row *row,
                                   uint64_t seed, size_t draws,
                                   const double *sigma, size_t count,
                                   double *log_norm, iclgd_error *err) {
  memset(log_norm, 0, count * sizeof *log_norm);
  for (size_t k = 0; k < draws; ++k) {
    drawn at;
    draw(seed, k, &at);
    for (size_t i = 0; i < count; ++i) {
      double one = NAN;
      TRY(measure(row, &at, sigma[i], &one, err));
      log_norm[i] += one / (double)draws;
    }
  }
  return ICLGD_OK;
}

double iclgd_attention_slope(const double *sigma, const double *log_norm,
                             size_t count, double most) {
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!(sigma[i] <= most)) continue;
    const double at = log10(sigma[i]);
    n += 1;
    x += at;
    y += log_norm[i];
    xx += at * at;
    xy += at * log_norm[i];
  }
  return n < 2 ? NAN : (n * xy - x * y) / (n * xx - x * x);
}
