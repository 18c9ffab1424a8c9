/* What can be read, linearly, from the hidden tokens after each layer?
 *
 * Targets: w_star, the least-squares weight of the context, X^T y / n (Akyurek
 * et al. 2023; Yang et al. 2023). Where inputs are symmetric, (X, w) -> (-X,
 * -w) changes every token's x but no label, so no linear readout of tokens can
 * know w: what is decoded from is
 *   (1/n) Z_l M Z_l^T, M = diag(1, .., 1, 0), its upper triangle,
 * all that the next layer sees; the control for features is the tokens' mean
 * over the context and the query token. The control for targets is X^T y / n of
 * another prompt. Ridge readouts are fitted on three quarters of the tuning
 * prompts, their penalties chosen on the last quarter, and
 *   R^2 = 1 - sum |t - that|^2 / sum |t - mean t|^2
 * is of the prompts that are probed, with the standard error of the ratio. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <iclgd/comparisons.h>

#include "probes/decoding/readout.h"
#include "probes/shared/losses.h"

static const iclgd_key keys[] = {
    KEY_INT("decoding.prompts", "1000", 2, 1e6,
            "prompts on which readouts of hidden tokens are tested"),
};
static const iclgd_key_set key_set = KEY_SET(keys);

static const iclgd_group groups[] = {
    GROUP_PLOT("decoding/<target>", "r2", "layer",
               "decoded from the tokens after each layer",
               "R^2 of ridge readouts of w_star, least_squares (the "
               "least-squares weight of the context), xty (X^T y / n) and, as "
               "a control, xty of another prompt"),
};

static const iclgd_dataset datasets[] = {
    DATA_INT("decoding/<target>/layer", "layer", "layer",
             "layers passed; 0 is the prompt itself"),
    DATA_REAL("decoding/<target>/r2", "layer",
              "R^2 from second moments of the tokens",
              "features: the upper triangle of (1/n) Z M Z^T; of tokens that "
              "were brought the query's own (attribute `features` of the "
              "group)"),
    DATA_REAL("decoding/<target>/r2_errors", "layer", "standard error of R^2",
              "delta method over prompts"),
    DATA_REAL(
        "decoding/<target>/r2_median", "layer", "R^2 of the typical prompt",
        "1 - med |t - that|^2 / med |t - mean t|^2, medians over prompts"),
    DATA_REAL("decoding/<target>/penalty", "layer", "ridge penalty",
              "chosen on held-out prompts, for features of variance 1"),
    DATA_REAL("decoding/<target>/raw", "layer",
              "R^2 from the tokens themselves",
              "features: the mean of the context's tokens and the query token"),
    DATA_REAL("decoding/<target>/raw_errors", "layer", "standard error of R^2",
              "delta method over prompts"),
    DATA_REAL("decoding/<target>/raw_median", "layer",
              "R^2 of the typical prompt", "as r2_median"),
    DATA_REAL("decoding/<target>/raw_penalty", "layer", "ridge penalty",
              "chosen on held-out prompts, for features of variance 1"),
    DATA_INT("decoding/<target>/excluded", "layer", "prompts left out",
             "prompts with a feature that is not finite"),
};

static const iclgd_schema schema = SCHEMA(groups, datasets);

/* w_star comes last: it may be missing. */
enum { LEAST_SQUARES, XTY, CONTROL, W_STAR };
static const char *const names[] = {"least_squares", "xty", "control",
                                    "w_star"};

enum { MOMENTS, TOKENS, READOUTS }; /* what is read */

typedef struct decoding {
  const iclgd_probe_setup *setup;
  const iclgd_given_path *given; /* tokens that were brought, or NULL */
  iclgd_prompts test;
  size_t n_targets, count; /* count: prompts to fit, choose and test on */
  size_t m[READOUTS];
  double *f[READOUTS];                /* (depth + 1, count, m) */
  double *t;                          /* (count, n_targets, d) */
  iclgd_path_scratch *path_scratches; /* (threads) */
  size_t most;
  double *work;         /* (threads, most) of a readout */
  readout_score *score; /* (depth + 1, READOUTS, n_targets) */
  int64_t *excluded;    /* (depth + 1, READOUTS) */
} decoding;

static iclgd_status check(const iclgd_probe_setup *setup, const decoding *s,
                          iclgd_error *err) {
  const size_t fit = setup->tune->count * 3 / 4;
  const size_t most = s->given ? s->m[MOMENTS] + 1 : 2 * s->m[MOMENTS];
  if (most > fit)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "%zu features to read from, %zu prompts to fit on",
                      s->m[MOMENTS], fit);
  if (s->count * (setup->depth + 1) * (s->m[MOMENTS] + s->m[TOKENS]) > 32000000)
    return iclgd_fail(err, ICLGD_ERANGE,
                      "too many layers and features for %zu prompts", s->count);
  return ICLGD_OK;
}

