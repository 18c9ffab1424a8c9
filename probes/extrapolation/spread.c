/* Statistics of squared errors, whose means are heavy-tailed:
 *   mean, median, quantiles, log_mean = exp(mean log error),
 * infinite where an iterate overflowed, and the share of prompts on which the
 * iterate diverges. Source: docs/theory.md, O7. */
#include <math.h>
#include <stdio.h>

#include "probes/extrapolation/extrapolation.h"

iclgd_status iclgd_spread_create(iclgd_spread *s, size_t columns,
                                 size_t prompts, iclgd_arena *arena,
                                 iclgd_error *err) {
  s->columns = columns;
  s->prompts = prompts;
  s->error = iclgd_arena_reals(arena, s->rows, columns, prompts);
  s->diverges = iclgd_arena_take(arena, s->rows * columns, prompts);
  const iclgd_status status = iclgd_arena_status(arena, err, "extrapolation");
  for (size_t i = 0; !status && i < s->rows * columns * prompts; ++i)
    s->error[i] = NAN;
  return status;
}

void iclgd_spread_put(const iclgd_spread *s, size_t row, size_t column,
                      size_t prompt, const iclgd_problem *problem,
                      const double *w, double prediction) {
  const size_t at = (row * s->columns + column) * s->prompts + prompt;
  const size_t d = problem->prompt.d;
  const double off = prediction - problem->prompt.y_query;
  const double error = off * off;
  const double above = w ? iclgd_quadratic_form(problem->S, w, d) -
                               2 * iclgd_dot(problem->b, w, d)
                         : NAN;
  s->error[at] = isfinite(error) ? error : INFINITY;
  s->diverges[at] = !isfinite(error) || above > 0;
}

/* Statistics of every place, (rows, columns) each. */
typedef struct statistics {
  double *mean, *standard_error, *median, *log_mean, *diverging;
  double *quantiles; /* (quantile, rows, columns) */
  double *scratch;   /* (prompts) */
} statistics;

static void fill(const iclgd_spread *s, size_t place, statistics *out) {
  const double *error = s->error + place * s->prompts;
  const size_t places = s->rows * s->columns, middle = ICLGD_QUANTILES / 2;
  double quantiles[ICLGD_QUANTILES], logs = 0;
  size_t diverging = 0;
  iclgd_moments moments = {0};
  for (size_t i = 0; i < s->prompts; ++i) {
    iclgd_moments_add(&moments, error[i]);
    out->scratch[i] = error[i];
    logs += log(error[i]);
    diverging += s->diverges[place * s->prompts + i];
  }
  const bool there = s->prompts > 0 && !isnan(error[0]);
  const double nothing = there ? 0 : NAN, count = (double)s->prompts;
  const bool overflows = there && !isfinite(moments.mean);
  iclgd_quantiles(out->scratch, s->prompts, quantiles);
  for (size_t q = 0; q < ICLGD_QUANTILES; ++q)
    out->quantiles[q * places + place] = quantiles[q];
  out->mean[place] = overflows ? INFINITY : iclgd_moments_mean(&moments);
  out->standard_error[place] =
      overflows ? INFINITY : iclgd_moments_standard_error(&moments);
  out->median[place] = quantiles[middle];
  out->log_mean[place] = exp(logs / count) + nothing;
  out->diverging[place] = (double)diverging / count + nothing;
}

iclgd_status iclgd_spread_write(const iclgd_spread *s, const char *group,
                                iclgd_arena *arena, iclgd_record *record,
                                iclgd_error *err) {
  const size_t rows = s->rows, columns = s->columns;
  statistics out = {
      .mean = iclgd_arena_reals(arena, rows, columns, 1),
      .standard_error = iclgd_arena_reals(arena, rows, columns, 1),
      .median = iclgd_arena_reals(arena, rows, columns, 1),
      .log_mean = iclgd_arena_reals(arena, rows, columns, 1),
      .diverging = iclgd_arena_reals(arena, rows, columns, 1),
      .quantiles = iclgd_arena_reals(arena, ICLGD_QUANTILES, rows, columns),
      .scratch = iclgd_arena_reals(arena, s->prompts, 1, 1)};
  if (iclgd_arena_status(arena, err, group)) return ICLGD_ENOMEM;
  for (size_t place = 0; place < rows * columns; ++place) fill(s, place, &out);
  const size_t pair[] = {rows, columns}, levels[] = {ICLGD_QUANTILES};
  const size_t triple[] = {ICLGD_QUANTILES, rows, columns};
  const iclgd_member members[] = {
      {"path_name", pair, s->names},
      {"mean", pair, out.mean},
      {"standard_error", pair, out.standard_error},
      {"median", pair, out.median},
      {"log_mean", pair, out.log_mean},
      {"diverging", pair, out.diverging},
      {"quantile", levels, iclgd_quantile_levels},
      {"quantiles", triple, out.quantiles},
  };
  return iclgd_record_put_all(record, group, MEMBERS(members), err);
}
