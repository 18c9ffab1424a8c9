/* Position-only attention as a linear memory, one layer, no mlp (the setting of
 * Wang and E 2024, NeurIPS). For independent v_s with mean 0 and variance 1
 *
 *   E (sum_s rho(s) v_s - sum_h c_h sum_s a_h(s) v_s)^2
 *     = |rho - sum_h c_h a_h|^2,
 *   a_h(s) = exp(-p_h phi(s)) / sum_t exp(-p_h phi(t)),
 *   phi(s) = log(1 + s)  or  s,   s = 0..T-1.
 *
 * In c it is least squares. With c at its best the slope in p is the partial
 * one (variable projection, Golub and Pereyra 1973), r = sum_h c_h a_h - rho:
 *
 *   d loss / d p_h = -2 c_h sum_s r(s) a_h(s) (phi(s) - mean_{a_h} phi),
 *
 * and the search goes along log p_h, so that weights decay. */
#include <math.h>
#include <string.h>

#include <iclgd/arena.h>
#include <iclgd/oracle.h>

#include "math/dense.h"
#include "math/minimise.h"

enum { HEADS_MAX = 512 }; /* of iclgd_least_squares */

typedef struct search {
  iclgd_memory_setting m;
  double *phi;   /* (T) */
  double *a;     /* (H, T) */
  double *p, *c; /* (H) */
  double *r;     /* (T) */
  double *x, *y; /* (T, H), (max(T, H)): of least squares */
  iclgd_arena arena;
} search;

static iclgd_status check(iclgd_memory_setting m, const double *p,
                          iclgd_error *err) {
  if (m.H < 1 || m.H > HEADS_MAX || m.T < 1)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "memory: expected a lag and 1 to %d heads, found %zu and "
                      "%zu",
                      HEADS_MAX, m.T, m.H);
  for (size_t s = 0; s < m.T; ++s)
    if (!isfinite(m.rho[s]))
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "memory: expected a finite kernel, found %g at lag %zu",
                        m.rho[s], s);
  for (size_t h = 0; h < m.H; ++h)
    if (!isfinite(p[h]))
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "memory: expected finite decays, found %g", p[h]);
  return ICLGD_OK;
}

static iclgd_status open(iclgd_memory_setting m, search *out,
                         iclgd_error *err) {
  *out = (search){.m = m};
  iclgd_arena *arena = &out->arena;
  out->phi = iclgd_arena_reals(arena, m.T, 1, 1);
  out->a = iclgd_arena_reals(arena, m.H, m.T, 1);
  out->p = iclgd_arena_reals(arena, m.H, 1, 1);
  out->c = iclgd_arena_reals(arena, m.H, 1, 1);
  out->r = iclgd_arena_reals(arena, m.T, 1, 1);
  out->x = iclgd_arena_reals(arena, m.T, m.H, 1);
  out->y = iclgd_arena_reals(arena, m.T > m.H ? m.T : m.H, 1, 1);
  const iclgd_status status = iclgd_arena_status(arena, err, "a memory");
  if (status) iclgd_arena_free(arena);
  for (size_t s = 0; !status && s < m.T; ++s)
    out->phi[s] = m.decay == ICLGD_DECAY_LOG ? log1p((double)s) : (double)s;
  return status;
}

/* a (H, T) at q->p; of exponents that fall or rise the largest is taken off. */
static void set_weights(search *q) {
  const size_t T = q->m.T;
  for (size_t h = 0; h < q->m.H; ++h) {
    double *a = q->a + h * T, sum = 0;
    const double most = fmax(0, -q->p[h] * q->phi[T - 1]);
    for (size_t s = 0; s < T; ++s)
      sum += a[s] = exp(-q->p[h] * q->phi[s] - most);
    for (size_t s = 0; s < T; ++s) a[s] /= sum;
  }
}

/* r = sum_h c_h a_h - rho, and |r|^2. */
static double residual(search *q) {
  const size_t T = q->m.T;
  double loss = 0;
  for (size_t s = 0; s < T; ++s) {
    q->r[s] = -q->m.rho[s];
    for (size_t h = 0; h < q->m.H; ++h) q->r[s] += q->c[h] * q->a[h * T + s];
    loss += q->r[s] * q->r[s];
  }
  return loss;
}

