/* Contributions of points on every prompt (see relevance.c). */
#include <iclgd/comparisons.h>
#include <math.h>
#include <string.h>

#include "probes/relevance/relevance.h"

/* --- of the model -------------------------------------------------------- */

static void add(double value, double *sum, double *size) {
  *sum += value;
  *size += fabs(value);
}

/* The model's prediction on prompt i taken apart by one rule. */
static void take_apart(const iclgd_relevance *s, size_t i,
                       iclgd_contribution_rule rule,
                       const iclgd_relevance_room *room) {
  const iclgd_probe_setup *setup = s->setup;
  const iclgd_prompt prompt = iclgd_prompts_at(&s->prompts, i);
  iclgd_contributions c = {.x = room->of_x, .y = room->of_y};
  double *const *of = s->of[rule], *const *sizes = s->sizes[rule];
  const size_t who =
      rule == ICLGD_BY_CONSERVATION ? ICLGD_BY_MODEL : ICLGD_BY_MODEL_GRADIENT;
  iclgd_model_contribute(setup->model, setup->theta, &prompt,
                         room->path_scratch.tape, rule, &c);
  for (size_t j = 0; j < setup->n; ++j) {
    s->points[who][i * setup->n + j] = c.x[j] + c.y[j];
    add(c.x[j], &of[ICLGD_OF_INPUTS][i], &sizes[ICLGD_OF_INPUTS][i]);
    add(c.y[j], &of[ICLGD_OF_LABELS][i], &sizes[ICLGD_OF_LABELS][i]);
  }
  add(c.query, &of[ICLGD_OF_QUERY][i], &sizes[ICLGD_OF_QUERY][i]);
  add(c.bias, &of[ICLGD_OF_BIASES][i], &sizes[ICLGD_OF_BIASES][i]);
}

static void keep_parts(const iclgd_relevance *s, size_t i,
                       const iclgd_relevance_room *room) {
  const size_t n = s->setup->n;
  memcpy(s->x + i * n, room->of_x, n * sizeof *s->x);
  memcpy(s->y + i * n, room->of_y, n * sizeof *s->y);
}

/* --- without a point ----------------------------------------------------- */

/* The prompt without point i, in the room. */
static iclgd_prompt leave_out(const iclgd_prompt *prompt, size_t i,
                              const iclgd_relevance_room *room) {
  const size_t n = prompt->n, d = prompt->d;
  iclgd_prompt out = *prompt;
  memcpy(room->x, prompt->x, i * d * sizeof *room->x);
  memcpy(room->x + i * d, prompt->x + (i + 1) * d,
         (n - 1 - i) * d * sizeof *room->x);
  memcpy(room->y, prompt->y, i * sizeof *room->y);
  memcpy(room->y + i, prompt->y + i + 1, (n - 1 - i) * sizeof *room->y);
  out.x = room->x;
  out.y = room->y;
  out.n = out.mean_n = n - 1;
  return out;
}

static double predict_path(const iclgd_path *path, const iclgd_problem *problem,
                           const iclgd_relevance_room *room) {
  const iclgd_path_scratch *own = &room->path_scratch;
  iclgd_path_follow(path, problem, own, own->w, own->prediction);
  return own->prediction[path->steps];
}

static double predict_model(const iclgd_relevance *s,
                            const iclgd_prompt *prompt,
                            const iclgd_relevance_room *room) {
  const iclgd_probe_setup *setup = s->setup;
  const iclgd_path_scratch *own = &room->path_scratch;
  iclgd_model_predict(setup->model, setup->theta, prompt, own->tape,
                      own->prediction);
  return own->prediction[setup->depth];
}

static void leave_out_of_model(const iclgd_relevance *s,
                               const iclgd_prompt *prompt, size_t i,
                               const iclgd_relevance_room *room) {
  const size_t n = prompt->n;
  double *out = s->points[ICLGD_BY_MODEL_LEFT_OUT] + i * n;
  s->prediction[i] = predict_model(s, prompt, room);
  for (size_t j = 0; j < n; ++j) {
    const iclgd_prompt less = leave_out(prompt, j, room);
    out[j] = s->prediction[i] - predict_model(s, &less, room);
  }
}

/* --- of an algorithm ----------------------------------------------------- */

/* out (n) = the prediction from label j alone, the others 0: c_j y_j where it
 * is linear in the labels. */
