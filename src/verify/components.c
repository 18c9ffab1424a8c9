/* A model in parts (iclgd/components.h): conservative propagation (Ali et al.
 * 2022, arXiv:2202.07304) sums to the prediction; gradient x input of what has
 * degree 3^D sums to 3^D of it (Euler); heads and mlps of one prompt, all put
 * into the pass of another of the same inputs, are its prediction. */
#include <iclgd/components.h>
#include <math.h>

#include "verify.h"

enum { PROMPTS = 50 };

/* A model of the setting, at random weights, and prompts. */
typedef struct whole {
  iclgd_subject subject;
  iclgd_tape *tape;
  iclgd_prompts prompts;
  double *prediction; /* (depth + 1) */
  iclgd_contributions parts;
} whole;

static iclgd_status open_whole(iclgd_trial *t, whole *w, iclgd_error *err) {
  const size_t n = t->dist.n;
  const iclgd_prompt_source source = {.dist = &t->dist,
                                      .stream = ICLGD_STREAM_PROBE};
  iclgd_model *model = &w->subject.model;
  TRY(iclgd_model_from_settings(t->settings, NULL, t->dist.d, model, err));
  TRY(iclgd_model_initialise(model, t->settings, t->options->seed, &t->arena,
                             &w->subject.theta, err));
  TRY(iclgd_tape_create(model, n, &t->arena, &w->tape, err));
  TRY(iclgd_prompts_create_for(&source, PROMPTS, &t->arena, &w->prompts, err));
  iclgd_prompt_source_draw(&source, 0, &w->prompts);
  w->prediction =
      iclgd_arena_reals(&t->arena, iclgd_model_depth(model) + 1, 1, 1);
  w->parts.x = iclgd_arena_reals(&t->arena, n, 1, 1);
  w->parts.y = iclgd_arena_reals(&t->arena, n, 1, 1);
  return iclgd_arena_status(&t->arena, err, "the check");
}

static double predict(const whole *w, const iclgd_prompt *prompt,
                      const iclgd_intervention *changes, size_t count) {
  const iclgd_subject *s = &w->subject;
  iclgd_model_predict_changed(&s->model, s->theta, prompt, w->tape, changes,
                              count, w->prediction);
  return w->prediction[iclgd_model_depth(&s->model)];
}

/* The sum of all contributions by a rule, and that of their magnitudes. */
static double sum_of(whole *w, const iclgd_prompt *prompt,
                     iclgd_contribution_rule rule, double *size) {
  const iclgd_subject *s = &w->subject;
  iclgd_contributions *c = &w->parts;
  iclgd_model_contribute(&s->model, s->theta, prompt, w->tape, rule, c);
  double sum = c->query + c->bias;
  *size = fabs(c->query) + fabs(c->bias);
  for (size_t j = 0; j < prompt->n; ++j) {
    sum += c->x[j] + c->y[j];
    *size += fabs(c->x[j]) + fabs(c->y[j]);
  }
  return sum;
}

CHECK(parts_conserved) {
  whole w;
  double worst = 0, size;
  TRY(open_whole(t, &w, err));
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, i);
    const double yhat = predict(&w, &prompt, NULL, 0);
    const double sum = sum_of(&w, &prompt, ICLGD_BY_CONSERVATION, &size);
    worst = fmax(worst, fabs(sum - yhat) / size);
  }
  *out = iclgd_evidence_near(0, worst, 1e-10);
  return ICLGD_OK;
}

CHECK(parts_euler) {
  whole w;
  double both = 0, squares = 0, size;
  TRY(open_whole(t, &w, err));
  for (size_t i = 0; i < PROMPTS; ++i) {
    const iclgd_prompt prompt = iclgd_prompts_at(&w.prompts, i);
    const double yhat = predict(&w, &prompt, NULL, 0);
    both += yhat * sum_of(&w, &prompt, ICLGD_BY_GRADIENT, &size);
    squares += yhat * yhat;
  }
  const double depth = (double)iclgd_model_depth(&w.subject.model);
  *out = iclgd_evidence_exact(pow(3, depth), both / squares);
  return ICLGD_OK;
}

/* The outputs of all components on a prompt, as changes; their number. */
static size_t keep_outputs(iclgd_trial *t, const whole *w,
                           const iclgd_prompt *prompt,
                           iclgd_intervention *out) {
  const iclgd_subject *s = &w->subject;
  const iclgd_components *parts = iclgd_model_components(&s->model);
  const size_t heads = parts->heads(&s->model);
  const size_t all = heads + parts->has_mlp(&s->model);
  const size_t count = iclgd_model_depth(&s->model) * all;
  for (size_t k = 0; k < count; ++k) {
    const bool head = k % all < heads;
    const iclgd_component c = {
        head ? ICLGD_COMPONENT_HEAD : ICLGD_COMPONENT_MLP, k / all,
        head ? k % all : 0};
    double *output =
        iclgd_arena_reals(&t->arena, parts->tokens(&s->model, prompt->n),
                          parts->width(&s->model, c.kind), 1);
    if (!output) return 0;
    iclgd_model_output(&s->model, s->theta, prompt, w->tape, c, output);
    out[k] = (iclgd_intervention){c, output};
  }
  return count;
}

CHECK(parts_patched) {
  whole w;
  double worst = 0;
  TRY(open_whole(t, &w, err));
  const size_t depth = iclgd_model_depth(&w.subject.model);
  iclgd_intervention *changes = iclgd_arena_take(
      &t->arena,
      depth *
          (iclgd_model_components(&w.subject.model)->heads(&w.subject.model) +
           1),
      sizeof *changes);
  for (size_t i = 0; changes && i < PROMPTS; ++i) {
    const iclgd_prompt clean = iclgd_prompts_at(&w.prompts, i);
    iclgd_prompt corrupted = clean;
    corrupted.y = w.prompts.y + (i + 1) % PROMPTS * clean.n;
    const double expected = predict(&w, &clean, NULL, 0);
    const size_t count = keep_outputs(t, &w, &clean, changes);
    const double off = predict(&w, &corrupted, changes, count) - expected;
    const double lost = predict(&w, &corrupted, NULL, 0) - expected;
    worst = fmax(worst, fabs(off / lost));
  }
  *out = iclgd_evidence_near(0, worst, 1e-9);
  return iclgd_arena_status(&t->arena, err, "the check");
}
