/* Does a model that was trained on k tasks learn them by heart, or regression?
 *
 *   seen   its loss on the k tasks of the pool it was trained on
 *   new    its loss on new tasks w ~ N(0, w_scale^2 I)
 * as k grows, beside dMMSE (Bayes for the pool), ridge (Bayes for new tasks)
 * and the closed forms of one layer (Raventos et al. 2023; Wu et al. 2023;
 * docs/theory.md, O1). For every pool of the key a model is trained by the keys
 * of the run; a run whose own law is a pool answers for its own model too. Of
 * predictions that are not linear in the query the loss is that at the query.
 */
#include <iclgd/tail.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probes/diversity/diversity.h"

enum { POOLS_MAX = 64 };

static const iclgd_key keys[] = {
    KEY_TEXT("diversity.pools", "",
             "numbers of tasks, separated by commas: for each a model is "
             "trained on a pool of so many; empty for none"),
    KEY_INT("diversity.steps", "0", 0, 1e9,
            "steps of training on each pool; 0: train.steps"),
    KEY_INT("diversity.prompts", "2000", 2, 1e6,
            "prompts behind the losses on seen and on new tasks"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP_PLOT_ON(
        "diversity", "model_new", "tasks", "log log",
        "loss on seen and on new tasks by the size of the pool",
        "mean over prompts of the risk (w - w_star)^T Sigma (w - w_star), the "
        "exact mean of the squared error over the query, or that error itself "
        "where predictions are not linear in the query; seen: w_star from the "
        "pool that the model was trained on; new: w_star ~ N(0, w_scale^2 I)"),
};

#define LOSSES(who, title, text)                                            \
  DATA_REAL("diversity/" who "_seen", "tasks", title ", seen tasks", text), \
      DATA_REAL("diversity/" who "_new", "tasks", title ", new tasks", text)
#define MEASURED(who, title, text)                                          \
  LOSSES(who, title, text),                                                 \
      DATA_REAL("diversity/" who "_seen_errors", "tasks", "standard error", \
                "of " who "_seen"),                                         \
      DATA_REAL("diversity/" who "_new_errors", "tasks", "standard error",  \
                "of " who "_new")

static const iclgd_dataset datasets[] = {
    DATA_INT("diversity/tasks", "tasks", "tasks in the pool", "k"),
    DATA_INT("diversity/own", "tasks", "model of the run",
             "1: the model of the run, 0: trained by the probe"),
    DATA_INT("diversity/diverged", "tasks", "training diverged",
             "1 where it did"),
    MEASURED("model", "loss of the model", "of the last layer"),
    MEASURED("dmmse", "loss of dMMSE", "Bayes for the tasks of the pool"),
    MEASURED("ridge", "loss of ridge",
             "Bayes for new tasks; least squares where there is no noise"),
    MEASURED("best", "loss of the best layer (O1)",
             "of the A that is best for the pool, on the same prompts"),
    LOSSES("theory", "O1, best layer",
           "closed form at the A that is best for the pool"),
    LOSSES("exact", "O1, learned layer", "closed form at the learned A"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

typedef struct diversity {
  const iclgd_probe_setup *setup;
  size_t count;
  iclgd_pool_row rows[POOLS_MAX];
} diversity;

/* Add a pool in its place; a size that is there already stays as it is. */
static iclgd_pool_row *add_pool(diversity *s, size_t k) {
  size_t at = 0;
  while (at < s->count && s->rows[at].k < k) ++at;
  if (at < s->count && s->rows[at].k == k) return &s->rows[at];
  memmove(s->rows + at + 1, s->rows + at, (s->count++ - at) * sizeof *s->rows);
  s->rows[at] = (iclgd_pool_row){.k = k};
  return &s->rows[at];
}

static iclgd_status read_pools(diversity *s, iclgd_error *err) {
  const iclgd_settings *settings = s->setup->settings;
  const char *list = iclgd_get_text(settings, "diversity.pools");
  for (list += strspn(list, ", "); *list; list += strspn(list, ", ")) {
    char *next;
    const double k = strtod(list, &next);
    if (next == list || !(k >= 1 && k <= 1e6) || k != floor(k) ||
        !strchr(", ", *next))
      return iclgd_settings_reject(settings, "diversity.pools", err,
                                   "expected whole numbers from 1 to 1000000, "
                                   "separated by commas");
    if (s->count + 1 >= POOLS_MAX)
      return iclgd_settings_reject(settings, "diversity.pools", err,
                                   "expected fewer than %d", POOLS_MAX);
    add_pool(s, (size_t)k);
    list = next;
  }
  return ICLGD_OK;
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  const iclgd_distribution *dist = setup->dist;
  if (!iclgd_distribution_draws(dist))
    return iclgd_fail(err, ICLGD_ERANGE, "not for prompts of a file");
  if (!iclgd_distribution_is_linear(dist))
    return iclgd_fail(err, ICLGD_ERANGE, ICLGD_NOT_LINEAR);
  diversity *s = state;
  s->setup = setup;
  iclgd_status status = read_pools(s, err);
  if (!status && dist->w_law == ICLGD_W_POOL) {
    iclgd_pool_row *row = add_pool(s, dist->w_count);
    row->own = true;
    row->model = setup->model;
    row->theta = setup->theta;
  }
  if (!status && s->count == 0)
    status =
        iclgd_fail(err, ICLGD_ERANGE,
                   "set diversity.pools=1,2,4,8 to train on pools of tasks");
  return status;
}

static iclgd_status run_row(diversity *s, iclgd_pool_row *row,
                            iclgd_error *err) {
  const size_t prompts =
      iclgd_get_size(s->setup->settings, "diversity.prompts");
  TRY(iclgd_pool_laws(s->setup, row->k, row, err));
  if (!row->own) TRY(iclgd_pool_train(s->setup, row, err));
  return iclgd_pool_measure(s->setup, prompts, row, err);
}

static void write_losses(const diversity *s, iclgd_record *record,
                         iclgd_error *err) {
  static const char *const whos[] = {"model", "dmmse",  "ridge",
                                     "best",  "theory", "exact"};
  static const char *const tasks[] = {"seen", "new"};
  for (size_t k = 0; k < ICLGD_TASKS; ++k)
    for (size_t who = 0; who < ICLGD_COLUMNS; ++who) {
      double mean[POOLS_MAX], error[POOLS_MAX];
      char leaf[32];
      for (size_t i = 0; i < s->count; ++i) {
        mean[i] = s->rows[i].mean[who][k];
        error[i] = s->rows[i].error[who][k];
      }
      snprintf(leaf, sizeof leaf, "%s_%s", whos[who], tasks[k]);
      iclgd_record_put(record, "diversity", leaf, &s->count, mean, err);
      if (who >= ICLGD_WHOS) continue;
      snprintf(leaf, sizeof leaf, "%s_%s_errors", whos[who], tasks[k]);
      iclgd_record_put(record, "diversity", leaf, &s->count, error, err);
    }
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  static const char *const others[] = {"model_seen", "dmmse_seen", "dmmse_new",
                                       "ridge_seen", "ridge_new",  "best_seen",
                                       "best_new"};
  diversity *s = state;
  int64_t tasks[POOLS_MAX], own[POOLS_MAX], diverged[POOLS_MAX];
  for (size_t i = 0; i < s->count; ++i) {
    TRY(run_row(s, &s->rows[i], err));
    tasks[i] = (int64_t)s->rows[i].k;
    own[i] = s->rows[i].own;
    diverged[i] = s->rows[i].diverged;
  }
  iclgd_record_write(record, "diversity/tasks", &s->count, tasks, err);
  iclgd_record_write(record, "diversity/own", &s->count, own, err);
  iclgd_record_write(record, "diversity/diverged", &s->count, diverged, err);
  write_losses(s, record, err);
  iclgd_record_attr_int(record, "diversity", "prompts",
                        iclgd_get_int(s->setup->settings, "diversity.prompts"),
                        err);
  return iclgd_record_attr_texts(record, "diversity", "auxiliary_signals",
                                 others, sizeof others / sizeof *others, err);
}

/* --- what it says -------------------------------------------------------- */

static void read(iclgd_reader *r, json_t *summary) {
  iclgd_reader_part(r, "diversity", "tasks",
                    "tasks model_seen model_new model_seen_errors dmmse_seen "
                    "dmmse_new ridge_new model_new_errors best_seen best_new "
                    "exact_seen exact_new @prompts",
                    summary, "diversity");
}

/* Which losses of the model say little of other prompts. */
static void put_few(iclgd_blocks *out, const json_t *m) {
  const size_t count = iclgd_json_length(m, "tasks");
  const size_t prompts = (size_t)iclgd_json_whole(m, "prompts");
  size_t few = 0;
  for (size_t k = 0; k < count; ++k)
    few +=
        iclgd_tail_is_few(iclgd_json_at(m, "model_seen", k),
                          iclgd_json_at(m, "model_seen_errors", k), prompts) ||
        iclgd_tail_is_few(iclgd_json_at(m, "model_new", k),
                          iclgd_json_at(m, "model_new_errors", k), prompts);
  if (few > 0)
    iclgd_put_sentence(out,
                       "A few prompts carry the model's mean loss at %zu of "
                       "%zu pools, as its standard error shows.",
                       few, count);
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  static const iclgd_column columns[] = {
      {"tasks", .list = "tasks", .format = ICLGD_AS_WHOLE},
      {"model, seen", .digits = 4, .list = "model_seen"},
      {"model, new", .digits = 4, .list = "model_new"},
      {"best, seen", .digits = 4, .list = "best_seen"},
      {"best, new", .digits = 4, .list = "best_new"},
      {"dMMSE, new", .digits = 4, .list = "dmmse_new"},
      {"ridge, new", .digits = 4, .list = "ridge_new"}};
  const json_t *m = json_object_get(summary, "diversity");
  const size_t count = iclgd_json_length(m, "tasks");
  if (count == 0) return;
  iclgd_put_claim(
      out, "Pool of %g tasks: loss %s on seen ones, %s on new ones.",
      iclgd_json_at(m, "tasks", count - 1),
      iclgd_number_text(out, 3, iclgd_json_at(m, "model_seen", count - 1)),
      iclgd_number_text(out, 3, iclgd_json_at(m, "model_new", count - 1)));
  iclgd_put_lists(out, m, columns, sizeof columns / sizeof *columns, 0, count,
                  "Losses on tasks of the training pool (seen) and on new "
                  "ones, by the number of tasks in the pool; best is the one "
                  "layer that is best for the pool (O1), on the same prompts.");
  put_few(out, m);
  iclgd_put_figure(out, "diversity");
}

static const iclgd_view view = {
    .title = "Pools of tasks", .read = read, .tell = tell};

const iclgd_probe iclgd_probe_diversity = {
    .name = "diversity",
    .question = "does a model of k tasks learn the tasks or regression?",
    .needs = ICLGD_NEEDS_PARAMETERS | ICLGD_NEEDS_RERUN,
    .keys = &key_set,
    .schema = &schema,
    .view = &view,
    .state_size = sizeof(diversity),
    .begin = begin,
    .finish = finish,
};
