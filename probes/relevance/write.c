/* From what points are worth to curves, agreement and shares (see relevance.c).
 */
#include <iclgd/comparisons.h>
#include <math.h>
#include <stdio.h>

#include "probes/relevance/relevance.h"
#include "probes/shared/bootstrap.h"
#include "probes/shared/shares.h"

static const char points_group[] = "relevance/points";

enum { RESAMPLES = 200 };

/* Room of all of it. */
typedef struct writer {
  iclgd_relevance *s;
  iclgd_record *record;
  iclgd_error *err;
  double *counts;         /* (RESAMPLES, prompts) */
  double *resampled;      /* (RESAMPLES) */
  double *a, *b;          /* (prompts) */
  iclgd_moments *moments; /* (n) */
  double *mean, *error;   /* (n) */
  size_t *order;          /* (n) */
} writer;

static iclgd_status take_writer(writer *w) {
  iclgd_arena *arena = w->s->setup->arena;
  const size_t n = w->s->setup->n, count = w->s->prompts.count;
  w->counts = iclgd_arena_reals(arena, RESAMPLES, count, 1);
  w->resampled = iclgd_arena_reals(arena, RESAMPLES, 1, 1);
  w->a = iclgd_arena_reals(arena, count, 1, 1);
  w->b = iclgd_arena_reals(arena, count, 1, 1);
  w->moments = iclgd_arena_take(arena, n, sizeof *w->moments);
  w->mean = iclgd_arena_reals(arena, n, 1, 1);
  w->error = iclgd_arena_reals(arena, n, 1, 1);
  w->order = iclgd_arena_take(arena, n, sizeof *w->order);
  return iclgd_arena_status(arena, w->err, "relevance");
}

/* --- curves -------------------------------------------------------------- */

/* order (n): points by their key, the largest first. */
static void sort_points(const double *key, bool by_size, size_t n,
                        size_t *order) {
  for (size_t i = 0; i < n; ++i) {
    const double own = by_size ? fabs(key[i]) : key[i];
    size_t rank = 0;
    for (size_t j = 0; j < n; ++j) {
      const double other = by_size ? fabs(key[j]) : key[j];
      rank += other > own || (other == own && j < i);
    }
    order[rank] = i;
  }
}

static void write_curve(writer *w, size_t who, bool by_size) {
  const iclgd_relevance *s = w->s;
  const size_t n = s->setup->n;
  const char *where = by_size ? "relevance/by_size" : "relevance/by_similarity";
  char leaf[64];
  for (size_t k = 0; k < n; ++k) w->moments[k] = (iclgd_moments){0};
  for (size_t i = 0; i < s->prompts.count; ++i) {
    const double *R = s->points[who] + i * n;
    double sum = 0;
    for (size_t j = 0; j < n; ++j) sum += fabs(R[j]);
    sort_points(by_size ? R : s->similarity + i * n, by_size, n, w->order);
    for (size_t k = 0; k < n; ++k)
      iclgd_moments_add(&w->moments[k], fabs(R[w->order[k]]) / sum);
  }
  for (size_t k = 0; k < n; ++k) {
    w->mean[k] = iclgd_moments_mean(&w->moments[k]);
    w->error[k] = iclgd_moments_standard_error(&w->moments[k]);
  }
  snprintf(leaf, sizeof leaf, "%s_errors", iclgd_relevance_names[who]);
  iclgd_record_put(w->record, where, iclgd_relevance_names[who], &n, w->mean,
                   w->err);
  iclgd_record_put(w->record, where, leaf, &n, w->error, w->err);
}

/* --- agreement ----------------------------------------------------------- */

static const struct pair {
  size_t one, other;
} pairs[] = {
    {ICLGD_BY_MODEL, ICLGD_BY_GD},
    {ICLGD_BY_MODEL, ICLGD_BY_BEST},
    {ICLGD_BY_MODEL_LEFT_OUT, ICLGD_BY_GD_LEFT_OUT},
    {ICLGD_BY_MODEL_LEFT_OUT, ICLGD_BY_BEST_LEFT_OUT},
    {ICLGD_BY_MODEL, ICLGD_BY_MODEL_LEFT_OUT},
    {ICLGD_BY_MODEL, ICLGD_BY_MODEL_GRADIENT},
};
enum { PAIRS = sizeof pairs / sizeof *pairs };

