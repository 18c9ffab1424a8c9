/* Which part of a transformer is needed for what? (Wang and E 2024, NeurIPS,
 * "Understanding the expressive power and mechanisms of Transformer for
 * sequence modeling".)
 *
 * Variants of one transformer, with layers L, heads H, hidden units m, scores
 * with q.k or by position alone, positions that enter scores as -p log(1 + s)
 * or -p s, are trained on sequences of which something is to be remembered
 * (prompt.task = memory:..), each from several seeds: table.c. What is compared
 * is the loss over the variance of the label; what the runs say of an ordering
 * is judged by judge.c. One layer without q.k and mlp on a linear memory is not
 * trained: its loss is |rho - sum_h c_h a_h|^2 exactly (src/oracle/memory.c).
 *
 * None of it depends on the run that it is part of, but for its seed. */
#include <string.h>

#include <iclgd/comparisons.h>

#include "probes/expressive/expressive.h"
#include "probes/views.h"

static const iclgd_key keys[] = {
    KEY_FORM("expressive.table", "none", "none|sparse|tails|adaptive",
             "variants to train: sparse: heads and hidden units on Boolean, "
             "complex and simple memories; tails: positions on heavy and light "
             "tails; adaptive: layers and q.k where lags depend on content"),
    KEY_INT("expressive.seeds", "3", 1, 100,
            "runs of each variant; with fewer than 3 no ordering can be told"),
    KEY_INT("expressive.steps", "0", 0, 1e7,
            "updates of each run; 0: as the table has it"),
    KEY_INT("expressive.prompts", "4096", 16, 1e7,
            "held-out prompts behind a loss"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

typedef struct expressive {
  const iclgd_probe_setup *setup;
  size_t table, seeds;
  size_t count;     /* of its variants, */
  size_t *row;      /* (count) in the table */
  iclgd_variant *v; /* (count, seeds) */
  double *share;    /* (count, seeds) */
} expressive;

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  expressive *s = state;
  size_t all;
  const iclgd_variant_row *rows = iclgd_variant_rows(&all);
  s->setup = setup;
  s->table = iclgd_get_form(setup->settings, "expressive.table").choice;
  s->seeds = iclgd_get_size(setup->settings, "expressive.seeds");
  if (s->table == 0)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "set expressive.table=sparse, tails or adaptive to train "
                      "variants");
  s->row = iclgd_arena_take(setup->arena, all, sizeof *s->row);
  s->v = iclgd_arena_take(setup->arena, all * s->seeds, sizeof *s->v);
  s->share = iclgd_arena_reals(setup->arena, all, s->seeds, 1);
  for (size_t i = 0; s->row && i < all; ++i)
    if (rows[i].table == s->table) s->row[s->count++] = i;
  return ICLGD_OK;
}

static iclgd_status run(const expressive *s, iclgd_error *err) {
  const iclgd_settings *settings = s->setup->settings;
  size_t all;
  const iclgd_variant_row *rows = iclgd_variant_rows(&all);
  iclgd_variant_setup how = {
      .pool = s->setup->pool,
      .seed = (uint64_t)iclgd_get_int(settings, "seed"),
      .steps = iclgd_get_size(settings, "expressive.steps"),
      .prompts = iclgd_get_size(settings, "expressive.prompts")};
  for (size_t i = 0; i < s->count; ++i)
    for (size_t k = 0; k < s->seeds; ++k) {
      iclgd_variant *v = &s->v[i * s->seeds + k];
      how.later = k;
      TRY(iclgd_variant_run(&rows[s->row[i]], &how, v, err));
      s->share[i * s->seeds + k] = v->loss / s->v[i * s->seeds].variance;
    }
  return ICLGD_OK;
}

/* --- writing ------------------------------------------------------------- */

static void write_texts(const expressive *s, const char **texts,
                        iclgd_record *record, iclgd_error *err) {
  size_t all;
  const iclgd_variant_row *rows = iclgd_variant_rows(&all);
  static const char *const leaves[] = {"task", "line", "keys"};
  for (size_t l = 0; l < 3; ++l) {
    for (size_t i = 0; i < s->count; ++i) {
      const iclgd_variant_row *row = &rows[s->row[i]];
      texts[i] = l == 0 ? row->task : l == 1 ? row->line : row->keys;
    }
    iclgd_record_put(record, "expressive", leaves[l], &s->count, texts, err);
  }
}

static void write_counts(const expressive *s, int64_t *ints,
                         iclgd_record *record, iclgd_error *err) {
  static const char *const leaves[] = {"layers",     "heads", "hidden",
                                       "parameters", "exact", "dot_product"};
  size_t all;
  const iclgd_variant_row *rows = iclgd_variant_rows(&all);
  for (size_t l = 0; l < sizeof leaves / sizeof *leaves; ++l) {
    for (size_t i = 0; i < s->count; ++i) {
      const iclgd_variant *v = &s->v[i * s->seeds];
      const size_t counts[] = {v->layers,
                               v->heads,
                               v->hidden,
                               v->parameters,
                               rows[s->row[i]].exact,
                               v->dot_product};
      ints[i] = (int64_t)counts[l];
    }
    iclgd_record_put(record, "expressive", leaves[l], &s->count, ints, err);
  }
}

