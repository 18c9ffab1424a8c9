/* The model's final layer and every algorithm at step = depth on prompts of
 * shifted laws, with the hyperparameters of the law of training. Prompt i has
 * the same random numbers under every law. */
#include <iclgd/follow.h>
#include <iclgd/tail.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "probes/extrapolation/extrapolation.h"

enum { GROUP = 16 };

/* Choices of changes come from indices that no prompt has. */
static const uint64_t choices = (uint64_t)1 << 40;

struct iclgd_shifted {
  const iclgd_probe_setup *setup;
  iclgd_spread spread; /* (path, shift that is run) */
  double *zero;        /* (shift, prompts) squared labels */
  size_t groups;       /* of prompts, at each shift */
  size_t count, parsed;
  iclgd_shift *shifts; /* (count) that are run, then what is not */
  bool spectral;
  const iclgd_path *paths[ICLGD_ROWS_MAX]; /* (rows) the model first */
  size_t at[ICLGD_ROWS_MAX];               /* the step of each */
  /* Of each thread: room for a group of the longest context, .., (d + 1, d). */
  iclgd_prompts *scratches;
  iclgd_path_scratch *path_scratches;
  iclgd_follower **followers;
  double *w, *prediction; /* (GROUP, depth + 1, d), .. of the model */
  double *work;
};

static void put(iclgd_shifted *s, size_t p, size_t shift, size_t at,
                const iclgd_problem *problem, const double *w,
                const double *prediction) {
  const iclgd_path *path = s->paths[p];
  const bool weighs = path->algorithm || path->model->linear;
  iclgd_spread_put(&s->spread, p, shift, at, problem,
                   weighs ? w + s->at[p] * problem->prompt.d : NULL,
                   prediction[s->at[p]]);
}

/* Prompt i of the group that begins with `first`; w and prediction are the
 * model's. */
static void run_prompt(iclgd_shifted *s, size_t shift, size_t i,
                       const iclgd_prompts *prompts, size_t first,
                       const iclgd_path_scratch *path_scratch, const double *w,
                       const double *prediction) {
  const iclgd_prompt prompt = iclgd_prompts_at(prompts, i);
  iclgd_problem problem;
  iclgd_problem_set(&prompt, s->spectral, path_scratch->problem_work, &problem);
  s->zero[shift * s->spread.prompts + first + i] =
      prompt.y_query * prompt.y_query;
  put(s, 0, shift, first + i, &problem, w, prediction);
  for (size_t p = 1; p < s->spread.rows; ++p) {
    iclgd_path path = *s->paths[p];
    path.steps = s->at[p];
    iclgd_path_follow(&path, &problem, path_scratch, path_scratch->w,
                      path_scratch->prediction);
    put(s, p, shift, first + i, &problem, path_scratch->w,
        path_scratch->prediction);
  }
}

/* Weights are wanted of a linear model alone. */
static void run_prompts(iclgd_shifted *s, size_t shift,
                        const iclgd_prompts *prompts, size_t first,
                        size_t thread) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t rows = setup->depth + 1, d = setup->d;
  double *w = s->w + thread * GROUP * rows * d;
  double *prediction = s->prediction + thread * GROUP * rows;
  iclgd_follow(s->followers[thread], setup->model, setup->theta, prompts, 0,
               prompts->count, setup->model->linear ? w : NULL, prediction);
  for (size_t i = 0; i < prompts->count; ++i)
    run_prompt(s, shift, i, prompts, first, &s->path_scratches[thread],
               w + i * rows * d, prediction + i * rows);
}

static void run_group(void *context, size_t round, size_t thread) {
  iclgd_shifted *s = context;
  const size_t d = s->setup->d;
  const size_t which = round / s->groups, first = round % s->groups * GROUP;
  const size_t left = s->spread.prompts - first;
  const iclgd_shift *shift = &s->shifts[which];
  iclgd_prompts prompts = s->scratches[thread];
  prompts.n = shift->n;
  prompts.count = left < GROUP ? left : GROUP;
  iclgd_prompts_draw(&shift->dist, ICLGD_STREAM_SHIFT, first, &prompts);
  for (size_t i = 0; i < prompts.count; ++i) {
    iclgd_stream stream;
    iclgd_stream_seed(&stream, shift->dist.seed, ICLGD_STREAM_SHIFT,
                      choices + first + i);
    iclgd_change_apply(shift, &stream, &prompts, i,
                       s->work + thread * (d + 1) * d);
  }
  run_prompts(s, which, &prompts, first, thread);
}

