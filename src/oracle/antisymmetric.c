/* O8: what an antisymmetric part of A does to a looped layer.
 *
 * A = I + (kappa / sqrt n) J, J antisymmetric with J^2 = -1 on m planes, 0
 * elsewhere; x, w ~ N(0, I), no noise, L loops. As n grows sqrt(n) (S - I)
 * becomes H of the Gaussian orthogonal ensemble, so that
 *
 *   n^L loss -> P_L = E tr (H + kappa J)^L (H - kappa J)^L,
 *
 * a polynomial in d, m and kappa^2, by Wick's theorem: the sum over all words
 * of H and J, over all pairings of the H, and for each pair over the two terms
 * of E H_ij H_kl = d_ik d_jl + d_il d_jk. A term is a product of traces of
 * powers of J, one for each closed walk through the indices: tr J^0 = d,
 * tr J^2k = 2 m (-1)^k. Source: docs/theory.md, O8.
 */
#include <math.h>
#include <string.h>

#include "antisymmetric.h"
#include "spectrum.h"

enum { D_MAX = 10000, LETTERS = 2 * ICLGD_WICK_MAX };

/* A word and what joins the ends of its letters: 2p the first index of letter
 * p, 2p + 1 its last one, which is the first of letter p + 1. */
typedef struct word {
  size_t length;
  bool turns[LETTERS]; /* J, and not H */
  size_t other[2 * LETTERS];
} word;

/* Walk from end `at` of a letter until it closes. How often J is met, and -1
 * for each time from its last index to its first: J^T = -J. */
static size_t walk(const word *w, size_t at, bool *seen, int *sign) {
  size_t turns = 0;
  while (!seen[at]) {
    const size_t next = w->other[at];
    seen[at] = seen[next] = true;
    if (w->turns[at / 2]) {
      ++turns;
      if (at % 2 == 1) *sign = -*sign;
    }
    at = next % 2 == 1 ? (next + 1) % (2 * w->length)
                       : (next + 2 * w->length - 1) % (2 * w->length);
  }
  return turns;
}

/* Add the product of traces of a word whose letters are all joined. */
static void add_term(const word *w, iclgd_wick *p) {
  bool seen[2 * LETTERS] = {false};
  size_t free = 0, turned = 0, kappas = 0;
  int sign = 1;
  for (size_t at = 0; at < 2 * w->length; ++at) {
    if (seen[at]) continue;
    const size_t turns = walk(w, at, seen, &sign);
    if (turns % 2 == 1) return;
    if (turns % 4 == 2) sign = -sign;
    free += turns == 0;
    turned += turns > 0;
    kappas += turns;
  }
  for (size_t i = w->length / 2; i < w->length; ++i) /* H - kappa J */
    if (w->turns[i]) sign = -sign;
  p->c[kappas / 2][free][turned] += sign * (1LL << turned);
}

/* Join the H of a word from letter `from` on in all ways. */
static void pair_up(word *w, size_t from, bool *paired, iclgd_wick *p) {
  while (from < w->length && (w->turns[from] || paired[from])) ++from;
  if (from == w->length) {
    add_term(w, p);
    return;
  }
  paired[from] = true;
  for (size_t i = from + 1; i < w->length; ++i) {
    if (w->turns[i] || paired[i]) continue;
    paired[i] = true;
    for (size_t crossed = 0; crossed < 2; ++crossed) {
      for (size_t end = 0; end < 2; ++end) {
        const size_t a = 2 * from + end, b = 2 * i + (end ^ crossed);
        w->other[a] = b;
        w->other[b] = a;
      }
      pair_up(w, from + 1, paired, p);
    }
    paired[i] = false;
  }
  paired[from] = false;
}

void iclgd_wick_expand(size_t L, iclgd_wick *out) {
  memset(out, 0, sizeof *out);
  out->L = L;
  for (size_t bits = 0; bits < (size_t)1 << 2 * L; ++bits) {
    word w = {.length = 2 * L};
    bool paired[LETTERS] = {false};
    size_t turns = 0;
    for (size_t i = 0; i < w.length; ++i) {
      w.turns[i] = bits >> i & 1;
      turns += w.turns[i];
      w.other[2 * i] = 2 * i + 1;
      w.other[2 * i + 1] = 2 * i;
    }
    if (turns % 2 == 0) pair_up(&w, 0, paired, out);
  }
}