/* The mean of cosines, without prompts that have none, which are counted. */
static iclgd_share agree(const writer *w, const struct pair *pair,
                         int64_t *excluded) {
  const iclgd_relevance *s = w->s;
  const size_t n = s->setup->n, count = s->prompts.count;
  for (size_t i = 0; i < count; ++i) {
    const double cosine = iclgd_cosine(s->points[pair->one] + i * n,
                                       s->points[pair->other] + i * n, n);
    w->a[i] = isfinite(cosine) ? cosine : 0;
    w->b[i] = isfinite(cosine);
    *excluded += !isfinite(cosine);
  }
  return iclgd_share_of(w->a, w->b, count, w->counts, RESAMPLES, w->resampled);
}

static void write_agreement(writer *w) {
  static const char group[] = "relevance/agreement";
  const char *one[PAIRS], *other[PAIRS];
  double cosine[PAIRS], error[PAIRS], low[PAIRS], high[PAIRS];
  int64_t excluded[PAIRS] = {0};
  size_t count = 0;
  for (size_t k = 0; k < PAIRS; ++k) {
    const struct pair *pair = &pairs[k];
    if (!w->s->there[pair->one] || !w->s->there[pair->other]) continue;
    const iclgd_share share = agree(w, pair, &excluded[count]);
    one[count] = iclgd_relevance_names[pair->one];
    other[count] = iclgd_relevance_names[pair->other];
    cosine[count] = share.value;
    error[count] = share.error;
    low[count] = share.low;
    high[count++] = share.high;
  }
  if (count == 0) return;
  const iclgd_member members[] = {
      {"one", &count, one},           {"other", &count, other},
      {"cosine", &count, cosine},     {"cosine_errors", &count, error},
      {"cosine_low", &count, low},    {"cosine_high", &count, high},
      {"excluded", &count, excluded},
  };
  iclgd_record_put_all(w->record, group, MEMBERS(members), w->err);
}

/* --- kinds --------------------------------------------------------------- */

/* Of one rule: shares of magnitudes, and sums over the prediction. */
static void judge_kind(const writer *w, size_t rule, size_t kind,
                       iclgd_share *size, iclgd_share *sum) {
  const iclgd_relevance *s = w->s;
  const size_t count = s->prompts.count;
  for (size_t i = 0; i < count; ++i) {
    double all = 0;
    for (size_t k = 0; k < ICLGD_INPUT_KINDS; ++k) all += s->sizes[rule][k][i];
    w->a[i] = all > 0 ? s->sizes[rule][kind][i] / all : 0;
    w->b[i] = all > 0;
  }
  *size = iclgd_share_of(w->a, w->b, count, w->counts, RESAMPLES, w->resampled);
  for (size_t i = 0; i < count; ++i) {
    w->a[i] = s->of[rule][kind][i] * s->prediction[i];
    w->b[i] = s->prediction[i] * s->prediction[i];
  }
  *sum = iclgd_share_of(w->a, w->b, count, w->counts, RESAMPLES, w->resampled);
}

static void write_kinds(writer *w) {
  static const char group[] = "relevance/kinds";
  static const char *const names[] = {"labels", "inputs", "query", "biases"};
  static const char *const rules[] = {"gradient", "conservative"};
  const size_t count = ICLGD_INPUT_KINDS;
  iclgd_record_put(w->record, group, "kind_name", &count, names, w->err);
  for (size_t rule = 0; rule < 2; ++rule) {
    double value[2][ICLGD_INPUT_KINDS], error[2][ICLGD_INPUT_KINDS];
    char leaf[2][64];
    for (size_t k = 0; k < count; ++k) {
      iclgd_share share[2];
      judge_kind(w, rule, k, &share[0], &share[1]);
      for (size_t j = 0; j < 2; ++j) {
        value[j][k] = share[j].value;
        error[j][k] = share[j].error;
      }
    }
    for (size_t j = 0; j < 2; ++j) {
      snprintf(leaf[0], sizeof leaf[0], "%s%s", rules[rule], j ? "_sum" : "");
      snprintf(leaf[1], sizeof leaf[1], "%.50s_errors", leaf[0]);
      iclgd_record_put(w->record, group, leaf[0], &count, value[j], w->err);
      iclgd_record_put(w->record, group, leaf[1], &count, error[j], w->err);
    }
  }
}

