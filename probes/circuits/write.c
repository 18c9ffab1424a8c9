/* From squared errors and predictions to ratios and shares (see circuits.c). */
#include <iclgd/comparisons.h>
#include <iclgd/tail.h>
#include <math.h>
#include <string.h>

#include "probes/circuits/circuits.h"
#include "probes/shared/bootstrap.h"
#include "probes/shared/shares.h"

static const char components[] = "circuits/components";
static const char attention[] = "circuits/attention";

enum { RESAMPLES = 200 };

/* Columns of the file, (places, ICLGD_REMOVALS) and (places). */
typedef struct table {
  double *loss, *loss_error, *ratio, *error, *low, *high;
  double *median, *median_low, *median_high;
  int64_t *measurable;
  double *recovered, *recovered_error, *recovered_low, *recovered_high;
  int64_t *layer, *head;
  const char **name, **kind;
  double *counts;       /* (RESAMPLES, prompts) */
  double *resampled;    /* (RESAMPLES) */
  double *a, *b;        /* (prompts) */
  iclgd_placed *sorted; /* (2, prompts) */
} table;

static iclgd_status take_table(const iclgd_circuits *s, table *t,
                               iclgd_error *err) {
  iclgd_arena *arena = s->setup->arena;
  const size_t count = s->prompts.count, size = s->places * ICLGD_REMOVALS;
  double **wide[] = {&t->loss,   &t->loss_error, &t->ratio,
                     &t->error,  &t->low,        &t->high,
                     &t->median, &t->median_low, &t->median_high};
  double **narrow[] = {&t->recovered, &t->recovered_error, &t->recovered_low,
                       &t->recovered_high};
  for (size_t i = 0; i < sizeof wide / sizeof *wide; ++i)
    *wide[i] = iclgd_arena_reals(arena, size, 1, 1);
  for (size_t i = 0; i < sizeof narrow / sizeof *narrow; ++i)
    *narrow[i] = iclgd_arena_reals(arena, s->places, 1, 1);
  t->measurable = iclgd_arena_take(arena, size, sizeof *t->measurable);
  t->layer = iclgd_arena_take(arena, s->places, sizeof *t->layer);
  t->head = iclgd_arena_take(arena, s->places, sizeof *t->head);
  t->name = iclgd_arena_take(arena, s->places, sizeof *t->name);
  t->kind = iclgd_arena_take(arena, s->places, sizeof *t->kind);
  t->counts = iclgd_arena_reals(arena, RESAMPLES, count, 1);
  t->resampled = iclgd_arena_reals(arena, RESAMPLES, 1, 1);
  t->a = iclgd_arena_reals(arena, count, 1, 1);
  t->b = iclgd_arena_reals(arena, count, 1, 1);
  t->sorted = iclgd_arena_take(arena, 2 * count, sizeof *t->sorted);
  return iclgd_arena_status(arena, err, "circuits");
}

/* Hill's index of squares (count), in doubt the larger: an index of the largest
 * k is right to a share 1 / sqrt(k). */
static bool is_light(const double *squares, size_t count, double *work) {
  const double largest = fmax(10, (double)count / 20);
  memcpy(work, squares, count * sizeof *work);
  const double alpha = iclgd_tail_index(work, count);
  return iclgd_tail_is_light(alpha * (1 + 1 / sqrt(largest)),
                             ICLGD_TAIL_SQUARED);
}

static void judge_removal(const iclgd_circuits *s, size_t at, table *t) {
  const size_t count = s->prompts.count;
  const double *squares = s->squares + at * count;
  iclgd_moments moments = {0};
  for (size_t i = 0; i < count; ++i) iclgd_moments_add(&moments, squares[i]);
  const bool whole = moments.excluded == 0;
  const iclgd_share ratio = iclgd_share_of(squares, s->own, count, t->counts,
                                           RESAMPLES, t->resampled);
  const iclgd_share median = iclgd_share_of_medians(
      squares, s->own, count, t->counts, RESAMPLES, t->resampled, t->sorted);
  t->loss[at] = whole ? iclgd_moments_mean(&moments) : NAN;
  t->loss_error[at] = whole ? iclgd_moments_standard_error(&moments) : NAN;
  t->ratio[at] = ratio.value;
  t->error[at] = ratio.error;
  t->low[at] = ratio.low;
  t->high[at] = ratio.high;
  t->median[at] = median.value;
  t->median_low[at] = median.low;
  t->median_high[at] = median.high;
  t->measurable[at] =
      is_light(squares, count, t->a) && is_light(s->own, count, t->a);
}

static void judge_patch(const iclgd_circuits *s, size_t k, table *t) {
  const size_t count = s->prompts.count;
  const double *patched = s->patched + k * count;
  for (size_t i = 0; i < count; ++i) {
    const double off = s->clean[i] - s->corrupted[i];
    t->a[i] = (patched[i] - s->corrupted[i]) * off;
    t->b[i] = off * off;
  }
  const iclgd_share share =
      iclgd_share_of(t->a, t->b, count, t->counts, RESAMPLES, t->resampled);
  t->recovered[k] = share.value;
  t->recovered_error[k] = share.error;
  t->recovered_low[k] = share.low;
  t->recovered_high[k] = share.high;
}