static void label_by_label(const iclgd_path *path, const iclgd_problem *problem,
                           const iclgd_relevance_room *room, double *out) {
  const iclgd_prompt *prompt = &problem->prompt;
  const size_t n = prompt->n, d = prompt->d;
  iclgd_problem one = *problem;
  one.prompt.y = room->y;
  memset(room->y, 0, n * sizeof *room->y);
  for (size_t j = 0; j < n; ++j) {
    room->y[j] = prompt->y[j];
    for (size_t c = 0; c < d; ++c)
      one.b[c] = prompt->y[j] * prompt->x[j * d + c] / (double)prompt->mean_n;
    out[j] = predict_path(path, &one, room);
    room->y[j] = 0;
  }
}

/* Both ways, of gd or best; its prediction. */
static double measure_path(const iclgd_path *path, const iclgd_prompt *prompt,
                           const iclgd_relevance_room *room, double *labels,
                           double *left_out) {
  double *work = room->path_scratch.problem_work;
  const bool spectral = path->algorithm->spectral;
  iclgd_problem problem;
  iclgd_problem_set(prompt, spectral, work, &problem);
  const double whole = predict_path(path, &problem, room);
  label_by_label(path, &problem, room, labels);
  for (size_t j = 0; j < prompt->n; ++j) {
    const iclgd_prompt less = leave_out(prompt, j, room);
    iclgd_problem_set(&less, spectral, work, &problem);
    left_out[j] = whole - predict_path(path, &problem, room);
  }
  return whole;
}

/* --- all of it ----------------------------------------------------------- */

static void measure_prompt(void *context, size_t i, size_t thread) {
  const iclgd_relevance *s = context;
  const iclgd_relevance_room *room = &s->rooms[thread];
  const iclgd_prompt prompt = iclgd_prompts_at(&s->prompts, i);
  const size_t n = prompt.n, at = i * n;
  for (size_t j = 0; j < n; ++j)
    s->similarity[at + j] =
        iclgd_dot(prompt.x + j * prompt.d, prompt.x_query, prompt.d);
  leave_out_of_model(s, &prompt, i, room);
  if (s->parts) {
    take_apart(s, i, ICLGD_BY_GRADIENT, room);
    take_apart(s, i, ICLGD_BY_CONSERVATION, room);
    keep_parts(s, i, room);
  }
  if (s->gd.algorithm)
    s->expected[0][i] =
        measure_path(&s->gd, &prompt, room, s->points[ICLGD_BY_GD] + at,
                     s->points[ICLGD_BY_GD_LEFT_OUT] + at);
  if (s->best.algorithm)
    s->expected[1][i] =
        measure_path(&s->best, &prompt, room, s->points[ICLGD_BY_BEST] + at,
                     s->points[ICLGD_BY_BEST_LEFT_OUT] + at);
}

/* Whether labels one by one make the prediction of all, to rounding. */
static bool is_linear_in_labels(const iclgd_relevance *s, const double *points,
                                const double *expected) {
  static const double rounding = 1e-7;
  const size_t n = s->setup->n;
  for (size_t i = 0; i < s->prompts.count; ++i) {
    double sum = 0, size = 0;
    for (size_t j = 0; j < n; ++j) add(points[i * n + j], &sum, &size);
    if (!(fabs(sum - expected[i]) <= rounding * size)) return false;
  }
  return true;
}

void iclgd_relevance_measure(iclgd_relevance *s) {
  iclgd_pool_for(s->setup->pool, s->prompts.count, measure_prompt, s);
  s->there[ICLGD_BY_MODEL_LEFT_OUT] = true;
  s->there[ICLGD_BY_MODEL] = s->there[ICLGD_BY_MODEL_GRADIENT] = s->parts;
  s->there[ICLGD_BY_GD_LEFT_OUT] = s->gd.algorithm;
  s->there[ICLGD_BY_BEST_LEFT_OUT] = s->best.algorithm;
  s->there[ICLGD_BY_GD] =
      s->gd.algorithm &&
      is_linear_in_labels(s, s->points[ICLGD_BY_GD], s->expected[0]);
  s->there[ICLGD_BY_BEST] =
      s->best.algorithm &&
      is_linear_in_labels(s, s->points[ICLGD_BY_BEST], s->expected[1]);
}
