/* Which hypothesis is it?
 *   unexplained_l = mean |t_l - h_l|^2 / mean |t_l|^2,  l = 1..L,
 * over the prompts that were fed, with t_l of path 0 and h_l of the hypothesis;
 * `overall` is its mean over the layers that are compared. Errors by the delta
 * method over prompts: with T_l = mean |t_l|^2, of the mean over prompts of
 *   mean over l of (|t_l - h_l|^2 - unexplained_l |t_l|^2) / T_l.
 * Chosen is the first, by parameters (a method that takes a step of its own for
 * each prompt counts like one with a parameter per layer), that leaves no more
 * than `tolerance`, or that no richer one betters: by a quarter, and beyond two
 * standard errors of the paired difference, of overall or, where a few prompts
 * carry that, of mean over l of (|t_l - h_l|^2 - |t_l - h'_l|^2) / their and
 * |t_l|^2's sum. Of equally many parameters the one that leaves least counts.
 * Where some leave nothing but rounding, and not by construction, the first of
 * these is it. A matrix that the architecture is by construction says nothing
 * and is never chosen; a step size that it is by construction may be. */
#include "probes/identify/parts.h"

#include <math.h>

/* Below this rounding decides. */
static const double exact = 1e-10;
/* Above this share of the best nothing explains path 0. */
static const double nothing = 0.25;

typedef struct choosing {
  const identify_measured *m;
  const identify_hypothesis *hypotheses;
  identify_result *out;
  double *mean;      /* (layers) of |t_l|^2 */
  double *influence; /* (hypotheses, prompts) on overall */
} choosing;

static void average_squares(const choosing *c) {
  const identify_measured *m = c->m;
  const double labels = m->scale / (double)(m->prompts ? m->prompts : 1);
  for (size_t l = 0; l < m->layers; ++l) {
    double sum = 0;
    for (size_t i = 0; i < m->prompts; ++i) sum += m->square[i * m->layers + l];
    c->mean[l] = fmax(sum / (double)m->prompts, 1e-30 * labels + 1e-290);
  }
}

static void measure_layer(const choosing *c, size_t h, size_t l) {
  const identify_measured *m = c->m;
  const size_t L = m->layers, at = h * (L + 1) + l + 1;
  const double *error = m->error + h * m->limit * L + l;
  const double count = (double)m->prompts;
  double sum = 0, squares = 0;
  for (size_t i = 0; i < m->prompts; ++i) sum += error[i * L];
  const double share = sum / (count * c->mean[l]);
  for (size_t i = 0; i < m->prompts; ++i) {
    const double off =
        (error[i * L] - share * m->square[i * L + l]) / c->mean[l];
    squares += off * off;
  }
  c->out->unexplained[at] = share;
  c->out->unexplained_errors[at] =
      count > 1 ? sqrt(squares / (count * (count - 1))) : NAN;
}

/* The root of the mean square of `count` numbers of mean 0, as an error. */
static double error_of(const double *values, const double *less, size_t count) {
  double squares = 0;
  for (size_t i = 0; i < count; ++i) {
    const double value = values[i] - (less ? less[i] : 0);
    squares += value * value;
  }
  return count > 1 ? sqrt(squares / ((double)count * ((double)count - 1)))
                   : NAN;
}

static void measure_overall(const choosing *c, size_t h) {
  const identify_measured *m = c->m;
  const size_t L = m->layers;
  double *influence = c->influence + h * m->prompts;
  double layers = 0, sum = 0;
  for (size_t i = 0; i < m->prompts; ++i) influence[i] = 0;
  for (size_t l = 0; l < L; ++l) {
    if (!iclgd_identify_compares(&c->hypotheses[h], l + 1)) continue;
    const double share = c->out->unexplained[h * (L + 1) + l + 1];
    sum += share;
    ++layers;
    for (size_t i = 0; i < m->prompts; ++i)
      influence[i] += (m->error[(h * m->limit + i) * L + l] -
                       share * m->square[i * L + l]) /
                      c->mean[l];
  }
  for (size_t i = 0; i < m->prompts; ++i) influence[i] /= layers;
  c->out->overall[h] = sum / layers;
  c->out->overall_errors[h] = error_of(influence, NULL, m->prompts);
}

static void measure_apart(const choosing *c, size_t h) {
  const identify_measured *m = c->m;
  const size_t H = m->hypotheses, L = m->layers;
  for (size_t o = 0; o < H; ++o) {
    double sum = 0, layers = 0;
    for (size_t l = 0; l < L; ++l) {
      if (!iclgd_identify_compares(&c->hypotheses[h], l + 1) ||
          !iclgd_identify_compares(&c->hypotheses[o], l + 1))
        continue;
      sum += m->apart[(h * H + o) * L + l] / ((double)m->prompts * c->mean[l]);
      ++layers;
    }
    c->out->apart[h * H + o] = layers > 0 ? sum / layers : NAN;
  }
}

static bool is_candidate(const choosing *c, size_t h) {
  const identify_hypothesis *of = &c->hypotheses[h];
  return !(of->by_construction && of->family->kind == IDENTIFY_MATRIX) &&
         isfinite(c->out->overall[h]);
}

/* What rounding leaves is all the same. */
static double left_by(const choosing *c, size_t h) {
  return fmax(c->out->overall[h], exact);
}