static void fill_table(const iclgd_circuits *s, table *t) {
  static const char *const kinds[] = {"head", "mlp", "layer"};
  const uint64_t seed = (uint64_t)iclgd_get_int(s->setup->settings, "seed");
  iclgd_bootstrap_draw(seed, RESAMPLES, s->prompts.count, t->counts);
  for (size_t at = 0; at < s->places * ICLGD_REMOVALS; ++at)
    judge_removal(s, at, t);
  for (size_t k = 0; k < s->places; ++k) {
    const iclgd_place *place = &s->place[k];
    judge_patch(s, k, t);
    t->name[k] = place->name;
    t->kind[k] = kinds[place->kind];
    t->layer[k] = (int64_t)place->layer + 1;
    t->head[k] = place->kind == ICLGD_PLACE_HEAD ? (int64_t)place->head + 1 : 0;
  }
}

static double mean_of(const double *values, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; ++i) sum += values[i];
  return sum / (double)count;
}

/* The loss of the corrupted prompts, against the clean label. */
static double corrupted_loss(const iclgd_circuits *s) {
  double sum = 0;
  for (size_t i = 0; i < s->prompts.count; ++i) {
    const double error = s->corrupted[i] - s->prompts.y_query[i];
    sum += error * error;
  }
  return sum / (double)s->prompts.count;
}

static iclgd_status write_attributes(const iclgd_circuits *s,
                                     iclgd_record *record, iclgd_error *err) {
  const size_t count = s->prompts.count;
  iclgd_record_attr_int(record, components, "prompts", (int64_t)count, err);
  iclgd_record_attr_int(record, components, "donors", (int64_t)s->donors.count,
                        err);
  iclgd_record_attr_real(record, components, "loss", mean_of(s->own, count),
                         err);
  iclgd_record_attr_real(record, components, "loss_of_zero",
                         mean_of(s->nothing, count), err);
  iclgd_record_attr_real(record, components, "corrupted_loss",
                         corrupted_loss(s), err);
  iclgd_record_attr_text(record, components, "corruption",
                         s->flip ? "one label of opposite sign, of the point "
                                   "most like the query"
                                 : "the labels of another prompt",
                         err);
  iclgd_record_attr_int(record, attention, "prompts", (int64_t)count, err);
  return iclgd_record_attr_int(record, attention, "tokens_per_point",
                               s->tokens > s->setup->n + 1 ? 2 : 1, err);
}

static void write_table(const iclgd_circuits *s, const table *t,
                        iclgd_record *record, iclgd_error *err) {
  static const char *const methods[] = {"zero", "mean", "resample"};
  const size_t n_methods = ICLGD_REMOVALS;
  const size_t wide[] = {s->places, ICLGD_REMOVALS};
  const iclgd_member members[] = {
      {"component_name", wide, t->name},
      {"kind", wide, t->kind},
      {"layer", wide, t->layer},
      {"head", wide, t->head},
      {"method_name", &n_methods, methods},
      {"loss", wide, t->loss},
      {"loss_errors", wide, t->loss_error},
      {"ratio", wide, t->ratio},
      {"ratio_errors", wide, t->error},
      {"ratio_low", wide, t->low},
      {"ratio_high", wide, t->high},
      {"median_ratio", wide, t->median},
      {"median_low", wide, t->median_low},
      {"median_high", wide, t->median_high},
      {"measurable", wide, t->measurable},
      {"recovered", wide, t->recovered},
      {"recovered_errors", wide, t->recovered_error},
      {"recovered_low", wide, t->recovered_low},
      {"recovered_high", wide, t->recovered_high},
  };
  iclgd_record_put_all(record, components, MEMBERS(members), err);
}

static void write_attention(const iclgd_circuits *s, iclgd_record *record,
                            iclgd_error *err) {
  const size_t depth = s->setup->depth, T = s->tokens;
  const size_t query[] = {depth, s->heads, T};
  const size_t by_rank[] = {depth, s->heads, s->setup->n};
  const size_t map[] = {depth, s->heads, T, T};
  const iclgd_member members[] = {{"query", query, s->query},
                                  {"by_rank", by_rank, s->by_rank},
                                  {"map", map, s->map}};
  iclgd_record_put_axis(record, attention, "layer", 1, depth, err);
  iclgd_record_put_axis(record, attention, "head", 1, s->heads, err);
  iclgd_record_put_axis(record, attention, "rank", 1, s->setup->n, err);
  iclgd_record_put_all(record, attention, MEMBERS(members), err);
}

iclgd_status iclgd_circuits_write(const iclgd_circuits *s, iclgd_record *record,
                                  iclgd_error *err) {
  table t;
  TRY(take_table(s, &t, err));
  fill_table(s, &t);
  write_attention(s, record, err);
  write_table(s, &t, record, err);
  return write_attributes(s, record, err);
}
