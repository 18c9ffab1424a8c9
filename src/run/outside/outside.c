/* What a model that ran elsewhere predicts on the prompts of a file, read
 * strictly (the layout: docs/bring-your-own.md). */
#include "run/outside/outside.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char model_group[] = "trajectories/model";

enum { DEPTH_MAX = 4096, LAYERS_MAX = 256 }; /* of model.loops, model.layers */

/* Extents of the first dimension of a dataset. */
static iclgd_status count_rows(const iclgd_source *s, const char *path,
                               size_t *out, iclgd_error *err) {
  size_t rank, extents[ICLGD_RANK_MAX];
  TRY(iclgd_source_extents(s, path, &rank, extents, err));
  *out = rank > 0 ? extents[0] : 0;
  return ICLGD_OK;
}

/* The number of layers, from the array that has to be there. */
static iclgd_status find_rows(iclgd_arrival *a, bool reads_tokens,
                              iclgd_error *err) {
  const char *leaf = reads_tokens ? "tokens" : "prediction";
  char path[128];
  snprintf(path, sizeof path, "%s/%s", a->group, leaf);
  if (!iclgd_source_has(a->source, path))
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/%s: expected %s, found no such dataset%s",
                      iclgd_source_path(a->source), path,
                      reads_tokens ? "hidden tokens (index, prompt, unit)"
                                   : "predictions (index, prompt)",
                      reads_tokens
                          ? ""
                          : " (predictions can be read from tokens with "
                            "probe.readout=ridge)");
  TRY(count_rows(a->source, path, &a->rows, err));
  a->rows += a->first_layer;
  if (a->rows >= 2 && a->rows <= DEPTH_MAX + 1) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: /entry/%s: expected 1 to %d layers behind the zero "
                    "predictor, found %zu rows%s",
                    iclgd_source_path(a->source), path, DEPTH_MAX,
                    a->rows - a->first_layer,
                    a->rows == 1 && !a->first_layer
                        ? " and no attribute first_layer = 1 of the group"
                        : "");
}

static iclgd_status find_first_layer(iclgd_arrival *a, iclgd_error *err) {
  int64_t first = 0;
  if (!iclgd_source_has_attr(a->source, a->group, "first_layer"))
    return ICLGD_OK;
  TRY(iclgd_source_attr_int(a->source, a->group, "first_layer", &first, err));
  a->first_layer = first == 1;
  if (first == 0 || first == 1) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: /entry/%s, attribute first_layer: expected 0 (the "
                    "first row is before the first layer) or 1 (after it), "
                    "found %lld",
                    iclgd_source_path(a->source), a->group, (long long)first);
}

/* Whose predictions are they? */
static iclgd_status check_identity(const iclgd_arrival *a, iclgd_error *err) {
  iclgd_job *job = a->job;
  char own[ICLGD_IDENTITY_SIZE], *found;
  if (!iclgd_source_has_attr(a->source, a->group, "prompts")) return ICLGD_OK;
  TRY(iclgd_source_attr_text(a->source, a->group, "prompts", &job->arena,
                             &found, err));
  iclgd_identity_text(iclgd_prompts_hash(ICLGD_PROMPTS_HASH, &job->given.all),
                      own);
  if (strcmp(found, own) == 0) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: /entry/%s, attribute prompts: expected %s, the "
                    "identity of the prompts of %s, found '%s'",
                    iclgd_source_path(a->source), a->group, own,
                    job->options->prompts, found);
}

/* Row 0 is the zero predictor. */
static iclgd_status check_zero(const iclgd_arrival *a, const double *prediction,
                               iclgd_error *err) {
  for (size_t i = 0; i < a->job->given.all.count; ++i)
    if (prediction[i] != 0)
      return iclgd_fail(
          err, ICLGD_EINPUT,
          "%s: /entry/%s/prediction: expected zeros at index 0, the zero "
          "predictor before the first layer, found %g at prompt %zu: where the "
          "first row is that after the first layer, say so by the attribute "
          "first_layer = 1 of the group",
          iclgd_source_path(a->source), a->group, prediction[i], i);
  return ICLGD_OK;
}

/* Further queries, each followed by its negative. */
static iclgd_status read_queries(iclgd_arrival *a, iclgd_error *err) {
  static const char path[] = "prompts/x_more";
  iclgd_job *job = a->job;
  const size_t d = job->d, fewest = iclgd_slope_queries(d);
  size_t extents[] = {job->given.all.count, 0, d};
  iclgd_source *prompts;
  double *x = NULL;
  TRY(iclgd_source_open(job->options->prompts, &prompts, err));
  iclgd_status status = ICLGD_OK;
  if (iclgd_source_has(prompts, path))
    status = iclgd_read_finite(prompts, path, 3, extents, &job->arena, &x, err);
  iclgd_source_close(prompts);
  a->x_more = x;
  a->queries = extents[1];
  if (status || !x) return status;
  size_t at = 0, total = extents[0] * a->queries * d;
  while (at < total && a->queries % 2 == 0 &&
         (at / d % 2 == 1 || x[at] == -x[at + d]))
    ++at;
  if (a->queries < fewest || a->queries % 2 == 1)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/%s: expected an even number of queries, %zu "
                      "or more for d = %zu, found %zu",
                      job->options->prompts, path, fewest, d, a->queries);
  if (at == total) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: /entry/%s: expected each query to be followed by its "
                    "negative, found %g and %g at prompt %zu",
                    job->options->prompts, path, x[at], x[at + d],
                    at / d / a->queries);
}