static iclgd_status take_memory(decoding *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t rows = setup->depth + 1;
  const size_t threads = iclgd_pool_threads(setup->pool);
  const size_t m = s->m[MOMENTS] > s->m[TOKENS] ? s->m[MOMENTS] : s->m[TOKENS];
  iclgd_arena *arena = setup->arena;
  for (size_t k = 0; k < READOUTS; ++k)
    s->f[k] = iclgd_arena_reals(arena, rows, s->count, s->m[k]);
  s->t = iclgd_arena_reals(arena, s->count, s->n_targets, setup->d);
  s->score =
      iclgd_arena_take(arena, rows * READOUTS * s->n_targets, sizeof *s->score);
  s->excluded = iclgd_arena_take(arena, rows * READOUTS, sizeof *s->excluded);
  s->most = readout_work(m, setup->d, s->count);
  s->work = iclgd_arena_reals(arena, threads, s->most, 1);
  return iclgd_path_scratches_create(threads, setup->model, setup->n, 0, arena,
                                     &s->path_scratches, err);
}

static iclgd_status begin(void *state, const iclgd_probe_setup *setup,
                          iclgd_error *err) {
  const size_t D = iclgd_model_token_width(setup->model);
  decoding *s = state;
  s->setup = setup;
  s->given = setup->paths[0].given;
  s->m[MOMENTS] = s->given ? s->given->units : D * (D + 1) / 2;
  s->m[TOKENS] = s->given ? 0 : 2 * D;
  iclgd_status status =
      iclgd_losses_prompts(setup, "decoding.prompts", &s->test, err);
  s->count = setup->tune->count + s->test.count;
  s->n_targets = setup->tune->w_star && s->test.w_star ? W_STAR + 1 : W_STAR;
  if (!status) status = check(setup, s, err);
  return status ? status : take_memory(s, err);
}

/* --- features and targets ---------------------------------------------- */

static iclgd_prompt prompt_of(const decoding *s, size_t i) {
  const iclgd_prompts *tune = s->setup->tune;
  return i < tune->count ? iclgd_prompts_at(tune, i)
                         : iclgd_prompts_at(&s->test, i - tune->count);
}

/* Of the tokens Z (n + 1, D) after one layer. */
static void set_features(const double *Z, size_t D, const iclgd_prompt *prompt,
                         double *moments, double *tokens) {
  const size_t n = prompt->n;
  const double mean = 1 / (double)prompt->mean_n;
  memset(moments, 0, D * (D + 1) / 2 * sizeof *moments);
  memset(tokens, 0, D * sizeof *tokens);
  for (size_t t = 0; t < n; ++t) {
    const double *e = Z + t * D;
    double *f = moments;
    for (size_t i = 0; i < D; ++i) {
      tokens[i] += mean * e[i];
      for (size_t j = i; j < D; ++j) *f++ += mean * e[i] * e[j];
    }
  }
  memcpy(tokens + D, Z + n * D, D * sizeof *tokens);
}

/* The least-squares weight of minimum norm, sum_j v_j (v_j . b) / lambda_j. */
static void set_least_squares(const iclgd_problem *p, double *w) {
  const size_t d = p->prompt.d;
  double most = 0;
  for (size_t j = 0; j < d; ++j) most = fmax(most, p->lambda[j]);
  memset(w, 0, d * sizeof *w);
  for (size_t j = 0; j < d; ++j) {
    const double *v = p->V + j * d;
    if (!(p->lambda[j] > 1e-12 * most)) continue;
    const double along = iclgd_dot(v, p->b, d) / p->lambda[j];
    for (size_t i = 0; i < d; ++i) w[i] += along * v[i];
  }
}

/* Of tokens that were brought the query's own: there are no others. */
static void copy_tokens(const decoding *s, size_t i, size_t place) {
  const iclgd_given_path *from = s->given;
  for (size_t l = 0; l <= s->setup->depth; ++l)
    memcpy(s->f[MOMENTS] + (l * s->count + i) * from->units,
           from->tokens + (l * from->prompts + place) * from->units,
           from->units * sizeof(double));
}