/* q[k]: the coefficient of kappa^(2k), k = 0..L. */
static void in_kappa(const iclgd_wick *p, size_t d, size_t m, double *q) {
  for (size_t k = 0; k <= p->L; ++k) {
    q[k] = 0;
    for (size_t i = 0; i <= p->L + 1; ++i)
      for (size_t j = 0; j <= p->L + 1; ++j)
        q[k] += (double)p->c[k][i][j] * pow((double)d, (double)i) *
                pow((double)m, (double)j);
  }
}

static double value_at(const double *q, size_t L, double t) {
  double sum = 0;
  for (size_t k = L + 1; k-- > 0;) sum = sum * t + q[k];
  return sum;
}

double iclgd_wick_value(const iclgd_wick *p, size_t d, size_t m, double kappa) {
  double q[ICLGD_WICK_MAX + 1];
  in_kappa(p, d, m, q);
  return value_at(q, p->L, kappa * kappa);
}

/* The least value on t in [0, end]: the best of a grid, then golden section
 * between its neighbours. */
static double least(const double *q, size_t L, double end, double *t) {
  enum { GRID = 256 };
  const double golden = 0.6180339887498949, h = end / GRID;
  size_t best = 0;
  for (size_t i = 1; i <= GRID; ++i)
    if (value_at(q, L, (double)i * h) < value_at(q, L, (double)best * h))
      best = i;
  double low = best > 0 ? ((double)best - 1) * h : 0;
  double high = ((double)best + 1) * h;
  for (int i = 0; i < 80; ++i) {
    const double a = high - golden * (high - low);
    const double b = low + golden * (high - low);
    if (value_at(q, L, a) < value_at(q, L, b))
      high = b;
    else
      low = a;
  }
  *t = (low + high) / 2;
  const double inside = value_at(q, L, *t);
  if (q[0] <= inside) *t = 0;
  return fmin(q[0], inside);
}

void iclgd_wick_best(const iclgd_wick *p, size_t d, iclgd_antisymmetric *out) {
  double q[ICLGD_WICK_MAX + 1], t;
  in_kappa(p, d, 0, q);
  *out = (iclgd_antisymmetric){.scalar = q[0], .loss = q[0]};
  for (size_t m = 1; m <= d / 2; ++m) {
    in_kappa(p, d, m, q);
    const double loss = least(q, p->L, 4 * (double)d, &t);
    if (!(loss < out->loss)) continue;
    out->loss = loss;
    out->planes = m;
    out->kappa = sqrt(t);
  }
}

static iclgd_status check(size_t d, size_t L, iclgd_error *err) {
  if (L < 1 || L > ICLGD_WICK_MAX)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "antisymmetric: expected L from 1 to %d, found %zu",
                      ICLGD_WICK_MAX, L);
  if (d < 1 || d > D_MAX)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "antisymmetric: expected d from 1 to %d, found %zu",
                      D_MAX, d);
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_antisymmetric_loss(size_t d, size_t L, size_t planes,
                                             double kappa, double *loss,
                                             iclgd_error *err) {
  iclgd_wick p;
  TRY(check(d, L, err));
  if (planes > d / 2 || !isfinite(kappa))
    return iclgd_fail(err, ICLGD_EUSAGE,
                      "antisymmetric: expected up to %zu planes and a finite "
                      "kappa, found %zu and %g",
                      d / 2, planes, kappa);
  iclgd_wick_expand(L, &p);
  *loss = iclgd_wick_value(&p, d, planes, kappa);
  return ICLGD_OK;
}

iclgd_status iclgd_oracle_antisymmetric(size_t d, size_t L,
                                        iclgd_antisymmetric *out,
                                        iclgd_error *err) {
  iclgd_wick p;
  TRY(check(d, L, err));
  iclgd_wick_expand(L, &p);
  iclgd_wick_best(&p, d, out);
  return ICLGD_OK;
}