/* Predictions at every context length, and with another last label. */
static iclgd_status read_by_context(const iclgd_arrival *a, iclgd_outside *o,
                                    iclgd_error *err) {
  double *own, *changed;
  const size_t n = a->job->n;
  TRY(iclgd_arrival_read(a, "prediction_by_context", &o->path.contexts, &own,
                         err));
  if (own && o->path.contexts != n && o->path.contexts != n + 1)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/%s/prediction_by_context: expected n = %zu "
                      "contexts, of 0 to n - 1 points, or n + 1, found %zu",
                      iclgd_source_path(a->source), a->group, n,
                      o->path.contexts);
  TRY(iclgd_arrival_read(a, "prediction_by_context_changed", &o->path.contexts,
                         &changed, err));
  o->path.by_context = own;
  o->by_context_changed = changed;
  if (own || !changed) return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: /entry/%s/prediction_by_context_changed: expected "
                    "prediction_by_context beside it, found none",
                    iclgd_source_path(a->source), a->group);
}

/* y_n of prompts/y_changed less that of prompts/y. */
static iclgd_status read_change(iclgd_outside *o, iclgd_job *job,
                                iclgd_error *err) {
  static const char path[] = "prompts/y_changed";
  const iclgd_prompts *all = &job->given.all;
  size_t extents[] = {all->count, all->n};
  iclgd_source *prompts;
  double *y = NULL;
  if (!o->by_context_changed) return ICLGD_OK;
  double *change = iclgd_arena_reals(&job->arena, all->count, 1, 1);
  TRY(iclgd_arena_status(&job->arena, err, path));
  TRY(iclgd_source_open(job->options->prompts, &prompts, err));
  const iclgd_status status =
      iclgd_read_finite(prompts, path, 2, extents, &job->arena, &y, err);
  iclgd_source_close(prompts);
  for (size_t i = 0; !status && i < all->count; ++i)
    change[i] = y[(i + 1) * all->n - 1] - all->y[(i + 1) * all->n - 1];
  o->change = change;
  return status;
}

static iclgd_status read_path(const iclgd_arrival *a, iclgd_given_path *out,
                              bool *is_fitted, iclgd_error *err) {
  double *prediction;
  out->prompts = a->job->given.all.count;
  TRY(iclgd_arrival_read(a, "prediction", NULL, &prediction, err));
  if (prediction) TRY(check_zero(a, prediction, err));
  out->prediction = prediction;
  return prediction ? iclgd_arrival_weights(a, out, is_fitted, err) : ICLGD_OK;
}

static int by_step(const void *a, const void *b) {
  const long long x = strtoll(*(char *const *)a, NULL, 10);
  const long long y = strtoll(*(char *const *)b, NULL, 10);
  return (x > y) - (x < y);
}

static iclgd_status check_step(const iclgd_source *s, const char *folder,
                               const char *name, iclgd_error *err) {
  size_t digits = 0;
  while (isdigit((unsigned char)name[digits])) ++digits;
  if (digits > 0 && digits < 16 && name[digits] == '\0') return ICLGD_OK;
  return iclgd_fail(err, ICLGD_EINPUT,
                    "%s: /entry/%s: expected groups named by the training step "
                    "(\"1000\"), found '%s'",
                    iclgd_source_path(s), folder, name);
}

/* What predictions are read from, and how: as of the model. */
static iclgd_status read_tokens(const iclgd_arrival *a, iclgd_given_path *out,
                                iclgd_error *err) {
  double *tokens;
  TRY(iclgd_arrival_read(a, "tokens", &out->units, &tokens, err));
  out->prompts = a->job->given.all.count;
  out->tokens = tokens;
  return ICLGD_OK;
}

static iclgd_status read_snapshot(const iclgd_arrival *model,
                                  const iclgd_outside *o, const char *group,
                                  iclgd_given_path *given, iclgd_path *out,
                                  iclgd_error *err) {
  iclgd_arrival a = *model;
  bool unused;
  a.group = group;
  TRY(find_rows(&a, o->reads_tokens, err));
  if (a.rows != model->rows)
    return iclgd_fail(err, ICLGD_EINPUT,
                      "%s: /entry/%s/%s: expected %zu rows, as of the "
                      "trained model, found %zu",
                      iclgd_source_path(a.source), group,
                      o->reads_tokens ? "tokens" : "prediction",
                      model->rows - a.first_layer, a.rows - a.first_layer);
  if (o->reads_tokens)
    TRY(read_tokens(&a, given, err));
  else
    TRY(read_path(&a, given, &unused, err));
  *out = (iclgd_path){.name = "model",
                      .title = "model",
                      .model = &a.job->model,
                      .given = given,
                      .steps = a.rows - 1};
  return ICLGD_OK;
}