/* Median, lowest and highest share of each variant. */
static void write_spread(const expressive *s, double *work,
                         iclgd_record *record, iclgd_error *err) {
  double *median = work, *low = median + s->count, *high = low + s->count;
  double *sorted = high + s->count;
  for (size_t i = 0; i < s->count; ++i) {
    memcpy(sorted, s->share + i * s->seeds, s->seeds * sizeof *sorted);
    iclgd_sort(sorted, s->seeds);
    low[i] = sorted[0];
    high[i] = sorted[s->seeds - 1];
    median[i] = (sorted[(s->seeds - 1) / 2] + sorted[s->seeds / 2]) / 2;
  }
  const iclgd_member members[] = {{"median", &s->count, median},
                                  {"lowest", &s->count, low},
                                  {"highest", &s->count, high}};
  iclgd_record_put_all(record, "expressive", MEMBERS(members), err);
}

static void write_losses(const expressive *s, double *work,
                         iclgd_record *record, iclgd_error *err) {
  const size_t extents[] = {s->count, s->seeds}, size = s->count * s->seeds;
  double *loss = work, *sampled = loss + size, *variance = sampled + size;
  for (size_t i = 0; i < size; ++i) {
    loss[i] = s->v[i].loss;
    sampled[i] = s->v[i].sampled;
  }
  for (size_t i = 0; i < s->count; ++i)
    variance[i] = s->v[i * s->seeds].variance;
  const iclgd_member members[] = {{"loss", extents, loss},
                                  {"loss_share", extents, s->share},
                                  {"sampled", extents, sampled},
                                  {"variance", &s->count, variance}};
  iclgd_record_put_all(record, "expressive", MEMBERS(members), err);
}

static iclgd_status write_attributes(const expressive *s, iclgd_record *record,
                                     iclgd_error *err) {
  static const char group[] = "expressive";
  const iclgd_settings *settings = s->setup->settings;
  iclgd_record_attr_text(record, group, "table",
                         iclgd_get_form(settings, "expressive.table").text,
                         err);
  iclgd_record_attr_text(record, group, "keys", iclgd_table_keys(s->table),
                         err);
  iclgd_record_attr_int(record, group, "prompts",
                        iclgd_get_int(settings, "expressive.prompts"), err);
  return iclgd_record_attr_int(
      record, group, "steps", iclgd_get_int(settings, "expressive.steps"), err);
}

/* Where a row of the table stands among the variants. */
static size_t place_of(const expressive *s, size_t row) {
  size_t i = 0;
  while (i + 1 < s->count && s->row[i] != row) ++i;
  return i;
}

static iclgd_status write_orderings(const expressive *s, iclgd_record *record,
                                    iclgd_error *err) {
  static const char group[] = "expressive/orderings";
  size_t all, count = 0;
  const iclgd_ordering *o = iclgd_orderings(&all);
  const char **texts = iclgd_arena_take(s->setup->arena, all, sizeof *texts);
  int64_t *ints = iclgd_arena_take(s->setup->arena, 4 * all, sizeof *ints);
  TRY(iclgd_arena_status(s->setup->arena, err, "expressive"));
  int64_t *low = ints, *high = low + all, *little = high + all;
  int64_t *verdict = little + all;
  for (size_t i = 0; i < all; ++i) {
    if (o[i].table != s->table) continue;
    texts[count] = o[i].statement;
    low[count] = (int64_t)place_of(s, o[i].low);
    high[count] = (int64_t)place_of(s, o[i].high);
    little[count] = o[i].alike;
    verdict[count] = iclgd_ordering_judge(
        &o[i], s->share + (size_t)low[count] * s->seeds,
        s->share + (size_t)high[count] * s->seeds, s->seeds);
    ++count;
  }
  const iclgd_member members[] = {{"statement", &count, texts},
                                  {"low", &count, low},
                                  {"high", &count, high},
                                  {"little", &count, little},
                                  {"verdict", &count, verdict}};
  iclgd_record_put_axis(record, group, "ordering", 0, count, err);
  iclgd_record_attr_real(record, group, "alike", ICLGD_ALIKE, err);
  return iclgd_record_put_all(record, group, MEMBERS(members), err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  expressive *s = state;
  iclgd_arena *arena = s->setup->arena;
  const char **texts = iclgd_arena_take(arena, s->count, sizeof *texts);
  int64_t *ints = iclgd_arena_take(arena, s->count, sizeof *ints);
  double *work = iclgd_arena_reals(arena, 4 * s->count, s->seeds + 1, 1);
  TRY(iclgd_arena_status(arena, err, "expressive"));
  TRY(run(s, err));
  iclgd_record_put_axis(record, "expressive", "variant", 0, s->count, err);
  iclgd_record_put_axis(record, "expressive", "run", 0, s->seeds, err);
  write_texts(s, texts, record, err);
  write_counts(s, ints, record, err);
  write_losses(s, work, record, err);
  write_spread(s, work, record, err);
  TRY(write_attributes(s, record, err));
  return write_orderings(s, record, err);
}

const iclgd_probe iclgd_probe_expressive = {
    .name = "expressive",
    .question = "which part of a transformer is needed for what memory?",
    .keys = &key_set,
    .schema = &iclgd_expressive_schema,
    .view = &iclgd_view_expressive,
    .state_size = sizeof(expressive),
    .begin = begin,
    .finish = finish,
};