static iclgd_status set_followers(iclgd_shifted *s, size_t n,
                                  iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t threads = iclgd_pool_threads(setup->pool);
  const size_t rows = setup->depth + 1;
  iclgd_arena *arena = setup->arena;
  s->w = iclgd_arena_reals(arena, threads * GROUP, rows, setup->d);
  s->prediction = iclgd_arena_reals(arena, threads * GROUP, rows, 1);
  s->followers = iclgd_arena_take(arena, threads, sizeof(iclgd_follower *));
  for (size_t t = 0; s->followers && t < threads; ++t)
    TRY(iclgd_follower_create(setup->model, n, false, arena, &s->followers[t],
                              err));
  return iclgd_arena_status(arena, err, "the shifts");
}

static iclgd_status set_threads(iclgd_shifted *s, iclgd_error *err) {
  const iclgd_probe_setup *setup = s->setup;
  const size_t threads = iclgd_pool_threads(setup->pool), d = setup->d;
  iclgd_arena *arena = setup->arena;
  size_t n = 1, longest = 0;
  bool rotates = false;
  for (size_t k = 0; k < s->count; ++k) {
    if (s->shifts[k].n > n) n = s->shifts[k].n;
    rotates |= s->shifts[k].dist.rotate_per_prompt;
  }
  for (size_t p = 0; p < s->spread.rows; ++p)
    if (s->at[p] > longest) longest = s->at[p];
  s->work = iclgd_arena_reals(arena, threads, d + 1, d);
  s->scratches = iclgd_arena_take(arena, threads, sizeof *s->scratches);
  TRY(iclgd_path_scratches_create(threads, setup->model, n, longest, arena,
                                  &s->path_scratches, err));
  TRY(set_followers(s, n, err));
  for (size_t t = 0; t < threads; ++t)
    TRY(iclgd_prompts_create(GROUP, n, d, true, rotates, arena,
                             &s->scratches[t], err));
  return ICLGD_OK;
}

/* A model whose positions end (learned ones) does not serve every context: then
 * the shift is not run, for the reason that the model gives. */
static iclgd_status fit_model(const iclgd_probe_setup *setup, iclgd_shift *s,
                              iclgd_error *err) {
  iclgd_arena arena = {0};
  iclgd_tape *tape;
  iclgd_error why = {0};
  if (s->reason || s->n <= setup->n) return ICLGD_OK;
  const iclgd_status status =
      iclgd_tape_create(setup->model, s->n, &arena, &tape, &why);
  iclgd_arena_free(&arena);
  if (status != ICLGD_ERANGE) return ICLGD_OK;
  s->reason = iclgd_arena_text(setup->arena, why.text);
  return s->reason ? ICLGD_OK : iclgd_fail_memory(err, "the shifts");
}

/* Those that can be run first, in order, then the others. */
static iclgd_status set_shifts(iclgd_shifted *s, iclgd_error *err) {
  iclgd_arena *arena = s->setup->arena;
  iclgd_shift *all = iclgd_arena_take(arena, ICLGD_SHIFTS_MAX, sizeof *all);
  s->shifts = iclgd_arena_take(arena, ICLGD_SHIFTS_MAX, sizeof *all);
  if (iclgd_arena_status(arena, err, "the shifts")) return ICLGD_ENOMEM;
  TRY(iclgd_shifts_parse(
      s->setup, iclgd_get_text(s->setup->settings, "extrapolation.shifts"), all,
      &s->parsed, err));
  for (size_t k = 0; k < s->parsed; ++k) {
    TRY(fit_model(s->setup, &all[k], err));
    if (!all[k].reason) s->shifts[s->count++] = all[k];
  }
  size_t end = s->count;
  for (size_t k = 0; k < s->parsed; ++k)
    if (all[k].reason) s->shifts[end++] = all[k];
  return ICLGD_OK;
}

/* Whether a list of names, separated by commas or blanks, has the name. */
static bool lists(const char *list, const char *name) {
  for (size_t length; *list; list += length) {
    list += strspn(list, ", ");
    length = strcspn(list, ", ");
    if (length == strlen(name) && strncmp(list, name, length) == 0) return true;
  }
  return false;
}

/* The paths that are wanted, with the step that stands beside the model's last
 * layer. */
static void set_paths(iclgd_shifted *s) {
  const iclgd_probe_setup *setup = s->setup;
  const char *without =
      iclgd_get_text(setup->settings, "extrapolation.without");
  size_t rows = 0;
  for (size_t p = 0; p < setup->n_paths && rows < ICLGD_ROWS_MAX; ++p) {
    const iclgd_path *path = &setup->paths[p];
    if (path->algorithm && lists(without, path->name)) continue;
    s->paths[rows] = path;
    s->spread.names[rows] = path->name;
    s->at[rows++] =
        path->algorithm
            ? iclgd_algorithm_steps(path->algorithm, &path->hyper, setup->depth)
            : setup->depth;
    s->spectral |= path->algorithm && path->algorithm->spectral;
  }
  s->spread.rows = rows;
}