/* snapshots/STEP: the same over training. */
static iclgd_status read_snapshots(const iclgd_arrival *a, iclgd_outside *o,
                                   iclgd_error *err) {
  iclgd_job *job = a->job;
  char folder[64], group[160], **names;
  size_t count;
  snprintf(folder, sizeof folder, "%s/snapshots", a->group);
  if (!iclgd_source_has(a->source, folder)) return ICLGD_OK;
  TRY(iclgd_source_children(a->source, folder, &job->arena, &names, &count,
                            err));
  int64_t *step = iclgd_arena_take(&job->arena, count, sizeof *step);
  iclgd_path *paths = iclgd_arena_take(&job->arena, count, sizeof *paths);
  o->snapshots = iclgd_arena_take(&job->arena, count, sizeof *o->snapshots);
  TRY(iclgd_arena_status(&job->arena, err, folder));
  for (size_t k = 0; k < count; ++k)
    TRY(check_step(a->source, folder, names[k], err));
  if (count > 0) qsort(names, count, sizeof *names, by_step);
  for (size_t k = 0; k < count; ++k) {
    step[k] = strtoll(names[k], NULL, 10);
    snprintf(group, sizeof group, "%s/%s", folder, names[k]);
    TRY(read_snapshot(a, o, group, &o->snapshots[k], &paths[k], err));
  }
  o->n_snapshots = count;
  job->history.given = count;
  job->history.given_step = step;
  job->history.given_paths = paths;
  return ICLGD_OK;
}

static iclgd_status read_all(iclgd_arrival *a, iclgd_outside *o,
                             iclgd_error *err) {
  iclgd_job *job = a->job;
  TRY(find_first_layer(a, err));
  TRY(check_identity(a, err));
  TRY(find_rows(a, o->reads_tokens, err));
  o->rows = a->rows;
  TRY(read_queries(a, err));
  TRY(read_path(a, &o->path, &o->is_fitted, err));
  TRY(read_tokens(a, &o->path, err));
  TRY(read_by_context(a, o, err));
  TRY(read_change(o, job, err));
  const size_t depth = a->rows - 1;
  const bool fits = depth <= LAYERS_MAX;
  job->model = (iclgd_model){.architecture = &iclgd_outside_architecture,
                             .d = job->d,
                             .layers = fits ? depth : 1,
                             .loops = fits ? 1 : depth};
  return read_snapshots(a, o, err);
}

/* What the keys model.* say is of no account here. */
static iclgd_status check_keys(const iclgd_job *job, iclgd_error *err) {
  const iclgd_settings *s = job->settings;
  for (size_t i = 0; i < iclgd_settings_count(s); ++i) {
    const char *name = iclgd_settings_key(s, i)->name;
    if (strncmp(name, "model.", 6) == 0 && iclgd_settings_is_set(s, name))
      return iclgd_settings_reject(s, name, err,
                                   "the model of %s ran elsewhere, as it is",
                                   job->options->trajectories);
  }
  return ICLGD_OK;
}

iclgd_status iclgd_read_outside(iclgd_job *job, iclgd_error *err) {
  iclgd_source *source;
  iclgd_outside *o = iclgd_arena_take(&job->arena, 1, sizeof *o);
  if (!o) return iclgd_fail_memory(err, "trajectories");
  TRY(check_keys(job, err));
  TRY(iclgd_source_open(job->options->trajectories, &source, err));
  iclgd_arrival a = {.job = job, .source = source, .group = model_group};
  o->reads_tokens = iclgd_get_form(job->settings, "probe.readout").choice == 1;
  iclgd_status status = read_all(&a, o, err);
  if (!status) status = iclgd_source_check_read(source, err);
  iclgd_source_close(source);
  job->outside = o;
  return status;
}

iclgd_path iclgd_outside_path(const iclgd_job *job) {
  return (iclgd_path){
      .name = "model",
      .title = job->outside->reads_tokens ? "model, read by ridge" : "model",
      .model = &job->model,
      .given = &job->outside->path,
      .steps = job->outside->rows - 1};
}

iclgd_status iclgd_outside_write(iclgd_job *job, iclgd_error *err) {
  const iclgd_outside *o = job->outside;
  iclgd_record *r = job->record;
  if (o->path.linearity)
    iclgd_record_put(r, model_group, "linearity", &o->rows, o->path.linearity,
                     err);
  if (o->path.weight)
    iclgd_record_attr_text(r, model_group, "weights",
                           o->is_fitted
                               ? "the least-squares fit over further queries"
                               : "gradients that were brought",
                           err);
  if (o->reads_tokens)
    iclgd_record_attr_text(r, model_group, "readout",
                           "ridge readouts of the query's token, fitted on the "
                           "tuning prompts",
                           err);
  iclgd_record_attr_int(r, model_group, "linear", o->path.is_linear, err);
  TRY(iclgd_record_status(r, err));
  return o->path.by_context ? iclgd_write_causality(job, err) : ICLGD_OK;
}