static bool solve_readout(search *q) {
  const size_t T = q->m.T, H = q->m.H;
  for (size_t s = 0; s < T; ++s)
    for (size_t h = 0; h < H; ++h) q->x[s * H + h] = q->a[h * T + s];
  memcpy(q->y, q->m.rho, T * sizeof *q->y);
  return iclgd_least_squares(q->x, q->y, T, H, q->c);
}

/* The loss with the best readout at log p, and its slope. */
static double loss_at(const double *log_p, double *slope, void *data) {
  search *q = data;
  const size_t T = q->m.T;
  for (size_t h = 0; h < q->m.H; ++h) q->p[h] = exp(log_p[h]);
  set_weights(q);
  if (!solve_readout(q)) return NAN;
  const double loss = residual(q);
  for (size_t h = 0; slope && h < q->m.H; ++h) {
    const double *a = q->a + h * T;
    double mean = 0, sum = 0;
    for (size_t s = 0; s < T; ++s) mean += a[s] * q->phi[s];
    for (size_t s = 0; s < T; ++s) sum += q->r[s] * a[s] * (q->phi[s] - mean);
    slope[h] = -2 * q->c[h] * sum * q->p[h];
  }
  return loss;
}

iclgd_status iclgd_oracle_memory_loss(iclgd_memory_setting m, const double *p,
                                      const double *c, double *loss,
                                      iclgd_error *err) {
  search q;
  TRY(check(m, p, err));
  TRY(open(m, &q, err));
  memcpy(q.p, p, m.H * sizeof *p);
  memcpy(q.c, c, m.H * sizeof *c);
  set_weights(&q);
  *loss = residual(&q);
  iclgd_arena_free(&q.arena);
  if (isfinite(*loss)) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_ERANGE, "memory: the loss overflows");
}

/* What the search holds at its p: best c and loss. */
static iclgd_status read_out(search *q, double *c, double *loss,
                             iclgd_error *err) {
  set_weights(q);
  if (!solve_readout(q))
    return iclgd_fail(err, ICLGD_ERANGE, "memory: no least squares");
  *loss = residual(q);
  memcpy(c, q->c, q->m.H * sizeof *c);
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_memory_readout(iclgd_memory_setting m,
                                         const double *p, double *c,
                                         double *loss, iclgd_error *err) {
  search q;
  TRY(check(m, p, err));
  TRY(iclgd_dense_prepare(err));
  TRY(open(m, &q, err));
  memcpy(q.p, p, m.H * sizeof *p);
  const iclgd_status status = read_out(&q, c, loss, err);
  iclgd_arena_free(&q.arena);
  return status;
}

static iclgd_status seek(search *q, double *p, double *c, double *loss,
                         iclgd_error *err) {
  double *log_p = iclgd_arena_reals(&q->arena, q->m.H, 1, 1);
  if (!log_p) return iclgd_fail_memory(err, "a memory");
  for (size_t h = 0; h < q->m.H; ++h) {
    if (!(p[h] > 0))
      return iclgd_fail(err, ICLGD_EUSAGE,
                        "memory: a search begins at decays above 0, found %g",
                        p[h]);
    log_p[h] = log(p[h]);
  }
  TRY(iclgd_descend(loss_at, q, q->m.H, log_p, loss, err));
  for (size_t h = 0; h < q->m.H; ++h) p[h] = q->p[h] = exp(log_p[h]);
  return read_out(q, c, loss, err);
}

iclgd_status iclgd_oracle_memory(iclgd_memory_setting m, double *p, double *c,
                                 double *loss, iclgd_error *err) {
  search q;
  TRY(check(m, p, err));
  TRY(iclgd_dense_prepare(err));
  TRY(open(m, &q, err));
  const iclgd_status status = seek(&q, p, c, loss, err);
  iclgd_arena_free(&q.arena);
  return status;
}