/* By which hypotheses are ordered. */
static size_t richness(const choosing *c, size_t h) {
  const identify_hypothesis *of = &c->hypotheses[h];
  return of->family->adapts ? c->m->layers : of->n_parameters;
}

/* Whether a prompt, whatever its size, is explained better by the other. */
static bool betters_most(const choosing *c, size_t h, size_t by) {
  const identify_measured *m = c->m;
  iclgd_moments moments = {0};
  for (size_t i = 0; i < m->prompts; ++i) {
    double sum = 0;
    for (size_t l = 0; l < m->layers; ++l) {
      const double own = m->error[(h * m->limit + i) * m->layers + l];
      const double its = m->error[(by * m->limit + i) * m->layers + l];
      const double size = own + its + m->square[i * m->layers + l];
      if (size > 0) sum += (own - its) / size; /* NaN is not compared */
    }
    iclgd_moments_add(&moments, sum);
  }
  return iclgd_moments_mean(&moments) >
         2 * iclgd_moments_standard_error(&moments);
}

static bool is_bettered(const choosing *c, size_t h, size_t by) {
  const size_t count = c->m->prompts;
  const double gain = left_by(c, h) - left_by(c, by);
  if (!is_candidate(c, by) || gain <= left_by(c, h) / 4 ||
      richness(c, by) < richness(c, h))
    return false;
  return gain > 2 * error_of(c->influence + h * count,
                             c->influence + by * count, count) ||
         betters_most(c, h, by);
}

static bool is_enough(const choosing *c, size_t h, double tolerance) {
  if (c->out->overall[h] <= tolerance) return true;
  for (size_t by = 0; by < c->m->hypotheses; ++by)
    if (is_bettered(c, h, by)) return false;
  return true;
}

/* By parameters, then by what is left, then by the table. */
static bool comes_before(const choosing *c, size_t h, size_t other) {
  const size_t own = richness(c, h), its = richness(c, other);
  if (own != its) return own < its;
  if (left_by(c, h) != left_by(c, other))
    return left_by(c, h) < left_by(c, other);
  return h < other;
}

/* Explains all, which it need not. */
static bool is_exact(const choosing *c, size_t h) {
  return c->out->overall[h] < exact && !c->hypotheses[h].by_construction;
}

static void choose(const choosing *c, double tolerance) {
  const size_t H = c->m->hypotheses, none = H;
  size_t chosen = none;
  bool any_exact = false;
  for (size_t h = 0; h < H; ++h) any_exact |= is_exact(c, h);
  for (size_t h = 0; h < H; ++h)
    if (is_candidate(c, h) &&
        (any_exact ? is_exact(c, h) : is_enough(c, h, tolerance)) &&
        (chosen == none || comes_before(c, h, chosen)))
      chosen = h;
  identify_result *out = c->out;
  out->chosen = chosen == none ? 0 : chosen; /* the zero predictor */
  const double left = out->overall[out->chosen];
  out->kind = left < exact        ? "exact"
              : left <= tolerance ? "same"
              : left <= nothing   ? "closest"
                                  : "none";
}

static iclgd_status take(const identify_measured *m, iclgd_arena *arena,
                         identify_result *out, iclgd_error *err) {
  const size_t H = m->hypotheses, rows = m->layers + 1;
  *out = (identify_result){
      .unexplained = iclgd_arena_reals(arena, H, rows, 1),
      .unexplained_errors = iclgd_arena_reals(arena, H, rows, 1),
      .overall = iclgd_arena_reals(arena, H, 1, 1),
      .overall_errors = iclgd_arena_reals(arena, H, 1, 1),
      .excess = iclgd_arena_reals(arena, H, 1, 1),
      .excess_errors = iclgd_arena_reals(arena, H, 1, 1),
      .apart = iclgd_arena_reals(arena, H, H, 1)};
  const iclgd_status status = iclgd_arena_status(arena, err, "identify");
  for (size_t i = 0; !status && i < H * rows; ++i)
    out->unexplained[i] = out->unexplained_errors[i] = NAN;
  return status;
}

iclgd_status iclgd_identify_choose(const identify_measured *m,
                                   const identify_hypothesis *hypotheses,
                                   double tolerance, iclgd_arena *arena,
                                   identify_result *out, iclgd_error *err) {
  const size_t H = m->hypotheses, count = m->prompts;
  choosing c = {m, hypotheses, out, iclgd_arena_reals(arena, m->layers, 1, 1),
                iclgd_arena_reals(arena, H, count, 1)};
  if (take(m, arena, out, err)) return ICLGD_ENOMEM;
  average_squares(&c);
  for (size_t h = 0; h < H; ++h) {
    for (size_t l = 0; l < m->layers; ++l)
      if (iclgd_identify_compares(&hypotheses[h], l + 1))
        measure_layer(&c, h, l);
    measure_overall(&c, h);
    measure_apart(&c, h);
  }
  choose(&c, tolerance);
  for (size_t h = 0; h < H; ++h) {
    out->excess[h] = out->overall[h] - out->overall[out->chosen];
    out->excess_errors[h] = error_of(c.influence + h * count,
                                     c.influence + out->chosen * count, count);
  }
  return ICLGD_OK;
}
