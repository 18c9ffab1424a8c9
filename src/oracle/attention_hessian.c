/* The blocks (Ormaniec et al. 2024, Theorems 3.1 and 3.2, written with the
 * derivatives of logsumexp; derived and checked for this project). For row i
 *
 *   u = tau K Q^T x_i       a = softmax_j(u . x_j)     m = sum_j a_j x_j
 *   M2 = sum_j a_j z z^T    z = x_j - m                dm/du = M2
 *   r = V^T m - y_i         g = V r                    G3 = sum_j a_j (g.z) z
 * z^T
 *
 * and for linear attention m = S u, M2 = S = X^T X, G3 = 0. With U = du/dtheta
 * in the parameters of the scores and E = M2 U,
 *
 *   J = dr/dtheta: e_a in V gives m_a, theta_p of the scores V^T E_p
 *   Ho += c_i J^T J
 *   Hf(V, p) += c_i r (x) E_p,  Hf(p, q) += c_i (U_p.G3 U_q + M2 g . d2u)
 *
 * where d2u(dQ, dK) = tau dK dQ^T x_i, and none where Q K^T is one parameter.
 */
#include <iclgd/attention_hessian.h>

#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

size_t iclgd_attention_entries(const iclgd_attention_layer *layer,
                               iclgd_attention_array array) {
  if (array == ICLGD_ATTENTION_V) return layer->d * layer->value;
  if (layer->merged)
    return array == ICLGD_ATTENTION_Q ? layer->d * layer->d : 0;
  return layer->d * layer->key;
}

size_t iclgd_attention_begins(const iclgd_attention_layer *layer,
                              iclgd_attention_array array) {
  size_t at = 0;
  for (iclgd_attention_array k = ICLGD_ATTENTION_V; k < array; ++k)
    at += iclgd_attention_entries(layer, k);
  return at;
}

size_t iclgd_attention_parameters(const iclgd_attention_layer *layer) {
  return iclgd_attention_begins(layer, ICLGD_ATTENTION_ARRAYS);
}

/* What stands above for one row; P scores: the parameters behind V. */
typedef struct row {
  const iclgd_attention_layer *layer;
  size_t scores;
  const double *x;    /* (d) */
  double *u, *m, *g;  /* (d) */
  double *a;          /* (L) */
  double *q;          /* (key) Q^T x */
  double *r;          /* (value) */
  double *M2, *G3;    /* (d, d) */
  double *U, *E, *GU; /* (d, scores) */
  double *J;          /* (value, scores) */
  double *w;          /* (d) M2 g */
} row;

static bool take_row(const iclgd_attention_layer *layer, iclgd_arena *arena,
                     row *out) {
  const size_t d = layer->d;
  const size_t scores = iclgd_attention_parameters(layer) - d * layer->value;
  *out = (row){.layer = layer, .scores = scores};
  double **const vectors[] = {&out->u, &out->m, &out->g, &out->w};
  for (size_t i = 0; i < 4; ++i)
    *vectors[i] = iclgd_arena_reals(arena, d, 1, 1);
  out->a = iclgd_arena_reals(arena, layer->L, 1, 1);
  out->q = iclgd_arena_reals(arena, layer->key + 1, 1, 1);
  out->r = iclgd_arena_reals(arena, layer->value, 1, 1);
  out->M2 = iclgd_arena_reals(arena, d, d, 1);
  out->G3 = iclgd_arena_reals(arena, d, d, 1);
  out->U = iclgd_arena_reals(arena, d, scores, 1);
  out->E = iclgd_arena_reals(arena, d, scores, 1);
  out->GU = iclgd_arena_reals(arena, d, scores, 1);
  out->J = iclgd_arena_reals(arena, layer->value, scores, 1);
  return !arena->failed;
}

/* C (m, n) = A (m, k) B (k, n) */
static void product(const double *A, const double *B, double *C, size_t m,
                    size_t k, size_t n) {
  memset(C, 0, m * n * sizeof *C);
  for (size_t i = 0; i < m; ++i)
    for (size_t p = 0; p < k; ++p)
      for (size_t j = 0; j < n; ++j)
        C[i * n + j] += A[i * k + p] * B[p * n + j];
}