static void read_prompt(void *context, size_t i, size_t thread) {
  const decoding *s = context;
  const size_t d = s->setup->d, rows = s->setup->depth + 1;
  const size_t D = iclgd_model_token_width(s->setup->model);
  const iclgd_path_scratch *path_scratch = &s->path_scratches[thread];
  const iclgd_prompt prompt = prompt_of(s, i);
  double *t = s->t + i * s->n_targets * d;
  iclgd_problem problem;
  iclgd_problem_set(&prompt, true, path_scratch->problem_work, &problem);
  set_least_squares(&problem, t + LEAST_SQUARES * d);
  memcpy(t + XTY * d, problem.b, d * sizeof *t);
  if (s->n_targets > W_STAR)
    memcpy(t + W_STAR * d, prompt.w_star, d * sizeof *t);
  if (s->given) {
    copy_tokens(s, i, prompt.place);
    return;
  }
  const double *Z = iclgd_model_tokens(s->setup->model, s->setup->theta,
                                       &prompt, path_scratch->tape);
  for (size_t l = 0; l < rows; ++l)
    set_features(Z + l * (prompt.n + 1) * D, D, &prompt,
                 s->f[MOMENTS] + (l * s->count + i) * s->m[MOMENTS],
                 s->f[TOKENS] + (l * s->count + i) * s->m[TOKENS]);
}

/* The control of a prompt is X^T y / n of the one before, in its own part. */
static void set_controls(const decoding *s, size_t first, size_t count) {
  const size_t d = s->setup->d, each = s->n_targets * d;
  for (size_t i = 0; i < count; ++i) {
    const size_t other = first + (i + count - 1) % count;
    memcpy(s->t + (first + i) * each + CONTROL * d,
           s->t + other * each + XTY * d, d * sizeof *s->t);
  }
}

/* --- readouts ---------------------------------------------------------- */

static void run_readout(void *context, size_t round, size_t thread) {
  const decoding *s = context;
  const size_t l = round / READOUTS, k = round % READOUTS;
  const size_t tune = s->setup->tune->count;
  if (s->m[k] == 0) return;
  const readout_data data = {
      .fit = tune * 3 / 4,
      .choose = tune - tune * 3 / 4,
      .test = s->test.count,
      .m = s->m[k],
      .d = s->setup->d,
      .f = s->f[k] + l * s->count * s->m[k],
      .n_targets = s->n_targets,
      .t = s->t,
  };
  s->excluded[round] = (int64_t)readout_run(&data, s->work + thread * s->most,
                                            s->score + round * s->n_targets);
}

/* The arrays of one target. */
static iclgd_status write_target(decoding *s, size_t which,
                                 iclgd_record *record, iclgd_error *err) {
  enum { COLUMNS = 4 };
  static const char *const leaves[READOUTS * COLUMNS] = {
      "r2",  "r2_errors",  "r2_median",  "penalty",
      "raw", "raw_errors", "raw_median", "raw_penalty"};
  const size_t rows = s->setup->depth + 1;
  iclgd_arena *arena = s->setup->arena;
  double *values = iclgd_arena_reals(arena, READOUTS * COLUMNS, rows, 1);
  int64_t *excluded = iclgd_arena_take(arena, rows, sizeof *excluded);
  char group[64];
  if (iclgd_arena_status(arena, err, "decoding")) return ICLGD_ENOMEM;
  for (size_t l = 0; l < rows; ++l) {
    excluded[l] = s->excluded[l * READOUTS];
    for (size_t k = 0; k < READOUTS; ++k) {
      const readout_score score =
          s->score[(l * READOUTS + k) * s->n_targets + which];
      const double columns[COLUMNS] = {score.r2, score.error, score.median,
                                       score.penalty};
      for (size_t i = 0; i < COLUMNS; ++i)
        values[(k * COLUMNS + i) * rows + l] = columns[i];
    }
  }
  snprintf(group, sizeof group, "decoding/%s", names[which]);
  iclgd_record_put_axis(record, group, "layer", 0, rows, err);
  iclgd_record_put(record, group, "excluded", &rows, excluded, err);
  iclgd_record_attr_int(record, group, "prompts", (int64_t)s->count, err);
  for (size_t i = 0; i < (s->given ? 1 : READOUTS) * COLUMNS; ++i)
    iclgd_record_put(record, group, leaves[i], &rows, values + i * rows, err);
  if (s->given)
    iclgd_record_attr_text(record, group, "features", "query token", err);
  return iclgd_record_status(record, err);
}

static iclgd_status finish(void *state, iclgd_record *record,
                           iclgd_error *err) {
  decoding *s = state;
  const size_t tune = s->setup->tune->count;
  iclgd_pool_for(s->setup->pool, s->count, read_prompt, s);
  set_controls(s, 0, tune);
  set_controls(s, tune, s->test.count);
  iclgd_pool_for(s->setup->pool, (s->setup->depth + 1) * READOUTS, run_readout,
                 s);
  for (size_t which = 0; which < s->n_targets; ++which)
    TRY(write_target(s, which, record, err));
  return ICLGD_OK;
}