/* --- all of it ----------------------------------------------------------- */

static void write_points(writer *w) {
  const iclgd_relevance *s = w->s;
  const size_t extents[] = {s->prompts.count, s->setup->n};
  for (size_t who = 0; who < ICLGD_WHOS; ++who)
    if (s->there[who])
      iclgd_record_put(w->record, points_group, iclgd_relevance_names[who],
                       extents, s->points[who], w->err);
  iclgd_record_put(w->record, points_group, "similarity", extents,
                   s->similarity, w->err);
  iclgd_record_put(w->record, points_group, "prediction", extents,
                   s->prediction, w->err);
  if (!s->parts) return;
  iclgd_record_put(w->record, points_group, "conservative_x", extents, s->x,
                   w->err);
  iclgd_record_put(w->record, points_group, "conservative_y", extents, s->y,
                   w->err);
  iclgd_record_put(w->record, points_group, "query", extents,
                   s->of[ICLGD_BY_CONSERVATION][ICLGD_OF_QUERY], w->err);
  iclgd_record_put(w->record, points_group, "bias", extents,
                   s->of[ICLGD_BY_CONSERVATION][ICLGD_OF_BIASES], w->err);
}

/* The largest |sum of all - prediction| over the sum of magnitudes. */
static double conservation_error(const iclgd_relevance *s) {
  const size_t rule = ICLGD_BY_CONSERVATION;
  double worst = 0;
  for (size_t i = 0; i < s->prompts.count; ++i) {
    double sum = -s->prediction[i], size = 0;
    for (size_t k = 0; k < ICLGD_INPUT_KINDS; ++k) {
      sum += s->of[rule][k][i];
      size += s->sizes[rule][k][i];
    }
    const double off = size > 0 ? fabs(sum) / size : 0;
    if (!(off <= worst)) worst = off;
  }
  return worst;
}

static iclgd_status write_attributes(writer *w) {
  static const char group[] = "relevance";
  const iclgd_relevance *s = w->s;
  iclgd_record_attr_int(w->record, group, "prompts", (int64_t)s->prompts.count,
                        w->err);
  if (s->gd.algorithm)
    iclgd_record_attr_int(w->record, group, "gd_step", (int64_t)s->gd.steps,
                          w->err);
  if (s->best.algorithm)
    iclgd_record_attr_int(w->record, group, "best_step", (int64_t)s->best.steps,
                          w->err);
  if (s->best.algorithm || s->gd.algorithm)
    iclgd_record_attr_text(w->record, group, "best",
                           s->best.algorithm ? s->best.name : s->gd.name,
                           w->err);
  if (s->parts)
    iclgd_record_attr_real(w->record, group, "conservation_error",
                           conservation_error(s), w->err);
  return iclgd_record_status(w->record, w->err);
}

iclgd_status iclgd_relevance_write(iclgd_relevance *s, iclgd_record *record,
                                   iclgd_error *err) {
  writer w = {.s = s, .record = record, .err = err};
  TRY(take_writer(&w));
  iclgd_bootstrap_draw((uint64_t)iclgd_get_int(s->setup->settings, "seed"),
                       RESAMPLES, s->prompts.count, w.counts);
  write_points(&w);
  iclgd_record_put_axis(record, "relevance/by_similarity", "rank", 1,
                        s->setup->n, err);
  iclgd_record_put_axis(record, "relevance/by_size", "rank", 1, s->setup->n,
                        err);
  for (size_t who = 0; who < ICLGD_WHOS; ++who)
    if (s->there[who]) {
      write_curve(&w, who, false);
      write_curve(&w, who, true);
    }
  write_agreement(&w);
  if (s->parts) write_kinds(&w);
  return write_attributes(&w);
}