/* u, and q where Q and K are apart. */
static void set_scores(const row *s) {
  const iclgd_attention_layer *layer = s->layer;
  const size_t d = layer->d, key = layer->key;
  memset(s->u, 0, d * sizeof *s->u);
  if (layer->merged) {
    for (size_t i = 0; i < d; ++i)
      for (size_t j = 0; j < d; ++j)
        s->u[j] += layer->tau * layer->Q[i * d + j] * s->x[i];
    return;
  }
  product(s->x, layer->Q, s->q, 1, d, key);
  for (size_t j = 0; j < d; ++j)
    for (size_t k = 0; k < key; ++k)
      s->u[j] += layer->tau * layer->K[j * key + k] * s->q[k];
}

/* a (L): shares of the keys, or 1 each where attention is linear. */
static void set_shares(const row *s) {
  const iclgd_attention_layer *layer = s->layer;
  const size_t d = layer->d, L = layer->L;
  double most = -INFINITY, sum = 0;
  for (size_t j = 0; j < L; ++j) {
    s->a[j] = layer->softmax ? iclgd_dot(s->u, layer->X + j * d, d) : 0;
    most = fmax(most, s->a[j]);
  }
  for (size_t j = 0; j < L; ++j) sum += s->a[j] = exp(s->a[j] - most);
  for (size_t j = 0; layer->softmax && j < L; ++j) s->a[j] /= sum;
}

/* m, M2 and, when g stands, G3. */
static void set_moments(const row *s) {
  const iclgd_attention_layer *layer = s->layer;
  const size_t d = layer->d;
  memset(s->m, 0, d * sizeof *s->m);
  memset(s->M2, 0, d * d * sizeof *s->M2);
  for (size_t j = 0; layer->softmax && j < layer->L; ++j)
    for (size_t i = 0; i < d; ++i) s->m[i] += s->a[j] * layer->X[j * d + i];
  for (size_t j = 0; j < layer->L; ++j)
    for (size_t i = 0; i < d; ++i)
      for (size_t k = 0; k < d; ++k)
        s->M2[i * d + k] += s->a[j] * (layer->X[j * d + i] - s->m[i]) *
                            (layer->X[j * d + k] - s->m[k]);
  if (!layer->softmax) product(s->M2, s->u, s->m, d, d, 1);
}

static void set_third(const row *s) {
  const iclgd_attention_layer *layer = s->layer;
  const size_t d = layer->d;
  memset(s->G3, 0, d * d * sizeof *s->G3);
  for (size_t j = 0; layer->softmax && j < layer->L; ++j) {
    const double *x = layer->X + j * d;
    const double along = iclgd_dot(s->g, x, d) - iclgd_dot(s->g, s->m, d);
    for (size_t i = 0; i < d; ++i)
      for (size_t k = 0; k < d; ++k)
        s->G3[i * d + k] +=
            s->a[j] * along * (x[i] - s->m[i]) * (x[k] - s->m[k]);
  }
}

static void set_residual(const row *s, size_t i) {
  const iclgd_attention_layer *layer = s->layer;
  const size_t value = layer->value;
  product(s->m, layer->V, s->r, 1, layer->d, value);
  for (size_t e = 0; e < value; ++e) s->r[e] -= layer->Y[i * value + e];
  product(layer->V, s->r, s->g, layer->d, value, 1);
}

/* U = du / dtheta, (d, scores). */
static void set_tangents(const row *s) {
  const iclgd_attention_layer *layer = s->layer;
  const size_t d = layer->d, key = layer->key, n = s->scores;
  memset(s->U, 0, d * n * sizeof *s->U);
  for (size_t a = 0; a < d; ++a) {
    for (size_t k = 0; layer->merged && k < d; ++k)
      s->U[k * n + a * d + k] = layer->tau * s->x[a];
    for (size_t k = 0; !layer->merged && k < key; ++k) {
      for (size_t j = 0; j < d; ++j)
        s->U[j * n + a * key + k] =
            layer->tau * s->x[a] * layer->K[j * key + k];
      s->U[a * n + (d + a) * key + k] = layer->tau * s->q[k];
    }
  }
}

