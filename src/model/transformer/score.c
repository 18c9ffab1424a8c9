/* Scores s of one row, over its v visible keys, as weights p:
 *   softmax  p = exp(s - max s) / sum       ds = p (dp - p . dp)
 *   linear   p = s / v                      ds = dp / v
 *   relu     p = max(s, 0) / v              ds = dp / v where p > 0
 *   exp      p = exp(s) / v                 ds = p dp
 *   sigmoid  p = 1 / (1 + exp(-s)) / v      ds = p (1 - v p) dp
 *   elu1     p = s / sum s                  ds = (dp - p . dp) / sum s
 * (s > 0 of elu1, whose features are phi(x) = x + 1 for x > 0, else exp(x);
 * Katharopoulos et al. 2020). But for elu1, dp/ds is symmetric, and tangents
 * take the same way: dp = (ds - p sum ds) / sum s of elu1. */
#include "model/transformer/score.h"

number iclgd_phi(number x) {
  return iclgd_value(x) > 0 ? x + 1 : iclgd_exponential(x);
}

/* As a value that does not move, since p does not depend on it. */
static double largest(const number *s, size_t count) {
  double most = iclgd_value(s[0]);
  for (size_t j = 1; j < count; ++j)
    most = iclgd_value(s[j]) > most ? iclgd_value(s[j]) : most;
  return most;
}

static number total(const number *s, size_t count) {
  number sum = 0;
  for (size_t j = 0; j < count; ++j) sum += s[j];
  return sum;
}

static number weight_of(iclgd_attention_kind kind, number s) {
  switch (kind) {
    case ICLGD_ATTEND_RELU:
      return iclgd_relu(s);
    case ICLGD_ATTEND_EXP:
      return iclgd_exponential(s);
    case ICLGD_ATTEND_SIGMOID:
      return iclgd_logistic(s);
    default:
      return s;
  }
}

void iclgd_score_forward(iclgd_attention_kind kind, size_t count, number *s,
                         number *sum) {
  const double most = largest(s, count);
  if (kind == ICLGD_ATTEND_SOFTMAX)
    for (size_t j = 0; j < count; ++j) s[j] = iclgd_exponential(s[j] - most);
  else
    for (size_t j = 0; j < count; ++j) s[j] = weight_of(kind, s[j]);
  const bool shares = kind == ICLGD_ATTEND_SOFTMAX || kind == ICLGD_ATTEND_ELU1;
  *sum = shares ? total(s, count) : (double)count;
  for (size_t j = 0; j < count; ++j) s[j] = iclgd_ratio(s[j], *sum);
}

/* The diagonal of dp/ds, without what `sum` does. */
static number slope_of(iclgd_attention_kind kind, size_t count, number p) {
  const double v = (double)count;
  switch (kind) {
    case ICLGD_ATTEND_RELU:
      return iclgd_value(p) <= 0 ? 0 : 1 / v;
    case ICLGD_ATTEND_EXP:
    case ICLGD_ATTEND_SOFTMAX:
      return p;
    case ICLGD_ATTEND_SIGMOID:
      return p * (1 - v * p);
    default:
      return 1 / v;
  }
}

void iclgd_score_backward(iclgd_attention_kind kind, size_t count,
                          const number *p, number sum, number *dp) {
  number along = 0;
  if (kind == ICLGD_ATTEND_SOFTMAX || kind == ICLGD_ATTEND_ELU1)
    for (size_t j = 0; j < count; ++j) along += p[j] * dp[j];
  for (size_t j = 0; j < count; ++j) {
    const number slope = kind == ICLGD_ATTEND_ELU1
                             ? iclgd_ratio(1, sum)
                             : slope_of(kind, count, p[j]);
    dp[j] = slope * (dp[j] - along);
  }
}

void iclgd_score_tangent(iclgd_attention_kind kind, size_t count,
                         const number *p, number sum, number *ds) {
  if (kind != ICLGD_ATTEND_ELU1) {
    iclgd_score_backward(kind, count, p, sum, ds);
    return;
  }
  const number moved = total(ds, count);
  for (size_t j = 0; j < count; ++j)
    ds[j] = iclgd_ratio(ds[j] - p[j] * moved, sum);
}
