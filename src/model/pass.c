/* A prompt through a model of any architecture: predictions, weights, tokens,
 * the loss and its gradient. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "model/loss.h"
#include "model/tape.h"

size_t iclgd_model_queries(const iclgd_model *model) {
  const size_t fitted = 1 + model->n_queries;
  return model->d > fitted ? model->d : fitted;
}

iclgd_status iclgd_model_status(const iclgd_model *model, iclgd_error *err) {
  return model->architecture->status ? model->architecture->status(model, err)
                                     : ICLGD_OK;
}

iclgd_status iclgd_tape_create(const iclgd_model *model, size_t n,
                               iclgd_arena *arena, iclgd_tape **out,
                               iclgd_error *err) {
  const size_t rows = iclgd_model_depth(model) + 1;
  const size_t queries = iclgd_model_queries(model);
  iclgd_tape *t = iclgd_arena_take(arena, 1, sizeof *t);
  if (!t) return iclgd_fail_memory(err, "the model's scratch");
  *t = (iclgd_tape){
      .n_max = n,
      .queries = queries,
      .prediction = iclgd_arena_reals(arena, rows, queries, 1),
      .slope = iclgd_arena_reals(arena, rows, 1, 1),
      .by_context = iclgd_arena_reals(arena, 2, n + 1, rows),
  };
  if (!t->prediction || !t->slope || !t->by_context)
    return iclgd_fail_memory(err, "the model's scratch");
  *out = t;
  const iclgd_status status =
      model->architecture->backward
          ? ICLGD_OK
          : iclgd_fitted_create(model, arena, &t->fitted, err);
  if (status) return status;
  return model->architecture->scratch(model, n, arena, &t->scratch, err);
}

static iclgd_pass pass_of(const iclgd_model *model, const double *theta,
                          const iclgd_prompt *prompt, iclgd_tape *tape) {
  assert(prompt->n <= tape->n_max);
  return (iclgd_pass){.model = model,
                      .theta = theta,
                      .prompt = prompt,
                      .x = prompt->x_query,
                      .count = 1,
                      .scratch = tape->scratch};
}

void iclgd_model_predict(const iclgd_model *model, const double *theta,
                         const iclgd_prompt *prompt, iclgd_tape *tape,
                         double *prediction) {
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  model->architecture->forward(&pass, prediction);
}

void iclgd_model_predict_queries(const iclgd_model *model, const double *theta,
                                 const iclgd_prompt *prompt, const double *x,
                                 size_t count, iclgd_tape *tape,
                                 double *prediction) {
  const size_t rows = iclgd_model_depth(model) + 1;
  iclgd_pass pass = pass_of(model, theta, prompt, tape);
  for (size_t done = 0; done < count; done += pass.count) {
    const size_t left = count - done;
    pass.x = x + done * model->d;
    pass.count = left < tape->queries ? left : tape->queries;
    model->architecture->forward(&pass, tape->prediction);
    for (size_t l = 0; l < rows; ++l)
      memcpy(prediction + l * count + done, tape->prediction + l * pass.count,
             pass.count * sizeof *prediction);
  }
}

static bool is_causal(const iclgd_model *model) {
  return model->architecture->is_causal &&
         model->architecture->is_causal(model);
}

void iclgd_model_predict_by_context(const iclgd_model *model,
                                    const double *theta,
                                    const iclgd_prompt *prompt,
                                    iclgd_tape *tape, double *prediction) {
  const size_t n = prompt->n, rows = iclgd_model_depth(model) + 1;
  assert(prompt->mean_n == n);
  if (is_causal(model)) {
    const iclgd_pass pass = pass_of(model, theta, prompt, tape);
    model->architecture->by_context(&pass, prediction);
    return;
  }
  for (size_t k = 0; k <= n; ++k) {
    const iclgd_prompt first = iclgd_prompt_first(prompt, k);
    iclgd_model_predict(model, theta, &first, tape, prediction + k * rows);
  }
}

/* The slope of prediction l alone, once for every l. */
static void follow_by_backward(const iclgd_pass *pass, iclgd_tape *tape,
                               double *w, double *prediction) {
  const iclgd_architecture *architecture = pass->model->architecture;
  const size_t depth = iclgd_model_depth(pass->model);
  architecture->forward(pass, prediction);
  for (size_t l = 0; l <= depth; ++l) {
    memset(tape->slope, 0, (depth + 1) * sizeof *tape->slope);
    tape->slope[l] = 1;
    architecture->backward(pass, tape->slope, NULL, w + l * pass->model->d);
  }
}

void iclgd_model_weights(const iclgd_model *model, const double *theta,
                         const iclgd_prompt *prompt, iclgd_tape *tape,
                         double *w) {
  if (model->architecture->weights) {
    const iclgd_pass pass = pass_of(model, theta, prompt, tape);
    model->architecture->weights(&pass, w, NULL);
  } else {
    iclgd_model_follow(model, theta, prompt, tape, w, tape->prediction);
  }
}