/* --- what it says -------------------------------------------------------- */

static const char *const targets[] = {"w_star", "least_squares", "xty",
                                      "control"};
enum { TOLD = sizeof targets / sizeof *targets };

static void read(iclgd_reader *r, json_t *summary) {
  size_t layers = 0;
  if (!iclgd_reader_has(r, "decoding/xty/r2")) return;
  json_t *m = iclgd_reader_set(r, summary, "decoding", json_object());
  for (size_t k = 0; k < TOLD; ++k) {
    char group[48];
    snprintf(group, sizeof group, "decoding/%s", targets[k]);
    if (iclgd_reader_has(r, group))
      iclgd_reader_members(r, group,
                           "r2 r2_errors r2_median raw raw_errors excluded "
                           "@prompts @features",
                           &layers,
                           iclgd_reader_set(r, m, targets[k], json_object()));
  }
}

/* The best readout of the tokens themselves, over targets. */
static double best_raw(const json_t *m, size_t l) {
  double best = NAN;
  for (size_t k = 0; k < TOLD; ++k)
    best = fmax(best, iclgd_json_at(json_object_get(m, targets[k]), "raw", l));
  return best;
}

static void tell(const json_t *summary, iclgd_blocks *out) {
  enum { MOST = 12, DIGITS = 4 };
  static const struct {
    const char *target, *list;
  } shown[] = {{"w_star", "r2"},
               {"w_star", "r2_median"},
               {"least_squares", "r2"},
               {"xty", "r2"},
               {"control", "r2"}};
  static const iclgd_column columns[] = {
      {"layer", .format = ICLGD_AS_WHOLE},
      {"w*", .digits = DIGITS, .format = ICLGD_AS_FIXED},
      {"w*, median", .digits = DIGITS, .format = ICLGD_AS_FIXED},
      {"least squares", .digits = DIGITS, .format = ICLGD_AS_FIXED},
      {"X^T y/n", .digits = DIGITS, .format = ICLGD_AS_FIXED},
      {"control", .digits = DIGITS, .format = ICLGD_AS_FIXED},
      {"from tokens", .digits = DIGITS, .format = ICLGD_AS_FIXED}};
  const json_t *m = json_object_get(summary, "decoding");
  const json_t *of_w = json_object_get(m, "w_star");
  const size_t layers = iclgd_json_length(json_object_get(m, "xty"), "r2");
  if (layers == 0) return;
  const bool known = isfinite(iclgd_json_at(of_w, "r2", 0));
  const json_t *target = known ? of_w : json_object_get(m, "xty");
  const size_t end = layers - 1;
  iclgd_put_claim(
      out, "R^2 of %s from tokens, typical prompt: %s at first, %s at the end.",
      known ? "w*" : "X^T y/n",
      iclgd_number_text(out, 3, iclgd_json_at(target, "r2_median", 0)),
      iclgd_number_text(out, 3, iclgd_json_at(target, "r2_median", end)));
  const bool brought = *iclgd_json_text(target, "features") != '\0';
  iclgd_put_table(
      out, columns, sizeof columns / sizeof *columns - brought,
      "R^2, on other prompts, of linear readouts from %s after "
      "each layer: 1 is read perfectly, 0 not at all, below 0 "
      "worse than the mean. Control: X^T y/n of another prompt%s.",
      brought ? "the query's token" : "the second moments of the tokens",
      brought ? ""
              : "; last column: the best readout of the tokens "
                "themselves");
  for (size_t i = 0; i < layers && i < MOST; ++i) {
    const size_t l = iclgd_evenly(i, layers, MOST);
    iclgd_put_row_of(out, (double)l);
    for (size_t c = 0; c < sizeof shown / sizeof *shown; ++c)
      iclgd_put_number(out, iclgd_json_at(json_object_get(m, shown[c].target),
                                          shown[c].list, l));
    if (!brought) iclgd_put_number(out, best_raw(m, l));
  }
  iclgd_put_left_out(out, target, "excluded",
                     iclgd_json_real(target, "prompts"),
                     "prompts, whose tokens are not finite");
  iclgd_put_figure(out, "decoding");
}

static const iclgd_view view = {
    .title = "Hidden tokens", .read = read, .tell = tell};

const iclgd_probe iclgd_probe_decoding = {
    .name = "decoding",
    .question = "what can be read linearly from the tokens after each layer?",
    .needs = ICLGD_NEEDS_TOKENS,
    .keys = &key_set,
    .schema = &schema,
    .view = &view,
    .state_size = sizeof(decoding),
    .begin = begin,
    .finish = finish,
};
