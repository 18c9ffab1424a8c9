/* |Ho|_F of D layers of linear attention, X_{l+1} = T_l X_l V_l with T_l = tau
 * X_l G_l X_l^T, G_l = Q_l K_l^T: Ho = c J^T J, whose norm is that of J J^T, J
 * the tangents of the outputs in every parameter. F is homogeneous of degree
 * 3^D in X, so |Ho| ~ sigma^(2 3^D). Only logarithms leave this file: sigma^54
 * squared has no place in a double. */
#include <iclgd/attention_hessian.h>

#include <math.h>
#include <string.h>

typedef struct stack {
  size_t D, L, d, key, size; /* size: L d */
  const double *V, *Q, *K;
  double *X, *dX;          /* (size) the states and their tangent */
  double *G, *dG, *T, *dT; /* (d, d), (L, L) */
  double *Y, *dY, *work;   /* (size) */
} stack;

/* C (m, n) += A (m, k) B (k, n), B or A^T as the strides say. */
static void add_product(const double *A, size_t a_row, size_t a_column,
                        const double *B, size_t b_row, size_t b_column,
                        double *C, size_t m, size_t k, size_t n) {
  for (size_t i = 0; i < m; ++i)
    for (size_t p = 0; p < k; ++p)
      for (size_t j = 0; j < n; ++j)
        C[i * n + j] +=
            A[i * a_row + p * a_column] * B[p * b_row + j * b_column];
}

/* out (L, L) += A G B^T; work (size). */
static void add_scores(const stack *s, const double *A, const double *G,
                       const double *B, double *out) {
  memset(s->work, 0, s->size * sizeof *s->work);
  add_product(A, s->d, 1, G, s->d, 1, s->work, s->L, s->d, s->d);
  add_product(s->work, s->d, 1, B, 1, s->d, out, s->L, s->d, s->L);
}

/* out (L, d) += T X V; work (size). */
static void add_values(const stack *s, const double *T, const double *X,
                       const double *V, double *out) {
  memset(s->work, 0, s->size * sizeof *s->work);
  add_product(X, s->d, 1, V, s->d, 1, s->work, s->L, s->d, s->d);
  add_product(T, s->L, 1, s->work, s->d, 1, out, s->L, s->L, s->d);
}

/* dG in the direction of one entry of Q or K: tau of it. */
static void set_dG(const stack *s, size_t l, size_t parameter, double tau) {
  const size_t d = s->d, key = s->key, a = parameter / key % d,
               k = parameter % key;
  const bool of_Q = parameter < d * key;
  const double *other = (of_Q ? s->K : s->Q) + l * d * key;
  for (size_t j = 0; j < d; ++j)
    s->dG[of_Q ? a * d + j : j * d + a] = tau * other[j * key + k];
}

/* Layer l in the direction of a parameter of layer `at`, V's d d entries, then
 * those of Q and K. */
static void advance(const stack *s, size_t l, size_t at, size_t parameter) {
  const size_t d = s->d, L = s->L, square = d * d;
  const double tau = 1 / sqrt((double)s->key), *V = s->V + l * square;
  memset(s->G, 0, square * sizeof *s->G);
  memset(s->dG, 0, square * sizeof *s->dG);
  memset(s->T, 0, L * L * sizeof *s->T);
  memset(s->dT, 0, L * L * sizeof *s->dT);
  memset(s->Y, 0, s->size * sizeof *s->Y);
  memset(s->dY, 0, s->size * sizeof *s->dY);
  add_product(s->Q + l * d * s->key, s->key, 1, s->K + l * d * s->key, 1,
              s->key, s->G, d, s->key, d);
  for (size_t i = 0; i < square; ++i) s->G[i] *= tau;
  if (l == at && parameter >= square) set_dG(s, l, parameter - square, tau);
  add_scores(s, s->X, s->G, s->X, s->T);
  add_scores(s, s->dX, s->G, s->X, s->dT);
  add_scores(s, s->X, s->dG, s->X, s->dT);
  add_scores(s, s->X, s->G, s->dX, s->dT);
  add_values(s, s->T, s->X, V, s->Y);
  add_values(s, s->dT, s->X, V, s->dY);
  add_values(s, s->T, s->dX, V, s->dY);
  if (l == at && parameter < square) {
    memset(s->dG, 0, square * sizeof *s->dG);
    s->dG[parameter] = 1;
    add_values(s, s->T, s->X, s->dG, s->dY);
  }
  memcpy(s->X, s->Y, s->size * sizeof *s->X);
  memcpy(s->dX, s->dY, s->size * sizeof *s->dX);
}

/* log10 of c |J J^T|_F, J (size, P) by columns: J[p * size + i]. */
static double log_norm(const double *J, size_t P, size_t size, double c) {
  double most = 0, squares = 0;
  for (size_t i = 0; i < P * size; ++i) most = fmax(most, fabs(J[i]));
  for (size_t i = 0; i < size; ++i)
    for (size_t j = 0; j < size; ++j) {
      double sum = 0;
      for (size_t p = 0; p < P; ++p)
        sum += J[p * size + i] / most * (J[p * size + j] / most);
      squares += sum * sum;
    }
  return log10(c) + 2 * log10(most) + log10(squares) / 2;
}

static bool take_stack(stack *s, iclgd_arena *arena) {
  const size_t square = s->d * s->d, scores = s->L * s->L;
  double **const states[] = {&s->X, &s->dX, &s->Y, &s->dY, &s->work};
  for (size_t i = 0; i < sizeof states / sizeof *states; ++i)
    *states[i] = iclgd_arena_reals(arena, s->size, 1, 1);
  s->G = iclgd_arena_reals(arena, square, 1, 1);
  s->dG = iclgd_arena_reals(arena, square, 1, 1);
  s->T = iclgd_arena_reals(arena, scores, 1, 1);
  s->dT = iclgd_arena_reals(arena, scores, 1, 1);
  return !arena->failed;
}

iclgd_status iclgd_attention_stack_outer(size_t D, size_t L, size_t d,
                                         size_t key, const double *X,
                                         const double *V, const double *Q,
                                         const double *K, double *out,
                                         iclgd_error *err) {
  stack s = {.D = D,
             .L = L,
             .d = d,
             .key = key,
             .size = L * d,
             .V = V,
             .Q = Q,
             .K = K};
  const size_t of_layer = d * d + 2 * d * key, P = D * of_layer;
  iclgd_arena arena = {0};
  double *J = iclgd_arena_reals(&arena, P, s.size, 1);
  const bool taken = take_stack(&s, &arena);
  for (size_t p = 0; taken && p < P; ++p) {
    memcpy(s.X, X, s.size * sizeof *X);
    memset(s.dX, 0, s.size * sizeof *s.dX);
    for (size_t l = 0; l < D; ++l) advance(&s, l, p / of_layer, p % of_layer);
    memcpy(J + p * s.size, s.dX, s.size * sizeof *J);
  }
  if (taken) *out = log_norm(J, P, s.size, 2 / (double)s.size);
  iclgd_arena_free(&arena);
  return taken ? ICLGD_OK : iclgd_fail_memory(err, "layers of attention");
}