static void add_outer(const row *s, double c, double *Ho) {
  const size_t d = s->layer->d, value = s->layer->value, n = s->scores;
  const size_t first = d * value, P = first + n;
  for (size_t a = 0; a < d; ++a)
    for (size_t e = 0; e < value; ++e) {
      double *line = Ho + (a * value + e) * P;
      for (size_t b = 0; b < d; ++b)
        line[b * value + e] += c * s->m[a] * s->m[b];
      for (size_t p = 0; p < n; ++p) {
        const double term = c * s->m[a] * s->J[e * n + p];
        line[first + p] += term;
        Ho[(first + p) * P + a * value + e] += term;
      }
    }
  for (size_t e = 0; e < value; ++e)
    for (size_t p = 0; p < n; ++p)
      for (size_t q = 0; q < n; ++q)
        Ho[(first + p) * P + first + q] +=
            c * s->J[e * n + p] * s->J[e * n + q];
}

static void add_functional(const row *s, double c, double *Hf) {
  const size_t d = s->layer->d, value = s->layer->value, n = s->scores;
  const size_t key = s->layer->key, first = d * value, P = first + n;
  for (size_t a = 0; a < d; ++a)
    for (size_t e = 0; e < value; ++e)
      for (size_t p = 0; p < n; ++p) {
        const double term = c * s->r[e] * s->E[a * n + p];
        Hf[(a * value + e) * P + first + p] += term;
        Hf[(first + p) * P + a * value + e] += term;
      }
  for (size_t i = 0; i < d; ++i)
    for (size_t p = 0; p < n; ++p)
      for (size_t q = 0; q < n; ++q)
        Hf[(first + p) * P + first + q] +=
            c * s->U[i * n + p] * s->GU[i * n + q];
  for (size_t a = 0; !s->layer->merged && a < d; ++a)
    for (size_t b = 0; b < d; ++b)
      for (size_t k = 0; k < key; ++k) {
        const double term = c * s->layer->tau * s->w[b] * s->x[a];
        const size_t p = first + a * key + k, q = first + (d + b) * key + k;
        Hf[p * P + q] += term;
        Hf[q * P + p] += term;
      }
}

iclgd_status iclgd_attention_hessian(const iclgd_attention_layer *layer,
                                     double *outer, double *functional,
                                     iclgd_error *err) {
  const size_t P = iclgd_attention_parameters(layer), d = layer->d;
  iclgd_arena arena = {0};
  row s;
  memset(outer, 0, P * P * sizeof *outer);
  memset(functional, 0, P * P * sizeof *functional);
  const bool taken = take_row(layer, &arena, &s);
  for (size_t i = 0; taken && i < layer->L; ++i) {
    if (layer->c[i] == 0) continue;
    s.x = layer->X + i * d;
    set_scores(&s);
    set_shares(&s);
    set_moments(&s);
    set_residual(&s, i);
    set_third(&s);
    set_tangents(&s);
    product(s.M2, s.U, s.E, d, d, s.scores);
    product(s.G3, s.U, s.GU, d, d, s.scores);
    product(s.M2, s.g, s.w, d, d, 1);
    memset(s.J, 0, layer->value * s.scores * sizeof *s.J);
    for (size_t a = 0; a < d; ++a)
      for (size_t e = 0; e < layer->value; ++e)
        for (size_t p = 0; p < s.scores; ++p)
          s.J[e * s.scores + p] +=
              layer->V[a * layer->value + e] * s.E[a * s.scores + p];
    add_outer(&s, layer->c[i], outer);
    add_functional(&s, layer->c[i], functional);
  }
  iclgd_arena_free(&arena);
  return taken ? ICLGD_OK : iclgd_fail_memory(err, "a layer of attention");
}