iclgd_status iclgd_shifted_create(const iclgd_probe_setup *setup,
                                  iclgd_shifted **out, iclgd_error *err) {
  const size_t prompts =
      iclgd_get_size(setup->settings, "extrapolation.prompts");
  iclgd_shifted *s = iclgd_arena_take(setup->arena, 1, sizeof *s);
  if (!s) return iclgd_fail_memory(err, "extrapolation");
  *out = s;
  s->setup = setup;
  s->groups = (prompts + GROUP - 1) / GROUP;
  set_paths(s);
  TRY(set_shifts(s, err));
  TRY(set_threads(s, err));
  s->zero = iclgd_arena_reals(setup->arena, s->count, prompts, 1);
  return iclgd_spread_create(&s->spread, s->count, prompts, setup->arena, err);
}

/* Whether a few prompts carry this mean. */
static bool is_few(const iclgd_moments *m) {
  return iclgd_tail_is_few(iclgd_moments_mean(m),
                           iclgd_moments_standard_error(m), m->count);
}

/* The mean of a (prompts) over that of b where both are finite. Its error is
 * not known where few carry both: if they are the same, a / b is that of a few
 * prompts and hardly varies, however much it would with others. */
static void compare_two(const double *a, const double *b, size_t prompts,
                        double *ratio, double *error) {
  iclgd_pairs pairs = {0};
  iclgd_moments of_a = {0}, of_b = {0};
  for (size_t i = 0; i < prompts; ++i) {
    if (!isfinite(a[i]) || !isfinite(b[i])) continue;
    iclgd_pairs_add(&pairs, a + i, b + i, 1);
    iclgd_moments_add(&of_a, a[i]);
    iclgd_moments_add(&of_b, b[i]);
  }
  iclgd_pairs_ratio(&pairs, ratio, error);
  if (a != b && is_few(&of_a) && is_few(&of_b)) *error = NAN;
}

/* The mean error of each path over the model's; zero, the mean error of the
 * zero predictor. */
static void compare(const iclgd_shifted *s, double *ratio, double *error,
                    double *zero) {
  const size_t prompts = s->spread.prompts, columns = s->count;
  for (size_t k = 0; k < columns; ++k) {
    iclgd_moments moments = {0};
    for (size_t i = 0; i < prompts; ++i)
      iclgd_moments_add(&moments, s->zero[k * prompts + i]);
    zero[k] = iclgd_moments_mean(&moments);
    for (size_t p = 0; p < s->spread.rows; ++p)
      compare_two(s->spread.error + (p * columns + k) * prompts,
                  s->spread.error + k * prompts, prompts,
                  &ratio[p * columns + k], &error[p * columns + k]);
  }
}

static iclgd_status write_comparison(const iclgd_shifted *s, const char *group,
                                     iclgd_record *record, iclgd_error *err) {
  const size_t pair[] = {s->spread.rows, s->count};
  iclgd_arena *arena = s->setup->arena;
  double *ratio = iclgd_arena_reals(arena, pair[0], pair[1], 1);
  double *error = iclgd_arena_reals(arena, pair[0], pair[1], 1);
  double *zero = iclgd_arena_reals(arena, pair[1], 1, 1);
  if (iclgd_arena_status(arena, err, group)) return ICLGD_ENOMEM;
  compare(s, ratio, error, zero);
  iclgd_record_put(record, group, "ratio", pair, ratio, err);
  iclgd_record_put(record, group, "ratio_error", pair, error, err);
  return iclgd_record_put(record, group, "zero", pair + 1, zero, err);
}

static iclgd_status write_names(const iclgd_shifted *s, const char *group,
                                iclgd_record *record, iclgd_error *err) {
  const char *names[ICLGD_SHIFTS_MAX];
  for (size_t k = 0; k < s->parsed; ++k) names[k] = s->shifts[k].name;
  iclgd_record_put(record, group, "shift_name", &s->count, names, err);
  const size_t others = s->parsed - s->count;
  for (size_t k = s->count; k < s->parsed; ++k) {
    char text[400];
    snprintf(text, sizeof text, "%s: %s", s->shifts[k].name,
             s->shifts[k].reason);
    names[k] = iclgd_arena_text(s->setup->arena, text);
    if (!names[k]) return iclgd_fail_memory(err, group);
  }
  if (others)
    iclgd_record_attr_texts(record, group, "not_run", names + s->count, others,
                            err);
  return iclgd_record_status(record, err);
}

iclgd_status iclgd_shifted_write(iclgd_shifted *s, iclgd_record *record,
                                 iclgd_error *err) {
  static const char group[] = "extrapolation/shifts";
  iclgd_pool_for(s->setup->pool, s->count * s->groups, run_group, s);
  iclgd_status status = write_names(s, group, record, err);
  if (!status)
    status =
        iclgd_spread_write(&s->spread, group, s->setup->arena, record, err);
  if (!status) status = write_comparison(s, group, record, err);
  if (!status)
    status = iclgd_record_attr_int(record, group, "prompts",
                                   (int64_t)s->spread.prompts, err);
  return status;
}
