/* Energies by layer over prompts: how many fall at every layer, and how far the
 * others rise. */
#include <math.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "probes/energy/energy.h"

iclgd_status iclgd_energy_table_create(iclgd_arena *arena,
                                       iclgd_energy_table *out,
                                       iclgd_error *err) {
  const size_t size = out->series * out->columns * out->prompts;
  out->names = iclgd_arena_take(arena, out->series, sizeof *out->names);
  out->energy =
      iclgd_arena_reals(arena, out->series, out->columns, out->prompts);
  TRY(iclgd_arena_status(arena, err, "energy"));
  for (size_t i = 0; i < size; ++i) out->energy[i] = NAN;
  return ICLGD_OK;
}

/* Whether there is a step to this column, and whether it rises. */
static bool steps_to(const iclgd_energy_table *t, size_t series, size_t column,
                     size_t prompt, bool *rises) {
  const double now = *iclgd_energy_at(t, series, column, prompt);
  const double before = *iclgd_energy_at(t, series, column - 1, prompt);
  const double scale =
      fabs(before) + fabs(*iclgd_energy_at(t, series, 0, prompt));
  if (isnan(now) || isnan(before)) return false;
  *rises = isfinite(before) && !(now - before <= t->rounding * scale);
  return true;
}

iclgd_energy_fate iclgd_energy_fate_of(const iclgd_energy_table *t,
                                       size_t series, size_t prompt) {
  iclgd_energy_fate out = {.falls = true, .falls_on = true};
  double rise = 0, least = *iclgd_energy_at(t, series, 0, prompt);
  const double start = least;
  for (size_t c = 1; c < t->columns; ++c) {
    bool rises;
    if (!steps_to(t, series, c, prompt, &rises)) break;
    if (c > t->trained) {
      out.goes_on = true;
      out.falls_on &= !rises;
      continue;
    }
    const double now = *iclgd_energy_at(t, series, c, prompt);
    out.known = true;
    out.falls &= !rises;
    out.rises += rises;
    if (rises)
      rise = fmax(rise, now - *iclgd_energy_at(t, series, c - 1, prompt));
    least = fmin(least, now);
  }
  out.falls &= out.known;
  out.rise = rise > 0 ? rise / (start - least) : 0;
  return out;
}

/* What is written, (series) or (series, columns), quantiles in front. */
typedef struct statistics {
  double *median, *quantiles, *falls;
  double *descends, *low, *high, *on, *on_low, *on_high;
  double *rises, *largest;
  double *values; /* (prompts) of scratch */
} statistics;

static statistics take(const iclgd_energy_table *t, iclgd_arena *arena) {
  const size_t s = t->series, c = t->columns, q = ICLGD_QUANTILES;
  return (statistics){.median = iclgd_arena_reals(arena, s, c, 1),
                      .quantiles = iclgd_arena_reals(arena, q, s, c),
                      .falls = iclgd_arena_reals(arena, s, c, 1),
                      .descends = iclgd_arena_reals(arena, s, 1, 1),
                      .low = iclgd_arena_reals(arena, s, 1, 1),
                      .high = iclgd_arena_reals(arena, s, 1, 1),
                      .on = iclgd_arena_reals(arena, s, 1, 1),
                      .on_low = iclgd_arena_reals(arena, s, 1, 1),
                      .on_high = iclgd_arena_reals(arena, s, 1, 1),
                      .rises = iclgd_arena_reals(arena, q, s, 1),
                      .largest = iclgd_arena_reals(arena, s, 1, 1),
                      .values = iclgd_arena_reals(arena, t->prompts, 1, 1)};
}

static void fill_column(const iclgd_energy_table *t, size_t series,
                        size_t column, const statistics *out) {
  const size_t at = series * t->columns + column,
               plane = t->series * t->columns;
  double quantiles[ICLGD_QUANTILES], steps = 0, falls = 0;
  memcpy(out->values, iclgd_energy_at(t, series, column, 0),
         t->prompts * sizeof *out->values);
  iclgd_quantiles(out->values, t->prompts, quantiles);
  for (size_t q = 0; q < ICLGD_QUANTILES; ++q)
    out->quantiles[q * plane + at] = quantiles[q];
  out->median[at] = quantiles[ICLGD_QUANTILES / 2];
  for (size_t i = 0; column > 0 && i < t->prompts; ++i) {
    bool rises;
    if (!steps_to(t, series, column, i, &rises)) continue;
    ++steps;
    falls += !rises;
  }
  out->falls[at] = falls / steps;
}

static void fill_series(const iclgd_energy_table *t, size_t series,
                        const statistics *out) {
  size_t known = 0, falls = 0, more = 0, on = 0;
  double quantiles[ICLGD_QUANTILES], largest = NAN;
  for (size_t i = 0; i < t->prompts; ++i) {
    const iclgd_energy_fate fate = iclgd_energy_fate_of(t, series, i);
    out->values[i] = fate.known && !fate.falls ? fate.rise : NAN;
    if (fate.known) largest = fmax(largest, fate.rise);
    known += fate.known;
    falls += fate.falls;
    more += fate.goes_on;
    on += fate.goes_on && fate.falls_on;
  }
  iclgd_quantiles(out->values, t->prompts, quantiles);
  for (size_t q = 0; q < ICLGD_QUANTILES; ++q)
    out->rises[q * t->series + series] = quantiles[q];
  out->largest[series] = largest;
  out->descends[series] = (double)falls / (double)known;
  out->on[series] = (double)on / (double)more;
  iclgd_share_interval(falls, known, &out->low[series], &out->high[series]);
  iclgd_share_interval(on, more, &out->on_low[series], &out->on_high[series]);
}

iclgd_status iclgd_energy_table_write(const iclgd_energy_table *t,
                                      const char *group, iclgd_arena *arena,
                                      iclgd_record *record, iclgd_error *err) {
  const size_t pair[] = {t->series, t->columns}, levels[] = {ICLGD_QUANTILES};
  const size_t triple[] = {ICLGD_QUANTILES, t->series, t->columns};
  const statistics out = take(t, arena);
  TRY(iclgd_arena_status(arena, err, group));
  for (size_t s = 0; s < t->series; ++s) {
    for (size_t c = 0; c < t->columns; ++c) fill_column(t, s, c, &out);
    fill_series(t, s, &out);
  }
  const iclgd_member members[] = {
      {"series_name", pair, t->names},
      {"median", pair, out.median},
      {"quantile", levels, iclgd_quantile_levels},
      {"quantiles", triple, out.quantiles},
      {"falls", pair, out.falls},
      {"descends", pair, out.descends},
      {"descends_low", pair, out.low},
      {"descends_high", pair, out.high},
      {"descends_on", pair, out.on},
      {"descends_on_low", pair, out.on_low},
      {"descends_on_high", pair, out.on_high},
      {"rises", triple, out.rises},
      {"largest_rise", pair, out.largest},
  };
  iclgd_record_put_axis(record, group, "index", 0, t->columns, err);
  iclgd_record_put_all(record, group, MEMBERS(members), err);
  iclgd_record_attr_int(record, group, "prompts", (int64_t)t->prompts, err);
  return iclgd_record_attr_int(record, group, "trained", (int64_t)t->trained,
                               err);
}