void iclgd_model_follow(const iclgd_model *model, const double *theta,
                        const iclgd_prompt *prompt, iclgd_tape *tape, double *w,
                        double *prediction) {
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  if (tape->fitted) {
    iclgd_fitted_follow(tape->fitted, &pass, w, prediction);
    return;
  }
  if (!model->architecture->weights) {
    follow_by_backward(&pass, tape, w, prediction);
    return;
  }
  model->architecture->weights(&pass, w, prediction);
}

const double *iclgd_model_tokens(const iclgd_model *model, const double *theta,
                                 const iclgd_prompt *prompt, iclgd_tape *tape) {
  if (!model->architecture->tokens) return NULL;
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  return model->architecture->tokens(&pass);
}

size_t iclgd_model_token_width(const iclgd_model *model) {
  if (!model->architecture->token_width) return 0;
  return model->architecture->token_width(model);
}

/* The weighted loss, and its slope in every prediction. */
static double weighted_loss(const iclgd_loss *loss, const double *prediction,
                            double y_query, size_t depth, double *slope) {
  double sum = 0;
  for (size_t l = 0; l <= depth; ++l) {
    const double error = prediction[l] - y_query;
    slope[l] = 0;
    if (loss->c[l] == 0) continue;
    if (iclgd_overflows(error, loss->guard)) return INFINITY;
    sum += loss->c[l] * iclgd_rho(error, loss->guard);
    slope[l] = 2 * loss->c[l] * iclgd_guarded(error, loss->guard);
  }
  return sum;
}

double iclgd_model_gradient(const iclgd_model *model, const double *theta,
                            const iclgd_prompt *prompt, const iclgd_loss *loss,
                            iclgd_tape *tape, double *gradient) {
  const iclgd_pass pass = pass_of(model, theta, prompt, tape);
  model->architecture->forward(&pass, tape->prediction);
  const double value = weighted_loss(loss, tape->prediction, prompt->y_query,
                                     iclgd_model_depth(model), tape->slope);
  if (!gradient || (loss->guard > 0 && isinf(value))) return value;
  model->architecture->backward(&pass, tape->slope, gradient, NULL);
  return value;
}

/* One pass for all context lengths. */
static double gradient_in_one_pass(const iclgd_pass *pass,
                                   const iclgd_loss *loss, iclgd_tape *tape,
                                   double *gradient) {
  const iclgd_prompt *prompt = pass->prompt;
  const size_t n = prompt->n, depth = iclgd_model_depth(pass->model);
  const size_t size = (n + 1) * (depth + 1);
  double *slope = tape->by_context + size, sum = 0;
  pass->model->architecture->by_context(pass, tape->by_context);
  for (size_t k = 0; k <= n; ++k)
    sum += weighted_loss(loss, tape->by_context + k * (depth + 1),
                         k < n ? prompt->y[k] : prompt->y_query, depth,
                         slope + k * (depth + 1));
  const double mean = 1 / (double)(n + 1);
  for (size_t i = 0; i < size; ++i) slope[i] *= mean;
  if (gradient && !(loss->guard > 0 && isinf(sum)))
    pass->model->architecture->backward_by_context(pass, slope, gradient);
  return sum * mean;
}

double iclgd_model_gradient_by_context(const iclgd_model *model,
                                       const double *theta,
                                       const iclgd_prompt *prompt,
                                       const iclgd_loss *loss, iclgd_tape *tape,
                                       double *gradient) {
  const iclgd_pass whole = pass_of(model, theta, prompt, tape);
  const size_t n = prompt->n, rows = iclgd_model_depth(model) + 1;
  assert(prompt->mean_n == n);
  if (is_causal(model))
    return gradient_in_one_pass(&whole, loss, tape, gradient);
  /* A prompt that overflows anywhere adds nothing. */
  if (gradient && loss->guard > 0 &&
      isinf(iclgd_model_gradient_by_context(model, theta, prompt, loss, tape,
                                            NULL)))
    return INFINITY;
  double sum = 0;
  for (size_t k = 0; k <= n; ++k) {
    const iclgd_prompt first = iclgd_prompt_first(prompt, k);
    const iclgd_pass pass = pass_of(model, theta, &first, tape);
    model->architecture->forward(&pass, tape->prediction);
    sum += weighted_loss(loss, tape->prediction, first.y_query, rows - 1,
                         tape->slope);
    for (size_t l = 0; l < rows; ++l) tape->slope[l] /= (double)(n + 1);
    if (gradient)
      model->architecture->backward(&pass, tape->slope, gradient, NULL);
  }
  return sum / (double)(n + 1);
}
